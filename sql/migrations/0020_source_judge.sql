-- What scores the captions of a source, null where nothing does. Where it no longer does, what it was asked is not open.
alter table source add column judge text;
update source s set judge = (
    select max(c.model) from llm_call c join batch b on b.id = c.batch_id where b.source = s.id and c.step = 'judge');

create or replace view asked_item as
select batch_id, item_id, step, key, state from gate_item
union all
select r.batch_id, r.item_id, r.step, r.key, r.state
from step_run r
join batch b on b.id = r.batch_id
join source s on s.id = b.source and s.judge is not null
where r.current and r.step = 'judge';
