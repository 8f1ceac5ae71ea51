"""What a run will cost, and how long its GPU steps take, before it: from what earlier videos of the source took.

Clips are known only when a video is cut, so what comes of new videos is told by their bytes: what one source records
has much the same length, rate and motion per byte from day to day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from statistics import mean
from typing import NamedTuple

from sqlalchemy import Connection

from fm_tasks import budget, runtime
from fm_tasks.errors import BadRequest
from fm_tasks.model import Batch, Window, batch_id, digest_of
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.store import rows

SAMPLE = 50
"""Of a step's latest results, those whose time is looked at."""


class Forecast(NamedTuple):
    """``videos`` and ``bytes`` of the window that are not cut yet, and the ``clips`` expected of them; ``usd`` by step
    that asks a model, for these and for clips that have facts and no answer; ``gpu_seconds`` by step."""

    videos: int
    bytes: int
    clips: float
    usd: dict[str, Decimal]
    gpu_seconds: dict[str, float]
    left: budget.Left

    @property
    def total(self) -> Decimal:
        """USD of all steps."""
        return sum(self.usd.values(), Decimal(0))


def forecast(db: Connection, objects: Objects, source: Source, window: Window, at: datetime) -> Forecast:
    """What a run of ``source`` over ``window`` will take, as known at ``at``.

    Raises ``BadRequest`` where the window has new videos and no earlier one of the source was annotated.
    """
    batch = batch_id(source.id, window)
    cut = {row.id for row in rows(db, "videos_cut", source=source.id)}
    listed = [item for prefix in source.prefixes(window) for item in objects.list(objects.raw, prefix)]
    new = [
        item
        for item in listed
        if (dated := source.date_of(item.key, item.modified))
        and window.start <= dated < window.end
        and digest_of([source.id, item.key, item.etag]) not in cut
    ]
    size = sum(item.size for item in new)
    past = rows(db, "clips_and_bytes", source=source.id, batch=batch)[0]
    if new and not past.clips:
        raise BadRequest(
            f"nothing of source {source.id} was annotated before, so nothing tells what comes of its videos: "
            "run a small window first"
        )
    clips = size * past.clips / float(past.bytes) if new else 0.0
    of = Batch(id=batch, source=source.id, window=window)
    usd = {step: _usd(db, of, source, step, clips) for step in source.models}
    items = {"cut": float(len(new)), "track": clips}
    gpu = {step: items[step] * _seconds(db, objects, source, step) for step in items if step in source.gpu_steps}
    return Forecast(len(new), size, clips, usd, gpu, budget.left(db, batch, at.astimezone(UTC).date()))


def _usd(db: Connection, batch: Batch, source: Source, step: str, clips: float) -> Decimal:
    """Of clips without an answer by their requests, of new ones by what a clip of the source cost by this model."""
    module, model = runtime.module_of(step), source.models[step]
    asked = {runtime.key_of(step, module.VERSION, request): request for _, request in module.plan(db, batch, source)}
    answered = {row.key for row in rows(db, "answered", step=step, keys=list(asked))}
    known = sum((module.cost(asked[key]).estimate for key in asked.keys() - answered), Decimal(0))
    a_clip = rows(db, "usd_of_a_clip", source=source.id, step=step, model=model)[0].usd
    if clips and a_clip is None:
        raise BadRequest(f"{model} was not asked about source {source.id} before: run a small window first")
    return known * budget.came_true(db, step, model) + Decimal(clips) * (a_clip or 0)


def _seconds(db: Connection, objects: Objects, source: Source, step: str) -> float:
    """What an item of the source took on average, of the latest."""
    latest = rows(db, "latest_keys", source=source.id, step=step, most=SAMPLE)
    took = [objects.seconds(objects.result_uri(step, row.key)) for row in latest]
    return mean(known) if (known := [one for one in took if one is not None]) else 0.0


def lines(source: Source, window: Window, found: Forecast) -> Iterator[str]:
    """The forecast for a person."""
    new = f"{found.videos} new videos, {found.bytes / 1e6:.1f} MB, about {found.clips:.0f} clips"
    yield f"source {source.id}, {window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M %Z}: {new}"
    for step, usd in found.usd.items():
        yield f"  {step:<9}{usd:.4f} USD, model {source.models[step]}"
    for step, seconds in found.gpu_seconds.items():
        took = f"about {seconds / 3600:.1f} h of one GPU" if seconds else "of one GPU; nothing tells how long"
        yield f"  {step:<9}{took}"
    if found.usd:
        day, batch = (max(rest, Decimal(0)) for rest in (found.left.day, found.left.batch))
        yield f"  in all   {found.total:.4f} USD; the budgets leave {batch:.4f} for this batch and {day:.4f} today"
        if found.total > min(found.left):
            yield "  that is more than is left: what cannot be paid for waits, and the run ends incomplete"
    else:
        yield f"  in all   no money: the writer is {source.writer}"
