create view gate_track as
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

comment on view gate_track is 'Tracks of the clips that were kept.';
comment on column gate_track.stored_points is 'rows of track_point within the span of the track';
comment on column gate_track.named is 'what the row is, for a person';
