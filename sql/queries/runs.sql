-- Plan, run, save: what is asked of each item of a batch, and what came of it.

-- name: batch
-- One batch.
select id, source, window_start, window_end, outcome from batch where id = :batch

-- name: lock_batch
-- Until the end of the transaction, nobody else plans or saves this batch.
select pg_advisory_xact_lock(hashtextextended('batch ' || :batch, 0))

-- name: retire_changed
-- Items that ask something else now; their older answers stay but are not current.
update step_run set current = false
from unnest(cast(:items as text[]), cast(:keys as text[])) as asked (item, key)
where step_run.step = :step and step_run.item_id = asked.item and step_run.current and step_run.key <> asked.key

-- name: retire_unasked
-- Items that are no longer asked about have no current answer.
update step_run set current = false
where batch_id = :batch and step = :step and current and item_id <> all(:items)

-- name: plan_step_runs
-- Items ask this now; asked before, it is current again. What is current is left alone: a conflict would write its row.
insert into step_run (batch_id, step, item_id, key)
select :batch, :step, asked.item, asked.key
from unnest(cast(:items as text[]), cast(:keys as text[])) with ordinality as asked (item, key, n)
where not exists (
    select from step_run r where r.step = :step and r.item_id = asked.item and r.key = asked.key and r.current
)
order by asked.n
on conflict (step, item_id, key) do update set current = true
where not step_run.current

-- name: widen_plan
-- A step of a batch was planned in so many shards.
insert into plan_width (batch_id, step, shards) values (:batch, :step, :shards)
on conflict (batch_id, step) do update set shards = excluded.shards
where plan_width.shards < excluded.shards

-- name: plan_width
-- The most shards that a step of a batch was ever planned in.
select shards from plan_width where batch_id = :batch and step = :step

-- name: open_step_runs
-- What a batch asks of a step and has not saved.
select id, item_id, key from step_run
where batch_id = :batch and step = :step and current and state = 'planned'
order by id

-- name: begin_saving
-- Until the end of the transaction, nobody plans this batch; it does not wait until its commit is on disk.
select pg_advisory_xact_lock_shared(hashtextextended('batch ' || :batch, 0)),
       set_config('synchronous_commit', 'off', true)

-- name: close_step_run
-- This transaction, and no other, makes rows of an answer.
update step_run set state = :state where id = :id and state = 'planned'

-- name: numbered_transaction
-- A transaction with a number is on disk when it has committed, though it changed nothing, and all before it are.
select pg_current_xact_id()

-- name: reject
-- A deterministic refusal.
insert into rejection (step_run_id, item_id, code, detail) values (:step_run, :item, :code, :detail)

-- name: fail
-- One attempt that may go well next time.
insert into failure (step_run_id, at, error, detail) values (:step_run, :at, :error, :detail)
on conflict do nothing
