"""Kinematics of one track: where it is, how fast, where it turns and swings. Arrays have a row per frame.

Side positions and velocities come from a line fitted around each frame with Gaussian weights in time. Where the frame's
border cuts a box, the side in view carries the motion: the centre of a cut box moves at half the object's speed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fm_tasks.model import Direction, Fact, FactKind, Track
from fm_tasks.motion.picture import Inside, Picture, Points
from fm_tasks.motion.thresholds import Thresholds

Span = tuple[int, int]
"""First and last row."""


def direction_of(dx: float, dy: float) -> Direction:
    """The nearest of the eight directions to a displacement in diagonals; y points down, as in images."""
    return list(Direction)[round(np.degrees(np.arctan2(-dy, dx)) / 45) % 8]


class Turn(NamedTuple):
    """A steady change of heading. ``divisions`` are the rows between the legs before, within and after it."""

    span: Span
    change: float
    """Degrees, positive to the left."""
    divisions: tuple[int, ...]


class Oscillation(NamedTuple):
    """Swings to and fro along one axis of the image, ``horizontal`` or ``vertical``."""

    span: Span
    axis: str
    cycles: int
    swing: float
    """The longest way from one turning point to the next, diagonals."""
    hertz: float
    amplitude: float
    """Half the median way from one turning point to the next, diagonals."""


@dataclass(frozen=True, eq=False)
class Motion:
    """One track's kinematics."""

    track: Track
    thresholds: Thresholds
    clip: tuple[float, float]
    """Seconds of the clip's first and last frame."""
    t: np.ndarray
    """Seconds, (n,)."""
    boxes: np.ndarray
    """The boxes, diagonals, with the camera's motion taken out where it was measured, (n, 4)."""
    in_view: np.ndarray
    """Whether each side lies within the frame, (n, 4)."""
    as_seen: np.ndarray
    """The boxes as they lie in the picture, diagonals, (n, 4)."""
    width: float
    """Median width of the boxes, diagonals."""
    shorter: float
    """Median of the shorter side of the boxes, diagonals."""
    centre: np.ndarray
    """Smoothed centre of the box in the picture, diagonals, (n, 2)."""
    sides: np.ndarray
    """Velocity of the sides x1, y1, x2, y2, diagonals per second, (n, 4)."""
    velocity: np.ndarray
    """Velocity of the object, from those sides that the border does not cut, (n, 2)."""
    path: np.ndarray
    """How far the object has come, by the same sides, diagonals from where the track begins, (n, 2)."""
    inside: Inside | None
    """What the picture shows of its motion; None where nobody looked."""
    points: Points | None
    """Where the points of its pose are; None where it has none."""

    @property
    def raw(self) -> np.ndarray:
        """Centre of the box, not smoothed, (n, 2)."""
        return self.boxes.reshape(-1, 2, 2).mean(axis=1)

    @cached_property
    def speed(self) -> np.ndarray:
        """Diagonals per second, (n,)."""
        return np.hypot(*self.velocity.T)

    @property
    def seen(self) -> np.ndarray:
        """The rows of detections; those between are interpolated."""
        return np.array(self.track.seen) - self.track.seen[0]

    @cached_property
    def unseen(self) -> np.ndarray:
        """The rows between two detections that are ``moment`` or more apart, (n,): their boxes say where the object
        may be, and nothing of when it moves."""
        unseen = np.zeros(len(self.t), bool)
        for one, other in pairwise(self.seen):
            unseen[one + 1 : other] = self.t[other] - self.t[one] >= self.thresholds.moment
        return unseen

    @property
    def rate(self) -> float:
        """Detections per second, 0 for a single one: what is quicker than half of it cannot be seen."""
        return (len(self.seen) - 1) / max(self.t[-1] - self.t[0], 1e-6)

    @cached_property
    def noise(self) -> np.ndarray:
        """The noise of the boxes that were seen (``noise_of``)."""
        return noise_of(self.as_seen[self.seen])

    @cached_property
    def extent(self) -> float:
        """What stays within this size is jitter, diagonals."""
        size = float(np.median(np.hypot(*(self.as_seen[:, 2:] - self.as_seen[:, :2]).T)))
        of, noise = self.thresholds, float(np.hypot(*self.noise[:2]))
        return max(of.extent, of.extent_share * size, of.noise * noise)

    def stays(self, span: Span) -> bool:
        """Whether the object stays within its ``extent`` over the rows ``span``."""
        return bool(np.hypot(*np.ptp(self.path[span[0] : span[1] + 1], axis=0)) < self.extent)

    def leads_on(self, turn: Turn) -> bool:
        """Whether a turn is one of the object's way: it has legs, or goes round as far as these are long."""
        if abs(turn.change) < self.thresholds.circle:
            return self.has_legs(turn.span, turn.divisions)
        extent = np.hypot(*np.ptp(self.path[turn.span[0] : turn.span[1] + 1], axis=0))
        return bool(extent >= max(self.thresholds.leg * self.width, self.extent))

    def has_legs(self, span: Span, corners: Sequence[int]) -> bool:
        """Whether the object goes a way before it turns at the rows ``corners`` within ``span``, and after, that is
        worth a turn between the two."""
        of = self.thresholds
        first, last = self.about(span, of.leg_time)
        before = self.path[[span[0], corners[0]]] - self.path[first]
        after = self.path[[span[1], corners[-1]]] - self.path[last]
        ways = (np.hypot(*way.T).max() for way in (before, after))
        return bool(min(ways) >= max(of.leg * self.width, of.extent))

    @cached_property
    def swings(self) -> list[Oscillation]:
        """All that goes to and fro along an axis, circling as well."""
        return _oscillations(self)

    @cached_property
    def moving(self) -> np.ndarray:
        """Whether the object moves, (n,). Quick swings, that the smoothing lessens, are one movement."""
        moving = _moving(self)
        for first, last in (o.span for o in self.swings if o.hertz >= 1 / (12 * self.thresholds.smoothing)):
            moving[first : last + 1] = True
        return moving

    @cached_property
    def bent(self) -> tuple[list[Turn], list[int]]:
        """Every steady change of heading, however small its way, and the rows of reversals."""
        return _turnings(self)

    @cached_property
    def turnings(self) -> tuple[list[Turn], list[int]]:
        """The turns, and the rows of reversals."""
        turns, reversals = self.bent
        return [turn for turn in turns if self.leads_on(turn)], reversals

    @cached_property
    def oscillations(self) -> list[Oscillation]:
        """Swings to and fro. What goes round swings along both axes, and is none."""
        rounds = [turn.span for turn in self.bent[0] if abs(turn.change) >= self.thresholds.circle]
        middles = ((sum(found.span) / 2, found) for found in self.swings)
        return [found for row, found in middles if not any(first <= row <= last for first, last in rounds)]

    def within_swings(self, row: int) -> bool:
        """Whether ``row`` is within an oscillation."""
        return any(found.span[0] < row < found.span[1] for found in self.oscillations)

    def fact(
        self,
        kind: FactKind,
        span: Span,
        object: int | None = None,
        value: str | None = None,
        amount: float | None = None,
    ) -> Fact:
        """A fact of this track over the rows ``span``; its amount has four decimals."""
        first, last = (self.track.frames[row] for row in span)
        rounded = None if amount is None else round(float(amount), 4)
        return Fact(kind=kind, subject=self.track.id, object=object, value=value, amount=rounded, start=first, end=last)

    def lasting(self, row: int, seconds: float) -> int:
        """The last row within ``seconds`` after ``row``, or before it where ``seconds`` is negative."""
        rows = np.searchsorted(self.t, self.t[row] + seconds, side="right" if seconds > 0 else "left")
        return int(min(max(rows - (seconds > 0), 0), len(self.t) - 1))

    def about(self, span: Span, seconds: float) -> Span:
        """``span``, longer by ``seconds`` to either side."""
        return self.lasting(span[0], -seconds), self.lasting(span[1], seconds)


