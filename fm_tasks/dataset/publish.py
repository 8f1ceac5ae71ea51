"""Publish what the gate let through: the accepted clips of a batch become a partition of the dataset.

Reads the batch from Postgres; writes the files of the partition under the digest of their content, the manifest last,
and makes it the current partition of its batch. The same content again is nothing; new content is a new partition,
and none is ever overwritten.

A clip needs a scene sentence and a question that no claim contradicts; one without is left out, for its batch passed.
Where such questions only ask again what was asked before, the clip is published without them.
Where a person approved a held batch, the manifest and the report say who.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Row

from fm_tasks import __version__
from fm_tasks.dataset import record
from fm_tasks.dataset.exports import EXPORTS
from fm_tasks.dataset.record import ClipRecord, Content, records
from fm_tasks.errors import GateBlocked
from fm_tasks.gate import audit
from fm_tasks.gate.approval import RELEASED, approval_of, ruling
from fm_tasks.gate.report import Report, content_of
from fm_tasks.model import Batch, Document, Outcome, digest_of, window_name
from fm_tasks.objects import Objects
from fm_tasks.store import execute, rows

log = logging.getLogger(__name__)

CLIPS_PER_GROUP = 200
"""Clips whose points are held in memory at once and lie in one row group of the Parquet file."""

MANIFEST = "manifest.json"

REPORT = "report.json"


class Partition(Document):
    """One published content of a batch; ``uri`` is what the addresses of its files begin with."""

    digest: str
    batch: str
    report: str
    uri: str
    clips: int
    sentences: int
    questions: int
    bytes: int


class File(Document):
    """One file of a partition; ``rows`` is None where it has none."""

    name: str
    size: int
    sha256: str
    rows: int | None


def run(db: Connection, objects: Objects, batch: Batch, report: Report) -> Partition:
    """Publish ``batch`` and return its current partition.

    Raises ``GateBlocked``, and does nothing, where ``report`` does not say pass and nobody approved it, where the batch
    is no longer what it judged, or has no clip that may be published.
    """
    if (ruled := ruling(db, report)) not in RELEASED:
        raise GateBlocked(f"batch {batch.id} is {ruled} by report {report.id}: nothing of it may be published")
    execute(db, "lock_batch", {"batch": batch.id})
    if (report.batch, report.content) != (batch.id, content_of(db, batch.id)):
        raise GateBlocked(f"batch {batch.id} is not what report {report.id} judged; judge it again")
    clips = list(records(db, batch.id))
    if not clips:
        raise GateBlocked(f"batch {batch.id}: no clip has a scene and a question left that no claim contradicts")
    with tempfile.TemporaryDirectory(prefix="fm-publish-") as scratch:
        decision = approval_of(db, report)
        approval = {"approval": decision and decision.model_dump(mode="json")}
        content = Content(clips, partial(_points, db, clips))
        files = _write(Path(scratch), content, report.model_dump(mode="json") | approval)
        digest = digest_of([file.model_dump() for file in files])
        partition = Partition(
            digest=digest,
            batch=batch.id,
            report=report.id,
            uri=objects.partition_uri(batch.source, window_name(batch.window), digest, ""),
            clips=len(clips),
            sentences=sum(len(clip.caption) for clip in clips),
            questions=sum(len(clip.questions) for clip in clips),
            bytes=sum(file.size for file in files),
        )
        if not objects.exists(partition.uri + MANIFEST):
            types = {export.NAME: export.CONTENT_TYPE for export in EXPORTS} | {REPORT: "application/json"}
            for file in files:
                objects.put_file(partition.uri + file.name, Path(scratch, file.name), types[file.name])
            manifest = _manifest(batch, partition, clips, files, report) | approval
            objects.put_bytes(partition.uri + MANIFEST, _json(manifest), "application/json")
    execute(db, "retire_partition", {"batch": batch.id, "digest": digest})
    changed = execute(db, "publish_partition", partition.model_dump())
    execute(db, "end_batch", {"batch": batch.id, "outcome": Outcome.PUBLISHED.value})
    log.info("batch %s: %d clips at %s, %s", batch.id, len(clips), partition.uri, "new" if changed else "as before")
    return partition


def _write(folder: Path, content: Content, report: dict) -> list[File]:
    counts: dict[str, int | None] = {export.NAME: export.write(folder / export.NAME, content) for export in EXPORTS}
    (folder / REPORT).write_bytes(_json(report))
    return [
        File(name=name, size=len(body), sha256=hashlib.sha256(body).hexdigest(), rows=count)
        for name, count in (counts | {REPORT: None}).items()
        for body in [(folder / name).read_bytes()]
    ]


def _points(db: Connection, clips: Sequence[ClipRecord]) -> Iterator[Sequence[Row]]:
    ids = [clip.id for clip in clips]
    for at in range(0, len(ids), CLIPS_PER_GROUP):
        yield rows(db, "partition_points", clips=ids[at : at + CLIPS_PER_GROUP])


def _manifest(
    batch: Batch, partition: Partition, clips: Sequence[ClipRecord], files: list[File], report: Report
) -> dict:
    """What the partition is, for a reader who has nothing else. ``steps`` tells which requests its data answer,
    ``audit`` what those found who looked at frames, in words and by kind."""
    asked = {step: sorted({clip.keys[step] for clip in clips}) for step in clips[0].keys}
    return {
        "schema": record.VERSION,
        "product": f"motion-foundry {__version__}",
        "source": batch.source,
        "licence": clips[0].video.licence,
        "window": batch.window.model_dump(mode="json"),
        "counts": partition.model_dump(include={"clips", "sentences", "questions"}),
        "steps": {step: {"requests": len(keys), "digest": digest_of(keys)} for step, keys in asked.items()},
        "audit": {"found": audit.told(report.audit), "kinds": [one.model_dump() for one in report.audit]},
        **partition.model_dump(include={"digest", "batch", "report"}),
        "files": [file.model_dump() for file in files],
    }


def _json(document: dict) -> bytes:
    return json.dumps(document, sort_keys=True, indent=1).encode() + b"\n"
