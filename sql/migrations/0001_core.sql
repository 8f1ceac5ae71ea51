-- The truth of the product. Boxes are 0..1 of the frame, times integer microseconds of the source,
-- frames clip-local from 0, lengths in frame diagonals; fm_tasks/model.py holds the same words.

create table source (
    id       text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    licence  text not null,
    zone     text not null
);

-- One source and one window [start, end): one DAG run.
create table batch (
    id            text primary key,
    source        text not null references source,
    window_start  timestamptz not null,
    window_end    timestamptz not null,
    discovered_at timestamptz,
    outcome       text check (outcome in ('published', 'held', 'blocked', 'all_rejected', 'empty')),
    report_id     text,                 -- the quality report of what it holds now
    unique (source, window_start, window_end),
    check (window_start < window_end)
);

-- One version of one object; exactly one batch owns it.
create table video (
    id          text primary key,
    source      text not null references source,
    key         text not null,
    etag        text not null,
    size        bigint not null,
    dated_at    timestamptz not null,   -- from the key, else when it was last modified
    modified_at timestamptz not null,
    batch_id    text not null references batch,
    unique (source, key, etag)
);
create index on video (batch_id);

-- Of each key only the newest version counts; one that was replaced asks for nothing more.
create view current_video as
select v.* from video v
where not exists (
    select 1 from video newer
    where newer.source = v.source and newer.key = v.key and (newer.modified_at, newer.id) > (v.modified_at, v.id));

-- One request for one item. `current` marks the request that today's configuration asks for; older answers stay.
create table step_run (
    id       bigint generated always as identity primary key,
    batch_id text not null references batch,
    step     text not null check (step in ('cut', 'track', 'preview', 'facts', 'caption', 'ask', 'verify')),
    item_id  text not null,             -- video.id for cut, clip.id for the others
    key      text not null,
    state    text not null default 'planned' check (state in ('planned', 'saved', 'rejected')),
    current  boolean not null default true,
    unique (step, item_id, key)
);
create unique index step_run_current on step_run (step, item_id) where current;
create index on step_run (batch_id, step) where current;

-- The most shards that a step of a batch was ever planned in.
create table plan_width (
    batch_id text not null references batch,
    step     text not null,
    shards   integer not null,
    primary key (batch_id, step)
);

-- A deterministic refusal: final under its key. item_id is the video, or the clip that was not cut.
create table rejection (
    step_run_id bigint not null references step_run on delete cascade,
    item_id     text not null,
    code        text not null check (code in (
        'unreadable', 'no_video_stream', 'too_short', 'too_long', 'shot_too_short', 'duplicate',
        'camera_motion', 'black_or_frozen', 'no_tracks')),
    detail      text not null,
    primary key (step_run_id, item_id)
);

-- What may go well next time, once per attempt.
create table failure (
    step_run_id bigint not null references step_run on delete cascade,
    at          timestamptz not null,
    error       text not null,
    detail      text not null,
    primary key (step_run_id, at)
);

-- What one decode of a video found.
create table probe (
    step_run_id bigint primary key references step_run on delete cascade,
    video_id    text not null references video,
    sha256      text not null,
    container   text not null,
    codec       text not null,
    width       integer not null,
    height      integer not null,
    frames      integer not null,
    duration_us bigint not null
);
create index on probe (sha256);

-- A span of source frames; clip frame k is source frame first_frame + k at times_us[k + 1]. uri is null where refused.
create table clip (
    id                  text primary key,
    step_run_id         bigint not null references step_run on delete cascade,
    video_id            text not null references video,
    first_frame         integer not null,
    last_frame          integer not null check (last_frame >= first_frame),
    times_us            bigint[] not null,
    uri                 text,
    sha256              text,
    width               integer not null,
    height              integer not null,
    camera_speed        real not null,   -- diagonals per second
    camera_static_share real not null,   -- 0..1
    camera_scale        real not null,   -- accumulated zoom, 1 is none
    check ((uri is null) = (sha256 is null)),
    check (cardinality(times_us) = last_frame - first_frame + 1)
);
create index on clip (video_id);
create index on clip (step_run_id);

create table track (
    step_run_id    bigint not null references step_run on delete cascade,
    clip_id        text not null references clip on delete cascade,
    track_id       integer not null,
    label          text not null,
    first_frame    integer not null,
    last_frame     integer not null,
    points         integer not null,
    observed_share real not null,        -- of the points, not interpolated, 0..1
    longest_gap    integer not null,     -- frames without a detection
    score          real not null,        -- mean detector score, 0..1
    primary key (step_run_id, track_id)
);
create index on track (clip_id);

