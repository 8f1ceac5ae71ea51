-- A copy of a clip for browsers, where they do not play the clip itself.
alter table preview add column playable_uri text;
