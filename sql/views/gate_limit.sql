create view gate_limit as
select
    c.batch_id,
    c.clip_id,
    coalesce(sum(u.objects), 0) as unfollowed,
    e.step_run_id is not null
        and not exists (
            select 1 from gate_run f join motion_fact m on m.step_run_id = f.id
            where f.step = 'facts' and f.item_id = c.clip_id and f.state = 'saved' and not m.witnessed)
        and not exists (
            select 1 from gate_run v join claim k on k.step_run_id = v.id
            where v.step = 'verify' and v.item_id = c.clip_id and v.state = 'saved'
              and k.verdict = 'supported' and not k.witnessed) as witnessed,
    e.explained_share,
    coalesce(d.n, 0) as doubted,
    format('clip %s, more than are followed: %s; explained of what moves: %s; doubted: %s', c.clip_id,
        coalesce(string_agg(u.label || ' ' || u.objects, ', ' order by u.label), 'none'),
        coalesce(e.explained_share::text, 'nobody looked'),
        coalesce(d.tracks, 'none')) as named
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
left join unfollowed u on u.step_run_id = r.id
left join motion_evidence e on e.step_run_id = r.id
left join lateral (
    select count(distinct o.track_id) as n, string_agg(distinct 'track ' || o.track_id, ', ') as tracks
    from gate_run w join doubt o on o.step_run_id = w.id
    where w.step = 'caption' and w.item_id = c.clip_id and w.state = 'saved') d on true
group by c.batch_id, c.clip_id, e.step_run_id, e.explained_share, d.n, d.tracks;

comment on view gate_limit is
    'How far the tracks of a clip go: what was seen and not followed, and whether its frames prove what is said.';
comment on column gate_limit.unfollowed is 'objects that were seen and not followed, because a profile follows no more';
comment on column gate_limit.witnessed is
    'whether the frames were looked at for motion, and all facts and supported claims of today rest on that';
comment on column gate_limit.explained_share is
    'of all that moves in the picture, that which moves as a track does, 0..1; null where nobody looked';
comment on column gate_limit.doubted is 'tracks of which the writer saw something else in the pictures than was measured';
comment on column gate_limit.named is 'what the row is, with what is not followed by label, for a person';
