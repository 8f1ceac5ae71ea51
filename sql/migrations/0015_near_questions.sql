-- Questions that ask again what another asks.

-- `meaning` is the same for questions that ask for the same with the same answer among the same options
-- (`repeats.meaning`); null in questions that are repeats, and in those that were saved before.
alter table qa add column meaning text;
create index qa_meaning on qa (meaning);

-- What a question that is not handed on repeats: question `of_n` of clip `of_clip`, which may be its own.
create table near_question (
    step_run_id bigint not null,
    n           integer not null,
    code        text not null check (code in ('reworded', 'same_content', 'too_often')),
    detail      text not null,
    of_clip     text not null references clip on delete cascade,
    of_n        integer not null,
    primary key (step_run_id, n),
    foreign key (step_run_id, n) references qa on delete cascade
);
create index on near_question (of_clip);

-- Questions that no claim of the current verify contradicts, ...
create view sound_qa as
select q.step_run_id, q.n, q.clip_id, q.type, q.text, q.options, q.answer, q.evidence, q.writer,
       v.batch_id, v.id as verify_run_id
from qa q
join step_run r on r.id = q.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = q.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = q.step_run_id and k.text_n = q.n and k.verdict = 'contradicted');

-- ... and those of them that may be published: not asked before.
create or replace view accepted_qa as
select q.* from sound_qa q
where not exists (select 1 from near_question o where o.step_run_id = q.step_run_id and o.n = q.n);

-- `questions` are those that a clip bears: not what asks another of them in other words, but also what was asked of other
-- clips so often that it is not asked again, for which neither the clip nor its writer can be blamed.
create or replace view gate_clip as
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
    (select case when k.state = 'saved' then
        (select count(*) from qa q where q.step_run_id = k.id and not exists (
            select 1 from near_question o where o.step_run_id = q.step_run_id and o.n = q.n and o.code = 'reworded')) end
     from gate_run k where k.step = 'ask' and k.item_id = c.id) as questions,
    format('clip %s, frames %s to %s of %s', c.id, c.first_frame, c.last_frame, v.key) as named
from current_video v
join gate_run r on r.step = 'cut' and r.item_id = v.id and r.state = 'saved'
join clip c on c.step_run_id = r.id and c.uri is not null;

-- Clips with something to teach: a scene, and a question that no claim contradicts, be it one that was asked before.
create or replace view publishable_clip as
select c.* from gate_clip c
where exists (select 1 from accepted_caption s where s.clip_id = c.clip_id and s.dimension = 'scene')
  and exists (select 1 from sound_qa q where q.clip_id = c.clip_id);
