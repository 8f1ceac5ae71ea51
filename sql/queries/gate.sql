-- The gate: what a batch owes and holds, reports, waivers, and what people decide.

-- name: gate_standing
-- How far a batch is: what it owes, what of it is neither saved nor rejected, and clips whose text was verified.
select
    count(*) as items,
    count(*) filter (where state not in ('saved', 'rejected')) as open_items,
    count(*) filter (where step = 'verify' and state = 'saved') as verified_clips
from gate_item where batch_id = :batch

-- name: gate_items
-- Everything that a batch owes, and how it stands: the content that a report is of.
select item_id, step, key, state, named from gate_item where batch_id = :batch
order by step collate "C", item_id collate "C"

-- name: judged_statements
-- What was judged of the statements that are drawn of a batch, the judgement of each that counts.
select clip_id, text, verdict, auditor from audit_sample where batch_id = :batch and verdict is not null
order by place

-- name: gate_counts
-- What a batch holds, by kind.
select 'videos' as what, count(*) as n from current_video where batch_id = :batch
union all select 'clips', count(*) from gate_clip where batch_id = :batch
union all select 'tracks', count(*) from gate_track where batch_id = :batch
union all select 'points', count(*) from gate_point where batch_id = :batch
union all select 'facts', count(*) from gate_fact where batch_id = :batch
union all select 'sentences', count(*) from gate_sentence where batch_id = :batch
union all select 'questions', count(*) from gate_question where batch_id = :batch
union all select 'claims', count(*) from gate_claim where batch_id = :batch
union all select 'texts not understood', count(distinct (text_run_id, text_n)) from gate_claim
    where batch_id = :batch and verdict = 'not_understood' and kind is null
union all select 'doubted tracks', coalesce(sum(doubted), 0)::bigint from gate_limit where batch_id = :batch

-- name: gate_rejections
-- What was refused in a batch, by code.
select x.code, count(*) as n
from rejection x
join step_run r on r.id = x.step_run_id and r.current
where r.batch_id = :batch
group by x.code order by x.code

-- name: audit_precision
-- What the audit of a batch found by kind, and of all; nothing where nobody judged.
select kind, drawn, judged, "true", "false", unclear, "precision", low, high, auditors
from audit_precision where batch_id = :batch and judged > 0
order by kind = 'all', kind collate "C"

-- name: insert_quality_report
-- What the gate found, once.
insert into quality_report (id, batch_id, verdict, document)
values (:report, :batch, :verdict, cast(:document as jsonb)) on conflict do nothing

-- name: insert_quality_check
-- What one expectation found.
insert into quality_check (report_id, n, suite, rule, expectation, severity, success, failing, examples, waiver)
values (:report, :n, :suite, :rule, :expectation, :severity, :success, :failing, :examples, cast(:waiver as jsonb))

-- name: judge_batch
-- The report of what a batch holds now; nothing changes where it was that before.
update batch set report_id = :report where id = :batch and report_id is distinct from :report

-- name: present_report
-- The quality report of what a batch holds now.
select q.id, q.verdict, q.document from batch b join quality_report q on q.id = b.report_id where b.id = :batch

-- name: known_source
-- A source that was discovered before.
select id from source where id = :source

-- name: waive
-- Failures of a rule pass for a source from now on.
insert into waiver (source, rule, person, reason, until, made_at)
values (:source, :rule, :person, :reason, :until, :at)

-- name: end_waiver
-- Failures of a rule count again for a source.
update waiver set ended_at = :at, ended_by = :person
where source = :source and rule = :rule and ended_at is null

-- name: waivers_in_force
-- The waivers of a source that count on a day.
select rule, person, reason, until from waiver
where source = :source and ended_at is null and until >= :day

-- name: waivers
-- Every waiver, the latest first.
select source, rule, person, reason, until, made_at, ended_at, ended_by from waiver order by made_at desc, id desc

-- name: decide
-- What a person answered about a report; a second approval adds nothing.
insert into decision (report_id, at, answer, person, note)
values (:report, :at, :answer, :person, :note) on conflict do nothing

-- name: decisions
-- What was answered about a report, in the order of the answers.
select answer, at, person, note from decision where report_id = :report order by at

-- name: end_batch
-- How the batch ended; nothing changes where it ended so before.
update batch set outcome = :outcome where id = :batch and outcome is distinct from :outcome