-- Loaded by COPY and deleted with its step_run; no foreign key, because checking one per point doubles the load.
create table track_point (
    step_run_id bigint not null,
    track_id    integer not null,
    frame       integer not null,
    t_us        bigint not null,
    x1          real not null,
    y1          real not null,
    x2          real not null,
    y2          real not null,
    score       real not null,
    observed    boolean not null,
    primary key (step_run_id, track_id, frame)
);

create table preview (
    step_run_id   bigint primary key references step_run on delete cascade,
    clip_id       text not null references clip on delete cascade,
    overlay_uri   text not null,
    thumbnail_uri text not null
);

create table motion_fact (
    step_run_id bigint not null references step_run on delete cascade,
    n           integer not null,
    clip_id     text not null references clip on delete cascade,
    kind        text not null check (kind in (
        'moves', 'stationary', 'enters', 'leaves', 'stops', 'starts', 'turns', 'oscillates', 'approaches',
        'recedes', 'speed', 'fastest', 'located', 'before', 'counts')),
    subject     integer,
    object      integer,
    value       text,
    amount      real,
    start_frame integer not null,
    end_frame   integer not null,
    primary key (step_run_id, n)
);

-- One sentence of a caption: the scene, or one of the seven dimensions.
create table caption (
    step_run_id bigint not null references step_run on delete cascade,
    n           integer not null,
    clip_id     text not null references clip on delete cascade,
    dimension   text not null check (dimension in (
        'scene', 'action', 'sequence', 'object_action', 'location', 'repetition', 'dynamics', 'spatial')),
    text        text not null,
    writer      text not null,
    primary key (step_run_id, n)
);

create table qa (
    step_run_id bigint not null references step_run on delete cascade,
    n           integer not null,
    clip_id     text not null references clip on delete cascade,
    type        text not null check (type in (
        'motion_recognition', 'action_order', 'motion_related_object', 'location_related_motion', 'repetition_count')),
    text        text not null,
    options     text[] not null check (cardinality(options) = 4),
    answer      text not null check (answer in ('A', 'B', 'C', 'D')),
    evidence    integer[] not null,
    writer      text not null,
    primary key (step_run_id, n)
);

-- One claim of one sentence or question, recomputed from the trajectories. The span is where the proof lies.
create table claim (
    step_run_id bigint not null references step_run on delete cascade,   -- of verify
    text_run_id bigint not null references step_run on delete cascade,   -- of caption or ask
    text_n      integer not null,
    n           integer not null,
    clip_id     text not null references clip on delete cascade,
    kind        text not null check (kind in (
        'moves', 'stationary', 'enters', 'leaves', 'stops', 'starts', 'turns', 'oscillates', 'approaches',
        'recedes', 'speed', 'fastest', 'located', 'before', 'counts')),
    subject     integer,
    object      integer,
    value       text,
    amount      real,
    verdict     text not null check (verdict in ('supported', 'contradicted', 'not_checkable')),
    reason      text not null,
    start_frame integer,
    end_frame   integer,
    primary key (step_run_id, text_run_id, text_n, n)
);

-- What the gate found; its id is the digest of the suites and of the rows they judged.
create table quality_report (
    id        text primary key,
    batch_id  text not null references batch,
    verdict   text not null check (verdict in ('pass', 'held', 'blocked', 'all_rejected')),
    document  jsonb not null,
    judged_at timestamptz not null default now()
);
create table quality_check (
    report_id   text not null references quality_report on delete cascade,
    n           integer not null,
    suite       text not null,
    expectation text not null,
    severity    text not null check (severity in ('critical', 'warning')),
    success     boolean not null,
    failing     integer not null,        -- rows that break it
    examples    text[] not null,         -- the first of them, named
    primary key (report_id, n)
);

create table partition (
    digest       text primary key,
    batch_id     text not null references batch,
    report_id    text not null references quality_report,
    uri          text not null,
    clips        integer not null,
    sentences    integer not null,
    questions    integer not null,
    bytes        bigint not null,
    current      boolean not null default true,
    published_at timestamptz not null default now()
);
create unique index partition_current on partition (batch_id) where current;

-- Sentences and questions that no claim of the current verify contradicts: what may be published.
create view accepted_caption as
select c.*, v.batch_id, v.id as verify_run_id
from caption c
join step_run r on r.id = c.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = c.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = c.step_run_id and k.text_n = c.n and k.verdict = 'contradicted');

create view accepted_qa as
select q.*, v.batch_id, v.id as verify_run_id
from qa q
join step_run r on r.id = q.step_run_id and r.current and r.state = 'saved'
join step_run v on v.step = 'verify' and v.item_id = q.clip_id and v.current and v.state = 'saved'
where not exists (
    select 1 from claim k
    where k.step_run_id = v.id and k.text_run_id = q.step_run_id and k.text_n = q.n and k.verdict = 'contradicted');
