"""Kinematics of tracks, and the facts that follow from them. Pure: the same trajectories give the same facts.

Everything is in the image plane, as the viewer sees it: positions in frame diagonals (x times width and y times height,
over the diagonal), times in seconds from the source's own timestamps, so variable frame rates need no care.

Side positions and velocities come from a line fitted around each frame with Gaussian weights in time. Where the frame's
border cuts a box, the side in view carries the motion: the centre of a cut box moves at half the object's speed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from fm_tasks.model import Direction, Document, Fact, FactKind, Track, Trajectories

CELLS = ("top_left", "top", "top_right", "left", "center", "right", "bottom_left", "bottom", "bottom_right")
"""Names of the cells of a 3 x 3 grid over the frame, row by row."""

EDGES = ("left", "top", "right", "bottom")
"""Names of the frame's edges, in the order of a box's sides x1, y1, x2, y2."""

RELATIONS = ("left_of", "right_of", "above", "below")
"""How one track lies to another, as the viewer sees it."""

RIVALS = ("overtaking", "oncoming", "crossing", "standing")
"""What a pass is, by what the track that is passed does: it goes the same way, comes along, goes across, stands."""

EVENTS = (
    *(FactKind.ENTERS, FactKind.LEAVES, FactKind.STOPS, FactKind.STARTS, FactKind.TURNS, FactKind.UTURNS),
    *(FactKind.SHIFTS, FactKind.REVERSES, FactKind.GRASPS, FactKind.RELEASES),
)
"""The kinds that have a moment, and so an order: what `before` is about."""

Span = tuple[int, int]


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
    pause: float = 0.4
    """Shortest pause before, between or after movements, seconds."""
    stationary: float = 1.0
    """Shortest time without motion that is worth the word stationary, seconds."""
    extent: float = 0.03
    """Movements that stay within this size are jitter; a slow drift beyond ``displacement`` is none."""
    displacement: float = 0.05
    """Least net displacement of a movement that has a direction."""
    moment: float = 0.5
    """Length of what has no end of its own, such as entering, seconds."""
    border: float = 0.03
    """A box this near to an edge touches it; share of the frame's width or height."""
    cut_off: float = 0.25
    """A track that begins or ends this near to the clip's own ends was there before, or stays, seconds."""
    turn: float = 40.0
    """Least change of heading of a turn, degrees."""
    turn_rate: float = 25.0
    """A turn is at least this quick somewhere, and nowhere under 0.4 of it, degrees per second."""
    reversal: float = 140.0
    """A change of heading at a standstill beyond this is a reversal, which has no side, degrees."""
    swing: float = 0.03
    """Least way from one turning point of an oscillation to the next."""
    cycles: int = 2
    """Fewest full cycles of an oscillation."""
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
    cell_margin: float = 0.02
    """How far a centre goes beyond its cell before it is in the next; share of the frame's width or height."""
    gap: float = 0.3
    """Least time between the beginnings of two events that have an order, seconds."""


DEFAULTS = Thresholds()


def facts(trajectories: Trajectories, thresholds: Thresholds = DEFAULTS) -> tuple[Fact, ...]:
    """Every fact of every kind that holds of ``trajectories``; ``FactKind`` says what each kind's fields mean.

    Complete for its thresholds: what is not among the facts does not hold. The one kind to read with care is
    ``before``, which is transitive: only neighbouring events are listed, and a chain of them proves the rest. Where a
    track has several events of one kind, the first counts.
    """
    seconds = np.asarray(trajectories.times_us) / 1e6
    motions = [_motion(track, trajectories, thresholds) for track in trajectories.tracks]
    found = [fact for motion in motions for fact in _alone(motion, seconds, thresholds)]
    for one, other in combinations(motions, 2):
        found += _towards(one, other, thresholds)
    found += _fastest([fact for fact in found if fact.kind == FactKind.SPEED], len(motions), thresholds)
    found += _order([fact for fact in found if fact.kind in EVENTS], trajectories.times_us, thresholds)
    for name, number in sorted(Counter(track.label for track in trajectories.tracks).items()):
        found.append(Fact(kind=FactKind.COUNTS, subject=None, value=name, amount=number, start=0, end=len(seconds) - 1))
    return tuple(found)


