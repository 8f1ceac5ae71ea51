-- Every query of the product by name. `-- name:` begins one; its next line says what it does.

-- name: server
-- Who we are, and where.
select current_user as role, current_database() as database, current_setting('server_version') as version,
       current_setting('server_version_num')::integer as number

-- name: batch
-- One batch.
select id, source, window_start, window_end, outcome from batch where id = :batch

-- name: lock_batch
-- Until the end of the transaction, nobody else plans or saves this batch.
select pg_advisory_xact_lock(hashtextextended('batch ' || :batch, 0))

-- name: lock_source
-- Until the end of the transaction, nobody else claims videos of this source.
select pg_advisory_xact_lock(hashtextextended('source ' || :source, 0))

-- name: upsert_source
-- The source as sources.yaml declares it today.
insert into source (id, licence, zone, judge) values (:id, :licence, :zone, :judge)
on conflict (id) do update set licence = excluded.licence, zone = excluded.zone, judge = excluded.judge
where (source.licence, source.zone, source.judge) is distinct from (excluded.licence, excluded.zone, excluded.judge)

-- name: insert_batch
-- The batch of a window, once.
insert into batch (id, source, window_start, window_end) values (:batch, :source, :start, :end)
on conflict do nothing

-- name: claim_video
-- Own a video of the window, or an earlier one whose own window was discovered before it arrived.
insert into video (id, source, key, etag, size, dated_at, modified_at, batch_id)
select :id, :source, :key, :etag, :size, :dated_at, :modified_at, :batch
where :dated_at >= :start
   or exists (
      select 1 from batch b
      where b.source = :source and b.discovered_at is not null
        and b.window_start <= :dated_at and :dated_at < b.window_end)
on conflict do nothing

-- name: count_videos
-- How many videos a batch owns, replaced ones apart.
select count(*) as videos from current_video where batch_id = :batch

-- name: mark_discovered
-- The window was looked at; a batch without videos ends empty.
update batch
set discovered_at = coalesce(discovered_at, now()),
    outcome = case when :empty then 'empty' when outcome = 'empty' then null else outcome end
where id = :batch and (discovered_at is null or (outcome is not distinct from 'empty') <> :empty)

-- name: retire_changed
-- Items that ask something else now; their older answers stay but are not current.
update step_run set current = false
from unnest(cast(:items as text[]), cast(:keys as text[])) as asked (item, key)
where step_run.step = :step and step_run.item_id = asked.item and step_run.current and step_run.key <> asked.key

-- name: retire_unasked
-- Items that are no longer asked about have no current answer.
update step_run set current = false
where batch_id = :batch and step = :step and current and item_id <> all(:items)

-- name: plan_step_runs
-- Items ask this now; asked before, it is current again. What is current is left alone: a conflict would write its row.
insert into step_run (batch_id, step, item_id, key)
select :batch, :step, asked.item, asked.key
from unnest(cast(:items as text[]), cast(:keys as text[])) with ordinality as asked (item, key, n)
where not exists (
    select from step_run r where r.step = :step and r.item_id = asked.item and r.key = asked.key and r.current
)
order by asked.n
on conflict (step, item_id, key) do update set current = true
where not step_run.current

-- name: widen_plan
-- A step of a batch was planned in so many shards.
insert into plan_width (batch_id, step, shards) values (:batch, :step, :shards)
on conflict (batch_id, step) do update set shards = excluded.shards
where plan_width.shards < excluded.shards

-- name: plan_width
-- The most shards that a step of a batch was ever planned in.
select shards from plan_width where batch_id = :batch and step = :step

-- name: open_step_runs
-- What a batch asks of a step and has not saved.
select id, item_id, key from step_run
where batch_id = :batch and step = :step and current and state = 'planned'
order by id

-- name: begin_saving
-- Until the end of the transaction, nobody plans this batch; it does not wait until its commit is on disk.
select pg_advisory_xact_lock_shared(hashtextextended('batch ' || :batch, 0)),
       set_config('synchronous_commit', 'off', true)

-- name: close_step_run
-- This transaction, and no other, makes rows of an answer.
update step_run set state = :state where id = :id and state = 'planned'

-- name: numbered_transaction
-- A transaction with a number is on disk when it has committed, though it changed nothing, and all before it are.
select pg_current_xact_id()

-- name: reject
-- A deterministic refusal.
insert into rejection (step_run_id, item_id, code, detail) values (:step_run, :item, :code, :detail)

