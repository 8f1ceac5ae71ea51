-- All that is said of one clip.

-- name: named_clips
-- The clips that a person may mean, those of today first: by the beginning of the id or of the SHA-256, by address, by
-- their video's id or key, or by a frame of a video.
select c.id, v.key, c.first_frame, c.last_frame, r.current
from clip c
join step_run r on r.id = c.step_run_id
join video v on v.id = c.video_id
where starts_with(c.id, :named) or starts_with(c.sha256, :named) or c.uri = :named
   or v.id = :named or v.key = :key
   or v.key = :of_video and cast(:frame as integer) between c.first_frame and c.last_frame
order by r.current desc, v.key, c.first_frame, c.id
limit 20

-- name: shown_clip
-- One clip with its video and its preview; its thumbnail is that of the preview where there is one.
select c.id, c.first_frame, c.last_frame, c.times_us, c.uri, c.sha256, c.width, c.height,
       r.current, v.id as video_id, v.key, v.etag, v.source, v.batch_id, s.licence,
       p.frames as source_frames, p.codec, p.sha256 as source_sha256, w.overlay_uri, coalesce(w.thumbnail_uri, c.thumbnail_uri) as thumbnail_uri, w.playable_uri,
       e.explained_share
from clip c
join step_run r on r.id = c.step_run_id
join video v on v.id = c.video_id
join source s on s.id = v.source
left join probe p on p.step_run_id = r.id
left join gate_run d on d.step = 'preview' and d.item_id = c.id and d.state = 'saved'
left join preview w on w.step_run_id = d.id
left join gate_run t on t.step = 'track' and t.item_id = c.id and t.state = 'saved'
left join motion_evidence e on e.step_run_id = t.id
where c.id = :clip

-- name: shown_tracks
-- The tracks of a clip.
select t.* from gate_run r join track t on t.step_run_id = r.id
where r.step = 'track' and r.item_id = :clip order by t.track_id

-- name: shown_doubts
-- What the writer of a clip's caption saw otherwise than it was measured.
select d.* from gate_run r join doubt d on d.step_run_id = r.id
where r.step = 'caption' and r.item_id = :clip order by d.n

-- name: shown_facts
-- The facts of a clip.
select f.* from gate_run r join motion_fact f on f.step_run_id = r.id
where r.step = 'facts' and r.item_id = :clip order by f.n

-- name: shown_scores
-- What the present judgement says of each caption of a clip, today's first.
select case when present then '' else 'older, ' end || writer as writer, judge, caption_run_id as caption, criterion,
       score, spread, 1 as captions
from judged_caption where clip_id = :clip
order by present desc, caption_run_id desc, criterion

-- name: shown_texts
-- Every sentence and question on a clip with its claims; `accepted` is whether it may be published, null where no
-- present `verify` has looked.
with texts as (
    select c.step_run_id, c.n, c.clip_id, c.dimension as about, c.text, null::text[] as options, null as answer, c.writer,
           exists (select 1 from accepted_caption a where a.step_run_id = c.step_run_id and a.n = c.n) as accepted,
           null as repeats
    from caption c
    union all
    select q.step_run_id, q.n, q.clip_id, q.type, q.text, q.options, q.answer, q.writer,
           exists (select 1 from accepted_qa a where a.step_run_id = q.step_run_id and a.n = q.n),
           (select o.detail from near_question o where o.step_run_id = q.step_run_id and o.n = q.n)
    from qa q)
select r.step, t.n, t.about, t.text, t.options, t.answer, t.writer,
       case when v.id is not null then t.accepted end as accepted, t.repeats, coalesce(e.claims, '[]') as claims
from gate_run r
join texts t on t.step_run_id = r.id and t.clip_id = r.item_id
left join gate_run v on v.step = 'verify' and v.item_id = r.item_id and v.state = 'saved'
left join claim_evidence e on e.clip_id = r.item_id and e.text_run_id = r.id and e.text_n = t.n
where r.item_id = :clip and r.step in ('caption', 'ask')
order by r.step desc, t.n
