"""A forecast of the cost of a run and the time of its GPU steps, from earlier videos of the source.

Each clip counts once, by the best that is known of it. One whose request to a model can be made today costs what that
request does; one that still lacks its caption, facts or tracks costs what a clip of the source did. What comes of
videos that are not cut yet is told by their bytes: what one source records has much the same length, rate and motion
per byte from day to day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import mean
from typing import NamedTuple

from sqlalchemy import Connection

from fm_tasks import runtime
from fm_tasks.errors import BadRequest
from fm_tasks.llm.budget import Budget, Left, came_true
from fm_tasks.model import Batch, Document, Window, batch_id, digest_of
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.step import STEPS
from fm_tasks.store import rows

SAMPLE_SIZE = 50
"""Of a step's latest results, those whose time is looked at."""


NAMED = {"reread": ("caption", "ask"), "judge": ("caption",)}
"""The steps that ask models whose answers the request of a step names."""


class Forecast(NamedTuple):
    """``videos`` and ``bytes`` that are to be cut, and the ``clips`` to be tracked: those expected of them, and those
    that are cut already; ``usd`` by step that asks a model, ``gpu_seconds`` by step."""

    videos: int
    bytes: int
    clips: float
    usd: dict[str, Decimal]
    gpu_seconds: dict[str, float]
    left: Left

    @property
    def total(self) -> Decimal:
        """USD of all steps."""
        return sum(self.usd.values(), Decimal(0))


def forecast(
    db: Connection, objects: Objects, budget: Budget, source: Source, window: Window, at: datetime
) -> Forecast:
    """What a run of ``source`` over ``window`` will take, as known at ``at``.

    Raises ``BadRequest`` where something is to be cut, tracked or asked about, and nothing earlier tells what it takes.
    """
    batch = Batch(id=batch_id(source.id, window), source=source.id, window=window)
    to_cut = _to_cut(db, objects, batch, source)
    size, past = sum(to_cut.values()), rows(db, "clips_of_source", source=source.id)[0]
    cut_anew = {row.id for row in rows(db, "clips_of_videos", videos=list(to_cut))}
    to_track = _unanswered(db, "track", _asked(db, "track", batch, source)).keys() - cut_anew
    if (to_cut or to_track) and not past.settled:
        raise BadRequest(
            f"nothing of source {source.id} was annotated before, so nothing tells what comes of its videos: "
            "run a small window first"
        )
    clips = len(to_track) + (size * past.cut / float(past.bytes) if to_cut else 0.0)
    expected = clips * past.tracked / past.settled if clips else 0.0
    usd = _usd(db, budget, batch, source, to_track | cut_anew, expected)
    items = {"cut": float(len(to_cut)), "track": clips}
    gpu = {step: items[step] * _seconds(db, objects, source, step) for step in items if step in source.gpu_steps}
    return Forecast(len(to_cut), size, clips, usd, gpu, budget.left(db, batch.id, at.astimezone(UTC).date()))


def _to_cut(db: Connection, objects: Objects, batch: Batch, source: Source) -> dict[str, int]:
    """Bytes by video of what the batch has and a run would cut, and of what `discover` would make its own."""
    window = batch.window
    reach = Window(start=window.start - timedelta(days=source.lookback_days), end=window.end)
    found = [
        (digest_of([source.id, item.key, item.etag]), dated, item.size)
        for prefix in source.prefixes(reach)
        for item in objects.list(objects.raw, prefix)
        if (dated := source.date_of(item.key, item.modified)) and reach.start <= dated < reach.end
    ]
    ids, dated, sizes = ([one[n] for one in found] for n in range(3))
    claimed = rows(db, "videos_to_claim", source=source.id, start=window.start, ids=ids, dated=dated, sizes=sizes)
    open_videos = _unanswered(db, "cut", _asked(db, "cut", batch, source))
    return {row.id: row.size for row in (*claimed, *rows(db, "video_sizes", ids=list(open_videos)))}


def _asked(db: Connection, step: str, batch: Batch, source: Source) -> dict[str, Document]:
    """What the step would ask today, by item."""
    return dict(STEPS[step].module.plan(db, batch, source))


def _unanswered(db: Connection, step: str, asked: dict[str, Document]) -> dict[str, Document]:
    """Those of the requests that have no answer."""
    version = STEPS[step].module.VERSION
    keys = {item: runtime.key_of(step, version, request) for item, request in asked.items()}
    answered = {row.key for row in rows(db, "answered", step=step, keys=list(keys.values()))}
    return {item: asked[item] for item, key in keys.items() if key not in answered}


def _usd(
    db: Connection, budget: Budget, batch: Batch, source: Source, behind: set[str], expected: float
) -> dict[str, Decimal]:
    """USD by step that asks a model: by their requests of clips that have all that these are made of, by what a clip of
    the source cost of the others. ``behind`` are clips whose tracks are not known, ``expected`` how many will come of
    these and of new videos."""
    facts = _asked(db, "facts", batch, source)
    going_on = facts.keys() - behind
    lacking_at = {"facts": _unanswered(db, "facts", facts).keys() & going_on}
    usd = {}
    for step in (step.name for step in STEPS.values() if step.asks_models):
        lacking = set().union(*(lacking_at[before] for before in ("facts", *NAMED.get(step, ()))))
        asked = {
            item: request for item, request in _asked(db, step, batch, source).items() if item in going_on - lacking
        }
        unanswered = _unanswered(db, step, asked)
        if step in source.models:
            costs = (STEPS[step].module.cost(request, budget) for request in unanswered.values())
            by_request = sum((cost.estimate for cost in costs if cost), Decimal(0)) * came_true(
                db, step, source.models[step]
            )
            settled = asked.keys()
            if (
                step == "audit"
            ):  # few clips are asked about, and which they are is known of all whose texts are verified
                settled |= {row.id for row in rows(db, "verified_clips", batch=batch.id)} - lacking
            others = len(going_on - settled) + expected
            usd[step] = by_request + Decimal(others) * _usd_of_a_clip(db, source, step, others)
        lacking_at[step] = set(unanswered)
    return usd


def _usd_of_a_clip(db: Connection, source: Source, step: str, clips: float) -> Decimal:
    """What asking about a clip of the source cost on average. Raises ``BadRequest`` where ``clips`` are to be asked
    about, and none ever was."""
    model = source.models[step]
    if step == "audit":
        usd = rows(db, "usd_of_a_verified_clip", source=source.id, model=model)[0].usd
    else:
        usd = rows(db, "usd_of_a_clip", source=source.id, step=step, model=model)[0].usd
    if clips and usd is None:
        raise BadRequest(f"{model} was not asked about source {source.id} before: run a small window first")
    return usd or Decimal(0)


def _seconds(db: Connection, objects: Objects, source: Source, step: str) -> float:
    """What an item of the source took on average, of the latest."""
    latest = rows(db, "latest_keys", source=source.id, step=step, most=SAMPLE_SIZE)
    took = [objects.seconds(objects.result_uri(step, row.key)) for row in latest]
    return mean(known) if (known := [one for one in took if one is not None]) else 0.0


def lines(source: Source, window: Window, found: Forecast) -> Iterator[str]:
    """The forecast for a person."""
    new = f"{found.videos} videos to cut, {found.bytes / 1e6:.1f} MB, about {found.clips:.0f} clips to track"
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
