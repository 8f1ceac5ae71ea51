"""One decode that finds everything about a video: size, times, shots, camera motion, defects, hashes, thumbnails."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import av
import cv2
import numpy as np

from fm_tasks.errors import Rejected
from fm_tasks.model import CameraMotion, RejectionCode
from fm_tasks.video import camera, features
from fm_tasks.video.camera import Step
from fm_tasks.video.decoding import checksum, decode, opened, shape
from fm_tasks.video.near_duplicates import MOMENT_US
from fm_tasks.video.shots import InPass, ShotDetector, Span, divided

FEWEST_FRAMES = 8

SAMPLE_US = 190_000
"""Least time between two samples: about 5 a second at any frame rate."""

MARK_US = 1_000_000
"""Thumbnails are kept at these times from the first frame, and ..."""

MARK_CHANGE = 12.0
"""... of samples whose look is by so many grey levels another than that of the last thumbnail: of short shots too."""

MOTION_US = 500_000
"""Least time over which motion is hashed: an object moves on by about its own size."""

DIGITS = 5
"""Decimals of how the camera moved: further on processors differ, and so would the results of equal requests."""

THUMBNAIL = 160
"""Width of a thumbnail, pixels."""

BLURRED = 0.01
"""``features.sharpness`` under which a picture is blurred: sharp ones have 0.03 to 0.5, after a blur of 1/160 of the
width 0.002 to 0.02."""


class Sample(NamedTuple):
    """What a frame that was looked at closely shows."""

    frame: int
    black: bool
    frozen: bool
    """Whether it is the sample before it, to the last grey level."""
    blurred: bool


class Moment(NamedTuple):
    """Two frames some ``MOTION_US`` apart, by which a video is known again: hashes of 64 bits, signed."""

    since: int
    frame: int
    picture: int
    """Of the later frame, upright."""
    motion: int | None
    """Of what moved between the two; None where too little did."""


class Mark(NamedTuple):
    """A frame by which a video is shown."""

    frame: int
    jpeg: bytes


class Follow(Protocol):
    """Speed, static share and scale (see ``camera.Step``) between two grey pictures of one size, some time apart."""

    def __call__(self, before: np.ndarray, after: np.ndarray, seconds: float) -> tuple[float, float, float]: ...


@dataclass(frozen=True)
class Survey:
    """What one decode of a video found. ``width`` and ``height`` are as the viewer sees them, after rotation, in square
    pixels; ``shots`` and ``transitions``, the gradual ones, are spans of frames, both ends included, that together are
    the whole video.
    """

    container: str
    codec: str
    width: int
    height: int
    times_us: Sequence[int]
    duration_us: int
    keyframes: Sequence[int]
    """Frames that the file says can be decoded without an earlier one."""
    checksums: Sequence[int]
    """Of each frame's picture (``decoding.checksum``)."""
    as_stored: bool
    """Whether pictures are shown as they are stored: not turned, their pixels square."""
    shots: Sequence[Span]
    transitions: Sequence[Span]
    steps: Sequence[Step]
    samples: Sequence[Sample]
    moments: Sequence[Moment]
    marks: Sequence[Mark]

    def camera(self, first: int, last: int) -> CameraMotion:
        """How the camera moved in frames ``first..last``: medians, not means, because one large object that crosses a
        plain background misleads single steps; the zoom is the median step's, over all steps. A span too short to hold
        a step counts as still."""
        steps = [step for step in self.steps if first <= step.first and step.last <= last]
        if not steps:
            return CameraMotion(speed=0.0, static_share=1.0, scale=1.0)
        return CameraMotion(
            speed=round(float(np.median([step.speed for step in steps])), DIGITS),
            static_share=float(np.median([step.static_share for step in steps])),
            scale=round(float(np.median([step.scale for step in steps]) ** len(steps)), DIGITS),
        )

    def dead_share(self, first: int, last: int) -> float:
        """Share of frames ``first..last`` that are black or frozen, 0..1, as sampled; the first is not frozen."""
        samples = self._samples(first, last)
        dead = [sample.black or sample.frozen for sample in samples[1:]] or [sample.black for sample in samples]
        return float(np.mean(dead or [False]))

    def blurred_share(self, first: int, last: int) -> float:
        """Share of frames ``first..last`` that are blurred, 0..1, as sampled."""
        return float(np.mean([sample.blurred for sample in self._samples(first, last)] or [False]))

    def thumbnail(self, first: int, last: int) -> bytes | None:
        """A small upright JPEG of the frame nearest to the middle of frames ``first..last`` of which there is one; None
        where there is none, as may be in a span under a second."""
        inside = [mark for mark in self.marks if first <= mark.frame <= last]
        return min(inside, key=lambda mark: abs(2 * mark.frame - first - last)).jpeg if inside else None

    def _samples(self, first: int, last: int) -> list[Sample]:
        return [sample for sample in self.samples if first <= sample.frame <= last]

    def hashes(self, first: int, last: int) -> list[tuple[int | None, int | None]]:
        """Hashes of the picture and of what moves in frames ``first..last``, for each ``MOMENT_US`` of the video's time
        from that of the first frame on; None where no frame is hashed, as in the first ``MOTION_US``, or too little
        moves."""
        begin, end = (self.times_us[frame] // MOMENT_US for frame in (first, last))
        found: list[tuple[int | None, int | None]] = [(None, None)] * (end - begin + 1)
        for moment in self.moments:
            if first <= moment.since and moment.frame <= last:
                found[self.times_us[moment.frame] // MOMENT_US - begin] = moment.picture, moment.motion
        return found


def survey(
    path: Path,
    min_seconds: float = 1.5,
    max_seconds: float = 4 * 3600,
    detector: ShotDetector | None = None,
    follow: Follow | None = camera.motion,
) -> Survey:
    """Decode a video once and find all of ``Survey``; memory does not grow with its pictures.

    ``detector`` finds the shots, an ``InPass`` where none is given; ``follow`` tells how the camera moves, and without
    it there are no ``steps``.

    Raises ``Rejected``: ``unreadable`` where nothing decodes, ``no_video_stream``, ``too_short`` under ``min_seconds``
    or ``FEWEST_FRAMES``, ``too_long`` over ``max_seconds``.
    """
    try:
        with opened(path) as (container, stream):
            found = _survey(container, stream, max_seconds, detector or InPass(), follow)
    except (av.FFmpegError, OverflowError) as error:
        # Not the whole message: it names the scratch file, and equal videos must give equal refusals.
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Rejected(RejectionCode.UNREADABLE, f"it does not open as a video: {why}") from error
    if len(found.times_us) < FEWEST_FRAMES or found.duration_us < min_seconds * 1e6:
        lasts = f"{len(found.times_us)} frames in {found.duration_us / 1e6:.2f} s"
        raise Rejected(RejectionCode.TOO_SHORT, f"{lasts}; at least {FEWEST_FRAMES} in {min_seconds:g} s are needed")
    return found


def _survey(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    max_seconds: float,
    detector: ShotDetector,
    follow: Follow | None,
) -> Survey:
    # A frame decoded on another core reaches this one through memory, which costs a third more CPU in all; slices on
    # several put off the loop filter, and small pictures are not worth waking threads for.
    stream.thread_type = "NONE"
    cv2.setNumThreads(1)
    times, keyframes, checksums = array("q"), array("q"), array("I")
    steps, samples, moments, marks = [], [], [], []
    recent: deque[tuple[int, int, np.ndarray]] = deque()
    last = second = tenth = None
    for number, (time, frame) in enumerate(decode(container, stream)):
        if number == 0:
            (width, height), rotation = shape(stream, frame), frame.rotation
            stored = rotation == 0 and (width, height) == (frame.width, frame.height)
            sideways = rotation % 180 != 0
            grey_size = min(camera.WIDTH, width), max(1, round(min(camera.WIDTH, width) * height / width))
            marked = np.zeros(features.LOOK_SIZE[::-1], np.uint8)
        times.append(time)
        checksums.append(checksum(frame))
        if frame.key_frame:
            keyframes.append(number)
        if time - times[0] > max_seconds * 1e6:
            raise Rejected(RejectionCode.TOO_LONG, f"longer than {max_seconds:g} s")
        picture = features.planes(frame)
        look = features.look(picture)
        detector.see(time, look)
        if last is None or time - last.time >= SAMPLE_US:
            now = _Close(number, time, features.reduced(picture[0], grey_size), look[0])
            black, blurred = features.is_black(now.luma, frame), features.sharpness(now.grey) < BLURRED
            frozen = last is not None and cv2.norm(now.luma, last.luma, cv2.NORM_INF) <= 1
            samples.append(Sample(number, black, frozen, blurred and not black))
            if last and follow:
                steps.append(Step(last.number, number, *follow(last.grey, now.grey, (time - last.time) / 1e6)))
            last = now
        if time // MOMENT_US != tenth:
            tenth = time // MOMENT_US
            upright = np.ascontiguousarray(np.rot90(look[0], frame.rotation // 90))
            recent.append((number, time, upright))
            while len(recent) > 1 and time - recent[1][1] >= MOTION_US:
                recent.popleft()
            since, began, before = recent[0]
            if time - began >= MOTION_US:
                hashes = features.perceptual_hash(upright), features.motion_hash(before, upright)
                moments.append(Moment(since, number, *hashes))
        changed = number == last.number and cv2.norm(look[0], marked, cv2.NORM_L1) > MARK_CHANGE * marked.size
        if (time - times[0]) // MARK_US != second or changed:
            second, marked = (time - times[0]) // MARK_US, look[0]
            marks.append(Mark(number, features.jpeg(frame, THUMBNAIL)))
    interval = round(float(np.median(np.diff(times)))) if len(times) > 1 else 0
    shots, transitions = divided(len(times), detector.boundaries())
    return Survey(
        container=container.format.name,
        codec=stream.codec_context.codec.canonical_name,
        width=height if sideways else width,
        height=width if sideways else height,
        times_us=times,
        duration_us=times[-1] - times[0] + interval,
        keyframes=keyframes,
        checksums=checksums,
        as_stored=stored,
        shots=shots,
        transitions=transitions,
        steps=steps,
        samples=samples,
        moments=moments,
        marks=marks,
    )


class _Close(NamedTuple):
    """The last frame that was looked at closely."""

    number: int
    time: int
    grey: np.ndarray
    luma: np.ndarray
