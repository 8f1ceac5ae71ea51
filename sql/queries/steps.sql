-- What each step reads to ask for its items, and the rows that it saves; in the order of the steps.

-- name: videos_to_cut
-- Every video of a batch, replaced ones apart.
select id, key, etag from current_video where batch_id = :batch order by dated_at, id

-- name: insert_probe
-- What one decode of a video found.
insert into probe (step_run_id, video_id, sha256, container, codec, width, height, frames, duration_us)
values (:step_run, :video, :sha256, :container, :codec, :width, :height, :frames, :duration_us)

-- name: insert_clip
-- A span of a video; without an address where it was refused.
insert into clip (id, step_run_id, video_id, first_frame, last_frame, times_us, uri, sha256, codec, copied, width, height,
                  camera_speed, camera_static_share, camera_scale, dead_share, blurred_share, hashes, motions, bands, thumbnail_uri)
values (:clip, :step_run, :video, :first, :last, :times_us, :uri, :sha256, :codec, :copied, :width, :height,
        :speed, :static_share, :scale, :dead_share, :blurred_share, cast(:hashes as bigint[]),
        cast(:motions as bigint[]), cast(:bands as integer[]), :thumbnail_uri)

-- name: clips_to_track
-- The clips of a batch that were cut, with all that ClipFile needs.
select c.id, c.uri, c.sha256, c.width, c.height, c.times_us, c.camera_speed, c.camera_static_share, c.camera_scale
from step_run r
join clip c on c.step_run_id = r.id
where r.batch_id = :batch and r.step = 'cut' and r.current and r.state = 'saved' and c.uri is not null
order by c.id

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

-- name: clips_with_facts
-- The clips of a batch whose facts are saved, with the keys of the facts and of the tracks.
select c.*, f.key as facts_key, t.key as tracks_key
from step_run f
join clip c on c.id = f.item_id
join step_run t on t.step = 'track' and t.item_id = c.id and t.current and t.state = 'saved'
where f.step = 'facts' and f.batch_id = :batch and f.current and f.state = 'saved'
order by c.id

-- name: insert_caption
-- One sentence of a caption.
insert into caption (step_run_id, n, clip_id, dimension, text, writer)
values (:step_run, :n, :clip, :dimension, :text, :writer)

-- name: insert_doubt
-- What a writer saw that does not go with what was measured of a track.
insert into doubt (step_run_id, n, clip_id, track_id, seconds, text)
values (:step_run, :n, :clip, :subject, :seconds, :text)

-- name: insert_question
-- One question.
insert into qa (step_run_id, n, clip_id, type, text, options, answer, evidence, writer, meaning)
values (:step_run, :n, :clip, :type, :text, :options, :answer, cast(:evidence as integer[]), :writer, :meaning)

-- name: clips_with_texts
-- The clips of a batch with the keys of their current trajectories, caption and questions.
select k.id as clip_id, k.sha256, k.camera_speed, k.camera_static_share, t.key as tracks_key, c.key as caption_key,
       a.key as ask_key
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

-- name: texts_of_runs
-- The sentences and questions of a clip in these answers, in the order that numbers them: sentences first.
select x.step_run_id, x.n
from step_run r
join (select step_run_id, n from caption union all select step_run_id, n from qa) x on x.step_run_id = r.id
where r.item_id = :item and (r.step, r.key) in (('caption', :caption_key), ('ask', :ask_key))
order by r.step desc, x.n

-- name: insert_second_reading
-- One claim that a language model reads in a text, or that it reads none.
insert into second_reading (step_run_id, text_run_id, text_n, n, clip_id, unclear, kind, subject, object, value, amount, negated)
values (:step_run, :text_run, :text_n, :n, :clip, :unclear, :kind, :subject, :object, :value, :amount, :negated)

-- name: second_readings
-- The clips of a batch whose texts of today were read a second time, with the key of that, and those for which no usable
-- answer came, without.
select r.item_id as clip_id, case r.state when 'saved' then r.key end as key
from step_run r
where r.step = 'reread' and r.batch_id = :batch and r.current
  and case r.state
      when 'saved' then not exists (
          select 1 from second_reading s join step_run t on t.id = s.text_run_id
          where s.step_run_id = r.id and not t.current)
      else (select f.error from failure f where f.step_run_id = r.id order by f.at desc limit 1) = 'Unusable' end

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

-- name: clips_to_audit
-- The clips of a batch with the statements that are drawn of each.
select c.*, a.statements
from (
    select clip_id, array_agg(text order by text collate "C") as statements
    from audit_sample where batch_id = :batch group by clip_id) a
join clip c on c.id = a.clip_id
order by c.id
