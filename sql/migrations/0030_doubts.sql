-- What a model that writes sees in the pictures and was measured otherwise: evidence against a track.
create table doubt (
    step_run_id bigint not null references step_run on delete cascade,
    n integer not null check (n >= 0),
    clip_id text not null,
    track_id integer not null,
    seconds double precision not null check (seconds >= 0),
    text text not null,
    primary key (step_run_id, n)
);
comment on table doubt is 'What the writer of a caption saw in the pictures that does not go with what was measured of a track.';
comment on column doubt.step_run_id is 'of caption';
comment on column doubt.n is 'its place among the doubts of the caption';
comment on column doubt.seconds is 'after the first frame of the clip, where the picture shows it';
