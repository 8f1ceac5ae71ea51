-- Where the points of hands are, and what hands do with what they hold.
alter table motion_fact drop constraint motion_fact_kind_check;
alter table motion_fact add constraint motion_fact_kind_check check (kind in (
    'moves', 'stationary', 'enters', 'leaves', 'stops', 'starts', 'turns', 'veers', 'uturns', 'circles',
    'shifts', 'reverses', 'accelerates', 'slows', 'oscillates', 'frequency', 'amplitude', 'trembles', 'grows',
    'shrinks', 'speed', 'rank', 'fastest', 'located', 'approaches', 'recedes', 'passes', 'overlaps', 'lies',
    'becomes', 'reaches', 'touches', 'grasps', 'releases', 'lifts', 'carries', 'places', 'gives', 'before', 'counts'));
alter table claim drop constraint claim_kind_check;
alter table claim add constraint claim_kind_check check (kind in (
    'moves', 'stationary', 'enters', 'leaves', 'stops', 'starts', 'turns', 'veers', 'uturns', 'circles',
    'shifts', 'reverses', 'accelerates', 'slows', 'oscillates', 'frequency', 'amplitude', 'trembles', 'grows',
    'shrinks', 'speed', 'rank', 'fastest', 'located', 'approaches', 'recedes', 'passes', 'overlaps', 'lies',
    'becomes', 'reaches', 'touches', 'grasps', 'releases', 'lifts', 'carries', 'places', 'gives', 'before', 'counts'));

create table pose (
    step_run_id bigint not null references step_run on delete cascade,
    track_id    integer not null,
    frame       integer not null,
    points      real[] not null check (cardinality(points) % 2 = 0),
    primary key (step_run_id, track_id, frame)
);
comment on table pose is
    'Where the points of a hand are in the frames in which it was seen.';
comment on column pose.step_run_id is 'of track';
comment on column pose.track_id is 'the hand';
comment on column pose.frame is 'of the clip, from 0';
comment on column pose.points is
    'x and y of each of 21 points in turn, as shares of the frame: the wrist, then each finger from its root, the thumb '
    'first';
