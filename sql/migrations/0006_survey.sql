-- Gradual transitions are spans of their own, and what the decode saw of a clip beside its camera.

alter table rejection drop constraint rejection_code_check;
alter table rejection add constraint rejection_code_check check (code in (
    'unreadable', 'no_video_stream', 'too_short', 'too_long', 'shot_too_short', 'duplicate',
    'camera_motion', 'black_or_frozen', 'transition', 'no_tracks'));

-- Null in clips that were cut before these were measured.
alter table clip
    add dead_share    real,             -- black or frozen, 0..1
    add blurred_share real,             -- 0..1
    add hashes        bigint[];         -- perceptual, of its frames about a second apart
