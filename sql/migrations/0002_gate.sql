-- What the gate judges: one view per suite, each filtered by batch_id, each row with `named`, which tells a person
-- what it is. Only what today's configuration asks for is in them; older answers stay in their tables.

-- What is said of a clip is asked for by clip.
create index on caption (clip_id);
create index on qa (clip_id);

-- The present request of each item, and how it stands.
create view gate_run as
select id, step, item_id, key, state from step_run where current;

-- Clips that were cut and kept. `dimensions` counts those of the written caption, the scene among them; it and
-- `questions` are null for a clip that a later step refused.
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
        (select count(distinct t.dimension) from caption t where t.step_run_id = k.id) end
     from gate_run k where k.step = 'caption' and k.item_id = c.id) as dimensions,
    (select case when k.state = 'saved' then (select count(*) from qa q where q.step_run_id = k.id) end
     from gate_run k where k.step = 'ask' and k.item_id = c.id) as questions,
    format('clip %s, frames %s to %s of %s', c.id, c.first_frame, c.last_frame, v.key) as named
from current_video v
join gate_run r on r.step = 'cut' and r.item_id = v.id and r.state = 'saved'
join clip c on c.step_run_id = r.id and c.uri is not null;

-- Every item that each step owes the batch, and how it stands: missing, planned, saved or rejected. A saved cut that
-- left neither a clip nor a refusal is missing too: nothing would tell what became of the video.
create view gate_item as
with owed as (
    select v.batch_id, v.id as item_id, 'cut' as step from current_video v
    union all
    select c.batch_id, c.clip_id, 'track' from gate_clip c
    union all
    select c.batch_id, c.clip_id, s.step
    from gate_clip c
    join gate_run t on t.step = 'track' and t.item_id = c.clip_id and t.state = 'saved'
    cross join (values ('preview'), ('facts')) as s (step)
    union all
    select c.batch_id, c.clip_id, s.step
    from gate_clip c
    join gate_run t on t.step = 'track' and t.item_id = c.clip_id and t.state = 'saved'
    join gate_run f on f.step = 'facts' and f.item_id = c.clip_id and f.state = 'saved'
    cross join (values ('caption'), ('ask'), ('verify')) as s (step)
)
select
    o.batch_id,
    o.item_id,
    o.step,
    r.key,
    e.state,
    format('%s of %s is %s', o.step, o.item_id, e.state) || coalesce((
        select format('; last failure: %s: %s', f.error, f.detail)
        from failure f where f.step_run_id = r.id and e.state = 'planned' order by f.at desc limit 1), '') as named
from owed o
left join gate_run r on r.step = o.step and r.item_id = o.item_id
cross join lateral (select case
    when r.id is null then 'missing'
    when r.step <> 'cut' or r.state <> 'saved' then r.state
    when exists (select 1 from clip c where c.step_run_id = r.id) then 'saved'
    when exists (select 1 from rejection x where x.step_run_id = r.id) then 'rejected'
    else 'missing' end as state) e;

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
    format('clip %s, track %s, label %s', c.clip_id, t.track_id, t.label) as named
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
join track t on t.step_run_id = r.id;

-- `frame_us` is the time of the point's frame in the clip, null where the clip has no such frame.
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

-- `unknown_track` is the subject or object that is no track of the clip.
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

-- Sentences that would be published.
create view gate_sentence as
select
    c.batch_id,
    c.clip_id,
    s.text,
    format('clip %s, %s sentence %s: %s', c.clip_id, s.dimension, s.n, s.text) as named
from gate_clip c
join accepted_caption s on s.clip_id = c.clip_id;

-- Questions that would be published. `repeated` is an earlier question of the same words, `distinct_options` counts the
-- options that are left when case, blanks at the ends and empty ones are put aside, `words` is all that a reader sees.
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
    format('clip %s, question %s: %s %s', c.clip_id, q.n, q.text, q.options) as named
from gate_clip c
join gate_run tr on tr.step = 'track' and tr.item_id = c.clip_id and tr.state = 'saved'
join accepted_qa q on q.clip_id = c.clip_id;

-- Every claim that the present verify judged, with its proof in frames and times of the source. `read_now` is whether
-- it judged the text of today, `published` whether that text would be published.
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
        k.subject, k.kind, k.object, k.value, k.amount, k.verdict, k.reason) as named
from gate_clip c
join gate_run r on r.step = 'verify' and r.item_id = c.clip_id and r.state = 'saved'
join claim k on k.step_run_id = r.id;

-- The claims of one text, with the verdict on each and the frames that prove it.
create view claim_evidence as
select
    k.clip_id,
    k.text_run_id,
    k.text_n,
    json_agg(json_build_object(
        'kind', k.kind, 'subject', k.subject, 'object', k.object, 'value', k.value, 'amount', k.amount,
        'verdict', k.verdict, 'reason', k.reason,
        'frames', case when k.start_frame is not null then json_build_array(k.start_frame, k.end_frame) end,
        'source_frames', case when k.start_frame is not null
            then json_build_array(k.source_start_frame, k.source_end_frame) end,
        'times_us', case when k.start_frame is not null then json_build_array(k.start_us, k.end_us) end
    ) order by k.n) as claims
from gate_claim k
group by k.clip_id, k.text_run_id, k.text_n;

-- Clips with something to teach: a scene and a question that no claim contradicts.
create view publishable_clip as
select c.* from gate_clip c
where exists (select 1 from accepted_caption s where s.clip_id = c.clip_id and s.dimension = 'scene')
  and exists (select 1 from accepted_qa q where q.clip_id = c.clip_id);
