"""Shot boundaries, found while frames go by: hard cuts, and dissolves and fades as mixtures of two pictures."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from scipy.ndimage import maximum_filter1d, median_filter

Span = tuple[int, int]
"""First and last frame, both included."""


class ShotDetector(Protocol):
    """Finds where one shot ends and the next begins; made anew for every video."""

    def see(self, time: int, look: np.ndarray) -> None:
        """The next frame: its time in microseconds, and its look, uint8 (3, 36, 64): planes of YUV."""

    def boundaries(self) -> list[Span]:
        """The frames between the shots, in order and apart, once all are seen; a hard cut before frame k is the span
        ``(k, k - 1)``, which holds none."""
        ...


def divided(frames: int, boundaries: Sequence[Span]) -> tuple[list[Span], list[Span]]:
    """Shots and gradual transitions: spans that together are all of so many ``frames``."""
    starts = [0, *(last + 1 for _, last in boundaries)]
    ends = [*(first - 1 for first, _ in boundaries), frames - 1]
    shots = [span for span in zip(starts, ends, strict=True) if span[0] <= span[1]]
    return shots, [span for span in boundaries if span[0] <= span[1]]


BLOCK = 512
"""Looks that are judged together; no more are held, so that memory does not grow with the video."""

NEAR = 5
"""Frames to either side of a cut that it stands out from."""

SIDE = 4
"""Frames to either side of a cut that all differ across it; a flash that lasts fewer is no cut."""

LENGTHS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48)
"""Steps in a window in which a gradual transition is looked for."""

AFTER = 11
"""Frames after a transition in which the picture from before it must not come back."""

AT_EDGE = 6
"""Steps from which a window may lie at the beginning or end of a video, where not all that surrounds it is seen."""

BESIDE = 0.12
"""Most that may be left of a mixed picture beside the line between the ends, as a share of their square distance."""

BLEND_STEP_US = 30_000
"""Least time between two frames of such a window, so that windows last as long at 60 frames per second as at 30."""

SHORTEST_SHOT_US = 400_000
"""Two gradual transitions with less between them are one: a fade through black."""


class Blend(NamedTuple):
    """Frames that are mixtures of what lies before ``first`` and after ``last``; the surest has the most ``weight``."""

    first: int
    last: int
    weight: float


class InPass:
    """Cuts and blends, told from the looks alone, some frames after they went by.

    A **cut** stands out from its neighbourhood, as in PySceneDetect's AdaptiveDetector, and unlike a flash or a whip
    pan it parts all frames just before it from all just after it, in a single step.

    A dissolve is a cross-fade, ``I_t = (1 - a_t) I_first + a_t I_last``, and a fade is one with a picture of one
    colour. So a window of frames is a **blend** where its ends show unlike pictures, every frame between lies on the
    line from the one to the other (``a`` is its projection, and little is left beside it), and ``a`` rises steadily. A
    pan or a zoom leaves the line or goes on outside the window, a flash comes back, and an object that comes or goes
    changes only a part of the picture.
    """

    def __init__(self):
        self._times = array("q")
        self._looks, self._greys = _Recent(NEAR + 1, NEAR), _Recent(2 * LENGTHS[-1], LENGTHS[-1])
        self._cuts: list[int] = []
        self._blends: list[Blend] = []

    def see(self, time: int, look: np.ndarray) -> None:
        number = len(self._times)
        self._times.append(time)
        self._looks.append(number, look)
        if not self._greys.frames or time - self._times[self._greys.frames[-1]] >= BLEND_STEP_US:
            self._greys.append(number, cv2.resize(look[0], (32, 18), interpolation=cv2.INTER_AREA))
        self._judge(BLOCK)

    def boundaries(self) -> list[Span]:
        self._judge(1, ended=True)
        merged: list[Span] = []
        for first, last, _ in sorted(self._blends):
            if merged and self._times[first] - self._times[merged[-1][1]] < SHORTEST_SHOT_US:
                merged[-1] = merged[-1][0], last
            else:
                merged.append((first, last))
        cuts = [k for k in self._cuts if not any(first <= k <= last + 1 for first, last in merged)]
        return sorted([*merged, *((k, k - 1) for k in cuts)])

    def _judge(self, enough: int, ended: bool = False) -> None:
        """Find what can be told of the recent frames, where there are ``enough``, and forget those that are done."""
        if len(self._looks.frames) >= enough:
            judged = self._looks.judged(ended)
            self._cuts += [self._looks.frames[k] for k in cuts(np.stack(self._looks.pictures)) if k in judged]
            self._looks.forget(judged)
        if len(self._greys.frames) >= enough:
            judged, frames = self._greys.judged(ended), self._greys.frames
            found = [
                Blend(frames[first - 1] + 1, frames[last + 1] - 1, weight)
                for end, first, last, weight in blends(np.stack(self._greys.pictures))
                if end in judged
            ]
            # Windows overlap: of those that do, the surest tells where the blend begins and ends.
            settled = len(self._blends)
            while settled and self._blends[settled - 1].last >= frames[0]:
                settled -= 1
            self._blends[settled:] = _apart([*self._blends[settled:], *found])
            self._greys.forget(judged)


class _Recent:
    """The last frames and a picture of each; a frame is judged once it has ``before`` and ``after`` neighbours."""

    def __init__(self, before: int, after: int):
        self._before, self._after, self._done = before, after, 0
        self.frames: list[int] = []
        self.pictures: list[np.ndarray] = []

    def append(self, number: int, picture: np.ndarray) -> None:
        self.frames.append(number)
        self.pictures.append(picture)

    def judged(self, ended: bool) -> range:
        """Positions that were not judged before and can be now."""
        return range(self._done, len(self.frames) - (0 if ended else self._after))

    def forget(self, judged: range) -> None:
        """Keep only what it takes to judge what follows ``judged``."""
        unneeded = max(0, judged.stop - self._before)
        del self.frames[:unneeded], self.pictures[:unneeded]
        self._done = judged.stop - unneeded


def _apart(blends: list[Blend]) -> list[Blend]:
    kept: list[Blend] = []
    for blend in sorted(blends, key=lambda blend: -blend.weight):
        if all(blend.last < other.first or other.last < blend.first for other in kept):
            kept.append(blend)
    return sorted(kept)


def cuts(looks: np.ndarray) -> list[int]:
    """Positions at which another shot begins; ``looks`` are uint8 (n, 3, 36, 64), one after another."""
    if len(looks) < 3:
        return []
    looks = looks.reshape(len(looks), -1)
    change = [_difference(before, after) for before, after in pairwise(looks)]
    change = np.array([change[0], *change])  # change[k] leads to position k
    around = np.arange(-NEAR, NEAR + 1)
    usual = median_filter(change, footprint=around != 0, mode="nearest")
    steepest = maximum_filter1d(change, 3, mode="constant")
    beside = maximum_filter1d(np.where(change == steepest, 0, change), 3, mode="constant")
    stands_out = (change > 12) & (change > 3 * usual) & (change == steepest) & (change > 1.3 * beside)
    return [k for k in map(int, np.flatnonzero(stands_out)) if k and _parts(looks, k) > change[k] / 2]


def _parts(looks: np.ndarray, k: int) -> float:
    """How much the most alike two frames differ of which one lies before position ``k`` and one does not."""
    return min(_difference(a, b) for a in looks[max(0, k - SIDE) : k] for b in looks[k : k + SIDE])


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of two looks, in levels of 255 summed over the three planes."""
    return 3 * cv2.norm(a, b, cv2.NORM_L1) / a.size


