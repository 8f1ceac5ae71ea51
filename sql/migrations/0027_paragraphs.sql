-- A paragraph beside the sentences by dimension; a dimension along which there is nothing to tell is empty.
alter table caption drop constraint caption_dimension_check;
alter table caption add constraint caption_dimension_check check (dimension in (
    'scene', 'paragraph', 'action', 'sequence', 'object_action', 'location', 'repetition', 'dynamics', 'spatial'));
comment on table caption is 'One sentence of a caption: of the scene, of the paragraph, or along a dimension.';