-- name: fail
-- One attempt that may go well next time.
insert into failure (step_run_id, at, error, detail) values (:step_run, :at, :error, :detail)
on conflict do nothing

-- name: tables
-- The product's tables.
select table_name from information_schema.tables
where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name

-- name: view_grants
-- What roles other than the owner can do with the product's views, a statement that grants it again each; `column` is
-- null for a right to the whole view.
select c.relname as view, a.column,
       format('grant %s%s on %I to %s%s', g.privilege_type, ' (' || quote_ident(a.column) || ')', c.relname,
              case g.grantee when 0 then 'public' else g.grantee::regrole::text end,
              case when g.is_grantable then ' with grant option' else '' end) as statement
from view_digest d
join pg_class c on c.oid = to_regclass(d.name)
cross join lateral (
    select null as column, c.relacl as acl
    union all
    select attname, attacl from pg_attribute where attrelid = c.oid and attnum > 0) a
cross join aclexplode(a.acl) g
where g.grantee <> c.relowner

-- name: view_columns
-- The product's views, each with its columns and once with null.
select d.name as view, a.attname as column
from view_digest d
join pg_attribute a on a.attrelid = to_regclass(d.name) and a.attnum > 0
union
select name, null from view_digest

-- name: batch_counts
-- What a batch holds, by its current answers.
with runs as (select * from step_run where batch_id = :batch and current and state = 'saved')
select (select count(*) from current_video where batch_id = :batch) as videos,
       (select count(*) from clip c join runs r on r.id = c.step_run_id where c.uri is not null) as clips,
       (select count(*) from track t join runs r on r.id = t.step_run_id) as tracks,
       (select count(*) from track_point p join runs r on r.id = p.step_run_id) as points,
       (select count(*) from motion_fact f join runs r on r.id = f.step_run_id) as facts,
       (select count(distinct c.clip_id) from caption c join runs r on r.id = c.step_run_id) as captions,
       (select count(*) from caption c join runs r on r.id = c.step_run_id) as sentences,
       (select count(*) from qa q join runs r on r.id = q.step_run_id) as questions,
       coalesce((select p.clips from partition p where p.batch_id = :batch and p.current), 0) as published

-- name: batch_rejections
-- Why items of a batch were refused, by code.
select j.code, count(*) as items
from rejection j join step_run r on r.id = j.step_run_id
where r.batch_id = :batch and r.current
group by j.code order by items desc, j.code

-- name: present_report
-- The quality report of what a batch holds now.
select q.id, q.verdict, q.document from batch b join quality_report q on q.id = b.report_id where b.id = :batch

-- name: batch_points
-- Every current trajectory point of a batch, with its video's key.
select v.key, c.first_frame, p.track_id, p.frame, p.x1, p.y1, p.x2, p.y2, p.score, p.observed
from step_run r
join track_point p on p.step_run_id = r.id
join clip c on c.id = r.item_id
join video v on v.id = c.video_id
where r.batch_id = :batch and r.step = 'track' and r.current and r.state = 'saved'
order by v.key, c.first_frame, p.track_id, p.frame

-- name: batch_previews
-- The clips of a batch with their previews.
select v.key, c.first_frame, c.uri, w.overlay_uri, w.thumbnail_uri
from step_run r
join preview w on w.step_run_id = r.id
join clip c on c.id = r.item_id
join video v on v.id = c.video_id
where r.batch_id = :batch and r.step = 'preview' and r.current and r.state = 'saved'
order by v.key, c.first_frame

-- name: videos_to_cut
-- Every video of a batch, replaced ones apart.
select id, key, etag from current_video where batch_id = :batch order by dated_at, id

-- name: insert_probe
-- What one decode of a video found.
insert into probe (step_run_id, video_id, sha256, container, codec, width, height, frames, duration_us)
values (:step_run, :video, :sha256, :container, :codec, :width, :height, :frames, :duration_us)

-- name: lock_content
-- Until the end of the transaction, nobody else decides on a video with the same bytes.
select pg_advisory_xact_lock(hashtextextended('content ' || :sha256, 0))

-- name: kept_video_of_content
-- The other video with the same bytes that was kept, if there is one.
select v.key
from probe p
join step_run r on r.id = p.step_run_id and r.current and r.state = 'saved'
join current_video v on v.id = p.video_id
where p.sha256 = :sha256 and p.video_id <> :video
  and not exists (select 1 from rejection j where j.step_run_id = r.id and j.item_id = p.video_id)
order by v.dated_at, v.id
limit 1

