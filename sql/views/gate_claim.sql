create view gate_claim as
select
    c.batch_id,
    c.clip_id,
    c.frames as clip_frames,
    k.text_run_id,
    k.text_n,
    k.n,
    k.kind,
    k.subject,
    k.object,
    k.value,
    k.amount,
    k.verdict,
    k.reason,
    k.start_frame,
    k.end_frame,
    c.first_frame + k.start_frame as source_start_frame,
    c.first_frame + k.end_frame as source_end_frame,
    c.times_us[k.start_frame + 1] as start_us,
    c.times_us[k.end_frame + 1] as end_us,
    (k.verdict = 'contradicted')::integer::float8 as contradicted,
    (k.verdict = 'not_checkable')::integer::float8 as not_checkable,
    exists (select 1 from gate_run t where t.id = k.text_run_id and t.item_id = c.clip_id and t.state = 'saved') as read_now,
    exists (select 1 from accepted_caption s where s.step_run_id = k.text_run_id and s.n = k.text_n)
        or exists (select 1 from accepted_qa q where q.step_run_id = k.text_run_id and q.n = k.text_n) as published,
    format('clip %s, claim %s of text %s: %s %s %s %s %s is %s: %s', c.clip_id, k.n, k.text_n,
        k.subject, case when k.negated then 'not ' else '' end || k.kind, k.object, k.value, k.amount,
        k.verdict, k.reason) as named,
    k.negated,
    k.witnessed
from gate_clip c
join gate_run r on r.step = 'verify' and r.item_id = c.clip_id and r.state = 'saved'
join claim k on k.step_run_id = r.id;

comment on view gate_claim is
    'Every claim that the present verify judged, with its proof in frames and times of the source.';
comment on column gate_claim.clip_frames is 'frames of the clip';
comment on column gate_claim.text_run_id is 'step_run.id of the caption or ask that wrote the text';
comment on column gate_claim.source_start_frame is 'first frame of the proof, in the source';
comment on column gate_claim.source_end_frame is 'last frame of the proof, in the source';
comment on column gate_claim.start_us is 'time of the first frame of the proof in the source, microseconds';
comment on column gate_claim.end_us is 'time of the last frame of the proof in the source, microseconds';
comment on column gate_claim.contradicted is '1 or 0, so that a mean is a share';
comment on column gate_claim.not_checkable is '1 or 0, so that a mean is a share';
comment on column gate_claim.read_now is 'whether it judged the text of today';
comment on column gate_claim.published is 'whether that text would be published';
comment on column gate_claim.negated is 'whether it is claimed that something is not so';
comment on column gate_claim.witnessed is 'whether the frames were looked at inside the boxes of its tracks';
comment on column gate_claim.named is 'what the row is, for a person';
