-- What persons do with trunk, arms and legs, and hands with their fingers.
alter table motion_fact drop constraint motion_fact_kind_check;
alter table motion_fact add constraint motion_fact_kind_check check (kind in (
    'moves', 'stationary', 'enters', 'leaves', 'stops', 'starts', 'turns', 'veers', 'uturns', 'circles',
    'shifts', 'reverses', 'accelerates', 'slows', 'oscillates', 'frequency', 'amplitude', 'trembles', 'grows',
    'shrinks', 'speed', 'rank', 'fastest', 'located', 'approaches', 'recedes', 'passes', 'overlaps', 'lies',
    'becomes', 'reaches', 'touches', 'grasps', 'releases', 'lifts', 'carries', 'places', 'tilts', 'waves', 'taps',
    'opens', 'gives', 'bends', 'straightens', 'raises', 'lowers', 'sits', 'stands', 'jumps', 'kicks', 'turns_round',
    'throws', 'before', 'counts'));
alter table claim drop constraint claim_kind_check;
alter table claim add constraint claim_kind_check check (kind in (
    'moves', 'stationary', 'enters', 'leaves', 'stops', 'starts', 'turns', 'veers', 'uturns', 'circles',
    'shifts', 'reverses', 'accelerates', 'slows', 'oscillates', 'frequency', 'amplitude', 'trembles', 'grows',
    'shrinks', 'speed', 'rank', 'fastest', 'located', 'approaches', 'recedes', 'passes', 'overlaps', 'lies',
    'becomes', 'reaches', 'touches', 'grasps', 'releases', 'lifts', 'carries', 'places', 'tilts', 'waves', 'taps',
    'opens', 'gives', 'bends', 'straightens', 'raises', 'lowers', 'sits', 'stands', 'jumps', 'kicks', 'turns_round',
    'throws', 'before', 'counts'));

comment on table pose is
    'Where the points of a hand, or the joints of a person, are in the frames in which it was seen.';
comment on column pose.track_id is 'the hand or the person';
comment on column pose.points is
    'x and y of each point in turn, as shares of the frame, null where one is not in sight: of a hand 21, the wrist, then '
    'each finger from its root, the thumb first; of a person 13: nose, shoulders, elbows, wrists, hips, knees, ankles, '
    'the left of each before the right';
