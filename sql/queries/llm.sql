-- Calls of language models, and the money that they cost, or will cost.

-- name: insert_llm_call
-- A call of a language model, once.
insert into llm_call (digest, step_run_id, batch_id, step, item_id, model, snapshot, prompt, at, seconds, tries,
                      tokens_in, tokens_out, outcome, usd)
select :digest, r.id, r.batch_id, r.step, r.item_id, :model, :snapshot, :prompt, :at, :seconds, :tries,
       :tokens_in, :tokens_out, :outcome, :usd
from step_run r where r.id = :step_run
on conflict do nothing

-- name: lock_budget
-- Until the end of the transaction, nobody else sets money aside.
select pg_advisory_xact_lock(hashtextextended('budget', 0))

-- name: release_reserve
-- What was set aside for open items of a step is free again: it is planned anew.
delete from llm_reserve v using step_run r
where r.id = v.step_run_id and r.batch_id = :batch and r.step = :step and r.state = 'planned'

-- name: spent
-- USD that a batch and a day (UTC) have cost, with what is set aside for open items.
with cost as (
    select batch_id, (at at time zone 'UTC')::date as day, usd from llm_call
    where batch_id = :batch or at >= cast(:day as timestamp) at time zone 'UTC'
    union all
    select r.batch_id, v.day, v.usd from llm_reserve v
    join step_run r on r.id = v.step_run_id and r.current and r.state = 'planned'
    where r.batch_id = :batch or v.day = :day)
select coalesce(sum(usd) filter (where batch_id = :batch), 0) as batch,
       coalesce(sum(usd) filter (where day = :day), 0) as day
from cost

-- name: estimates_came_true
-- What the last items of a step cost by a model, as a share of what was estimated; null where none was saved yet.
select sum(last.usd) / nullif(sum(last.estimate), 0) as share
from (
    select v.estimate, (select sum(c.usd) from llm_call c where c.step_run_id = r.id) as usd
    from llm_reserve v
    join step_run r on r.id = v.step_run_id and r.step = :step and r.state = 'saved'
    where v.model = :model and exists (select 1 from llm_call c where c.step_run_id = r.id)
    order by r.id desc limit 500) last

-- name: reserve
-- Money that is set aside for an item.
insert into llm_reserve (step_run_id, day, model, estimate, usd) values (:step_run, :day, :model, :estimate, :usd)
