-- What hands do with what they hold.
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
