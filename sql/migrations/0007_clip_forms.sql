-- How a clip was made: its packets copied, in the source's own codec, or encoded anew. Null where it was refused.
alter table clip add column codec text;
alter table clip add column copied boolean;
update clip set codec = 'h264', copied = false where uri is not null;

-- What a stranger's file can do to the decoder.
alter table rejection drop constraint rejection_code_check;
alter table rejection add constraint rejection_code_check check (code in (
    'unreadable', 'no_video_stream', 'too_short', 'too_long', 'too_heavy', 'undecodable', 'shot_too_short', 'duplicate',
    'camera_motion', 'black_or_frozen', 'transition', 'no_tracks'));
