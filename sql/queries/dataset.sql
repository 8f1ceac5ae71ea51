-- What is published.

-- name: published_clips
-- Every publishable clip of a batch with its video and its file, in the order of its source.
select
    c.clip_id as id,
    v.source, v.key, v.etag, p.sha256, s.licence, c.first_frame, c.last_frame, c.times_us,
    k.uri, k.sha256 as clip_sha256, k.width, k.height, c.frames,
    round(((c.frames - 1) / nullif(c.seconds, 0))::numeric, 3)::float as fps,
    k.camera_speed, k.camera_static_share, k.camera_scale, e.explained_share
from publishable_clip c
join clip k on k.id = c.clip_id
join video v on v.id = c.video_id
join source s on s.id = v.source
left join probe p on p.step_run_id = c.cut_run_id
left join gate_run t on t.step = 'track' and t.item_id = c.clip_id and t.state = 'saved'
left join motion_evidence e on e.step_run_id = t.id
where c.batch_id = :batch
order by v.key collate "C", c.first_frame, c.clip_id collate "C"

-- name: published_tracks
-- The tracks of some clips.
select
    r.item_id as clip_id, t.track_id as id, t.label, t.first_frame, t.last_frame, t.points, t.observed_share,
    t.longest_gap, t.score, t.noise
from gate_run r join track t on t.step_run_id = r.id
where r.step = 'track' and r.item_id = any(:clips)
order by r.item_id, t.track_id

-- name: published_facts
-- The motion facts of some clips.
select
    r.item_id as clip_id, f.kind, f.subject, f.object, f.value, f.amount, array[f.start_frame, f.end_frame] as frames,
    f.witnessed
from gate_run r join motion_fact f on f.step_run_id = r.id
where r.step = 'facts' and r.item_id = any(:clips)
order by r.item_id, f.n

-- name: published_sentences
-- The sentences of some clips that may be published.
select clip_id, step_run_id, n, dimension, text, writer from accepted_caption
where clip_id = any(:clips)
order by clip_id, n

-- name: published_questions
-- The questions of some clips that may be published.
select clip_id, step_run_id, n, type, text, options, answer, evidence, writer from accepted_qa
where clip_id = any(:clips)
order by clip_id, n

-- name: published_claims
-- The claims of the texts of some clips, with what proves them.
select
    clip_id, text_run_id, text_n, kind, subject, object, value, amount, negated, verdict, reason, witnessed,
    case when start_frame is not null then array[start_frame, end_frame] end as frames,
    case when start_frame is not null then array[source_start_frame, source_end_frame] end as source_frames,
    case when start_frame is not null then array[start_us, end_us] end as times_us
from gate_claim
where clip_id = any(:clips) and (verdict <> 'not_understood' or kind is null)
order by clip_id, text_run_id, text_n, n

-- name: published_keys
-- The requests that were answered for some clips, by step.
select c.clip_id, r.step, r.key
from gate_clip c
cross join step t
join gate_run r on r.step = t.name and r.item_id = case t.item when 'video' then c.video_id else c.clip_id end
where c.clip_id = any(:clips) and t.owed_after is not null and r.state = 'saved'
order by c.clip_id, r.step

-- name: partition_points
-- Every point of some clips, with its frame in the source, and what the picture shows of motion in the step that ends
-- at its frame: inside of its box and of the camera, null where that is not known.
select
    c.clip_id, t.track_id, t.label, p.frame, c.first_frame + p.frame as source_frame, p.t_us,
    p.x1, p.y1, p.x2, p.y2, p.score, p.observed,
    i.dx as inside_dx, i.dy as inside_dy, i.scale as inside_scale, i.turn as inside_turn, i.corners as inside_corners,
    k.dx as camera_dx, k.dy as camera_dy, k.scale as camera_scale, k.turn as camera_turn, m.corners as camera_corners
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
join track t on t.step_run_id = r.id
join track_point p on p.step_run_id = r.id and p.track_id = t.track_id
left join inside_motion i on i.step_run_id = r.id and i.track_id = p.track_id and i.frame = p.frame
left join camera_motion m on m.step_run_id = r.id and m.frame = p.frame
left join camera_motion k on k.step_run_id = r.id and k.frame = p.frame and k.corners > 0
where c.clip_id = any(:clips)
order by array_position(:clips, c.clip_id), t.track_id, p.frame

-- name: current_partition
-- What of a batch is published now.
select digest, batch_id, report_id, uri, clips, sentences, questions, bytes from partition
where batch_id = :batch and current

-- name: retire_partition
-- Another content of the batch is published in its place.
update partition set current = false where batch_id = :batch and current and digest <> :digest

-- name: publish_partition
-- A content of a batch is what is published of it now; published before, it is current again.
insert into partition (digest, batch_id, report_id, uri, clips, sentences, questions, bytes)
values (:digest, :batch, :report, :uri, :clips, :sentences, :questions, :bytes)
on conflict (digest) do update set current = true
where not partition.current
