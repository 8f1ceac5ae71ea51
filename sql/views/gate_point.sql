create view gate_point as
select
    c.batch_id,
    c.clip_id,
    p.track_id,
    p.frame,
    c.frames as clip_frames,
    p.t_us,
    c.times_us[p.frame + 1] as frame_us,
    p.x1,
    p.y1,
    p.x2,
    p.y2,
    p.score,
    format('clip %s, track %s, frame %s at %s us, box %s %s %s %s, score %s',
        c.clip_id, p.track_id, p.frame, p.t_us, p.x1, p.y1, p.x2, p.y2, p.score) as named
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
join track_point p on p.step_run_id = r.id;

comment on view gate_point is 'Points of the clips that were kept.';
comment on column gate_point.clip_frames is 'frames of the clip';
comment on column gate_point.frame_us is
    'time of the point''s frame by the clip, microseconds; null where the clip has no such frame';
comment on column gate_point.named is 'what the row is, for a person';
