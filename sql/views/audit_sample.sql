create view audit_sample as
with placed as (
    select
        *,
        count(*) over (partition by batch_id) as of_batch,
        count(*) over (partition by batch_id, kind) as of_kind,
        row_number() over (partition by batch_id, kind order by lot) as n_of_kind
    from (select *, md5(clip_id || E'\n' || text) as lot from statement) s
),
ranked as (
    select
        *,
        count(*) filter (where n_of_kind = 1) over (partition by batch_id) as kinds,
        row_number() over (
            partition by batch_id
            order by n_of_kind > 1, (2 * n_of_kind - 1)::float8 / of_kind, lot) as place
    from placed
)
select r.batch_id, r.clip_id, r.text, r.kind, r.place, j.verdict, coalesce(j.person, j.model) as auditor
from ranked r
left join lateral (
    select o.verdict, o.person, o.model from judgement o
    where o.clip_id = r.clip_id and o.text = r.text
    order by o.person is null, o.id desc limit 1
) j on true
where r.place <= greatest(30, ceil(0.02 * r.of_batch), r.kinds);

comment on view audit_sample is
    'The statements of a batch that are drawn for its audit, 2 % of them and at least 30, with the judgement that '
    'counts. Each kind has one; the rest is allotted in proportion to the kinds (Webster 1832, Sainte-Lague 1910: the '
    'n-th of N of a kind comes at (2n - 1) / N). Within a kind the MD5 of clip and words is the lot, so that a statement '
    'has the same one as long as it says the same. A larger sample holds the smaller one.';
comment on column audit_sample.kind is 'the stratum, as in statement';
comment on column audit_sample.place is 'place in the draw, from 1';
comment on column audit_sample.verdict is
    'true, false or unclear, by the last judgement of a person, else by the last of a model; null where nobody judged';
comment on column audit_sample.auditor is 'whose judgement that is: a person, or a model with the digest of its prompt';