def direction_of(dx: float, dy: float) -> Direction:
    """The nearest of the eight directions to a displacement in diagonals; y points down, as in images."""
    return list(Direction)[round(np.degrees(np.arctan2(-dy, dx)) / 45) % 8]


# --- kinematics of one track -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Motion:
    """One track's kinematics, a row per frame: n rows."""

    track: Track
    t: np.ndarray
    """Seconds, (n,)."""
    centre: np.ndarray
    """Smoothed centre of the box, diagonals, (n, 2)."""
    sides: np.ndarray
    """Velocity of the sides x1, y1, x2, y2, diagonals per second, (n, 4)."""
    velocity: np.ndarray
    """Velocity of the object, from those sides that the border does not cut, (n, 2)."""
    path: np.ndarray
    """How far the object has come, by the same sides, diagonals from where the track begins, (n, 2)."""
    moving: np.ndarray
    """Whether the object moves, (n,)."""

    @property
    def speed(self) -> np.ndarray:
        """Diagonals per second, (n,)."""
        return np.hypot(*self.velocity.T)

    def fact(self, kind: FactKind, span: Span, **fields: object) -> Fact:
        """A fact of this track over the rows ``span``."""
        first, last = (self.track.frames[row] for row in span)
        if (amount := fields.pop("amount", None)) is not None:
            fields["amount"] = round(float(amount), 4)
        return Fact(kind=kind, subject=self.track.id, start=first, end=last, **fields)

    def lasting(self, row: int, seconds: float) -> int:
        """The last row within ``seconds`` after ``row``, or before it where ``seconds`` is negative."""
        rows = np.searchsorted(self.t, self.t[row] + seconds, side="right" if seconds > 0 else "left")
        return int(min(max(rows - (seconds > 0), 0), len(self.t) - 1))


