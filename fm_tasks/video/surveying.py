"""One decode that finds a video's size, times, shots, dead pictures and camera motion."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from scipy.ndimage import maximum_filter1d, median_filter

from fm_tasks.errors import Rejected
from fm_tasks.model import CameraMotion, RejectionCode
from fm_tasks.video.decoding import decode, opened

FEWEST_FRAMES = 8

THUMBNAIL = (64, 36)
"""Width and height at which whole pictures are compared."""

SAMPLE_US = 190_000
"""Least time between two camera samples: about 5 a second at any frame rate."""


class Step(NamedTuple):
    """What changed between two sampled frames, about a fifth of a second apart."""

    first: int
    last: int
    speed: float
    """Mean motion of the four frame corners, diagonals per second."""
    static_share: float
    """Share of tracked corners that do not move, 0..1."""
    scale: float
    """Zoom from the first to the last frame; 1.0 is none."""
    dead: bool
    """Whether the last frame is black, or the picture stands still to the last grey level."""


@dataclass(frozen=True)
class Survey:
    """What one decode of a video found. ``width`` and ``height`` are as the viewer sees them, after rotation; ``shots``
    are spans of frames, both ends included, that together are the whole video."""

    container: str
    codec: str
    width: int
    height: int
    times_us: Sequence[int]
    duration_us: int
    shots: Sequence[tuple[int, int]]
    steps: Sequence[Step]

    def camera(self, first: int, last: int) -> CameraMotion:
        """How the camera moved in frames ``first..last``: medians, not means, because one large object that crosses a
        plain background misleads single steps; the zoom is the median step's, over all steps. A span too short to hold
        a step counts as still."""
        steps = self._steps(first, last)
        if not steps:
            return CameraMotion(speed=0.0, static_share=1.0, scale=1.0)
        return CameraMotion(
            speed=float(np.median([step.speed for step in steps])),
            static_share=float(np.median([step.static_share for step in steps])),
            scale=float(np.median([step.scale for step in steps]) ** len(steps)),
        )

    def dead_share(self, first: int, last: int) -> float:
        """Share of frames ``first..last`` that are black or frozen, 0..1, as sampled."""
        return float(np.mean([step.dead for step in self._steps(first, last)] or [0]))

    def _steps(self, first: int, last: int) -> list[Step]:
        return [step for step in self.steps if first <= step.first and step.last <= last]


def survey(path: Path, min_seconds: float = 1.5, max_seconds: float = 4 * 3600) -> Survey:
    """Decode a video once and find its size, times, shots and camera motion; memory does not grow with its pictures.

    Raises ``Rejected``: ``unreadable`` where nothing decodes, ``no_video_stream``, ``too_short`` under ``min_seconds``
    or ``FEWEST_FRAMES``, ``too_long`` over ``max_seconds``.
    """
    try:
        with opened(path) as (container, stream):
            found = _survey(container, stream, max_seconds)
    except (av.FFmpegError, OverflowError) as error:
        # Not the whole message: it names the scratch file, and equal videos must give equal refusals.
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Rejected(RejectionCode.UNREADABLE, f"it does not open as a video: {why}") from error
    if len(found.times_us) < FEWEST_FRAMES or found.duration_us < min_seconds * 1e6:
        lasts = f"{len(found.times_us)} frames in {found.duration_us / 1e6:.2f} s"
        raise Rejected(RejectionCode.TOO_SHORT, f"{lasts}; at least {FEWEST_FRAMES} in {min_seconds:g} s are needed")
    return found


def _survey(container: av.container.InputContainer, stream: av.VideoStream, max_seconds: float) -> Survey:
    shrink, sample = VideoReformatter(), VideoReformatter()
    times, change, two_apart, steps = array("q"), array("d"), array("d"), []
    small: deque[np.ndarray] = deque(maxlen=3)
    last = None
    for number, (time, frame) in enumerate(decode(container, stream)):
        if number == 0:
            width, height, sideways = frame.width, frame.height, frame.rotation % 180 != 0
            grey_size = min(480, width), max(1, round(min(480, width) * height / width))
        times.append(time)
        if time - times[0] > max_seconds * 1e6:
            raise Rejected(RejectionCode.TOO_LONG, f"longer than {max_seconds:g} s")
        picture = shrink.reformat(frame, *THUMBNAIL, "yuv444p", interpolation="AREA").to_ndarray().astype(np.int16)
        small.append(picture)
        change.append(_difference(small[-2], picture) if number else 0)
        two_apart.append(_difference(small[0], picture) if number > 1 else 0)
        if last is None or time - last.time >= SAMPLE_US:
            now = _Sample(number, time, sample.reformat(frame, *grey_size, "gray").to_ndarray(), picture[0])
            if last:
                steps.append(_step(last, now))
            last = now
    interval = round(float(np.median(np.diff(times)))) if len(times) > 1 else 0
    return Survey(
        container=container.format.name,
        codec=stream.codec_context.name,
        width=height if sideways else width,
        height=width if sideways else height,
        times_us=times,
        duration_us=times[-1] - times[0] + interval,
        shots=_shots(np.array(change), np.array(two_apart)),
        steps=steps,
    )


class _Sample(NamedTuple):
    number: int
    time: int
    grey: np.ndarray
    luma: np.ndarray


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of two thumbnails (3 planes of YUV), in levels of 255 summed over the planes."""
    return 3 * float(np.abs(a - b).mean())