-- name: insert_clip
-- A span of a video; without an address where it was refused.
insert into clip (id, step_run_id, video_id, first_frame, last_frame, times_us, uri, sha256, codec, copied, width, height,
                  camera_speed, camera_static_share, camera_scale, dead_share, blurred_share, hashes, motions, bands, thumbnail_uri)
values (:clip, :step_run, :video, :first, :last, :times_us, :uri, :sha256, :codec, :copied, :width, :height,
        :speed, :static_share, :scale, :dead_share, :blurred_share, cast(:hashes as bigint[]),
        cast(:motions as bigint[]), cast(:bands as integer[]), :thumbnail_uri)

-- name: lock_copies
-- Until the end of the transaction, nobody else decides which of two clips that are alike is kept.
select pg_advisory_xact_lock(hashtextextended('copies', 0))

-- name: likely_originals
-- The twenty other videos whose kept clips share most bands with a clip, each with all of its kept clips.
with own as (
    select source, key from video where id = :video
), kept as not materialized (
    select c.*, v.key, v.dated_at
    from clip c
    join step_run r on r.id = c.step_run_id and r.current and r.state = 'saved'
    join current_video v on v.id = c.video_id
    where (v.source, v.key) not in (select source, key from own) and c.bands is not null
), likely as (
    select k.video_id
    from unnest(cast(:bands as integer[])) band
    join kept k on k.bands @> array[band]
    group by k.video_id
    order by count(*) desc, k.video_id
    limit 20
)
select k.video_id, k.id, k.key, k.times_us[1] as first_us, k.times_us[cardinality(k.times_us)] as last_us, k.hashes, k.motions
from kept k join likely using (video_id)
order by k.dated_at, k.video_id, k.first_frame

-- name: insert_near_copy
-- What a refused clip is a copy of.
insert into near_copy (clip_id, of_clip, shift_us, share, apart)
values (:clip, :of_clip, :shift_us, :share, :apart)

-- name: near_copies
-- The clips of today that were refused because this one shows the same.
select c.id, v.key, n.apart
from near_copy n
join clip c on c.id = n.clip_id
join step_run r on r.id = c.step_run_id and r.current
join video v on v.id = c.video_id
where n.of_clip = :clip
order by v.dated_at, c.video_id, c.first_frame

-- name: clips_to_preview
-- The clips of a batch whose tracks are saved, with the key of the tracks.
select c.*, t.key as tracks_key
from clip c
join step_run r on r.id = c.step_run_id and r.current and r.state = 'saved'
join step_run t on t.step = 'track' and t.item_id = c.id and t.current and t.state = 'saved'
where t.batch_id = :batch and c.uri is not null
order by c.id

-- name: insert_preview
-- Where the overlay, the thumbnail and the copy for browsers of a clip lie.
insert into preview (step_run_id, clip_id, overlay_uri, thumbnail_uri, playable_uri)
values (:step_run, :clip, :overlay_uri, :thumbnail_uri, :playable_uri)

-- name: clips_with_tracks
-- The clips of a batch with the key of their current trajectories.
select c.id as clip_id, c.camera_speed, c.camera_static_share, t.key as tracks_key
from step_run t
join clip c on c.id = t.item_id
where t.batch_id = :batch and t.step = 'track' and t.current and t.state = 'saved'
order by c.id

-- name: clips_with_texts
-- The clips of a batch with the keys of their current trajectories, caption and questions.
select k.id as clip_id, k.camera_speed, k.camera_static_share, t.key as tracks_key, c.key as caption_key, a.key as ask_key
from step_run t
join clip k on k.id = t.item_id
join step_run c on c.item_id = t.item_id and c.step = 'caption' and c.current and c.state = 'saved'
join step_run a on a.item_id = t.item_id and a.step = 'ask' and a.current and a.state = 'saved'
where t.batch_id = :batch and t.step = 'track' and t.current and t.state = 'saved'
order by t.item_id

-- name: text_runs
-- The answers that a clip's caption and questions lie in.
select id, step from step_run
where item_id = :item and (step, key) in (('caption', :caption_key), ('ask', :ask_key))

-- name: clips_with_facts
-- The clips of a batch whose facts are saved, with the keys of the facts and of the tracks.
select c.*, f.key as facts_key, t.key as tracks_key
from step_run f
join clip c on c.id = f.item_id
join step_run t on t.step = 'track' and t.item_id = c.id and t.current and t.state = 'saved'
where f.step = 'facts' and f.batch_id = :batch and f.current and f.state = 'saved'
order by c.id

