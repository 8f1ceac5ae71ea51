create view claim_evidence as
select
    k.clip_id,
    k.text_run_id,
    k.text_n,
    json_agg(json_build_object(
        'kind', k.kind, 'subject', k.subject, 'object', k.object, 'value', k.value, 'amount', k.amount,
        'negated', k.negated, 'verdict', k.verdict, 'reason', k.reason,
        'frames', case when k.start_frame is not null then json_build_array(k.start_frame, k.end_frame) end,
        'source_frames', case when k.start_frame is not null
            then json_build_array(k.source_start_frame, k.source_end_frame) end,
        'times_us', case when k.start_frame is not null then json_build_array(k.start_us, k.end_us) end
    ) order by k.n) as claims
from gate_claim k
where k.verdict <> 'not_understood' or k.kind is null
group by k.clip_id, k.text_run_id, k.text_n;

comment on view claim_evidence is 'The claims of one text, but those that it does not seem to say, with the verdict on each and the frames that prove '
    'it.';
comment on column claim_evidence.text_run_id is 'step_run.id of the caption or ask that wrote the text';
comment on column claim_evidence.claims is
    'a JSON array in the order of the claims; frames are those of the clip, source_frames and times_us (microseconds) '
    'those of the source, each a first and a last, null where nothing proves it';
