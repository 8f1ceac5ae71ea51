"""What the picture shows beside the boxes: the camera's motion, taken out of them, and the motion inside each box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fm_tasks.model import Flow, Track, Trajectories


@dataclass(frozen=True)
class Inside:
    """The motion inside one track's box, the camera's taken out, a row per frame of the track."""

    path: np.ndarray
    """How far it has come since the track's first frame, diagonals, (n, 2)."""
    size: np.ndarray
    """Logarithm of its growth since then, (n,)."""
    known: np.ndarray
    """Whether the step to this frame is known, (n,)."""

    def way(self, span: tuple[int, int]) -> np.ndarray:
        """How far it comes from the first to the last row of a span, diagonals, (2,)."""
        return self.path[span[1]] - self.path[span[0]]


@dataclass(frozen=True)
class Points:
    """The points of a hand or of a person (``Pose``) in the frames in which they are known, m rows."""

    rows: np.ndarray
    """The rows of the track, (m,)."""
    places: np.ndarray
    """Diagonals, as they would lie had the camera stood as in the track's first frame, (m, k, 2); NaN where a point is
    not in sight."""


class Picture:
    """The trajectories of one clip in numbers: lengths in diagonals, times in seconds."""

    def __init__(self, trajectories: Trajectories):
        self.trajectories = trajectories
        self.seconds = np.asarray(trajectories.times_us) / 1e6
        size = np.array([trajectories.width, trajectories.height])
        self.size = size / np.hypot(*size)
        self._evidence = trajectories.evidence
        count = len(self.seconds) - 1
        self._camera_known, self._camera = np.zeros(count, bool), np.tile(np.eye(2, 3), (count, 1, 1))
        if self._evidence:
            for frames, (way, scale, turn, corners) in self._steps(self._evidence.frames, self._evidence.camera):
                self._camera_known[frames] = corners > 0
                self._camera[frames] = self._similarity(way, scale, turn)

    def _steps(
        self, sampled: Sequence[int], flow: Flow
    ) -> Iterator[tuple[slice, tuple[np.ndarray, float, float, int]]]:
        """The steps of every frame within each sampled one, and its share of what changes in it."""
        columns = flow.dx, flow.dy, flow.scale, flow.turn, flow.corners
        for (first, last), dx, dy, scale, turn, corners in zip(pairwise(sampled), *columns, strict=True):
            n = last - first
            growth = max(scale, 1e-3) ** (1 / n)
            yield slice(first, last), (np.array([dx, dy]) * self.size / n, growth, turn / n, corners)

    def _similarity(self, way: np.ndarray, scale: float, turn: float) -> np.ndarray:
        """The matrix (2, 3) of a similarity about the middle of the frame, diagonals."""
        angle = -np.radians(turn)
        matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = self.size / 2
        return np.column_stack([matrix, way + middle - matrix @ middle])

    def boxes(self, track: Track) -> np.ndarray:
        """The boxes of a track as they lie in the picture, diagonals, (n, 4)."""
        return np.asarray(track.boxes, float) * np.tile(self.size, 2)

    def hidden(self, track: Track) -> np.ndarray:
        """Which sides of a track's boxes another track hides: more than half of the side lies in the box of what stands
        before it, which is what reaches further down in the picture, (n, 4)."""
        mine, hidden = self.boxes(track), np.zeros((len(track.frames), 4), bool)
        for other in self.trajectories.tracks:
            shared = range(max(track.frames.start, other.frames.start), min(track.frames.stop, other.frames.stop))
            related = track.id in (other.id, other.parent) or other.id == track.parent
            if not related and len(shared):
                rows = slice(shared.start - track.frames.start, shared.stop - track.frames.start)
                its = slice(shared.start - other.frames.start, shared.stop - other.frames.start)
                hidden[rows] |= _hidden(mine[rows], self.boxes(other)[its])
        return hidden

    def steadied(self, track: Track) -> np.ndarray:
        """The boxes of a track, diagonals, as they would lie had the camera stood as in its first frame, (n, 4)."""
        corners = np.asarray(track.boxes, float).reshape(-1, 2, 2) * self.size
        return (corners - self._carried(track, corners)).reshape(-1, 4)

    def _carried(self, track: Track, points: np.ndarray) -> np.ndarray:
        """How far the camera has moved the picture where ``points`` are, (n, k, 2), since the track's first frame."""
        matrices = self._camera[track.frames.start : track.frames.stop - 1]
        before = points[:-1]
        moved = np.einsum("nij,nkj->nki", matrices[:, :, :2], before) + matrices[:, None, :, 2] - before
        return np.concatenate([np.zeros((1, *moved.shape[1:])), np.cumsum(moved, axis=0)])

    def _carried_middle(self, track: Track) -> np.ndarray:
        """The same of the middle of its box, (n, 2)."""
        return self._carried(track, self.boxes(track).reshape(-1, 2, 2).mean(axis=1, keepdims=True))[:, 0]

    def points(self, track: Track) -> Points | None:
        """Where the points of a track's pose are; None where it has none."""
        if track.pose is None:
            return None
        rows = np.array(track.pose.frames) - track.frames.start
        places = np.array(track.pose.points, float).reshape(len(rows), -1, 2) * self.size
        return Points(rows, places - self._carried_middle(track)[rows, None])

    def inside(self, track: Track) -> Inside | None:
        """The motion inside a track's box; None where nobody looked."""
        if self._evidence is None or track.id not in self._evidence.inside:
            return None
        rows = len(track.frames)
        ways, sizes, known = np.zeros((rows, 2)), np.zeros(rows), np.zeros(rows, bool)
        for frames, (way, scale, _, corners) in self._steps(self._evidence.frames, self._evidence.inside[track.id]):
            first, last = frames.start - track.frames.start + 1, frames.stop - track.frames.start + 1
            if first > 0 and last <= rows and corners:
                ways[first:last], sizes[first:last] = way, np.log(scale)
                known[first:last] = self._camera_known[frames]
        carried = np.diff(self._carried_middle(track), axis=0, prepend=np.zeros((1, 2)))
        zoomed = np.concatenate(
            [[0], np.log(np.hypot(*self._camera[track.frames.start : track.frames.stop - 1, :, 0].T))]
        )
        ways = np.where(known[:, None], ways - carried, 0)
        return Inside(np.cumsum(ways, axis=0), np.cumsum(np.where(known, sizes - zoomed, 0)), known)


MUCH_LARGER = 8.0
"""What is so many times larger is a background that things stand before."""


def _hidden(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which sides of ``boxes`` lie for the most part in ``others``, which stand before them, (n, 4) each."""
    areas = [np.prod(own[:, 2:] - own[:, :2], axis=1) for own in (boxes, others)]
    before = (others[:, 3] > boxes[:, 3]) & (areas[1] < MUCH_LARGER * areas[0])
    hidden = np.zeros(boxes.shape, bool)
    for side in range(4):
        across, along = side % 2, 1 - side % 2
        within = (others[:, across] < boxes[:, side]) & (boxes[:, side] < others[:, across + 2])
        shared = np.minimum(boxes[:, along + 2], others[:, along + 2]) - np.maximum(boxes[:, along], others[:, along])
        hidden[:, side] = before & within & (shared > 0.5 * (boxes[:, along + 2] - boxes[:, along]))
    return hidden