-- name: clips_to_judge
-- The clips of a batch whose texts are verified, with the keys of their captions that differ in words: the present one
-- and the latest others.
select c.*, k.caption_keys
from step_run v
join clip c on c.id = v.item_id
cross join lateral (
    select array_agg(most.key order by most.key collate "C") as caption_keys
    from (
        select said.key
        from (
            select distinct on (w.words) r.key, r.current, r.id
            from step_run r
            cross join lateral (
                select array_agg(array[t.dimension, t.text] order by t.n) as words
                from caption t where t.step_run_id = r.id) w
            where r.step = 'caption' and r.item_id = c.id and r.state = 'saved'
            order by w.words, r.current desc, r.id desc) said
        order by said.current desc, said.id desc limit :most) most) k
where v.step = 'verify' and v.batch_id = :batch and v.current and v.state = 'saved'
order by c.id

-- name: caption_runs
-- The answers that captions of a clip lie in.
select id, key from step_run where step = 'caption' and item_id = :item and key = any(:keys)

-- name: insert_caption_score
-- What one run of a judge says of one caption along one criterion.
insert into caption_score (step_run_id, caption_run_id, run, criterion, clip_id, letter, score, judge)
values (:step_run, :caption_run, :run, :criterion, :clip, :letter, :score, :judge)

-- name: batch_scores
-- What judges say of the writers of a batch, over its clips.
select writer, judge, null as caption, criterion, avg(score) as score, avg(spread) as spread, count(*) as captions
from judged_caption where batch_id = :batch
group by writer, judge, criterion order by writer, judge, criterion

-- name: insert_caption
-- One sentence of a caption.
insert into caption (step_run_id, n, clip_id, dimension, text, writer)
values (:step_run, :n, :clip, :dimension, :text, :writer)

-- name: insert_question
-- One question.
insert into qa (step_run_id, n, clip_id, type, text, options, answer, evidence, writer, meaning)
values (:step_run, :n, :clip, :type, :text, :options, :answer, cast(:evidence as integer[]), :writer, :meaning)

-- name: lock_questions
-- Until the end of the transaction, nobody else decides which of two questions that ask the same is kept.
select pg_advisory_xact_lock(hashtextextended('questions', 0))

-- name: kept_questions
-- The questions on other clips of today that are kept and mean one of these, in the order in which they were asked for,
-- and whether their clip is the same to the byte.
select q.meaning, q.clip_id, q.n, c.sha256 = own.sha256 as same_content
from qa q
join step_run r on r.id = q.step_run_id and r.current and r.state = 'saved'
join clip c on c.id = q.clip_id
join clip own on own.id = :clip
where q.meaning = any(:meanings) and q.clip_id <> :clip
order by r.id, q.n

-- name: insert_near_question
-- What a question repeats.
insert into near_question (step_run_id, n, code, detail, of_clip, of_n)
values (:step_run, :n, :code, :detail, :of_clip, :of_n)

-- name: near_questions
-- The questions on a clip that repeat another.
select o.n, o.code, o.detail
from near_question o
join gate_run r on r.id = o.step_run_id
where r.step = 'ask' and r.item_id = :clip
order by o.n

-- name: insert_llm_call
-- A call of a language model, once.
insert into llm_call (digest, step_run_id, batch_id, step, item_id, model, snapshot, prompt, at, seconds, tries,
                      tokens_in, tokens_out, outcome, usd)
select :digest, r.id, r.batch_id, r.step, r.item_id, :model, :snapshot, :prompt, :at, :seconds, :tries,
       :tokens_in, :tokens_out, :outcome, :usd
from step_run r where r.id = :step_run
on conflict do nothing

-- name: lock_budget
-- Until the end of the transaction, nobody else sets money aside.
select pg_advisory_xact_lock(hashtextextended('budget', 0))

-- name: release_reserve
-- What was set aside for open items of a step is free again: it is planned anew.
delete from llm_reserve v using step_run r
where r.id = v.step_run_id and r.batch_id = :batch and r.step = :step and r.state = 'planned'

-- name: spent
-- USD that a batch and a day (UTC) have cost, with what is set aside for open items.
with cost as (
    select batch_id, (at at time zone 'UTC')::date as day, usd from llm_call
    where batch_id = :batch or at >= cast(:day as timestamp) at time zone 'UTC'
    union all
    select r.batch_id, v.day, v.usd from llm_reserve v
    join step_run r on r.id = v.step_run_id and r.current and r.state = 'planned'
    where r.batch_id = :batch or v.day = :day)
