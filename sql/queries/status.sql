-- How batches and items stand, and why, for a person.

-- name: recent_batches
-- The batches discovered last.
select b.id, b.outcome, count(v.id) as videos, max(p.clips) as clips
from batch b
left join current_video v on v.batch_id = b.id
left join partition p on p.batch_id = b.id and p.current
where b.discovered_at is not null
group by b.id order by b.discovered_at desc, b.id limit 20

-- name: batch_counts
-- What a batch holds, by its current answers.
with runs as (select * from step_run where batch_id = :batch and current and state = 'saved')
select (select count(*) from current_video where batch_id = :batch) as videos,
       (select count(*) from clip c join runs r on r.id = c.step_run_id where c.uri is not null) as clips,
       (select count(*) from track t join runs r on r.id = t.step_run_id) as tracks,
       (select count(*) from track_point p join runs r on r.id = p.step_run_id) as points,
       (select count(*) from motion_fact f join runs r on r.id = f.step_run_id) as facts,
       (select count(distinct c.clip_id) from caption c join runs r on r.id = c.step_run_id) as captions,
       (select count(*) from caption c join runs r on r.id = c.step_run_id) as sentences,
       (select count(*) from qa q join runs r on r.id = q.step_run_id) as questions,
       coalesce((select p.clips from partition p where p.batch_id = :batch and p.current), 0) as published

-- name: batch_rejections
-- Why items of a batch were refused, by code.
select j.code, count(*) as items
from rejection j join step_run r on r.id = j.step_run_id
where r.batch_id = :batch and r.current
group by j.code order by items desc, j.code

-- name: batch_points
-- Every current trajectory point of a batch, with its video's key.
select v.key, c.first_frame, p.track_id, p.frame, p.x1, p.y1, p.x2, p.y2, p.score, p.observed
from step_run r
join track_point p on p.step_run_id = r.id
join clip c on c.id = r.item_id
join video v on v.id = c.video_id
where r.batch_id = :batch and r.step = 'track' and r.current and r.state = 'saved'
order by v.key, c.first_frame, p.track_id, p.frame

-- name: batch_previews
-- The clips of a batch with their previews.
select v.key, c.first_frame, c.uri, w.overlay_uri, w.thumbnail_uri
from step_run r
join preview w on w.step_run_id = r.id
join clip c on c.id = r.item_id
join video v on v.id = c.video_id
where r.batch_id = :batch and r.step = 'preview' and r.current and r.state = 'saved'
order by v.key, c.first_frame

-- name: batch_steps
-- How what is asked of a batch stands at each step; `open` is neither saved nor rejected.
select step,
       count(*) filter (where state = 'saved') as saved,
       count(*) filter (where state = 'rejected') as rejected,
       count(*) filter (where state not in ('saved', 'rejected')) as open
from asked_item where batch_id = :batch
group by step

-- name: batch_scores
-- What judges say of the writers of a batch, over its clips.
select writer, judge, null as caption, criterion, avg(score) as score, avg(spread) as spread, count(*) as captions
from judged_caption where batch_id = :batch
group by writer, judge, criterion order by writer, judge, criterion

-- name: batch_failures
-- Why items of a batch have no answer yet: the last failure of each, by step and kind.
select step, error, count(*) as items, min(detail) as detail
from (
    select distinct on (r.id) r.step, f.error, f.detail
    from step_run r
    join asked_item i on i.batch_id = r.batch_id and i.step = r.step and i.item_id = r.item_id
    join failure f on f.step_run_id = r.id
    where r.batch_id = :batch and r.current and r.state = 'planned'
    order by r.id, f.at desc) last
group by step, error order by step, error

-- name: open_items
-- Everything that a batch is asked for and has not answered, with the last failure of each.
select i.step, i.item_id, i.key, i.state, f.error, f.detail
from asked_item i
left join gate_run r on r.step = i.step and r.item_id = i.item_id
left join lateral (select error, detail from failure where step_run_id = r.id order by at desc limit 1) f on true
where i.batch_id = :batch and i.state not in ('saved', 'rejected')
order by i.step, i.item_id

-- name: clear_failures
-- Forget the failures of what a batch has not answered.
delete from failure f using step_run r
where r.id = f.step_run_id and r.batch_id = :batch and r.current and r.state = 'planned'

-- name: named_items
-- The clip or the videos that a person names, and the clips of such a video.
with named as (
    select v.id from video v where v.id = :item or v.key = :item
    union
    select c.video_id from clip c where c.id = :item)
select 'video' as kind, v.id, v.key, v.batch_id, null::integer as first_frame, null::integer as last_frame,
       null::text as thumbnail_uri
from video v where v.id in (select id from named)
union all
select 'clip', c.id, v.key, v.batch_id, c.first_frame, c.last_frame, c.thumbnail_uri
from clip c
join video v on v.id = c.video_id
join step_run r on r.id = c.step_run_id and r.current
where c.video_id in (select id from named) and (c.id = :item or not exists (select 1 from clip where id = :item))
order by key, first_frame nulls first

-- name: item_runs
-- What was asked of one item today, in the order of asking, with its refusal or its last failure.
select r.id, r.step, r.state, r.key, j.code, j.detail, f.error, f.detail as failed, f.attempts
from step_run r
left join rejection j on j.step_run_id = r.id and j.item_id = r.item_id
left join lateral (
    select f.error, f.detail, count(*) over () as attempts from failure f
    where f.step_run_id = r.id order by f.at desc limit 1) f on true
where r.item_id = :item and r.current
union all
select r.id, 'cut', 'rejected', r.key, j.code, j.detail, null, null, null
from rejection j join step_run r on r.id = j.step_run_id and r.current
where j.item_id = :item and r.item_id <> :item
order by id

-- name: near_copies
-- The clips of today that were refused because this one shows the same.
select c.id, v.key, n.apart
from near_copy n
join clip c on c.id = n.clip_id
join step_run r on r.id = c.step_run_id and r.current
join video v on v.id = c.video_id
where n.of_clip = :clip
order by v.dated_at, c.video_id, c.first_frame

-- name: near_questions
-- The questions on a clip that repeat another.
select o.n, o.code, o.detail
from near_question o
join gate_run r on r.id = o.step_run_id
where r.step = 'ask' and r.item_id = :clip
order by o.n