def _motion(track: Track, trajectories: Trajectories, thresholds: Thresholds) -> Motion:
    boxes = np.asarray(track.boxes, float)
    t = np.asarray(trajectories.times_us)[list(track.frames)] / 1e6
    size = np.array([trajectories.width, trajectories.height] * 2) / np.hypot(trajectories.width, trajectories.height)
    sides, velocities = _fitted_lines(t, boxes * size, thresholds.smoothing)

    in_view = np.hstack([boxes[:, :2] > thresholds.border, boxes[:, 2:] < 1 - thresholds.border]).reshape(-1, 2, 2)
    weights = in_view + ~in_view.any(axis=1, keepdims=True)
    velocity = np.average(velocities.reshape(-1, 2, 2), axis=1, weights=weights)
    steps = np.average(np.diff(sides.reshape(-1, 2, 2), axis=0), axis=1, weights=weights[1:])
    path = np.vstack([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    moving = _moving(t, path, np.hypot(*velocity.T), thresholds)
    return Motion(track, t, sides.reshape(-1, 2, 2).mean(axis=1), velocities, velocity, path, moving)


def _fitted_lines(t: np.ndarray, x: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
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


def _moving(t: np.ndarray, path: np.ndarray, speed: np.ndarray, thresholds: Thresholds) -> np.ndarray:
    """Whether the track moves, a row per frame: two speeds of hysteresis, a least extent, and no shorter pause."""
    moving = np.zeros(len(t), bool)
    for first, last in _runs(speed > thresholds.still_speed):
        far = np.hypot(*np.ptp(path[first : last + 1], axis=0)) >= thresholds.extent
        moving[first : last + 1] = far and speed[first : last + 1].max() >= thresholds.moving_speed
    for first, last in _runs(~moving):
        drift = np.hypot(*(path[last] - path[first])) >= thresholds.displacement
        brief = t[last] - t[first] < thresholds.pause and last - first < len(t) - 1
        moving[first : last + 1] = drift or brief
    # Smoothing spreads a movement into the rest beside it; its true end is where half the speed nearby is reached.
    for first, last in _runs(moving):
        if first > 0:
            near = speed[first : last + 1][t[first : last + 1] <= t[first] + 3 * thresholds.smoothing]
            moving[first : first + int((near >= near.max() / 2).argmax())] = False
        if last < len(t) - 1:
            near = speed[first : last + 1][t[first : last + 1] >= t[last] - 3 * thresholds.smoothing][::-1]
            moving[last + 1 - int((near >= near.max() / 2).argmax()) : last + 1] = False
    return moving


def _runs(mask: np.ndarray) -> list[Span]:
    """First and last row of every run of true rows."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(first), int(last) - 1) for first, last in edges.reshape(-1, 2)]


def _zigzag(x: np.ndarray, least: float) -> list[int]:
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


# --- facts of one track ----------------------------------------------------------------------------------------------


def _alone(motion: Motion, seconds: np.ndarray, thresholds: Thresholds) -> Iterator[Fact]:
    """Everything that is said of one track by itself."""
    turns, reversals = _turns(motion, thresholds)
    oscillations = _oscillations(motion, thresholds)
    yield from _located(motion, thresholds)
    yield from _border(motion, seconds, thresholds)
    yield from _pauses(motion, thresholds)
    yield from _moves(motion, turns, reversals, oscillations, thresholds)
    for turn in turns:
        side = "left" if turn.change > 0 else "right"
        yield motion.fact(FactKind.TURNS, turn.span, value=side, amount=abs(turn.change))
    for oscillation in oscillations:
        yield motion.fact(FactKind.OSCILLATES, oscillation.span, value=oscillation.axis, amount=oscillation.cycles)
    if motion.moving.any():
        rows = np.flatnonzero(motion.moving)
        mean = np.average(motion.speed[rows], weights=np.gradient(motion.t)[rows])
        name = ("slow", "medium", "fast")[np.digitize(mean, [thresholds.medium_speed, thresholds.fast_speed])]
        yield motion.fact(FactKind.SPEED, (rows[0], rows[-1]), value=name, amount=mean)


def _located(motion: Motion, thresholds: Thresholds) -> Iterator[Fact]:
    boxes = np.asarray(motion.track.boxes)
    centres, _ = _fitted_lines(motion.t, boxes.reshape(-1, 2, 2).mean(axis=1), thresholds.smoothing)
    cells = []
    column = row = None
    for x, y in centres.tolist():
        column, row = (_third(value, was, thresholds.cell_margin) for value, was in ((x, column), (y, row)))
        cells.append(3 * row + column)
    changes = np.flatnonzero(np.diff(cells)) + 1
    stays = list(pairwise([0, *changes.tolist(), len(cells)]))
    for first, end in stays:
        long = motion.t[end - 1] - motion.t[first] >= thresholds.dwell
        if long or first == 0 or end == len(cells):
            yield motion.fact(FactKind.LOCATED, (first, end - 1), value=CELLS[cells[first]])


def _third(value: float, was: int | None, margin: float) -> int:
    """Which third of 0..1 holds ``value``; the third where it was reaches ``margin`` further."""
    if was is not None and was / 3 - margin <= value <= (was + 1) / 3 + margin:
        return was
    return min(max(int(value * 3), 0), 2)


def _border(motion: Motion, seconds: np.ndarray, thresholds: Thresholds) -> Iterator[Fact]:
    """Entering and leaving: the track begins or ends at an edge, and its far side moves away from, or towards, it."""
    for kind, row, inside, sign in (
        (FactKind.ENTERS, 0, motion.t[0] - seconds[0], 1),
        (FactKind.LEAVES, -1 % len(motion.t), seconds[-1] - motion.t[-1], -1),
    ):
        span = sorted((row, motion.lasting(row, sign * thresholds.moment)))
        box = np.asarray(motion.track.boxes[row])
        touching = np.concatenate([box[:2] <= thresholds.border, box[2:] >= 1 - thresholds.border])
        far_sides = motion.sides[span[0] : span[1] + 1, [2, 3, 0, 1]].mean(axis=0)
        speeds = np.where(touching, far_sides * [1, 1, -1, -1] * sign, 0)
        if inside >= thresholds.cut_off and speeds.max() >= thresholds.moving_speed:
            yield motion.fact(kind, span, value=EDGES[int(speeds.argmax())])


def _pauses(motion: Motion, thresholds: Thresholds) -> Iterator[Fact]:
    for first, last in _runs(~motion.moving):
        lasted = motion.t[last] - motion.t[first]
        if lasted >= thresholds.stationary:
            yield motion.fact(FactKind.STATIONARY, (first, last), amount=lasted)
        if lasted >= thresholds.pause and first > 0:
            yield motion.fact(FactKind.STOPS, (first, last))
        if lasted >= thresholds.pause and last < len(motion.t) - 1:
            yield motion.fact(FactKind.STARTS, (last + 1, motion.lasting(last + 1, thresholds.moment)))


def _turns(motion: Motion, thresholds: Thresholds) -> tuple[list[Turn], list[int]]:
    """The turns, and the rows of reversals.

    The heading is unknown at a standstill. Where it comes back turned around, the track reversed.
    """
    turns: list[Turn] = []
    reversals: list[int] = []
    for first, last in _runs(motion.moving):
        speed = motion.speed[first : last + 1]
        rows = first + np.flatnonzero(speed > 0.3 * np.median(speed))
        heading = np.degrees(np.arctan2(-motion.velocity[rows, 1], motion.velocity[rows, 0]))
        change = (np.diff(heading) + 180) % 360 - 180
        around = np.flatnonzero(np.abs(change) >= thresholds.reversal) + 1
        reversals += ((rows[around - 1] + rows[around]) // 2).tolist()
        for piece in np.split(np.arange(len(rows)), around):
            unwrapped = np.concatenate([[0], np.cumsum(change[piece[:-1]])])
            turns += _bends(motion.t, rows[piece], unwrapped, thresholds)
    return turns, reversals


def _bends(t: np.ndarray, rows: np.ndarray, heading: np.ndarray, thresholds: Thresholds) -> Iterator[Turn]:
    """Where an unwrapped heading, degrees at ``rows``, turns steadily to one side."""
    smooth, rate = _fitted_lines(t[rows], heading, thresholds.smoothing)
    for side in (1, -1):
        for first, last in _runs(side * rate > 0.4 * thresholds.turn_rate):
            change = heading[last] - heading[first]
            if side * change >= thresholds.turn and (side * rate[first : last + 1]).max() >= thresholds.turn_rate:
                turned = side * (smooth[first : last + 1] - smooth[first])
                quarters = max(round(abs(change) / 90), 1)
                levels = turned[-1] * (np.arange(quarters) + 0.5) / quarters
                divisions = rows[first + np.searchsorted(turned, levels)]
                yield Turn((int(rows[first]), int(rows[last])), float(change), tuple(divisions.tolist()))


def _oscillations(motion: Motion, thresholds: Thresholds) -> list[Oscillation]:
    """Swings to and fro, each at most 2.5 times its neighbours. The outermost count as the part of a swing that they
    are: a track may begin or end between two turning points."""
    found = []
    for axis, x in zip(("horizontal", "vertical"), motion.path.T, strict=True):
        points = np.array(sorted({0, *_zigzag(x, thresholds.swing), len(x) - 1}))
        sizes = np.abs(np.diff(x[points]))
        alike = np.maximum(sizes[1:], sizes[:-1]) <= 2.5 * np.minimum(sizes[1:], sizes[:-1])
        for first, last in _runs(alike):
            last += 1
            if first > 0 and sizes[first - 1] < sizes[first]:
                first -= 1
            if last + 1 < len(sizes) and sizes[last + 1] < sizes[last]:
                last += 1
            parts = min(1, sizes[first] / sizes[first + 1]) + min(1, sizes[last] / sizes[last - 1])
            cycles = int((last - first - 1 + parts) / 2 + 0.25)
            moving = points[first] + np.flatnonzero(motion.moving[points[first] : points[last + 1] + 1])
            if cycles >= thresholds.cycles and len(moving):
                swing = float(sizes[first : last + 1].max())
                found.append(Oscillation((int(moving[0]), int(moving[-1])), axis, cycles, swing))
    return found


def _moves(
    motion: Motion,
    turns: Sequence[Turn],
    reversals: Sequence[int],
    oscillations: Sequence[Oscillation],
    thresholds: Thresholds,
) -> Iterator[Fact]:
    """One fact for each leg: movements divided at turns and reversals. An oscillation is one leg, and leads somewhere
    only where it ends further away than it swings."""
    spans = [oscillation.span for oscillation in oscillations]
    divisions = {*reversals, *(row for turn in turns for row in turn.divisions)}
    divisions = {row for row in divisions if not any(first < row < last for first, last in spans)}
    divisions |= {row for span in spans for row in span}
    for first, last in _runs(motion.moving):
        inner = sorted(row for row in divisions if first < row < last)
        for leg in pairwise([first, *inner, last]):
            dx, dy = motion.path[leg[1]] - motion.path[leg[0]]
            swings = [o.swing for o in oscillations if o.span[0] <= leg[0] and leg[1] <= o.span[1]]
            if np.hypot(dx, dy) >= max([thresholds.displacement, *swings]):
                yield motion.fact(FactKind.MOVES, leg, value=direction_of(dx, dy), amount=np.hypot(dx, dy))


# --- facts of several tracks -----------------------------------------------------------------------------------------


def _towards(one: Motion, other: Motion, thresholds: Thresholds) -> Iterator[Fact]:
    """Approaching and receding, of each that does so by its own motion, on the frames that two tracks share."""
    first = max(one.track.frames[0], other.track.frames[0])
    last = min(one.track.frames[-1], other.track.frames[-1])
    if first >= last:
        return
    rows, other_rows = (slice(first - m.track.frames[0], last - m.track.frames[0] + 1) for m in (one, other))
    between = other.centre[other_rows] - one.centre[rows]
    distance = np.hypot(*between.T)
    moving = one.moving[rows] | other.moving[other_rows]
    unit = between / np.maximum(distance, 1e-9)[:, None]
    closing = ((one.velocity[rows] * unit).sum(axis=1), -(other.velocity[other_rows] * unit).sum(axis=1))
    for a, b in pairwise(_zigzag(distance, thresholds.approach)):
        active = a + np.flatnonzero(moving[a : b + 1])
        if not len(active):
            continue
        change = distance[a] - distance[b]
        kind = FactKind.APPROACHES if change > 0 else FactKind.RECEDES
        for subject, target, speed in ((one, other, closing[0]), (other, one, closing[1])):
            share = np.trapezoid(speed[a : b + 1], one.t[rows][a : b + 1]) / change
            if share >= thresholds.approach_share:
                offset = first - subject.track.frames[0]
                span = (offset + int(active[0]), offset + int(active[-1]))
                yield subject.fact(kind, span, object=target.track.id, amount=abs(change))


def _fastest(speeds: Sequence[Fact], tracks: int, thresholds: Thresholds) -> Iterator[Fact]:
    ranked = sorted(speeds, key=lambda fact: -fact.amount)
    second = ranked[1].amount if len(ranked) > 1 else 0
    if tracks > 1 and ranked and ranked[0].amount >= (1 + thresholds.fastest_by) * second:
        yield ranked[0].model_copy(update={"kind": FactKind.FASTEST, "value": None})


def _order(events: Sequence[Fact], times_us: Sequence[int], thresholds: Thresholds) -> Iterator[Fact]:
    """`before` between neighbours in time: no third event lies clearly after the one and clearly before the other."""
    firsts: dict[tuple[int, FactKind], Fact] = {}
    for event in sorted(events, key=lambda fact: fact.start):
        firsts.setdefault((event.subject, event.kind), event)
    listed = list(firsts.values())
    times = np.array([times_us[event.start] for event in listed], int)
    before = times[None, :] - times[:, None] >= round(thresholds.gap * 1e6)
    for a, b in np.argwhere(before & ~(before.astype(int) @ before.astype(int) > 0)):
        one, other = listed[a], listed[b]
        yield Fact(
            kind=FactKind.BEFORE,
            subject=one.subject,
            object=other.subject,
            value=f"{one.kind}_{other.kind}",
            amount=round(float(times[b] - times[a]) / 1e6, 4),
            start=one.start,
            end=other.start,
        )
