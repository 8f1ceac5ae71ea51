"""The points of a person or of a hand over time, and how what is measured on them changes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fm_tasks.motion.kinematics import Motion, Span, bulk, zigzag

GAP = 0.35
"""What is seen no more than so many seconds apart is one movement."""


class Change(NamedTuple):
    """A value goes from one turning point to the next; the rows have 20 to 80 % of that."""

    first: int
    last: int
    before: float
    after: float


class Posed:
    """A track's points in the frames in which they were looked for, m rows."""

    def __init__(self, motion: Motion):
        assert motion.points is not None, "only what has a pose is posed"
        self.motion = motion
        self.rows, self.places = motion.points.rows, motion.points.places
        self.t = motion.t[self.rows]

    @cached_property
    def breaks(self) -> np.ndarray:
        """Whether what is seen in a row goes on from the row before, (m,): here it always does."""
        return np.zeros(len(self.t), bool)

    def span(self, first: int, last: int) -> Span:
        """The rows of the track from one of the rows here to another."""
        return int(self.rows[first]), int(self.rows[last])

    def pieces(self, values: np.ndarray) -> Iterator[np.ndarray]:
        """The rows of each run of three or more in which ``values``, (m,), are known and no ``GAP`` apart."""
        known = np.flatnonzero(~np.isnan(values))
        broken = np.cumsum(self.breaks)
        parted = (np.diff(self.t[known]) > GAP) | (np.diff(broken[known]) > 0)
        for piece in np.split(known, np.flatnonzero(parted) + 1):
            if len(piece) > 2:
                yield piece

    def changes(self, values: np.ndarray, least: float, shortest: float = 0.0) -> Iterator[Change]:
        """The changes of ``values`` by ``least`` or more from one turning point to the next, that take no longer than
        ``posture_time``, and ``shortest`` seconds or more. A value that differs from both of its neighbours does not
        count."""
        for piece in self.pieces(values):
            middles = np.median(np.lib.stride_tricks.sliding_window_view(values[piece], 3), axis=1)
            x = np.array([middles[0], *middles, middles[-1]])
            for a, b in pairwise(zigzag(x, least)):
                first, last = bulk(a, (x[a : b + 1] - x[a]) / (x[b] - x[a]), 0.2)
                seconds = self.t[piece[last]] - self.t[piece[first]]
                if shortest <= seconds <= self.motion.thresholds.posture_time:
                    yield Change(int(piece[first]), int(piece[last]), float(x[a]), float(x[b]))

    def holds(self, mask: np.ndarray, row: int, seconds: float) -> bool:
        """Whether ``mask``, (m,), is true of all rows within ``seconds`` after ``row``, or before it where they are
        negative, and so long is seen."""
        first, last = sorted((self.t[row], self.t[row] + seconds))
        within = np.flatnonzero((self.t >= first - 1e-6) & (self.t <= last + 1e-6))
        return bool(mask[within].all() and self.t[within[-1]] - self.t[within[0]] >= abs(seconds) - GAP / 2)
