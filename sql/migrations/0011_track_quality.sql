-- How well a track was followed. Null in tracks that were saved before these were measured.
alter table track
    add coverage       real,            -- of the frames searched from its first to its last, those that show it, 0..1
    add longest_unseen real,            -- seconds from one detection to the next, the longest
    add jump_rate      real,            -- of the steps between detections, those no object makes, 0..1
    add resize_rate    real;            -- of the steps between detections, those that change its size at once, 0..1

create or replace view gate_track as
select
    c.batch_id,
    c.clip_id,
    t.step_run_id,
    t.track_id,
    t.label,
    t.points,
    t.observed_share,
    (select count(*) from track_point p where p.step_run_id = t.step_run_id and p.track_id = t.track_id
        and p.frame between t.first_frame and t.last_frame) as stored_points,
    format('clip %s, track %s, label %s', c.clip_id, t.track_id, t.label)
        || format('; seen in %s of the frames searched, longest unseen %s s, jumps %s, changes of size %s, score %s',
            t.coverage, t.longest_unseen, t.jump_rate, t.resize_rate, t.score) as named,
    t.coverage,
    t.longest_unseen,
    t.jump_rate,
    t.resize_rate,
    t.score
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
join track t on t.step_run_id = r.id;
