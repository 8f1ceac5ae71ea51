-- Videos, clips and questions that another one repeats, and which of them is kept.

-- name: lock_content
-- Until the end of the transaction, nobody else decides on a video with the same bytes.
select pg_advisory_xact_lock(hashtextextended('content ' || :sha256, 0))

-- name: kept_video_of_content
-- The other video with the same bytes that was kept, if there is one.
select v.key
from probe p
join step_run r on r.id = p.step_run_id and r.current and r.state = 'saved'
join current_video v on v.id = p.video_id
where p.sha256 = :sha256 and p.video_id <> :video
  and not exists (select 1 from rejection j where j.step_run_id = r.id and j.item_id = p.video_id)
order by v.dated_at, v.id
limit 1

-- name: lock_copies
-- Until the end of the transaction, nobody else decides which of two clips that are alike is kept.
select pg_advisory_xact_lock(hashtextextended('copies', 0))

-- name: likely_originals
-- The twenty other videos whose kept clips share most bands with a clip, each with all of its kept clips.
with own as (
    select source, key from video where id = :video
), kept as not materialized (
    select c.*, v.key, v.dated_at
    from clip c
    join step_run r on r.id = c.step_run_id and r.current and r.state = 'saved'
    join current_video v on v.id = c.video_id
    where (v.source, v.key) not in (select source, key from own) and c.bands is not null
), likely as (
    select k.video_id
    from unnest(cast(:bands as integer[])) band
    join kept k on k.bands @> array[band]
    group by k.video_id
    order by count(*) desc, k.video_id
    limit 20
)
select k.video_id, k.id, k.key, k.times_us[1] as first_us, k.times_us[cardinality(k.times_us)] as last_us, k.hashes, k.motions
from kept k join likely using (video_id)
order by k.dated_at, k.video_id, k.first_frame

-- name: insert_near_copy
-- What a refused clip is a copy of.
insert into near_copy (clip_id, of_clip, shift_us, share, apart)
values (:clip, :of_clip, :shift_us, :share, :apart)

-- name: lock_questions
-- Until the end of the transaction, nobody else decides which of two questions that ask the same is kept.
select pg_advisory_xact_lock(hashtextextended('questions', 0))

-- name: kept_questions
-- The questions on other clips of today that are kept and mean one of these, in the order in which they were asked for,
-- and whether their clip is the same to the byte.
select q.meaning, q.clip_id, q.n, c.sha256 = own.sha256 as same_content
from qa q
join step_run r on r.id = q.step_run_id and r.current and r.state = 'saved'
join clip c on c.id = q.clip_id
join clip own on own.id = :clip
where q.meaning = any(:meanings) and q.clip_id <> :clip
order by r.id, q.n

-- name: insert_near_question
-- What a question repeats.
insert into near_question (step_run_id, n, code, detail, of_clip, of_n)
values (:step_run, :n, :code, :detail, :of_clip, :of_n)