def _shots(change: np.ndarray, two_apart: np.ndarray) -> list[tuple[int, int]]:
    """Spans of frames between hard cuts.

    ``change[k]`` is how much frame k differs from frame k-1, ``two_apart[k]`` from frame k-2. A cut stands out from its
    neighbourhood, as in PySceneDetect's AdaptiveDetector, and unlike a flash it parts what lies before and after it.
    """
    usual = median_filter(change, 11, mode="nearest")
    stands_out = (change > 12) & (change > 3 * usual) & (change == maximum_filter1d(change, 5))
    parts = np.minimum(two_apart, [*two_apart[1:], 0]) > 0.5 * change
    starts = [0, *np.flatnonzero(stands_out & parts).tolist()]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), len(change) - 1], strict=True))


def _step(before: _Sample, after: _Sample) -> Step:
    speed, static_share, scale = _motion(before.grey, after.grey, (after.time - before.time) / 1e6)
    # Black as ffmpeg's blackdetect has it: 98 % of the picture under a tenth of the way from black to white.
    black = np.mean(after.luma < 38) > 0.98
    frozen = np.abs(after.luma - before.luma).max() <= 1
    return Step(before.number, after.number, speed, static_share, scale, bool(black or frozen))


def _motion(before: np.ndarray, after: np.ndarray, seconds: float) -> tuple[float, float, float]:
    """Speed, static share and scale (see ``Step``) between two grey pictures.

    A picture without corners, such as a black one, counts as still; one whose corners are all lost moved further than
    can be followed and counts as a diagonal per step, so that the filter does not pass what it could not see.
    """
    corners = cv2.goodFeaturesToTrack(before, 600, qualityLevel=0.01, minDistance=8)
    if corners is None or len(corners) < 8:
        return 0.0, 1.0, 1.0
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, None)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None)
    corners, there, back = (points.reshape(-1, 2) for points in (corners, there, back))
    sure = (found & found_back).ravel().astype(bool) & (np.linalg.norm(back - corners, axis=1) < 1)
    affine = None
    if sure.sum() >= 8:
        affine, _ = cv2.estimateAffinePartial2D(corners[sure], there[sure], ransacReprojThreshold=2)
    if affine is None:
        return 1 / seconds, 0.0, 1.0
    height, width = before.shape
    frame = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
    moved = np.linalg.norm(frame @ affine[:, :2].T + affine[:, 2] - frame, axis=1).mean()
    static = np.linalg.norm(there[sure] - corners[sure], axis=1) < 0.5
    return float(moved / np.hypot(width, height) / seconds), float(static.mean()), float(np.hypot(*affine[:, 0]))