def blends(greys: np.ndarray) -> Iterator[tuple[int, int, int, float]]:
    """Windows of ``greys``, uint8 (n, height, width), that are blends (see ``InPass``): the position of the window's
    end, the first and last position that are mixed, and the weight. Windows of one blend overlap.

    Everything is computed from the inner products of the pictures, so the cost hardly depends on the windows.
    """
    pictures = greys.reshape(len(greys), -1).astype(np.float32) - 128
    products = pictures @ pictures.T / pictures.shape[1]
    power, mean = products.diagonal(), pictures.mean(axis=1)
    contrast = np.maximum(power - mean**2, 0)

    def likeness(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Correlation of pictures ``a`` and ``b``; near 0 where one of them is of one colour."""
        return (products[a, b] - mean[a] * mean[b]) / np.sqrt((contrast[a] + 20) * (contrast[b] + 20))

    def differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Mean square difference of pictures ``a`` and ``b``."""
        return power[a] + power[b] - 2 * products[a, b]

    for length in LENGTHS:
        start = np.arange(max(0, len(greys) - length))
        apart = differ(start, start + length)
        start = start[(apart > 100) & (likeness(start, start + length) < 0.5)]
        within, start = start[:, None] + np.arange(length + 1), start[:, None]
        end = start + length
        apart = differ(start, end)
        a = (products[within, end] - products[within, start] - products[start, end] + power[start]) / apart
        beside = differ(within, start) / apart - a**2
        rise, mixed = np.diff(a), (a > 0.05) & (a < 0.95)
        after = np.minimum(end + np.arange(1, AFTER + 1), len(greys) - 1)
        before = np.maximum(start - length, 0)
        beyond = np.minimum(end + length, len(greys) - 1)
        outside = np.maximum(differ(before, start), differ(end, beyond)) / apart
        fits = (
            (beside.max(axis=1) < BESIDE)
            & (outside[:, 0] < 0.8)
            & ((length >= AT_EDGE) | ((start >= length) & (end + length < len(greys)))[:, 0])
            & (rise.min(axis=1) > -0.1)
            & (rise.max(axis=1) < max(0.4, 1.4 / length))
            & (mixed.sum(axis=1) >= 0.4 * length)
            & (likeness(start, after).max(axis=1) < 0.7)
            & (_spread(pictures[end[:, 0]] - pictures[start[:, 0]]) > 0.08)
        )
        for row in np.flatnonzero(fits):
            first, last = np.flatnonzero(mixed[row])[[0, -1]]
            weight = float(apart[row, 0] * (BESIDE - beside[row].max()))
            yield int(end[row, 0]), int(within[row, first]), int(within[row, last]), weight


def _spread(change: np.ndarray) -> np.ndarray:
    """Over how much of the picture each row of ``change`` is spread, 0..1 (participation ratio): about 1/3 where all of
    it changes as between unlike pictures, little where one object does."""
    square = (change - change.mean(axis=1, keepdims=True)) ** 2
    return np.mean(square, axis=1) ** 2 / np.maximum(np.mean(square**2, axis=1), 1e-9)
