"""Cut each video into exact clips, and give a reason for every span that is no clip.

Reads the video at its key, only the version that was asked for; writes clips, and a thumbnail of each span whether or
not it is one, under the SHA-256 of their bytes, and the rows of ``probe``, ``clip`` and ``rejection``.

Refuses a video as ``unreadable``, ``no_video_stream``, ``too_short``, ``too_long``, ``too_heavy``, ``undecodable``, and
in ``save`` as ``duplicate`` where another video with the same bytes was kept before: within a batch the earliest is
kept, between batches the first saved, and what is kept stays kept. Refuses a span as ``shot_too_short``,
``transition``, ``black_or_frozen`` or ``camera_motion``, and in ``save``, in the same order, as ``near_duplicate``
where another video's clips show most of what moves in it (``video.near_duplicates``): a row of ``near_copy`` says
which, and how well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Literal

import numpy as np
from sqlalchemy import Connection, Row

from fm_tasks import video
from fm_tasks.backends import backend
from fm_tasks.errors import Rejected
from fm_tasks.model import Batch, Document, Rejection, RejectionCode, digest_of
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import execute, rows
from fm_tasks.video import near_duplicates
from fm_tasks.video.near_duplicates import Match, Signature
from fm_tasks.video.spans import Rules, Span, spans_of

VERSION = 6


class Request(Rules):
    """One version of one object, how to divide it, and what it may take. Lengths are in seconds."""

    key: str
    """Its key in the bucket of raw videos."""
    etag: str
    shot_detector: Literal["inpass", "transnetv2"] = "inpass"
    camera_filter: Literal["corners"] = "corners"
    """What judges the camera: corners followed from frame to frame (``video.camera``)."""
    max_video: float = 4 * 3600.0
    cpu_seconds: int = 3600
    """What the process that decodes and cuts the video may compute, and ..."""
    memory_gib: float = 4.0
    """... keep in memory. The encoder, a process of its own, may do so too."""
    disk_gib: float = 64.0
    """What the video, and any one clip of it, may take of the disk."""


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


def run(request: Request, tools: Tools) -> Result:
    """Survey the video and cut its clips, in a process of their own. Raises ``Changed`` where the object was replaced,
    ``Rejected`` (see above), ``ItemFailed`` where a clip is not what it should be."""
    objects, path = tools.objects, tools.scratch / "video"
    raw = objects.raw_uri(request.key)
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
    spans = spans_of(found, request, sha256)
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
            clips[clip] = _rejected(span, original, match)
    run = {"step_run": step_run_id, "video": item_id}
    execute(db, "insert_clip", [run | _clip_row(clip, span) for clip, span in clips.items()])
    execute(db, "insert_near_copy", list(matches.values()))
    rejected = [(clip, span.refusal.model_dump(mode="json")) for clip, span in clips.items() if span.refusal]
    execute(db, "reject", [{"step_run": step_run_id, "item": clip, **rejection} for clip, rejection in rejected])


def _original(db: Connection, video_id: str, span: Span) -> tuple[Row, Match] | None:
    """The kept clip of another video that shows most of the span, and how well that video shows it."""
    begins, ends = span.times_us[0], span.times_us[-1]
    signature = Signature.of(begins, span.hashes, span.motions)
    found = []
    likely = rows(db, "likely_originals", video=video_id, bands=near_duplicates.bands(span.motions))
    for _, group in groupby(likely, attrgetter("video_id")):
        clips = list(group)
        known = (Signature.of(clip.first_us, clip.hashes, clip.motions) for clip in clips)
        if match := near_duplicates.match(signature, Signature.joined(known)):
            overlaps = [min(ends - match.shift_us, c.last_us) - max(begins - match.shift_us, c.first_us) for c in clips]
            found.append((clips[int(np.argmax(overlaps))], match))
    return min(found, key=lambda one: one[1].apart, default=None)


def _rejected(span: Span, original: Row, match: Match) -> Span:
    detail = (
        f"{match.share:.0%} of what moves in it is seen in clip {original.id} of {original.key}, "
        f"{match.apart:.1f} of 64 bits apart"
    )
    rejection = Rejection(code=RejectionCode.NEAR_DUPLICATE, detail=detail)
    return span.model_copy(update={"uri": None, "sha256": None, "codec": None, "copied": None, "refusal": rejection})


def _clip_row(clip: str, span: Span) -> dict:
    columns = span.model_dump(exclude={"camera", "refusal"}) | span.camera.model_dump()
    lists = {name: list(columns[name]) for name in ("times_us", "hashes", "motions")}
    # Every other moment is enough to be found by, since all of a later clip's are looked up.
    return columns | lists | {"clip": clip, "bands": None if span.refusal else near_duplicates.bands(span.motions[::2])}
