-- What a run would claim and ask for, and what such things cost and came to before.

-- name: videos_to_claim
-- Of listed videos, those that nobody owns and that a run of a window from `start` on would claim, as `claim_video` does.
select l.id, l.size
from unnest(cast(:ids as text[]), cast(:dated as timestamptz[]), cast(:sizes as bigint[])) as l (id, dated_at, size)
where not exists (select 1 from video v where v.id = l.id)
  and (l.dated_at >= :start
       or exists (
          select 1 from batch b
          where b.source = :source and b.discovered_at is not null
            and b.window_start <= l.dated_at and l.dated_at < b.window_end))

-- name: video_sizes
-- How large videos are.
select id, size from video where id = any(:ids)

-- name: clips_of_videos
-- The present clips of some videos.
select c.id from clip c
join step_run r on r.id = c.step_run_id and r.current
where c.video_id = any(:videos)

-- name: clips_of_source
-- How large the cut videos of a source are, how many clips came of them, how many of these were tracked or refused, and
-- how many tracked.
select sum(v.size) filter (where n = 1) as bytes, count(v.clip) as cut, count(t.id) as settled,
       count(t.id) filter (where t.state = 'saved') as tracked
from (
    select v.size, c.id as clip, row_number() over (partition by v.id order by c.first_frame) as n
    from video v
    join step_run r on r.step = 'cut' and r.item_id = v.id and r.current and r.state <> 'planned'
    left join clip c on c.step_run_id = r.id and c.uri is not null
    where v.source = :source) v
left join step_run t on t.step = 'track' and t.item_id = v.clip and t.current and t.state <> 'planned'

-- name: answered
-- Which of these requests were answered.
select key from step_run where step = :step and key = any(:keys) and state <> 'planned'

-- name: usd_of_a_clip
-- What an answer about a clip of a source cost on average by a model, of the latest 500; null where none was asked for.
select avg(last.usd) as usd
from (
    select sum(c.usd) as usd
    from llm_call c
    join batch b on b.id = c.batch_id and b.source = :source
    where c.step = :step and c.model = :model and c.step_run_id is not null
    group by c.step_run_id order by max(c.at) desc limit 500) last

-- name: usd_of_a_verified_clip
-- What an audit by a model cost for each clip whose texts were verified, of the batches that it was asked about; null
-- where there are none.
select sum(a.usd) / nullif(sum(a.clips), 0) as usd
from (
    select sum(c.usd) as usd,
           (select count(*) from step_run r where r.batch_id = b.id and r.step = 'verify' and r.current) as clips
    from llm_call c
    join batch b on b.id = c.batch_id and b.source = :source
    where c.step = 'audit' and c.model = :model
    group by b.id) a

-- name: verified_clips
-- The clips of a batch whose texts are verified.
select item_id as id from step_run
where batch_id = :batch and step = 'verify' and current and state = 'saved'

-- name: latest_keys
-- The latest answers to a step of a source.
select r.key from step_run r
join batch b on b.id = r.batch_id and b.source = :source
where r.step = :step and r.state <> 'planned'
order by r.id desc limit :most
