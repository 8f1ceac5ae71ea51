-- From here on migrations make tables only: a view is a file of sql/views, and they are made again when one has changed.
create table view_digest (
    name       text primary key,
    digest     text not null,
    version    text not null,
    applied_at timestamptz not null default now()
);
comment on table view_digest is 'The views of the product: what is not in it is somebody else''s, and is never dropped.';
comment on column view_digest.digest is 'SHA-256 of the file of sql/views that made it; empty where a migration did';
comment on column view_digest.version is 'version of the product that made it; an older one does not put back its own';

insert into view_digest (name, digest, version)
select name, '', '0'
from unnest(array[
    'accepted_caption', 'accepted_qa', 'asked_item', 'claim_evidence', 'current_video', 'gate_claim', 'gate_clip',
    'gate_fact', 'gate_item', 'gate_limit', 'gate_point', 'gate_question', 'gate_run', 'gate_sentence', 'gate_track',
    'judged_caption', 'publishable_clip', 'sound_qa']) as name;

-- The steps of a batch. One more is one more row here, in a migration.
create table step (
    name       text primary key,
    n          integer not null unique,
    item       text not null check (item in ('video', 'clip')),
    owed_after text[],
    check (item = 'clip' or owed_after = '{}')
);
comment on table step is 'The steps that a batch goes through, from cut to judge.';
comment on column step.n is 'place in the order';
comment on column step.item is 'what an item of the step is: step_run.item_id is a video.id or a clip.id';
comment on column step.owed_after is
    'the steps whose saved answers of a clip make this one owed to the gate; {} where it is owed as soon as the item is '
    'there; null where it never is';

insert into step (name, n, item, owed_after) values
    ('cut', 1, 'video', '{}'),
    ('track', 2, 'clip', '{}'),
    ('preview', 3, 'clip', '{track}'),
    ('facts', 4, 'clip', '{track}'),
    ('caption', 5, 'clip', '{track,facts}'),
    ('ask', 6, 'clip', '{track,facts}'),
    ('verify', 7, 'clip', '{track,facts}'),
    ('judge', 8, 'clip', null);

alter table step_run drop constraint step_run_step_check;
alter table step_run add foreign key (step) references step;
