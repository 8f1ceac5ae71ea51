-- What the pictures of a clip show of motion, and what is said that rests on it.
create table motion_evidence (
    step_run_id     bigint primary key references step_run on delete cascade,
    clip_id         text not null references clip on delete cascade,
    explained_share real not null
);
create index on motion_evidence (clip_id);
comment on table motion_evidence is
    'That the pictures of a clip were looked at for motion; a clip without a row was not, and its facts follow from '
    'boxes alone.';
comment on column motion_evidence.step_run_id is 'of track';
comment on column motion_evidence.explained_share is
    'of all that moves in the picture over the whole clip, by area and time, that which moves as a track does in whose '
    'box it lies, 0..1; 1 where nothing moves';

create table camera_motion (
    step_run_id     bigint not null references step_run on delete cascade,
    frame           integer not null,
    dx              real not null,
    dy              real not null,
    scale           real not null,
    turn            real not null,
    corners         integer not null,
    moving_share    real not null,
    explained_share real not null,
    primary key (step_run_id, frame)
);
comment on table camera_motion is
    'How the camera moves the picture from one sampled frame to the next, a row for each such step; the first begins '
    'at the first frame of the clip.';
comment on column camera_motion.step_run_id is 'of track';
comment on column camera_motion.frame is 'at which the step ends, of the clip, from 0';
comment on column camera_motion.dx is 'way of the middle of the picture to the right, as a share of its width';
comment on column camera_motion.dy is 'way of the middle of the picture down, as a share of its height';
comment on column camera_motion.scale is 'growth about the middle; 1 is none';
comment on column camera_motion.turn is 'degrees about the middle, positive to the left';
comment on column camera_motion.corners is
    'how many corners of the background tell it; 0 where nothing is known, and the values are those of no motion';
comment on column camera_motion.moving_share is 'of the picture, what moves otherwise than the background, 0..1';
comment on column camera_motion.explained_share is
    'of what moves, by way, that which moves as a track does in whose box it lies, 0..1; 1 where nothing moves';

create table inside_motion (
    step_run_id bigint not null,
    track_id    integer not null,
    frame       integer not null,
    dx          real not null,
    dy          real not null,
    scale       real not null,
    turn        real not null,
    corners     integer not null check (corners > 0),
    primary key (step_run_id, track_id, frame)
);
comment on table inside_motion is
    'How what lies inside the box of a track moves in the picture in a step of camera_motion; no row where that is not '
    'known. Without a foreign key, as track_point.';
comment on column inside_motion.step_run_id is 'of track';
comment on column inside_motion.frame is 'at which the step ends, of the clip, from 0';
comment on column inside_motion.dx is 'way of its middle to the right, as a share of the width of the frame';
comment on column inside_motion.dy is 'way of its middle down, as a share of the height of the frame';
comment on column inside_motion.scale is 'growth about its middle; 1 is none';
comment on column inside_motion.turn is 'degrees about its middle, positive to the left';
comment on column inside_motion.corners is 'how many corners in the box tell it';

alter table track add noise real[] check (array_length(noise, 1) = 4);
comment on column track.noise is
    'standard deviation of the boxes that were seen about their way: x and y of the middle, width and height, diagonals '
    'of the frame; null in what an earlier version saved';

-- What an earlier version says rests on boxes alone.
alter table motion_fact add witnessed boolean not null default false;
comment on column motion_fact.witnessed is
    'whether the pictures were looked at in the boxes of its tracks and do not speak against it; false where it '
    'follows from boxes alone';
alter table claim add witnessed boolean not null default false;
comment on column claim.witnessed is
    'whether it is supported and rests on tracks in whose boxes the pictures were looked at; false where it was judged '
    'by boxes alone';
