-- What was seen in a clip and not followed, because a profile follows no more: by label, how many.
create table unfollowed (
    step_run_id bigint not null references step_run on delete cascade,   -- of track
    label text not null,
    objects integer not null check (objects > 0),
    primary key (step_run_id, label)
);

create view gate_limit as
select
    c.batch_id,
    c.clip_id,
    coalesce(sum(u.objects), 0) as unfollowed,
    format('clip %s, more than are followed: %s', c.clip_id,
        string_agg(format('%s %s', u.label, u.objects), ', ' order by u.label)) as named
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
left join unfollowed u on u.step_run_id = r.id
group by c.batch_id, c.clip_id;