def noise_of(boxes: np.ndarray) -> np.ndarray:
    """How far ``boxes``, (n, 4) in the order of time, lie from their way, a cubic through the five about each (Savitzky
    and Golay 1964): x and y of the centre, width and height, as a standard deviation (from the median of the
    residuals), in their unit, (4,); 0 where there are fewer than five."""
    corners = boxes.reshape(-1, 2, 2)
    values = np.hstack([corners.mean(axis=1), corners[:, 1] - corners[:, 0]])
    if len(values) < 5:
        return np.zeros(4)
    residuals = np.diff(values, 4, axis=0) * 3 / 35
    return 1.48 * np.median(np.abs(residuals), axis=0) / np.sqrt(18 / 35)


def motion_of(track: Track, picture: Picture, thresholds: Thresholds) -> Motion:
    """The kinematics of one of the tracks in a ``picture``."""
    if track.is_hand:
        thresholds = thresholds.model_copy(update={"leg": thresholds.hand_leg})
    t = picture.seconds[list(track.frames)]
    shares = np.asarray(track.boxes, float)
    in_view = np.hstack([shares[:, :2] > thresholds.border, shares[:, 2:] < 1 - thresholds.border])
    carrying = in_view & ~picture.hidden(track)
    as_seen, inside = picture.boxes(track), picture.inside(track)
    boxes = _without_deforming(t, picture.steadied(track), inside, thresholds)
    sides, velocities = fitted_lines(t, boxes, thresholds.smoothing)
    return Motion(
        track=track,
        thresholds=thresholds,
        clip=(float(picture.seconds[0]), float(picture.seconds[-1])),
        t=t,
        boxes=boxes,
        in_view=in_view,
        as_seen=as_seen,
        width=float(np.median(as_seen[:, 2] - as_seen[:, 0])),
        shorter=float(np.median((as_seen[:, 2:] - as_seen[:, :2]).min(axis=1))),
        centre=fitted_lines(t, as_seen, thresholds.smoothing)[0].reshape(-1, 2, 2).mean(axis=1),
        sides=velocities,
        velocity=np.average(velocities.reshape(-1, 2, 2), axis=1, weights=_carrying(carrying)),
        path=_path(sides, carrying),
        inside=inside,
        points=picture.points(track),
    )


