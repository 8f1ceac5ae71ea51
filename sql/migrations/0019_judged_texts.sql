-- Every sentence and question has a verdict, and what tells of motion is published only where it is proven.

-- Null where a text says nothing of motion: nothing is claimed and nothing read, so nothing can be checked.
alter table claim alter column kind drop not null;
-- Whether it is claimed that something is not so.
alter table claim add column negated boolean not null default false;

-- Sentences that are not contradicted by any claim of the current verify, and that tell of no motion which cannot be
-- checked: what may be published. How many there are of what something is called is no motion.
create or replace view accepted_caption as
select c.*, v.batch_id, v.id as verify_run_id
from caption c
join step_run r on r.id = c.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = c.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = c.step_run_id and k.text_n = c.n
      and (k.verdict = 'contradicted' or k.verdict = 'not_checkable' and k.kind <> 'counts'));

-- Questions of which the same holds.
create or replace view sound_qa as
select q.step_run_id, q.n, q.clip_id, q.type, q.text, q.options, q.answer, q.evidence, q.writer,
       v.batch_id, v.id as verify_run_id
from qa q
join step_run r on r.id = q.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = q.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = q.step_run_id and k.text_n = q.n
      and (k.verdict = 'contradicted' or k.verdict = 'not_checkable' and k.kind <> 'counts'));

-- `judged` is whether the current verify has a verdict on the text.
create or replace view gate_sentence as
select
    c.batch_id,
    c.clip_id,
    s.text,
    format('clip %s, %s sentence %s: %s', c.clip_id, s.dimension, s.n, s.text) as named,
    exists (select 1 from claim k
            where k.step_run_id = s.verify_run_id and k.text_run_id = s.step_run_id and k.text_n = s.n) as judged
from gate_clip c
join accepted_caption s on s.clip_id = c.clip_id;

create or replace view gate_question as
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

-- Every claim that the present verify judged, with its proof in frames and times of the source. `read_now` is whether
-- it judged the text of today, `published` whether that text would be published.
create or replace view gate_claim as
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
    k.negated
from gate_clip c
join gate_run r on r.step = 'verify' and r.item_id = c.clip_id and r.state = 'saved'
join claim k on k.step_run_id = r.id;

-- The claims of one text, with the verdict on each and the frames that prove it.
create or replace view claim_evidence as
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
group by k.clip_id, k.text_run_id, k.text_n;
