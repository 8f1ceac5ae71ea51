"""Compute from the trajectories of each clip what moved, how and when.

Reads the result of ``track``; writes rows of ``motion_fact``. Refuses nothing: a track is always somewhere, so a clip
with trajectories has facts.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fm_tasks import motion
from fm_tasks.model import Batch, Document, MotionFacts, Trajectories
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import copy_rows, rows

VERSION = 6

COLUMNS = (
    *("step_run_id", "n", "clip_id", "kind", "subject", "object", "value", "amount", "start_frame", "end_frame"),
    "witnessed",
)


class Request(Document):
    """The trajectories of one clip, by their key, and where the words for motion begin and end."""

    tracks_key: str
    thresholds: motion.Thresholds = motion.DEFAULTS


Result = MotionFacts


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch that has tracks."""
    for clip in rows(db, "clips_with_tracks", batch=batch.id):
        yield (
            clip.clip_id,
            Request(
                tracks_key=clip.tracks_key,
                thresholds=motion.thresholds_for(clip.camera_speed, clip.camera_static_share),
            ),
        )


def run(request: Request, tools: Tools) -> Result:
    """Raises ``Unavailable`` where the trajectories cannot be read."""
    trajectories = Trajectories.model_validate(tools.objects.result("track", request.tracks_key))
    return Result(
        facts=motion.facts(trajectories, request.thresholds),
        labels={track.id: track.label for track in trajectories.tracks},
        seconds=(trajectories.times_us[-1] - trajectories.times_us[0]) / 1e6,
        complete=motion.complete(trajectories, request.thresholds),
    )


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """One row of `motion_fact` for each fact."""
    values = (
        (
            *(step_run_id, n, item_id, fact.kind, fact.subject, fact.object, fact.value, fact.amount),
            *(fact.start, fact.end, fact.witnessed),
        )
        for n, fact in enumerate(result.facts)
    )
    copy_rows(db, "motion_fact", COLUMNS, values)
