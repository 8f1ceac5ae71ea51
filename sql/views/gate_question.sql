create view gate_question as
select
    c.batch_id,
    c.clip_id,
    q.text,
    (select min(o.n) from qa o
     where o.step_run_id = q.step_run_id and o.n < q.n and lower(btrim(o.text)) = lower(btrim(q.text))) as repeated,
    concat_ws(E'\n', q.text, array_to_string(q.options, E'\n')) as words,
    (select count(distinct nullif(lower(btrim(o)), '')) from unnest(q.options) as o) as distinct_options,
    (select min(i) from unnest(q.evidence) as i
     where not exists (select 1 from track t where t.step_run_id = tr.id and t.track_id = i)) as unknown_track,
    format('clip %s, question %s: %s %s', c.clip_id, q.n, q.text, q.options) as named,
    exists (select 1 from claim k
            where k.step_run_id = q.verify_run_id and k.text_run_id = q.step_run_id and k.text_n = q.n) as judged
from gate_clip c
join gate_run tr on tr.step = 'track' and tr.item_id = c.clip_id and tr.state = 'saved'
join accepted_qa q on q.clip_id = c.clip_id;

comment on view gate_question is 'Questions that would be published.';
comment on column gate_question.repeated is 'n of an earlier question of the same words; null where there is none';
comment on column gate_question.words is 'all that a reader sees: the question and its options, a line each';
comment on column gate_question.distinct_options is
    'options that are left when case, blanks at the ends and empty ones are put aside';
comment on column gate_question.unknown_track is
    'a track of the evidence that the clip does not have; null where it has all';
comment on column gate_question.judged is 'whether the current verify has a verdict on the text';
comment on column gate_question.named is 'what the row is, for a person';
