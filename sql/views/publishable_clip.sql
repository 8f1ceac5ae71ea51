create view publishable_clip as
select c.* from gate_clip c
where exists (select 1 from accepted_caption s where s.clip_id = c.clip_id and s.dimension = 'scene')
  and exists (select 1 from sound_qa q where q.clip_id = c.clip_id);

comment on view publishable_clip is
    'Clips with something to teach: a scene, and a question that no claim contradicts, be it one that was asked '
    'before.';
