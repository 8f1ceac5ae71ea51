-- What a judge, who is not told who wrote them, says of the captions of a clip.
alter table step_run drop constraint step_run_step_check;
alter table step_run add constraint step_run_step_check
    check (step in ('cut', 'track', 'preview', 'facts', 'caption', 'ask', 'verify', 'judge'));

create table caption_score (
    step_run_id    bigint not null references step_run on delete cascade,   -- of judge
    caption_run_id bigint not null references step_run on delete cascade,   -- of caption
    run            integer not null check (run between 1 and 3),
    criterion      text not null check (criterion in (
        'action_accuracy', 'motion_detail', 'temporal_coherence', 'question_relevance')),
    clip_id        text not null references clip on delete cascade,
    letter         text not null,        -- under which it was shown; A stood first
    score          integer not null check (score between 0 and 10),
    judge          text not null,
    primary key (step_run_id, caption_run_id, run, criterion)
);
create index on caption_score (clip_id);

-- What the present judgement of a clip says of each of its captions, along each criterion and `overall`, the mean of
-- the four: the mean of the runs, and how far they lie apart.
create view judged_caption as
select
    r.batch_id,
    r.item_id as clip_id,
    m.caption_run_id,
    c.current as present,
    (select min(t.writer) from caption t where t.step_run_id = m.caption_run_id) as writer,
    m.judge,
    m.criterion,
    m.score,
    m.spread,
    m.runs
from step_run r
cross join lateral (
    select o.caption_run_id, o.judge, o.criterion, avg(o.score) as score, max(o.score) - min(o.score) as spread,
           count(*) as runs
    from (
        select s.caption_run_id, s.judge, s.run, coalesce(s.criterion, 'overall') as criterion, avg(s.score) as score
        from caption_score s where s.step_run_id = r.id
        group by grouping sets (
            (s.caption_run_id, s.judge, s.run, s.criterion), (s.caption_run_id, s.judge, s.run))) o
    group by o.caption_run_id, o.judge, o.criterion) m
join step_run c on c.id = m.caption_run_id
where r.step = 'judge' and r.current and r.state = 'saved';

-- Every item that is asked for, and how it stands: what the gate waits for, and what it does not.
create view asked_item as
select batch_id, item_id, step, key, state from gate_item
union all
select batch_id, item_id, step, key, state from step_run where current and step = 'judge';