def _without_deforming(t: np.ndarray, boxes: np.ndarray, inside: Inside | None, of: Thresholds) -> np.ndarray:
    """``boxes`` that, while they deform, go as their inside does."""
    if inside is None:
        return boxes
    smooth, _ = fitted_lines(t, np.log(np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-6)), of.smoothing / 2)
    ahead = np.minimum(np.searchsorted(t, t + of.deform_time, side="right") - 1, len(t) - 1)
    deforming = np.zeros(len(t), bool)
    for first in np.flatnonzero((np.abs(smooth[ahead] - smooth) > np.log(of.deform)).any(axis=1)):
        deforming[first + 1 : ahead[first] + 1] = True
    steps = np.diff(boxes, axis=0, prepend=boxes[:1])
    steps[deforming] = np.tile(np.diff(inside.path, axis=0, prepend=inside.path[:1])[deforming], 2)
    return boxes[0] + np.cumsum(steps, axis=0)


def _carrying(in_view: np.ndarray) -> np.ndarray:
    """The weight of each side in the object's motion, (n, 2, 2): of a cut box, only that in view."""
    pairs = in_view.reshape(-1, 2, 2)
    return pairs + ~pairs.any(axis=1, keepdims=True)


def _path(sides: np.ndarray, in_view: np.ndarray) -> np.ndarray:
    steps = np.average(np.diff(sides.reshape(-1, 2, 2), axis=0), axis=1, weights=_carrying(in_view)[1:])
    return np.vstack([np.zeros((1, 2)), np.cumsum(steps, axis=0)])


