-- Every sentence and question has a verdict, and what tells of motion is published only where it is proven.

-- Null where a text says nothing of motion: nothing is claimed and nothing read, so nothing can be checked.
alter table claim alter column kind drop not null;

-- Sentences that are not contradicted by any claim of the current verify, and that tell of no motion which cannot be
-- checked: what may be published. How many there are of what something is called is no motion.
create or replace view accepted_caption as
select c.*, v.batch_id, v.id as verify_run_id
from caption c
join step_run r on r.id = c.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = c.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = c.step_run_id and k.text_n = c.n
      and (k.verdict = 'contradicted' or k.verdict = 'not_checkable' and k.kind <> 'counts'));

-- Questions of which the same holds.
create or replace view sound_qa as
select q.step_run_id, q.n, q.clip_id, q.type, q.text, q.options, q.answer, q.evidence, q.writer,
       v.batch_id, v.id as verify_run_id
from qa q
join step_run r on r.id = q.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = q.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = q.step_run_id and k.text_n = q.n
      and (k.verdict = 'contradicted' or k.verdict = 'not_checkable' and k.kind <> 'counts'));

-- `judged` is whether the current verify has a verdict on the text.
create or replace view gate_sentence as
select
    c.batch_id,
    c.clip_id,
    s.text,
    format('clip %s, %s sentence %s: %s', c.clip_id, s.dimension, s.n, s.text) as named,
    exists (select 1 from claim k
            where k.step_run_id = s.verify_run_id and k.text_run_id = s.step_run_id and k.text_n = s.n) as judged
from gate_clip c
join accepted_caption s on s.clip_id = c.clip_id;

create or replace view gate_question as
select
    c.batch_id,
    c.clip_id,
    q.text,
    (select min(o.n) from qa o
     where o.step_run_id = q.step_run_id and o.n < q.n and lower(btrim(o.text)) = lower(btrim(q.text))) as repeated,
    concat_ws(E'\n', q.text, array_to_string(q.options, E'\n')) as words,
    (select count(distinct nullif(lower(btrim(o)), '')) from unnest(q.options) as o) as distinct_options,
    (select min(i) from unnest(q.evidence) as i
     where not exists (select 1 from track t where t.step_run_id = tr.id and t.track_id = i)) as unknown_track,
    format('clip %s, question %s: %s %s', c.clip_id, q.n, q.text, q.options) as named,
    exists (select 1 from claim k
            where k.step_run_id = q.verify_run_id and k.text_run_id = q.step_run_id and k.text_n = q.n) as judged
from gate_clip c
join gate_run tr on tr.step = 'track' and tr.item_id = c.clip_id and tr.state = 'saved'
join accepted_qa q on q.clip_id = c.clip_id;
