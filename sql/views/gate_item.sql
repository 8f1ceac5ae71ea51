create view gate_item as
with owed as (
    select v.batch_id, v.id as item_id, s.name as step
    from current_video v
    join step s on s.item = 'video' and s.owed_after is not null
    union all
    select c.batch_id, c.clip_id, s.name
    from gate_clip c
    join step s on s.item = 'clip' and s.owed_after <@ array(
        select r.step from gate_run r where r.step = any(s.owed_after) and r.item_id = c.clip_id and r.state = 'saved')
)
select
    o.batch_id,
    o.item_id,
    o.step,
    r.key,
    e.state,
    format('%s of %s is %s', o.step, o.item_id, e.state) || coalesce((
        select format('; last failure: %s: %s', f.error, f.detail)
        from failure f where f.step_run_id = r.id and e.state = 'planned' order by f.at desc limit 1), '') as named
from owed o
left join gate_run r on r.step = o.step and r.item_id = o.item_id
cross join lateral (select case
    when r.id is null then 'missing'
    when r.step <> 'cut' or r.state <> 'saved' then r.state
    when exists (select 1 from clip c where c.step_run_id = r.id) then 'saved'
    when exists (select 1 from rejection x where x.step_run_id = r.id) then 'rejected'
    else 'missing' end as state) e;

comment on view gate_item is 'Every item that each step owes the batch, and how it stands.';
comment on column gate_item.item_id is 'video.id or clip.id, as step.item says';
comment on column gate_item.key is 'of the present request; null where there is none';
comment on column gate_item.state is
    'missing: nothing was asked, or a saved cut left neither a clip nor a refusal, and nothing would tell what became '
    'of the video; planned, saved, rejected: as in step_run';
comment on column gate_item.named is 'what the row is, with its last failure where it is planned, for a person';
