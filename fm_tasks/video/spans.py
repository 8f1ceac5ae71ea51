"""Spans of a video: where its shots are divided into clips, and why a span is no clip.

Only the survey of the one decode is needed for this, no frame of the video. The rules and their limits are ``Rules``.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from random import Random
from typing import Literal

import numpy as np

from fm_tasks.model import STILL_SHARE, CameraMotion, Document, Rejection, RejectionCode
from fm_tasks.video.surveying import Survey


class Rules(Document):
    """How a video is divided, and what makes a span no clip. Lengths are in seconds."""

    policy: Literal["shots", "paper"]
    """``shots``: a shot up to ``max_clip`` is one clip; a longer one is divided into parts of ``min_clip`` to
    ``max_clip``, at key frames where that can be. ``paper``: one clip a video, as ``drawn``."""
    seed: int = 0
    """What ``paper`` draws by, together with the video's content."""
    min_clip: float = 5.0
    max_clip: float = 10.0
    min_shot: float = 1.5
    """A shot shorter than this is no clip."""
    max_speed: float = 0.04
    """The camera moves strongly above this speed, diagonals per second, ..."""
    min_static_share: float = STILL_SHARE
    """... if also fewer of the tracked corners than this, 0..1, stand still."""
    max_dead_share: float = 0.5
    """Most of a clip, 0..1, that may be black or frozen."""


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
    refusal: Rejection | None = None
    """Why it is no clip. Stored results call it so: a better name waits for the next VERSION of `cut`."""


def _spans(found: Survey, rules: Rules, sha256: str) -> Iterator[tuple[int, int]]:
    if rules.policy == "shots":
        parts = (part for shot in found.shots for part in _divided(found, *shot, rules))
        yield from sorted([*parts, *found.transitions])
    else:
        start, seconds = drawn(found.duration_us / 1e6, rules.min_clip, rules.max_clip, f"{rules.seed} {sha256}")
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


def spans_of(found: Survey, rules: Rules, sha256: str) -> list[Span]:
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
            refusal=_rejection(found, first, last, rules),
        )
        for first, last in _spans(found, rules, sha256)
        for pictures, motions in [zip(*found.hashes(first, last), strict=True)]
    ]


def _divided(found: Survey, first: int, last: int, rules: Rules) -> Iterator[tuple[int, int]]:
    """A shot in parts of nearly equal time, each from a key frame on if one leaves all parts long and short enough."""
    times = np.array([*found.times_us[first : last + 1], _end(found, last)])
    shortest, longest = rules.min_clip * 1e6, rules.max_clip * 1e6
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


def _end(found: Survey, last: int) -> int:
    """When frame ``last`` gives way to the next, or the video ends."""
    times = found.times_us
    return times[last + 1] if last + 1 < len(times) else times[0] + found.duration_us


def _rejection(found: Survey, first: int, last: int, rules: Rules) -> Rejection | None:
    seconds = (_end(found, last) - found.times_us[first]) / 1e6
    if (first, last) in found.transitions:
        return Rejection(code=RejectionCode.TRANSITION, detail=f"one shot passes into the next for {seconds:.2f} s")
    if seconds < rules.min_shot:
        return Rejection(code=RejectionCode.SHOT_TOO_SHORT, detail=f"{seconds:.2f} s, under {rules.min_shot:g} s")
    dead = found.dead_share(first, last)
    if dead > rules.max_dead_share:
        return Rejection(code=RejectionCode.BLACK_OR_FROZEN, detail=f"{dead:.0%} of it is black or frozen")
    camera = found.camera(first, last)
    if camera.speed > rules.max_speed and camera.static_share < rules.min_static_share:
        detail = f"{camera.speed:.3f} diagonals per second, {camera.static_share:.0%} of the picture stands still"
        return Rejection(code=RejectionCode.CAMERA_MOTION, detail=detail)
    return None
