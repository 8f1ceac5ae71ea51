-- Whose hand a track is, what a hand holds, and what it touches when.
alter table track add column parent integer;
alter table track add column side text check (side in ('left', 'right'));
alter table track add column inferred boolean not null default false;

create table contact (
    step_run_id bigint not null,
    track_id integer not null,
    start_frame integer not null,
    end_frame integer not null,
    state text not null
        check (state in ('no_contact', 'other_person_contact', 'self_contact', 'object_contact')),
    object integer,
    inferred boolean not null,
    primary key (step_run_id, track_id, start_frame),
    foreign key (step_run_id, track_id) references track (step_run_id, track_id) on delete cascade
);

-- A profile that asks for more things than were named refuses the clip.
alter table rejection drop constraint rejection_code_check;
alter table rejection add constraint rejection_code_check check (code in (
    'unreadable', 'no_video_stream', 'too_short', 'too_long', 'too_heavy', 'undecodable', 'shot_too_short', 'duplicate',
    'near_duplicate', 'camera_motion', 'black_or_frozen', 'transition', 'no_tracks', 'too_few_objects'));
