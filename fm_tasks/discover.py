"""Find the videos of a batch and make them its own.

Reads the listing of ``fm-raw``; writes ``source``, ``batch`` and ``video``. A batch owns the videos that its window
dates, and those of the ``lookback_days`` before it which came late: their own window was discovered before they
arrived. One version of an object is owned by exactly one batch, whatever runs at the same time.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import NamedTuple

from fm_tasks.errors import SourceMissing
from fm_tasks.model import Window, batch_id, digest_of
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.store import execute, rows, transaction

log = logging.getLogger(__name__)


DECLARED = {"id", "licence", "zone", "judge", "auditor", "min_precision"}
"""What PostgreSQL is told of a source."""


class Discovered(NamedTuple):
    """What a batch owns now, and how many of its videos this call added."""

    batch: str
    videos: int
    added: int


def discover(database_url: str, objects: Objects, source: Source, window: Window) -> Discovered:
    """Claim the videos of ``window`` for its batch. Raises ``SourceMissing`` where nothing at all lies under the
    source's prefix."""
    batch = batch_id(source.id, window)
    reach = Window(start=window.start - timedelta(days=source.lookback_days), end=window.end)
    listed = [item for prefix in source.prefixes(reach) for item in objects.list(objects.raw, prefix)]
    if not listed and next(iter(objects.list(objects.raw, source.prefix)), None) is None:
        raise SourceMissing(
            f"source {source.id}: nothing lies under {objects.raw}/{source.prefix}; "
            "check `keys` in sources.yaml and where the videos are uploaded"
        )
    dated = [(item, source.date_of(item.key, item.modified)) for item in listed]
    found = [
        {
            "id": digest_of([source.id, item.key, item.etag]),
            "source": source.id,
            "key": item.key,
            "etag": item.etag,
            "size": item.size,
            "modified_at": item.modified,
            "dated_at": at,
            "batch": batch,
        }
        for item, at in dated
        if at is not None and reach.start <= at < reach.end
    ]
    for item in (item for item, at in dated if at is None and not item.key.endswith("/")):
        log.warning("%s does not fit the key pattern %s and was passed over", item.key, source.keys)
    with transaction(database_url) as db:
        known = source.model_dump(include=DECLARED) | {"second": source.models.get("reread")}
        execute(db, "upsert_source", known)
        entry = {"batch": batch, "source": source.id, "start": window.start, "end": window.end}
        execute(db, "insert_batch", entry)
        execute(db, "lock_source", {"source": source.id})
        added = sum(execute(db, "claim_video", video | entry) for video in found)
        owned = rows(db, "count_videos", batch=batch)[0].videos
        execute(db, "mark_discovered", {"batch": batch, "empty": owned == 0})
    log.info("batch %s: %d videos listed, %d owned, %d of them new", batch, len(found), owned, added)
    return Discovered(batch, owned, added)
