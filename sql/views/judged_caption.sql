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

comment on view judged_caption is
    'What the present judgement of a clip says of each of its captions, along each criterion and overall, the mean of '
    'the four.';
comment on column judged_caption.caption_run_id is 'step_run.id of the caption';
comment on column judged_caption.present is 'whether it is the caption of today';
comment on column judged_caption.criterion is 'as in caption_score, or overall';
comment on column judged_caption.score is 'mean of the runs, 0..10';
comment on column judged_caption.spread is 'how far the runs lie apart, in points of the score';
