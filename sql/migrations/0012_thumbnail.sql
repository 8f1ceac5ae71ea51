-- A small picture of each span, kept or refused. Null in spans that were cut before, or are too short to hold one.
alter table clip add column thumbnail_uri text;