select coalesce(sum(usd) filter (where batch_id = :batch), 0) as batch,
       coalesce(sum(usd) filter (where day = :day), 0) as day
from cost

-- name: estimates_came_true
-- What the last items of a step cost by a model, as a share of what was estimated; null where none was saved yet.
select sum(last.usd) / nullif(sum(last.estimate), 0) as share
from (
    select v.estimate, (select sum(c.usd) from llm_call c where c.step_run_id = r.id) as usd
    from llm_reserve v
    join step_run r on r.id = v.step_run_id and r.step = :step and r.state = 'saved'
    where v.model = :model and exists (select 1 from llm_call c where c.step_run_id = r.id)
    order by r.id desc limit 500) last

-- name: reserve
-- Money that is set aside for an item.
insert into llm_reserve (step_run_id, day, model, estimate, usd) values (:step_run, :day, :model, :estimate, :usd)

-- name: videos_to_claim
-- Of listed videos, those that nobody owns and that a run of a window from `start` on would claim, as `claim_video` does.
select l.id, l.size
from unnest(cast(:ids as text[]), cast(:dated as timestamptz[]), cast(:sizes as bigint[])) as l (id, dated_at, size)
where not exists (select 1 from video v where v.id = l.id)
  and (l.dated_at >= :start
       or exists (
          select 1 from batch b
          where b.source = :source and b.discovered_at is not null
            and b.window_start <= l.dated_at and l.dated_at < b.window_end))

-- name: video_sizes
-- How large videos are.
select id, size from video where id = any(:ids)

-- name: clips_of_videos
-- The present clips of some videos.
select c.id from clip c
join step_run r on r.id = c.step_run_id and r.current
where c.video_id = any(:videos)

-- name: clips_of_source
-- How large the cut videos of a source are, how many clips came of them, how many of these were tracked or refused, and
-- how many tracked.
select sum(v.size) filter (where n = 1) as bytes, count(v.clip) as cut, count(t.id) as settled,
       count(t.id) filter (where t.state = 'saved') as tracked
from (
    select v.size, c.id as clip, row_number() over (partition by v.id order by c.first_frame) as n
    from video v
    join step_run r on r.step = 'cut' and r.item_id = v.id and r.current and r.state <> 'planned'
    left join clip c on c.step_run_id = r.id and c.uri is not null
    where v.source = :source) v
left join step_run t on t.step = 'track' and t.item_id = v.clip and t.current and t.state <> 'planned'

-- name: answered
-- Which of these requests were answered.
select key from step_run where step = :step and key = any(:keys) and state <> 'planned'

-- name: usd_of_a_clip
-- What an answer about a clip of a source cost on average by a model, of the latest 500; null where none was asked for.
select avg(last.usd) as usd
from (
    select sum(c.usd) as usd
    from llm_call c
    join batch b on b.id = c.batch_id and b.source = :source
    where c.step = :step and c.model = :model and c.step_run_id is not null
    group by c.step_run_id order by max(c.at) desc limit 500) last

-- name: latest_keys
-- The latest answers to a step of a source.
select r.key from step_run r
join batch b on b.id = r.batch_id and b.source = :source
where r.step = :step and r.state <> 'planned'
order by r.id desc limit :most

-- name: clips_to_track
-- The clips of a batch that were cut, with all that ClipFile needs.
select c.id, c.uri, c.sha256, c.width, c.height, c.times_us, c.camera_speed, c.camera_static_share, c.camera_scale
from step_run r
join clip c on c.step_run_id = r.id
where r.batch_id = :batch and r.step = 'cut' and r.current and r.state = 'saved' and c.uri is not null
order by c.id

-- name: gate_standing
-- How far a batch is: what it owes, what of it is neither saved nor rejected, and clips whose text was verified.
select
    count(*) as items,
    count(*) filter (where state not in ('saved', 'rejected')) as open_items,
    count(*) filter (where step = 'verify' and state = 'saved') as verified_clips
from gate_item where batch_id = :batch

-- name: gate_items
-- Everything that a batch owes, and how it stands: the content that a report is of.
select item_id, step, key, state, named from gate_item where batch_id = :batch
order by step collate "C", item_id collate "C"

-- name: gate_counts
-- What a batch holds, by kind.
select 'videos' as what, count(*) as n from current_video where batch_id = :batch
union all select 'clips', count(*) from gate_clip where batch_id = :batch
union all select 'tracks', count(*) from gate_track where batch_id = :batch
union all select 'points', count(*) from gate_point where batch_id = :batch
union all select 'facts', count(*) from gate_fact where batch_id = :batch
union all select 'sentences', count(*) from gate_sentence where batch_id = :batch
union all select 'questions', count(*) from gate_question where batch_id = :batch
union all select 'claims', count(*) from gate_claim where batch_id = :batch

