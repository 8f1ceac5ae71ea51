-- Sources, the batches of their windows, and the videos that a batch makes its own.

-- name: lock_source
-- Until the end of the transaction, nobody else claims videos of this source.
select pg_advisory_xact_lock(hashtextextended('source ' || :source, 0))

-- name: upsert_source
-- The source as sources.yaml declares it today.
insert into source (id, licence, zone, judge, second, auditor, min_precision)
values (:id, :licence, :zone, :judge, :second, :auditor, :min_precision)
on conflict (id) do update
set licence = excluded.licence, zone = excluded.zone, judge = excluded.judge, second = excluded.second,
    auditor = excluded.auditor, min_precision = excluded.min_precision
where (source.licence, source.zone, source.judge, source.second, source.auditor, source.min_precision)
    is distinct from (excluded.licence, excluded.zone, excluded.judge, excluded.second, excluded.auditor,
                      excluded.min_precision)

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
