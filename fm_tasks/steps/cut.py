"""Cut each video into clips that are frame-exact, and say of every other span why it is none.

Reads the video at its key, only the version that was asked for; writes clips, and a thumbnail of each span whether or
not it is one, under the SHA-256 of their bytes, and the rows of ``probe``, ``clip`` and ``rejection``.

Refuses a video as ``unreadable``, ``no_video_stream``, ``too_short``, ``too_long``, ``too_heavy``, ``undecodable``, and
in ``save`` as ``duplicate`` where another video with the same bytes was kept before: within a batch the earliest is
kept, between batches the first saved, and what is kept stays kept. Refuses a span as ``shot_too_short``,
``transition``, ``black_or_frozen`` or ``camera_motion``, and in ``save``, in the same order, as ``near_duplicate``
where another video's clips show most of what moves in it (``copies``): a row of ``near_copy`` says which, and how well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from math import ceil, floor
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
from sqlalchemy import Connection, Row

from fm_tasks import copies, video
from fm_tasks.backends import backend
from fm_tasks.copies import Match, Signature
from fm_tasks.errors import Rejected
from fm_tasks.model import STILL_SHARE, Batch, CameraMotion, Document, Refusal, RejectionCode, digest_of
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.store import execute, rows

VERSION = 6


class Request(Document):
    """One version of one object, and how to divide it. Lengths are in seconds."""

    key: str
    """Its key in the bucket of raw videos."""
    etag: str
    policy: Literal["shots", "paper"]
    """``shots``: a shot up to ``max_clip`` is one clip; a longer one is divided into parts of ``min_clip`` to
    ``max_clip``, at key frames where that can be. ``paper``: one clip a video, as ``drawn``."""
    seed: int = 0
    """What ``paper`` draws by, together with the video's content."""
    min_clip: float = 5.0
    max_clip: float = 10.0
    min_shot: float = 1.5
    """A shot shorter than this is no clip."""
    shot_detector: Literal["inpass", "transnetv2"] = "inpass"
    camera_filter: Literal["corners"] = "corners"
    """What judges the camera: corners followed from frame to frame (``video.camera``)."""
    max_speed: float = 0.04
    """The camera moves strongly above this speed, diagonals per second, ..."""
    min_static_share: float = STILL_SHARE
    """... if also fewer of the tracked corners than this, 0..1, stand still."""
    max_dead_share: float = 0.5
    """Most of a clip, 0..1, that may be black or frozen."""
    max_video: float = 4 * 3600.0
    cpu_seconds: int = 3600
    """What the process that decodes and cuts the video may compute, and ..."""
    memory_gib: float = 4.0
    """... keep in memory. The encoder, a process of its own, may do so too."""
    disk_gib: float = 64.0
    """What the video, and any one clip of it, may take of the disk."""


class Span(Document):
    """Source frames ``first..last``, at ``times_us``; a clip with its address, or the reason why there is none.

    The frames of a dissolve or fade are a span of their own, which is no clip: what moves in them moves in two shots.
    """

    first: int
    last: int
    times_us: tuple[int, ...]
    width: int
    height: int
    camera: CameraMotion
    dead_share: float
    """How much of it is black or frozen, 0..1."""
    blurred_share: float
    hashes: tuple[int | None, ...]
    """Perceptual hashes of its pictures, 64 bits each, signed, one for each tenth of a second of the video's time from
    that of its first frame on; None where no frame is hashed, as in the first half second."""
    motions: tuple[int | None, ...]
    """Hashes of what moved in the half second before; None where too little did."""
    thumbnail_uri: str | None = None
    """A frame near its middle, a JPEG; None where it is too short to hold one (``Survey.thumbnail``)."""
    uri: str | None = None
    sha256: str | None = None
    codec: str | None = None
    copied: bool | None = None
    refusal: Refusal | None = None