def fitted_lines(t: np.ndarray, x: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Value and slope at each time of the line fitted to ``x``, (n,) or (n, k), with Gaussian weights around it.

    Locally weighted regression of the first degree (Cleveland 1979), for times at any distance.
    """
    weights = np.exp(-0.5 * ((t[:, None] - t) / width) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    mean_t = weights @ t
    offsets = t - mean_t[:, None]
    spread = (weights * offsets**2).sum(axis=1)
    shape = (-1,) + (1,) * (x.ndim - 1)
    slope = ((weights * offsets) @ x) / np.where(spread > 0, spread, 1).reshape(shape)
    return weights @ x + slope * (t - mean_t).reshape(shape), slope


def _moving(motion: Motion) -> np.ndarray:
    """Whether the track moves, a row per frame: two speeds of hysteresis, a least extent, and no shorter pause."""
    t, path, speed, thresholds = motion.t, motion.path, motion.speed, motion.thresholds
    moving, camera = np.zeros(len(t), bool), 2 * thresholds.camera_speed
    for first, last in runs(speed > max(thresholds.still_speed, camera)):
        quick = speed[first : last + 1].max() >= thresholds.moving_speed
        moving[first : last + 1] = quick and not motion.stays((first, last))
    for first, last in runs(~moving):
        drift = max(thresholds.displacement, motion.extent, camera * (t[last] - t[first]))
        moving[first : last + 1] = np.hypot(*(path[last] - path[first])) >= drift
    # Smoothing spreads a movement into the rest beside it; its true end is where half the speed nearby is reached.
    for first, last in runs(moving):
        if first > 0:
            near = speed[first : last + 1][t[first : last + 1] <= t[first] + 3 * thresholds.smoothing]
            moving[first : first + int((near >= near.max() / 2).argmax())] = False
        if last < len(t) - 1:
            near = speed[first : last + 1][t[first : last + 1] >= t[last] - 3 * thresholds.smoothing][::-1]
            moving[last + 1 - int((near >= near.max() / 2).argmax()) : last + 1] = False
    if motion.inside is not None:
        _, ways = fitted_lines(t, motion.inside.path, thresholds.smoothing)
        moving[motion.unseen & motion.inside.known & (np.hypot(*ways.T) < thresholds.still_speed)] = False
    for first, last in runs(~moving):
        moving[first : last + 1] = t[last] - t[first] < thresholds.pause and last - first < len(t) - 1
    return moving


def runs(mask: np.ndarray) -> list[Span]:
    """First and last row of every run of true rows."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(first), int(last) - 1) for first, last in edges.reshape(-1, 2)]


def zigzag(x: np.ndarray, least: float) -> list[int]:
    """Rows of the turning points of ``x`` between swings of at least ``least``; none where it swings less."""
    values = x.tolist()
    low = high = 0
    pivots: list[int] = []
    rising: bool | None = None
    for row, value in enumerate(values):
        if value > values[high]:
            high = row
        if value < values[low]:
            low = row
        if rising is not True and value - values[low] >= least:
            pivots.append(low)
            rising, high = True, row
        elif rising is not False and values[high] - value >= least:
            pivots.append(high)
            rising, low = False, row
    return pivots if rising is None else [*pivots, high if rising else low]


def bulk(first: int, share: np.ndarray, margin: float) -> Span:
    """The rows, the first of them ``first``, between the ``margin`` and the rest of a change that goes from 0 to 1."""
    begin = int(np.flatnonzero(share <= margin)[-1])
    return first + begin, first + begin + int((share[begin:] >= 1 - margin).argmax())


def _turnings(motion: Motion) -> tuple[list[Turn], list[int]]:
    """The steady changes of heading, and the rows of reversals.

    The heading is unknown at a standstill. Where it comes back turned around, the track reversed.
    """
    of = motion.thresholds
    turns: list[Turn] = []
    reversals: list[int] = []
    for rows, heading in headings(motion):
        change = (np.diff(heading) + 180) % 360 - 180
        around = np.flatnonzero(np.abs(change) >= of.reversal) + 1
        reversals += ((rows[around - 1] + rows[around]) // 2).tolist()
        for piece in np.split(np.arange(len(rows)), around):
            unwrapped = np.concatenate([[0], np.cumsum(change[piece[:-1]])])
            turns += steady_turns(motion.t, rows[piece], unwrapped, of.turn, of.turn_rate, of.smoothing)
    return turns, reversals


def headings(motion: Motion) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each movement, the rows in which it is fast enough to have a heading, and the heading in degrees, to the
    left from the right of the image."""
    for first, last in runs(motion.moving):
        speed = motion.speed[first : last + 1]
        rows = first + np.flatnonzero(speed > 0.3 * np.median(speed))
        yield rows, np.degrees(np.arctan2(-motion.velocity[rows, 1], motion.velocity[rows, 0]))


def steady_turns(
    t: np.ndarray, rows: np.ndarray, heading: np.ndarray, least: float, quick: float, width: float
) -> Iterator[Turn]:
    """Where an unwrapped ``heading``, degrees at ``rows``, turns steadily to one side: by ``least`` degrees or more, at
    ``quick`` degrees per second somewhere and nowhere under 0.4 of it, as smoothed over ``width`` seconds."""
    smooth, rate = fitted_lines(t[rows], heading, width)
    for side in (1, -1):
        for first, last in runs(side * rate > 0.4 * quick):
            change = heading[last] - heading[first]
            if side * change >= least and (side * rate[first : last + 1]).max() >= quick:
                turned = side * (smooth[first : last + 1] - smooth[first])
                quarters = max(round(abs(change) / 90), 1)
                levels = turned[-1] * (np.arange(quarters) + 0.5) / quarters
                divisions = rows[first + np.searchsorted(turned, levels)]
                yield Turn((int(rows[first]), int(rows[last])), float(change), tuple(divisions.tolist()))


def _oscillations(motion: Motion) -> list[Oscillation]:
    """Swings to and fro, each at most 2.5 times its neighbours. The outermost count as the part of a swing that they
    are: a track may begin or end between two turning points."""
    of = motion.thresholds
    sides, _ = fitted_lines(motion.t, motion.boxes, of.swing_smoothing)
    found = []
    for axis, x, raw in zip(("horizontal", "vertical"), _path(sides, motion.in_view).T, motion.raw.T, strict=True):
        points = np.array(sorted({0, *zigzag(x, max(of.swing, motion.extent)), len(x) - 1}))
        sizes = np.abs(np.diff(x[points]))
        alike = np.maximum(sizes[1:], sizes[:-1]) <= 2.5 * np.minimum(sizes[1:], sizes[:-1])
        for first, last in runs(alike):
            last += 1
            if first > 0 and 0.1 * sizes[first] < sizes[first - 1] < sizes[first]:
                first -= 1
            if last + 1 < len(sizes) and 0.1 * sizes[last] < sizes[last + 1] < sizes[last]:
                last += 1
            parts = min(1, sizes[first] / sizes[first + 1]) + min(1, sizes[last] / sizes[last - 1])
            cycles = int((last - first - 1 + parts) / 2 + 0.25)
            if cycles >= of.cycles:
                # The outermost points may lie anywhere in a rest beside the swings.
                away = np.abs(x[points[first] : points[first + 1] + 1] - x[points[first]]) > 0.1 * sizes[first]
                back = np.abs(x[points[last] : points[last + 1] + 1] - x[points[last + 1]]) > 0.1 * sizes[last]
                span = int(points[first] + away.argmax()), int(points[last + 1] - back[::-1].argmax())
                inner = points[first + 1 : last + 1]
                hertz = (len(inner) - 1) / 2 / (motion.t[inner[-1]] - motion.t[inner[0]])
                ways = [np.ptp(raw[a : b + 1]) for a, b in pairwise(inner)]
                swing = float(sizes[first : last + 1].max())
                found.append(Oscillation(span, axis, cycles, swing, float(hertz), float(np.median(ways) / 2)))
    return found
