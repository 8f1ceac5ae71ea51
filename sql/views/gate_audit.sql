create view gate_audit as
select
    b.id as batch_id,
    coalesce(a.judged, 0) as judged,
    case when a.judged > 0 then coalesce(a.reachable, 0) end as reachable,
    s.min_precision,
    format('audit of %s: %s of %s judged statements are true, %s are unclear, %s are not judged; the lower bound is '
           'at most %s, %s is asked for', b.id, a."true", a."true" + a."false", a.unclear, a.drawn - a.judged,
           round(coalesce(a.reachable, 0)::numeric, 3), s.min_precision) as named
from batch b
join source s on s.id = b.source
left join audit_precision a on a.batch_id = b.id and a.kind = 'all';

comment on view gate_audit is 'What the audit of a batch found, beside what its source asks for; a row for each batch.';
comment on column gate_audit.judged is 'statements that were judged; 0 where nobody audits';
comment on column gate_audit.reachable is
    'what the lower bound of the precision still can be, 0..1, as in audit_precision; 0 where all is unclear, null where '
    'nobody audits';
comment on column gate_audit.min_precision is 'least lower bound that the source asks for, 0..1; null where none is';
comment on column gate_audit.named is 'what the row is, for a person';
