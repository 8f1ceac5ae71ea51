-- What is published.

-- name: partition_clips
-- Every publishable clip of a batch with all that is said of it, in the order of its source.
select
    c.clip_id as id,
    json_build_object(
        'source', v.source, 'key', v.key, 'etag', v.etag, 'sha256', p.sha256, 'licence', s.licence,
        'first_frame', c.first_frame, 'last_frame', c.last_frame, 'times_us', to_json(c.times_us)) as video,
    json_build_object(
        'uri', k.uri, 'sha256', k.sha256, 'width', k.width, 'height', k.height, 'frames', c.frames,
        'fps', round(((c.frames - 1) / nullif(c.seconds, 0))::numeric, 3)) as clip,
    json_build_object(
        'speed', k.camera_speed, 'static_share', k.camera_static_share, 'scale', k.camera_scale) as camera,
    (select json_agg(json_build_object(
        'id', t.track_id, 'label', t.label, 'first_frame', t.first_frame, 'last_frame', t.last_frame,
        'points', t.points, 'observed_share', t.observed_share, 'longest_gap', t.longest_gap, 'score', t.score)
        order by t.track_id)
     from gate_run r join track t on t.step_run_id = r.id
     where r.step = 'track' and r.item_id = c.clip_id) as tracks,
    (select json_agg(json_build_object(
        'kind', f.kind, 'subject', f.subject, 'object', f.object, 'value', f.value, 'amount', f.amount,
        'frames', json_build_array(f.start_frame, f.end_frame)) order by f.n)
     from gate_run r join motion_fact f on f.step_run_id = r.id
     where r.step = 'facts' and r.item_id = c.clip_id) as facts,
    (select json_agg(json_build_object(
        'dimension', t.dimension, 'text', t.text, 'writer', t.writer, 'claims', coalesce((
            select e.claims from claim_evidence e
            where e.clip_id = c.clip_id and e.text_run_id = t.step_run_id and e.text_n = t.n), '[]')) order by t.n)
     from accepted_caption t where t.clip_id = c.clip_id) as caption,
    (select coalesce(json_agg(json_build_object(
        'type', q.type, 'text', q.text, 'options', q.options, 'answer', q.answer, 'evidence', q.evidence,
        'writer', q.writer, 'claims', coalesce((
            select e.claims from claim_evidence e
            where e.clip_id = c.clip_id and e.text_run_id = q.step_run_id and e.text_n = q.n), '[]')) order by q.n), '[]')
     from accepted_qa q where q.clip_id = c.clip_id) as questions,
    (select json_object_agg(r.step, r.key order by r.step)
     from step t
     join gate_run r on r.step = t.name and r.item_id = case t.item when 'video' then c.video_id else c.clip_id end
     where t.owed_after is not null and r.state = 'saved') as keys
from publishable_clip c
join clip k on k.id = c.clip_id
join video v on v.id = c.video_id
join source s on s.id = v.source
left join probe p on p.step_run_id = c.cut_run_id
where c.batch_id = :batch
order by v.key collate "C", c.first_frame, c.clip_id collate "C"

-- name: partition_points
-- Every point of some clips, with its frame in the source.
select
    c.clip_id, t.track_id, t.label, p.frame, c.first_frame + p.frame as source_frame, p.t_us,
    p.x1, p.y1, p.x2, p.y2, p.score, p.observed
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
join track t on t.step_run_id = r.id
join track_point p on p.step_run_id = r.id and p.track_id = t.track_id
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
