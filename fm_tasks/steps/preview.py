"""Make what a person looks at a clip with: an overlay video of its tracks, a thumbnail, and a copy for browsers.

Reads the clip and the result of ``track``; writes the files under a digest of what they show, and the rows of
``preview``. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fm_tasks import video
from fm_tasks.model import Batch, ClipFile, Document, Trajectories, digest_of
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import clip_file, execute, rows

VERSION = 2


class Request(Document):
    """A clip, and the key of the ``track`` result to draw."""

    clip: ClipFile
    tracks_key: str


class Result(Document):
    """Where the overlay (MP4; same frames, times and size as the clip) and the thumbnail (JPEG) lie, and a copy of the
    clip that browsers play (MP4; same frames and times); None where they play the clip itself."""

    overlay_uri: str
    thumbnail_uri: str
    playable_uri: str | None
    frames: int


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current tracks are saved."""
    for row in rows(db, "clips_to_preview", batch=batch.id):
        yield row.id, Request(clip=clip_file(row), tracks_key=row.tracks_key)


def run(request: Request, tools: Tools) -> Result:
    """Raises ``ItemFailed`` where the clip does not decode or is not the one that was tracked."""
    names = ("clip.mp4", "overlay.mp4", "thumbnail.jpg", "playable.mp4")
    clip, overlay, thumbnail, playable = (tools.scratch / name for name in names)
    tools.objects.fetch(request.clip.uri, clip)
    trajectories = Trajectories.model_validate(tools.objects.result("track", request.tracks_key))
    frames = video.overlay(clip, trajectories, overlay, thumbnail)
    shown = digest_of([request.clip.sha256, request.tracks_key, VERSION])
    overlay_uri, thumbnail_uri = tools.objects.preview_uri(shown, "mp4"), tools.objects.preview_uri(shown, "jpg")
    tools.objects.put_file(overlay_uri, overlay, "video/mp4")
    tools.objects.put_file(thumbnail_uri, thumbnail, "image/jpeg")
    playable_uri = None
    if video.playable(clip, request.clip.times_us, playable):
        playable_uri = tools.objects.preview_uri(shown, "playable.mp4")
        tools.objects.put_file(playable_uri, playable, "video/mp4")
    return Result(overlay_uri=overlay_uri, thumbnail_uri=thumbnail_uri, playable_uri=playable_uri, frames=frames)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The clip's ``preview``."""
    row = {"step_run": step_run_id, "clip": item_id, **result.model_dump(exclude={"frames"})}
    execute(db, "insert_preview", row)
