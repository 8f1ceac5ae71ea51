-- Statements are judged against the frames, by persons or by a model, and a source may ask for a least precision.
alter table source add column auditor text;
comment on column source.auditor is 'what judges statements of the source by frames, null where no model does';
alter table source add column min_precision double precision check (min_precision between 0 and 1);
comment on column source.min_precision is
    'least lower bound of the audited precision, 0..1; a batch under it is held; null where none is asked for';

insert into step (name, n, item, owed_after) values ('audit', 10, 'clip', null);
comment on table step is 'The steps that a batch goes through, from cut to audit.';

create table judgement (
    id        bigint generated always as identity primary key,
    clip_id   text not null references clip on delete cascade,
    text      text not null,
    verdict   text not null check (verdict in ('true', 'false', 'unclear')),
    person    text check (person ~ '\S'),
    model     text,
    note      text not null default '',
    judged_at timestamptz not null default now(),
    check ((person is null) <> (model is null))
);
create index on judgement (clip_id);
comment on table judgement is
    'What an auditor says of a statement on a clip, by its frames. None is deleted: the last of a person counts, else '
    'the last of a model.';
comment on column judgement.text is
    'the statement, as in audit_sample: what was judged are these words on this clip, whichever answer they came in';
comment on column judgement.verdict is 'true, false, or unclear: the frames do not tell';
comment on column judgement.person is 'who judged it, by name; null where a model did';
comment on column judgement.model is 'which model judged it, with the digest of its prompt; null where a person did';
