create view sound_qa as
select q.step_run_id, q.n, q.clip_id, q.type, q.text, q.options, q.answer, q.evidence, q.writer,
       v.batch_id, v.id as verify_run_id
from qa q
join step_run r on r.id = q.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = q.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = q.step_run_id and k.text_n = q.n
      and (k.verdict = 'contradicted' or k.verdict = 'not_understood' and k.kind is null
           or k.verdict = 'not_checkable' and k.kind <> 'counts'));

comment on view sound_qa is
    'Questions that are not contradicted by any claim of the current verify, that are understood, and that ask for no '
    'motion which cannot be checked. How many there are of what something is called is no motion.';
comment on column sound_qa.verify_run_id is 'step_run.id of the verify that let it through';