-- name: gate_rejections
-- What was refused in a batch, by code.
select x.code, count(*) as n
from rejection x
join step_run r on r.id = x.step_run_id and r.current
where r.batch_id = :batch
group by x.code order by x.code

-- name: insert_quality_report
-- What the gate found, once.
insert into quality_report (id, batch_id, verdict, document)
values (:report, :batch, :verdict, cast(:document as jsonb)) on conflict do nothing

-- name: judge_batch
-- The report of what a batch holds now; nothing changes where it was that before.
update batch set report_id = :report where id = :batch and report_id is distinct from :report

-- name: insert_quality_check
-- What one expectation found.
insert into quality_check (report_id, n, suite, rule, expectation, severity, success, failing, examples, waiver)
values (:report, :n, :suite, :rule, :expectation, :severity, :success, :failing, :examples, cast(:waiver as jsonb))

-- name: known_source
-- A source that was discovered before.
select id from source where id = :source

-- name: waive
-- Failures of a rule pass for a source from now on.
insert into waiver (source, rule, person, reason, until, made_at)
values (:source, :rule, :person, :reason, :until, :at)

-- name: end_waiver
-- Failures of a rule count again for a source.
update waiver set ended_at = :at, ended_by = :person
where source = :source and rule = :rule and ended_at is null

-- name: waivers_in_force
-- The waivers of a source that count on a day.
select rule, person, reason, until from waiver
where source = :source and ended_at is null and until >= :day

-- name: waivers
-- Every waiver, the latest first.
select source, rule, person, reason, until, made_at, ended_at, ended_by from waiver order by made_at desc, id desc

-- name: decide
-- What a person answered about a report; a second approval adds nothing.
insert into decision (report_id, at, answer, person, note)
values (:report, :at, :answer, :person, :note) on conflict do nothing

-- name: decisions
-- What was answered about a report, in the order of the answers.
select answer, at, person, note from decision where report_id = :report order by at

-- name: end_batch
-- How the batch ended; nothing changes where it ended so before.
update batch set outcome = :outcome where id = :batch and outcome is distinct from :outcome

-- name: partition_clips
-- Every publishable clip of a batch with all that is said of it, in the order of its source.
select
    c.clip_id as id,
    json_build_object(
        'source', v.source, 'key', v.key, 'etag', v.etag, 'sha256', p.sha256, 'licence', s.licence,
        'first_frame', c.first_frame, 'last_frame', c.last_frame, 'times_us', to_json(c.times_us)) as video,
    json_build_object(
        'uri', k.uri, 'sha256', k.sha256, 'width', k.width, 'height', k.height, 'frames', c.frames,
        'fps', round(((c.frames - 1) / nullif(c.seconds, 0))::numeric, 3)) as clip,
    json_build_object(
        'speed', k.camera_speed, 'static_share', k.camera_static_share, 'scale', k.camera_scale) as camera,
    (select json_agg(json_build_object(
        'id', t.track_id, 'label', t.label, 'first_frame', t.first_frame, 'last_frame', t.last_frame,
        'points', t.points, 'observed_share', t.observed_share, 'longest_gap', t.longest_gap, 'score', t.score)
        order by t.track_id)
     from gate_run r join track t on t.step_run_id = r.id
     where r.step = 'track' and r.item_id = c.clip_id) as tracks,
    (select json_agg(json_build_object(
        'kind', f.kind, 'subject', f.subject, 'object', f.object, 'value', f.value, 'amount', f.amount,
        'frames', json_build_array(f.start_frame, f.end_frame)) order by f.n)
     from gate_run r join motion_fact f on f.step_run_id = r.id
     where r.step = 'facts' and r.item_id = c.clip_id) as facts,
    (select json_agg(json_build_object(
        'dimension', t.dimension, 'text', t.text, 'writer', t.writer, 'claims', coalesce((
            select e.claims from claim_evidence e
            where e.clip_id = c.clip_id and e.text_run_id = t.step_run_id and e.text_n = t.n), '[]')) order by t.n)
     from accepted_caption t where t.clip_id = c.clip_id) as caption,
    (select coalesce(json_agg(json_build_object(
        'type', q.type, 'text', q.text, 'options', q.options, 'answer', q.answer, 'evidence', q.evidence,
        'writer', q.writer, 'claims', coalesce((
            select e.claims from claim_evidence e
            where e.clip_id = c.clip_id and e.text_run_id = q.step_run_id and e.text_n = q.n), '[]')) order by q.n), '[]')
     from accepted_qa q where q.clip_id = c.clip_id) as questions,
    (select json_object_agg(r.step, r.key order by r.step)
     from step t
     join gate_run r on r.step = t.name and r.item_id = case t.item when 'video' then c.video_id else c.clip_id end
     where t.owed_after is not null and r.state = 'saved') as keys
