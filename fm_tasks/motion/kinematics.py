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

from fm_tasks.model import Direction, Document, Fact, FactKind, Track
from fm_tasks.motion.picture import Inside, Picture

Span = tuple[int, int]
"""First and last row."""


class Thresholds(Document):
    """Where one word ends and the next begins. Lengths are frame diagonals, speeds diagonals per second.

    The defaults hold against a jitter of the boxes of 0.5 % of the diagonal at 24 frames per second.
    """

    smoothing: float = 0.15
    """Standard deviation of the weights in time, seconds. Pauses under about four of it are not seen."""
    moving_speed: float = 0.03
    """A track moves once it is this fast ..."""
    still_speed: float = 0.02
    """... and until it is slower than this."""
    camera_speed: float = 0.0
    """How fast the camera moves the picture: what is not twice as fast may stand still, and its way be the camera's."""
    pause: float = 0.4
    """Shortest pause before, between or after movements, seconds."""
    stationary: float = 1.0
    """Shortest time without motion that is worth the word stationary, seconds."""
    extent: float = 0.03
    """Movements that stay within this size are jitter; a slow drift beyond ``displacement`` is none."""
    extent_share: float = 0.15
    """So are movements, swings and turns within this share of the box's diagonal: a large box wanders further."""
    noise: float = 4.0
    """What is less than so many times the noise of the track's own boxes is no motion (``Motion.noise``)."""
    displacement: float = 0.05
    """Least net displacement of a movement that has a direction ..."""
    travel: float = 0.6
    """... in shares of the shorter side of its box: what bends or stretches goes less; ..."""
    straight: float = 0.7
    """... and in shares of the way that it takes: what goes half a circle, or turns back, has no one direction."""
    moment: float = 0.5
    """Length of what has no end of its own, such as entering, seconds."""
    border: float = 0.03
    """A box this near to an edge touches it; share of the frame's width or height."""
    cut_off: float = 0.25
    """A track that begins or ends this near to the clip's own ends was there before, or stays, seconds."""
    turn: float = 40.0
    """Least change of heading of a turn, degrees."""
    turn_rate: float = 22.0
    """A turn is at least this quick somewhere, and nowhere under 0.4 of it, degrees per second."""
    reversal: float = 140.0
    """A change of heading at a standstill beyond this is a reversal, which has no side, degrees."""
    uturn: float = 150.0
    """Least change of heading of a turn that leads back, degrees."""
    circle: float = 330.0
    """Least change of heading of a turn that goes round, degrees."""
    veer: float = 8.0
    """Least change of heading, away and back, of a change of lane, degrees."""
    leg: float = 2.0
    """Least way before a turn and after it, in widths of the object ..."""
    leg_time: float = 2.0
    """... within so many seconds."""
    hand_leg: float = 1.0
    """As ``leg``, of a hand, which turns in less."""
    deform: float = 1.25
    """A box whose width or height changes by this factor ..."""
    deform_time: float = 0.3
    """... within so many seconds is another part of its object, or holds another: its edges carry no motion."""
    lane: float = 0.03
    """Least lateral offset of a change of lane."""
    lane_time: float = 2.5
    """Longest time between the two bends of a change of lane, seconds."""
    acceleration: float = 0.05
    """Least change of speed while moving."""
    acceleration_factor: float = 1.5
    """... and its least factor."""
    growth: float = 1.5
    """Least factor by which a box grows or shrinks; the box of what comes to rest may change by a quarter and more."""
    swing: float = 0.03
    """Least way from one turning point of an oscillation to the next."""
    cycles: int = 2
    """Fewest full cycles of an oscillation."""
    swing_smoothing: float = 0.05
    """Standard deviation of the weights in time where swings are measured, seconds: swings of up to 4 Hz are seen."""
    samples_per_cycle: float = 2.5
    """Fewest frames in which the object is seen, a cycle: a faster swing has no frequency. (Nyquist: more than two.)"""
    tremor_low: float = 4.0
    """Lowest frequency of a tremor, hertz ..."""
    tremor_high: float = 6.0
    """... and its highest."""
    tremor_window: float = 1.5
    """Length of the windows in which a tremor is sought, and its least length, seconds."""
    tremor_amplitude: float = 0.003
    """Least amplitude of a tremor."""
    tremor_share: float = 0.5
    """Least share of the quick motion, as variance, that a sine of the tremor's frequency explains, 0..1."""
    approach: float = 0.08
    """Least change of the distance between two tracks."""
    approach_share: float = 0.25
    """Least share of that change that comes from the subject's own motion, 0..1."""
    medium_speed: float = 0.1
    """Mean speed from which a movement is medium; below it is slow."""
    fast_speed: float = 0.25
    """Mean speed from which a movement is fast."""
    fastest_by: float = 0.1
    """By which share the fastest is faster than the second, 0..1."""
    dwell: float = 0.5
    """Shortest stay in a cell passed through, seconds; first and last cell always count."""
    cell_margin: float = 0.05
    """How far a centre goes beyond its cell before it is in the next; share of the frame's width or height."""
    cell_change: float = 1 / 6
    """How far it goes, half a cell, to be said to be in another; share likewise."""
    cell_clear: float = 0.05
    """How far inside of its cell a centre comes, somewhere, to be said to be there; share likewise."""
    pass_margin: float = 0.05
    """How far ahead, and then behind, something is that is passed."""
    pass_within: float = 0.25
    """Longest distance at which something is passed."""
    overlap: float = 0.1
    """Least share of the smaller box that overlaps, 0..1."""
    apart: float = 0.05
    """Least distance along an axis of the image of two tracks that lie to a side of each other."""
    dominance: float = 1.25
    """By which factor one axis exceeds the other before the side changes."""
    hold: float = 0.3
    """Shortest contact that is a grasp, seconds."""
    reach: float = 0.05
    """Least way of a hand that reaches."""
    handover: float = 0.5
    """Longest time between one hand's release and another's grasp of the same thing, seconds."""
    sure: float = 0.4
    """Least mean score of the detections of a track that has no name and is spoken of, 0..1 ..."""
    seen: float = 0.8
    """... and least share of the frames searched in which it is seen, 0..1."""
    explained: float = 0.7
    """Least share of what moves in the picture that the tracks explain, 0..1, where all that moves is spoken of."""
    within: float = 0.6
    """Share of the smaller box, 0..1, that lies in the larger over most of the time where the one is on, in or held by
    the other."""
    gap: float = 0.3
    """Least time between the beginnings of two events that have an order, seconds."""


DEFAULTS = Thresholds()


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


@dataclass(frozen=True)
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
            turns += bends(motion.t, rows[piece], unwrapped, of.turn, of.turn_rate, of.smoothing)
    return turns, reversals


def headings(motion: Motion) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each movement, the rows in which it is fast enough to have a heading, and the heading in degrees, to the
    left from the right of the image."""
    for first, last in runs(motion.moving):
        speed = motion.speed[first : last + 1]
        rows = first + np.flatnonzero(speed > 0.3 * np.median(speed))
        yield rows, np.degrees(np.arctan2(-motion.velocity[rows, 1], motion.velocity[rows, 0]))


def bends(
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
