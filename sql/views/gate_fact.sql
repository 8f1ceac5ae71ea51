create view gate_fact as
select
    c.batch_id,
    c.clip_id,
    c.frames as clip_frames,
    f.kind,
    f.amount,
    f.start_frame,
    f.end_frame,
    (select min(i.id) from (values (f.subject), (f.object)) as i (id)
     where i.id is not null
       and not exists (select 1 from track t where t.step_run_id = tr.id and t.track_id = i.id)) as unknown_track,
    format('clip %s, fact %s: %s %s %s %s %s, frames %s to %s',
        c.clip_id, f.n, f.subject, f.kind, f.object, f.value, f.amount, f.start_frame, f.end_frame) as named
from gate_clip c
join gate_run tr on tr.step = 'track' and tr.item_id = c.clip_id and tr.state = 'saved'
join gate_run r on r.step = 'facts' and r.item_id = c.clip_id and r.state = 'saved'
join motion_fact f on f.step_run_id = r.id;

comment on view gate_fact is 'Facts of the clips that were kept.';
comment on column gate_fact.clip_frames is 'frames of the clip';
comment on column gate_fact.unknown_track is 'the subject or object that is no track of the clip; null where both are';
comment on column gate_fact.named is 'what the row is, for a person';
