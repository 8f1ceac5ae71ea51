create view gate_clip as
select
    v.batch_id,
    c.id as clip_id,
    c.video_id,
    c.step_run_id as cut_run_id,
    c.first_frame,
    c.last_frame,
    c.last_frame - c.first_frame + 1 as frames,
    c.times_us,
    (c.times_us[cardinality(c.times_us)] - c.times_us[1]) / 1e6 as seconds,
    (select min(t.us - t.before)
     from (select us, lag(us) over (order by n) as before from unnest(c.times_us) with ordinality as u (us, n)) t
    ) as shortest_step_us,
    (select min(o.id) from clip o
     where o.step_run_id = c.step_run_id and o.uri is not null and o.id <> c.id
       and o.first_frame <= c.last_frame and c.first_frame <= o.last_frame) as overlapping_clip,
    coalesce((select p.frames from probe p where p.step_run_id = c.step_run_id), 0) as source_frames,
    (select case when k.state = 'saved' then
        (select count(*) from caption t where t.step_run_id = k.id and t.dimension = 'scene') end
     from gate_run k where k.step = 'caption' and k.item_id = c.id) as scenes,
    (select case when k.state = 'saved' then
        (select count(*) from qa q where q.step_run_id = k.id and not exists (
            select 1 from near_question o where o.step_run_id = q.step_run_id and o.n = q.n and o.code = 'reworded')) end
     from gate_run k where k.step = 'ask' and k.item_id = c.id) as questions,
    format('clip %s, frames %s to %s of %s', c.id, c.first_frame, c.last_frame, v.key) as named
from current_video v
join gate_run r on r.step = 'cut' and r.item_id = v.id and r.state = 'saved'
join clip c on c.step_run_id = r.id and c.uri is not null;

comment on view gate_clip is 'Clips that were cut and kept.';
comment on column gate_clip.cut_run_id is 'step_run.id of the cut';
comment on column gate_clip.times_us is 'time of each frame in the source, microseconds';
comment on column gate_clip.shortest_step_us is 'microseconds, from a frame to the next';
comment on column gate_clip.overlapping_clip is
    'another clip of the same cut that shares frames with it; null where there is none';
comment on column gate_clip.source_frames is 'frames of its video';
comment on column gate_clip.scenes is
    'sentences on the scene in the written caption; null for a clip that a later step refused';
comment on column gate_clip.questions is
    'those that it bears: not what asks another of them in other words, but also what was asked of other clips so '
    'often that it is not asked again, for which neither the clip nor its writer can be blamed; null for a clip that a '
    'later step refused';
comment on column gate_clip.named is 'what the row is, for a person';
