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

comment on view gate_limit is 'How much was seen in a clip and not followed, because a profile follows no more.';
comment on column gate_limit.unfollowed is 'objects';
comment on column gate_limit.named is 'what the row is, by label, for a person';