from publishable_clip c
join clip k on k.id = c.clip_id
join video v on v.id = c.video_id
join source s on s.id = v.source
left join probe p on p.step_run_id = c.cut_run_id
where c.batch_id = :batch
order by v.key collate "C", c.first_frame, c.clip_id collate "C"

-- name: partition_points
-- Every point of some clips, with its frame in the source.
select
    c.clip_id, t.track_id, t.label, p.frame, c.first_frame + p.frame as source_frame, p.t_us,
    p.x1, p.y1, p.x2, p.y2, p.score, p.observed
from gate_clip c
join gate_run r on r.step = 'track' and r.item_id = c.clip_id and r.state = 'saved'
join track t on t.step_run_id = r.id
join track_point p on p.step_run_id = r.id and p.track_id = t.track_id
where c.clip_id = any(:clips)
order by array_position(:clips, c.clip_id), t.track_id, p.frame

-- name: current_partition
-- What of a batch is published now.
select digest, batch_id, report_id, uri, clips, sentences, questions, bytes from partition
where batch_id = :batch and current

-- name: retire_partition
-- Another content of the batch is published in its place.
update partition set current = false where batch_id = :batch and current and digest <> :digest

-- name: publish_partition
-- A content of a batch is what is published of it now; published before, it is current again.
insert into partition (digest, batch_id, report_id, uri, clips, sentences, questions, bytes)
values (:digest, :batch, :report, :uri, :clips, :sentences, :questions, :bytes)
on conflict (digest) do update set current = true
where not partition.current

-- name: recent_batches
-- The batches discovered last.
select b.id, b.outcome, count(v.id) as videos, max(p.clips) as clips
from batch b
left join current_video v on v.batch_id = b.id
left join partition p on p.batch_id = b.id and p.current
where b.discovered_at is not null
group by b.id order by b.discovered_at desc, b.id limit 20

-- name: batch_steps
-- How what is asked of a batch stands at each step; `open` is neither saved nor rejected.
select step,
       count(*) filter (where state = 'saved') as saved,
       count(*) filter (where state = 'rejected') as rejected,
       count(*) filter (where state not in ('saved', 'rejected')) as open
from asked_item where batch_id = :batch
group by step

-- name: open_items
-- Everything that a batch is asked for and has not answered, with the last failure of each.
select i.step, i.item_id, i.key, i.state, f.error, f.detail
from asked_item i
left join gate_run r on r.step = i.step and r.item_id = i.item_id
left join lateral (select error, detail from failure where step_run_id = r.id order by at desc limit 1) f on true
where i.batch_id = :batch and i.state not in ('saved', 'rejected')
order by i.step, i.item_id

-- name: clear_failures
-- Forget the failures of what a batch has not answered.
delete from failure f using step_run r
where r.id = f.step_run_id and r.batch_id = :batch and r.current and r.state = 'planned'

-- name: batch_failures
-- Why items of a batch have no answer yet: the last failure of each, by step and kind.
select step, error, count(*) as items, min(detail) as detail
from (
    select distinct on (r.id) r.step, f.error, f.detail
    from step_run r
    join asked_item i on i.batch_id = r.batch_id and i.step = r.step and i.item_id = r.item_id
    join failure f on f.step_run_id = r.id
    where r.batch_id = :batch and r.current and r.state = 'planned'
    order by r.id, f.at desc) last
group by step, error order by step, error

-- name: named_items
-- The clip or the videos that a person names, and the clips of such a video.
with named as (
    select v.id from video v where v.id = :item or v.key = :item
    union
    select c.video_id from clip c where c.id = :item)
select 'video' as kind, v.id, v.key, v.batch_id, null::integer as first_frame, null::integer as last_frame,
       null::text as thumbnail_uri