class Result(Document):
    """What the video is, and its spans: in order, apart, and under ``shots`` together the whole of it."""

    sha256: str
    container: str
    codec: str
    width: int
    height: int
    frames: int
    duration_us: int
    spans: tuple[Span, ...]


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every video of the batch."""
    for row in rows(db, "videos_to_cut", batch=batch.id):
        detector = source.shot_detector
        yield row.id, Request(key=row.key, etag=row.etag, policy=source.clip_policy, shot_detector=detector)


def run(request: Request, objects: Objects, scratch: Path) -> Result:
    """Survey the video and cut its clips, in a process of their own. Raises ``Changed`` where the object was replaced,
    ``Rejected`` (see above), ``ItemFailed`` where a clip is not what it should be."""
    path, raw = scratch / "video", objects.raw_uri(request.key)
    if (gib := objects.size(raw) / 2**30) > request.disk_gib:
        raise Rejected(RejectionCode.TOO_HEAVY, f"a file of {gib:.1f} GiB; at most {request.disk_gib:g} are fetched")
    sha256 = objects.fetch(raw, path, etag=request.etag)
    limits = {name: getattr(request, name) for name in ("cpu_seconds", "memory_gib", "disk_gib")}
    made = video.isolated(_made, request, path, sha256, **limits)
    result, thumbnails = next(made)
    spans = {
        (span.first, span.last): span.model_copy(update={"thumbnail_uri": jpeg and _stored(objects, jpeg)})
        for span, jpeg in zip(result.spans, thumbnails, strict=True)
    }
    for span, clip in made:
        uri = objects.clip_uri(clip.sha256)
        objects.put_file(uri, clip.path, "video/mp4")
        clip.path.unlink()
        known = {name: getattr(clip, name) for name in ("sha256", "codec", "copied", "width", "height")}
        spans[span] = spans[span].model_copy(update=known | {"uri": uri})
    return result.model_copy(update={"spans": tuple(spans.values())})


def _stored(objects: Objects, jpeg: bytes) -> str:
    uri = objects.thumbnail_uri(hashlib.sha256(jpeg).hexdigest())
    objects.put_bytes(uri, jpeg, "image/jpeg")
    return uri


def _made(request: Request, path: Path, sha256: str) -> Iterator:
    """The ``Result`` without any object, with the thumbnail of each of its spans; then each span that is kept with its
    clip, beside the video."""
    found = video.survey(path, request.min_shot, request.max_video, backend(request.shot_detector)())
    spans = judged(found, request, sha256)
    result = Result(
        sha256=sha256,
        container=found.container,
        codec=found.codec,
        width=found.width,
        height=found.height,
        frames=len(found.times_us),
        duration_us=found.duration_us,
        spans=tuple(spans),
    )
    yield result, [found.thumbnail(span.first, span.last) for span in spans]
    kept = [(span.first, span.last) for span in spans if not span.refusal]
    yield from zip(kept, video.cut(path, found, kept, path.parent), strict=True)


def _spans(found: video.Survey, request: Request, sha256: str) -> Iterator[tuple[int, int]]:
    if request.policy == "shots":
        parts = (part for shot in found.shots for part in _divided(found, *shot, request))
        yield from sorted([*parts, *found.transitions])
    else:
        start, seconds = drawn(found.duration_us / 1e6, request.min_clip, request.max_clip, f"{request.seed} {sha256}")
        edges = np.searchsorted(found.times_us, found.times_us[0] + 1e6 * np.array([start, start + seconds]))
        yield int(edges[0]), int(edges[1]) - 1


def drawn(seconds: float, shortest: float, longest: float, seed: str) -> tuple[float, float]:
    """Where the one clip of a video of so many seconds begins, and how long it is: all of a video up to ``shortest``,
    else ``shortest`` to ``longest`` about its middle, as FoundationMotion crops (arXiv 2512.10927,
    ``data_process/crop_video.py``), but the same for the same ``seed``."""
    if seconds <= shortest:
        return 0.0, seconds
    random = Random(seed)
    length = random.uniform(shortest, min(longest, seconds))
    room = seconds - length
    sway = min(0.2 * seconds, room / 2)
    return min(max(room / 2 + random.uniform(-sway, sway), 0.0), room), length


def judged(found: video.Survey, request: Request, sha256: str) -> list[Span]:
    """The spans of a video, each with the reason why it is no clip, or without one; none is cut yet."""
    return [
        Span(
            hashes=pictures,
            motions=motions,
            first=first,
            last=last,
            times_us=tuple(found.times_us[first : last + 1]),
            width=found.width // 2 * 2,
            height=found.height // 2 * 2,
            camera=found.camera(first, last),
            dead_share=found.dead_share(first, last),
            blurred_share=found.blurred_share(first, last),
            refusal=_refusal(found, first, last, request),
        )
        for first, last in _spans(found, request, sha256)
        for pictures, motions in [zip(*found.hashes(first, last), strict=True)]
    ]


def _divided(found: video.Survey, first: int, last: int, request: Request) -> Iterator[tuple[int, int]]:
    """A shot in parts of nearly equal time, each from a key frame on if one leaves all parts long and short enough."""
    times = np.array([*found.times_us[first : last + 1], _end(found, last)])
    shortest, longest = request.min_clip * 1e6, request.max_clip * 1e6
    keys = [key - first for key in found.keyframes if first < key <= last]
    begin = 0
    while (rest := times[-1] - times[begin]) > longest:
        left = min(ceil(rest / longest), floor(rest / shortest)) - 1
        target = times[begin] + rest // (left + 1)
        earliest = max(times[begin] + shortest, times[-1] - left * longest)
        latest = min(times[begin] + longest, times[-1] - left * shortest)
        fitting = [key for key in keys if earliest <= times[key] <= latest]
        edge = min(fitting, key=lambda key: abs(times[key] - target), default=int(np.searchsorted(times, target)))
        if left < 1 or edge == len(times) - 1:
            break
        yield first + begin, first + edge - 1
        begin = edge
    yield first + begin, last


def _end(found: video.Survey, last: int) -> int:
    """When frame ``last`` gives way to the next, or the video ends."""
    times = found.times_us
    return times[last + 1] if last + 1 < len(times) else times[0] + found.duration_us


def _refusal(found: video.Survey, first: int, last: int, request: Request) -> Refusal | None:
    seconds = (_end(found, last) - found.times_us[first]) / 1e6
    if (first, last) in found.transitions:
        return Refusal(code=RejectionCode.TRANSITION, detail=f"one shot passes into the next for {seconds:.2f} s")
    if seconds < request.min_shot:
        return Refusal(code=RejectionCode.SHOT_TOO_SHORT, detail=f"{seconds:.2f} s, under {request.min_shot:g} s")
    dead = found.dead_share(first, last)
    if dead > request.max_dead_share:
        return Refusal(code=RejectionCode.BLACK_OR_FROZEN, detail=f"{dead:.0%} of it is black or frozen")
    camera = found.camera(first, last)
    if camera.speed > request.max_speed and camera.static_share < request.min_static_share:
        detail = f"{camera.speed:.3f} diagonals per second, {camera.static_share:.0%} of the picture stands still"
        return Refusal(code=RejectionCode.CAMERA_MOTION, detail=detail)
    return None


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The ``probe``; every ``clip``, with a ``rejection`` if it was refused; a duplicate has a ``rejection`` alone."""
    probe = result.model_dump(exclude={"spans"})
    execute(db, "insert_probe", probe | {"step_run": step_run_id, "video": item_id})
    execute(db, "lock_content", {"sha256": result.sha256})
    kept = rows(db, "kept_video_of_content", sha256=result.sha256, video=item_id)
    if kept:
        detail = f"the same bytes as {kept[0].key}"
        entry = {"step_run": step_run_id, "item": item_id, "code": RejectionCode.DUPLICATE.value, "detail": detail}
        execute(db, "reject", entry)
        return
    clips = {digest_of([key, span.first, span.last]): span for span in result.spans}
    execute(db, "lock_copies", {})
    matches = {}
    for clip, span in clips.items():
        if not span.refusal and (found := _original(db, item_id, span)):
            original, match = found
            matches[clip] = match._asdict() | {"clip": clip, "of_clip": original.id}
            clips[clip] = _refused(span, original, match)
    run = {"step_run": step_run_id, "video": item_id}
    execute(db, "insert_clip", [run | _clip_row(clip, span) for clip, span in clips.items()])
    execute(db, "insert_near_copy", list(matches.values()))
    refused = [(clip, span.refusal.model_dump(mode="json")) for clip, span in clips.items() if span.refusal]
    execute(db, "reject", [{"step_run": step_run_id, "item": clip, **refusal} for clip, refusal in refused])


