create view statement as
with said as (
    select
        p.batch_id, p.clip_id, s.verify_run_id, s.step_run_id, s.n,
        coalesce('[' || string_agg(s.text, ' ') over (
            partition by p.batch_id, s.step_run_id, s.dimension order by s.n
            rows between unbounded preceding and 1 preceding) || '] ', '') || s.text as text
    from publishable_clip p
    join accepted_caption s on s.clip_id = p.clip_id
    union all
    select
        p.batch_id, p.clip_id, q.verify_run_id, q.step_run_id, q.n,
        format('%s Answer: %s', q.text, q.options[ascii(q.answer) - ascii('A') + 1])
    from publishable_clip p
    join accepted_qa q on q.clip_id = p.clip_id
),
claiming as (
    select distinct t.batch_id, t.clip_id, t.text, coalesce(k.kind, 'no claim') as kind
    from said t
    left join claim k on k.step_run_id = t.verify_run_id and k.text_run_id = t.step_run_id and k.text_n = t.n
        and k.verdict <> 'not_understood'
)
select distinct on (c.batch_id, c.clip_id, c.text) c.batch_id, c.clip_id, c.text, c.kind
from (select *, count(*) over (partition by batch_id, kind) as statements from claiming) c
order by c.batch_id, c.clip_id, c.text, c.kind = 'no claim', c.statements, c.kind;

comment on view statement is 'What a batch would publish, a statement each: the same words on the same clip once.';
comment on column statement.text is
    'a sentence, in brackets before it those of its dimension that it follows, since it may refer to them; or a '
    'question with its right answer';
comment on column statement.kind is
    'the stratum: of the kinds of its claims the one of the fewest statements of the batch, or `no claim`';
