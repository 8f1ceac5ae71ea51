"""The frames of a clip, as parts of a message to a language model."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from fm_tasks import video
from fm_tasks.model import ClipFile, Trajectories
from fm_tasks.objects import Objects


def pictures(
    clip: ClipFile, at: Sequence[int], side: int, drawn: Sequence[Trajectories | None], objects: Objects, scratch: Path
) -> list[dict]:
    """The frames ``at``, as parts of a message: each after its time, once for each of ``drawn``, the tracks that are
    outlined, None for the plain frame. ``scratch`` is a folder for the clip's file."""
    if not drawn:
        return []
    path = scratch / "clip.mp4"
    objects.fetch(clip.uri, path)
    parts = []
    for frame, *seen in zip(at, *(video.stills(path, at, side, tracks) for tracks in drawn), strict=True):
        parts.append({"type": "text", "text": f"at {(clip.times_us[frame] - clip.times_us[0]) / 1e6:.2f} s"})
        for picture in seen:
            url = f"data:image/jpeg;base64,{b64encode(picture).decode()}"
            parts.append({"type": "image_url", "image_url": {"url": url, "detail": "low"}})
    return parts
