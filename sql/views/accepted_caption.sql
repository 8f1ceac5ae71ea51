create view accepted_caption as
select c.*, v.batch_id, v.id as verify_run_id
from caption c
join step_run r on r.id = c.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = c.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = c.step_run_id
      and (k.text_n = c.n or c.dimension = 'paragraph' and k.text_n in (
          select p.n from caption p where p.step_run_id = c.step_run_id and p.dimension = 'paragraph'))
      and (k.verdict = 'contradicted' or k.verdict = 'not_understood' and k.kind is null
           or k.verdict = 'not_checkable' and k.kind <> 'counts'));

comment on view accepted_caption is
    'Sentences that may be published: not contradicted by any claim of the current verify, understood, and telling of '
    'no motion that cannot be checked. How many there are of what something is called is no motion. Of a paragraph '
    'all sentences may be, or none.';
comment on column accepted_caption.verify_run_id is 'step_run.id of the verify that let it through';
