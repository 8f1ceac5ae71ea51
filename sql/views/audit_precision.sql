create view audit_precision as
with counted as (
    select
        batch_id,
        coalesce(kind, 'all') as kind,
        count(*) as drawn,
        count(verdict) as judged,
        count(*) filter (where verdict = 'true') as "true",
        count(*) filter (where verdict = 'false') as "false",
        count(*) filter (where verdict = 'unclear') as unclear,
        array_agg(distinct auditor order by auditor) filter (where verdict is not null) as auditors
    from audit_sample
    group by grouping sets ((batch_id, kind), (batch_id))
)
select
    c.*,
    c."true"::float8 / nullif(c."true" + c."false", 0) as "precision",
    w.low,
    w.high,
    w.reachable
from counted c
cross join lateral (
    select
        max(greatest(0, i.middle - i.half)) filter (where i.what = 'judged') as low,
        max(least(1, i.middle + i.half)) filter (where i.what = 'judged') as high,
        max(greatest(0, i.middle - i.half)) filter (where i.what = 'at best') as reachable
    from (
        select t.what,
               (t.x + z.z ^ 2 / 2) / (t.n + z.z ^ 2) as middle,
               z.z * sqrt(t.x * (t.n - t.x) / t.n + z.z ^ 2 / 4) / (t.n + z.z ^ 2) as half
        from (values (1.959963984540054::float8)) as z (z),
             (values ('judged', c."true"::float8, c."true" + c."false"),
                     ('at best', (c."true" + c.drawn - c.judged)::float8, c."true" + c."false" + c.drawn - c.judged)
             ) as t (what, x, n)
        where t.n > 0) i
) w;

comment on view audit_precision is
    'What the audit of a batch found, by the kind of the statements and of all. The interval is that of Wilson (1927, '
    'JASA 22, 209-212) at 95 %: with x true of n and z = 1.96 it is (x + z^2/2 -+ z sqrt(x (n - x) / n + z^2/4)) / '
    '(n + z^2).';
comment on column audit_precision.kind is 'the stratum, as in statement, or all';
comment on column audit_precision.drawn is 'statements of the sample';
comment on column audit_precision.auditors is 'whose judgements they are; null where nobody judged';
comment on column audit_precision."precision" is 'true of true and false, 0..1; null where there are none';
comment on column audit_precision.low is 'lower bound of the precision, 0..1';
comment on column audit_precision.high is 'upper bound of the precision, 0..1';
comment on column audit_precision.reachable is
    'the lower bound if everything that is not judged yet were true: more it cannot become';