from video v where v.id in (select id from named)
union all
select 'clip', c.id, v.key, v.batch_id, c.first_frame, c.last_frame, c.thumbnail_uri
from clip c
join video v on v.id = c.video_id
join step_run r on r.id = c.step_run_id and r.current
where c.video_id in (select id from named) and (c.id = :item or not exists (select 1 from clip where id = :item))
order by key, first_frame nulls first

-- name: item_runs
-- What was asked of one item today, in the order of asking, with its refusal or its last failure.
select r.id, r.step, r.state, r.key, j.code, j.detail, f.error, f.detail as failed, f.attempts
from step_run r
left join rejection j on j.step_run_id = r.id and j.item_id = r.item_id
left join lateral (
    select f.error, f.detail, count(*) over () as attempts from failure f
    where f.step_run_id = r.id order by f.at desc limit 1) f on true
where r.item_id = :item and r.current
union all
select r.id, 'cut', 'rejected', r.key, j.code, j.detail, null, null, null
from rejection j join step_run r on r.id = j.step_run_id and r.current
where j.item_id = :item and r.item_id <> :item
order by id

-- name: named_clips
-- The clips that a person may mean, those of today first: by the beginning of the id or of the SHA-256, by address, by
-- their video's id or key, or by a frame of a video.
select c.id, v.key, c.first_frame, c.last_frame, r.current
from clip c
join step_run r on r.id = c.step_run_id
join video v on v.id = c.video_id
where starts_with(c.id, :named) or starts_with(c.sha256, :named) or c.uri = :named
   or v.id = :named or v.key = :key
   or v.key = :of_video and cast(:frame as integer) between c.first_frame and c.last_frame
order by r.current desc, v.key, c.first_frame, c.id
limit 20

-- name: shown_clip
-- One clip with its video and its preview; its thumbnail is that of the preview where there is one.
select c.id, c.first_frame, c.last_frame, c.times_us, c.uri, c.sha256, c.width, c.height,
       r.current, v.id as video_id, v.key, v.etag, v.source, v.batch_id, s.licence,
       p.frames as source_frames, p.codec, p.sha256 as source_sha256, w.overlay_uri, coalesce(w.thumbnail_uri, c.thumbnail_uri) as thumbnail_uri, w.playable_uri
from clip c
join step_run r on r.id = c.step_run_id
join video v on v.id = c.video_id
join source s on s.id = v.source
left join probe p on p.step_run_id = r.id
left join gate_run d on d.step = 'preview' and d.item_id = c.id and d.state = 'saved'
left join preview w on w.step_run_id = d.id
where c.id = :clip

-- name: shown_tracks
-- The tracks of a clip.
select t.* from gate_run r join track t on t.step_run_id = r.id
where r.step = 'track' and r.item_id = :clip order by t.track_id

-- name: shown_facts
-- The facts of a clip.
select f.* from gate_run r join motion_fact f on f.step_run_id = r.id
where r.step = 'facts' and r.item_id = :clip order by f.n

-- name: shown_scores
-- What the present judgement says of each caption of a clip, today's first.
select case when present then '' else 'older, ' end || writer as writer, judge, caption_run_id as caption, criterion,
       score, spread, 1 as captions
from judged_caption where clip_id = :clip
order by present desc, caption_run_id desc, criterion

-- name: shown_texts
-- Every sentence and question on a clip with its claims; `accepted` is whether it may be published, null where no
-- present `verify` has looked.
with texts as (
    select c.step_run_id, c.n, c.clip_id, c.dimension as about, c.text, null::text[] as options, null as answer, c.writer,
           exists (select 1 from accepted_caption a where a.step_run_id = c.step_run_id and a.n = c.n) as accepted,
           null as repeats
    from caption c
    union all
    select q.step_run_id, q.n, q.clip_id, q.type, q.text, q.options, q.answer, q.writer,
           exists (select 1 from accepted_qa a where a.step_run_id = q.step_run_id and a.n = q.n),
           (select o.detail from near_question o where o.step_run_id = q.step_run_id and o.n = q.n)
    from qa q)
select r.step, t.n, t.about, t.text, t.options, t.answer, t.writer,
       case when v.id is not null then t.accepted end as accepted, t.repeats, coalesce(e.claims, '[]') as claims
from gate_run r
join texts t on t.step_run_id = r.id and t.clip_id = r.item_id
left join gate_run v on v.step = 'verify' and v.item_id = r.item_id and v.state = 'saved'
left join claim_evidence e on e.clip_id = r.item_id and e.text_run_id = r.id and e.text_n = t.n
where r.item_id = :clip and r.step in ('caption', 'ask')
order by r.step desc, t.n
