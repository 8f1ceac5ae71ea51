create view current_video as
select v.* from video v
where not exists (
    select 1 from video newer
    where newer.source = v.source and newer.key = v.key and (newer.modified_at, newer.id) > (v.modified_at, v.id));

comment on view current_video is
    'Of each key only the newest version counts; one that was replaced asks for nothing more.';
