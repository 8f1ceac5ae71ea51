create view asked_item as
select batch_id, item_id, step, key, state from gate_item
union all
select r.batch_id, r.item_id, r.step, r.key, r.state
from step_run r
join step s on s.name = r.step and s.owed_after is null
join batch b on b.id = r.batch_id
join source o on o.id = b.source
where r.current
  and (r.step <> 'judge' or o.judge is not null)
  and (r.step <> 'reread' or o.second is not null)
  and (r.step <> 'audit' or o.auditor is not null);

comment on view asked_item is
    'Every item that is asked for, and how it stands: what the gate waits for, and what it does not.';
comment on column asked_item.state is 'as in gate_item';
