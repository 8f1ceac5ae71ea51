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