def _original(db: Connection, video_id: str, span: Span) -> tuple[Row, Match] | None:
    """The kept clip of another video that shows most of the span, and how well that video shows it."""
    begins, ends = span.times_us[0], span.times_us[-1]
    signature = Signature.of(begins, span.hashes, span.motions)
    found = []
    likely = rows(db, "likely_originals", video=video_id, bands=copies.bands(span.motions))
    for _, group in groupby(likely, attrgetter("video_id")):
        clips = list(group)
        known = (Signature.of(clip.first_us, clip.hashes, clip.motions) for clip in clips)
        if match := copies.match(signature, Signature.joined(known)):
            overlaps = [min(ends - match.shift_us, c.last_us) - max(begins - match.shift_us, c.first_us) for c in clips]
            found.append((clips[int(np.argmax(overlaps))], match))
    return min(found, key=lambda one: one[1].apart, default=None)


def _refused(span: Span, original: Row, match: Match) -> Span:
    detail = (
        f"{match.share:.0%} of what moves in it is seen in clip {original.id} of {original.key}, "
        f"{match.apart:.1f} of 64 bits apart"
    )
    refusal = Refusal(code=RejectionCode.NEAR_DUPLICATE, detail=detail)
    return span.model_copy(update={"uri": None, "sha256": None, "codec": None, "copied": None, "refusal": refusal})


def _clip_row(clip: str, span: Span) -> dict:
    columns = span.model_dump(exclude={"camera", "refusal"}) | span.camera.model_dump()
    lists = {name: list(columns[name]) for name in ("times_us", "hashes", "motions")}
    # Every other moment is enough to be found by, since all of a later clip's are looked up.
    return columns | lists | {"clip": clip, "bands": None if span.refusal else copies.bands(span.motions[::2])}
