-- What people decide about a batch: rules that are waived for a while, and held reports that are let through or not.

-- Failures of one rule pass for one source, through `until` (a day in UTC) or until somebody ends it.
create table waiver (
    id       bigint generated always as identity primary key,
    source   text not null references source,
    rule     text not null,
    person   text not null check (person ~ '\S'),
    reason   text not null check (reason ~ '\S'),
    until    date not null,
    made_at  timestamptz not null,
    ended_at timestamptz,
    ended_by text,
    check ((ended_at is null) = (ended_by is null))
);
create unique index waiver_open on waiver (source, rule) where ended_at is null;

-- What was answered when a person was asked about a held report; nobody answered in time where it is timed out.
create table decision (
    report_id text not null references quality_report,
    at        timestamptz not null,
    answer    text not null check (answer in ('approved', 'rejected', 'timed_out')),
    person    text,
    note      text not null,
    primary key (report_id, at),
    check ((person is null) = (answer = 'timed_out'))
);
create unique index decision_approved on decision (report_id) where answer = 'approved';

alter table quality_check add column rule text, add column waiver jsonb;
