-- Clips that show what another video's clips show.

alter table rejection drop constraint rejection_code_check;
alter table rejection add constraint rejection_code_check check (code in (
    'unreadable', 'no_video_stream', 'too_short', 'too_long', 'too_heavy', 'undecodable', 'shot_too_short', 'duplicate',
    'near_duplicate', 'camera_motion', 'black_or_frozen', 'transition', 'no_tracks'));

-- `hashes` and `motions` have one for each tenth of a second of the source's time, from that of the first frame on; in
-- clips that were cut before, `hashes` has one a second and `motions` is null. `bands` are the parts of `motions` by
-- which a clip is looked up, null in clips that were refused.
alter table clip add column motions bigint[];
alter table clip add column bands integer[];
create index clip_bands on clip using gin (bands) with (fastupdate = off);

-- What a clip that was refused as near_duplicate is a copy of, and how well it is known again.
create table near_copy (
    clip_id  text primary key references clip on delete cascade,
    of_clip  text not null references clip on delete cascade,
    shift_us bigint not null,            -- what a time of the clip has to be put back by
    share    real not null,              -- of the moments in which something moves, 0..1
    apart    real not null               -- mean bits, of 64, between what moves
);
create index on near_copy (of_clip);
