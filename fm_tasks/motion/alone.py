"""Facts of one track: a function for each kind, whose docstring is its definition in docs/motion-facts.md.

Names in double backticks that ``Thresholds`` has are its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from fm_tasks.model import Fact, FactKind
from fm_tasks.motion.bodies import body_of, of_body
from fm_tasks.motion.fingers import fingers_of, of_fingers
from fm_tasks.motion.kinematics import (
    Motion,
    Span,
    bulk,
    direction_of,
    fitted_lines,
    headings,
    runs,
    steady_turns,
    zigzag,
)
from fm_tasks.motion.vocabulary import CELLS, EDGES, VEHICLES


def moves(motion: Motion) -> Iterator[Fact]:
    """A movement is a run of frames with |v| over ``still_speed`` and twice ``camera_speed``, over ``moving_speed``
    somewhere, that is ``extent`` wide, and ``extent_share`` of the box's diagonal. Movements are divided at turns and
    reversals; each leg p(a)..p(b) of |p(b) - p(a)| >= ``displacement``, ``travel``, ``straight`` of its way and
    ``noise`` times what the boxes jitter, has the nearest of eight directions. An oscillation is one leg, and leads
    somewhere only where it ends twice as far away as it swings."""
    turns, reversals = motion.turnings
    divisions = {*reversals, *(row for turn in turns for row in turn.divisions)}
    divisions = {row for row in divisions if not motion.within_swings(row)}
    divisions |= {row for found in motion.oscillations for row in found.span}
    for first, last in runs(motion.moving):
        inner = sorted(row for row in divisions if first < row < last)
        for leg in pairwise([first, *inner, last]):
            dx, dy = _way(motion, leg)
            swings = [2 * o.swing for o in motion.oscillations if o.span[0] <= leg[0] and leg[1] <= o.span[1]]
            of = motion.thresholds
            jitter = of.noise * np.hypot(*motion.noise[:2])
            if motion.track.is_hand and not _keeps_its_way(motion, leg):
                continue
            way = np.hypot(*np.diff(motion.path[leg[0] : leg[1] + 1], axis=0).T).sum()
            if np.hypot(dx, dy) >= max(
                [of.displacement, of.travel * motion.shorter, of.straight * way, jitter, *swings]
            ):
                yield motion.fact(FactKind.MOVES, leg, value=direction_of(dx, dy), amount=np.hypot(dx, dy))


def _keeps_its_way(motion: Motion, leg: Span) -> bool:
    """Whether both halves of a leg lead where the whole does, to ``half_way`` degrees: a hand that goes down, and then
    to the right, does not go down and to the right."""
    middle = sum(leg) // 2
    whole, *halves = (motion.path[b] - motion.path[a] for a, b in (leg, (leg[0], middle), (middle, leg[1])))
    least = np.cos(np.radians(motion.thresholds.half_way))
    return all(half @ whole >= least * np.hypot(*half) * np.hypot(*whole) for half in halves)


def _way(motion: Motion, leg: Span) -> np.ndarray:
    """From the first to the last row of a leg, diagonals, (2,): of a person that of hips and feet, where they are
    seen."""
    body = body_of(motion)
    way = body.way(leg) if body else None
    return motion.path[leg[1]] - motion.path[leg[0]] if way is None else way


def stationary(motion: Motion) -> Iterator[Fact]:
    """No movement for ``stationary`` seconds or longer. What trembles, grows or shrinks meanwhile is not stationary,
    nor is who bends, jumps or waves, and the like, as long as that lasts."""
    lively = [(fact.start, fact.end) for find in (trembles, grows, shrinks) for fact in find(motion)]
    still = ~motion.moving
    for deed in (*of_body(motion), *of_fingers(motion)):
        still[deed.start - motion.track.frames.start : deed.end - motion.track.frames.start + 1] = False
    for first, last in runs(still):
        fact = motion.fact(FactKind.STATIONARY, (first, last), amount=motion.t[last] - motion.t[first])
        if fact.size >= motion.thresholds.stationary and not any(a < fact.end and fact.start < b for a, b in lively):
            yield fact


def enters(motion: Motion) -> Iterator[Fact]:
    """The track begins ``cut_off`` after the clip, with its box within ``border`` of an edge, and for ``moment`` the
    far side of the box moves inwards at ``moving_speed`` or more. Of two edges, the one it leaves faster."""
    yield from _border(motion, FactKind.ENTERS, 0, motion.t[0] - motion.clip[0], 1)


def leaves(motion: Motion) -> Iterator[Fact]:
    """As entering, at the track's end: ``cut_off``, ``border``, ``moment`` and ``moving_speed`` are the same."""
    yield from _border(motion, FactKind.LEAVES, len(motion.t) - 1, motion.clip[1] - motion.t[-1], -1)


def _border(motion: Motion, kind: FactKind, row: int, inside: float, sign: int) -> Iterator[Fact]:
    first, last = sorted((row, motion.lasting(row, sign * motion.thresholds.moment)))
    far_sides = motion.sides[first : last + 1, [2, 3, 0, 1]].mean(axis=0)
    speeds = np.where(motion.in_view[row], 0, far_sides * [1, 1, -1, -1] * sign)
    if inside >= motion.thresholds.cut_off and speeds.max() >= motion.thresholds.moving_speed:
        yield motion.fact(kind, (first, last), value=EDGES[int(speeds.argmax())])


def stops(motion: Motion) -> Iterator[Fact]:
    """No movement for ``pause`` or longer, up to ``moment`` after a movement that leads somewhere or to and fro."""
    ends = [fact.end - motion.track.frames.start for find in (moves, oscillates) for fact in find(motion)]
    for first, last in _pauses(motion):
        if any(motion.lasting(first, -motion.thresholds.moment) <= end <= first for end in ends):
            yield motion.fact(FactKind.STOPS, (first, last))


def starts(motion: Motion) -> Iterator[Fact]:
    """A movement that leads somewhere or to and fro, up to ``moment`` after a ``pause``; the span is the first
    ``moment``."""
    begins = [fact.start - motion.track.frames.start for find in (moves, oscillates) for fact in find(motion)]
    for _, last in _pauses(motion):
        if any(last <= begin <= motion.lasting(last, motion.thresholds.moment) for begin in begins):
            yield motion.fact(FactKind.STARTS, (last + 1, motion.lasting(last + 1, motion.thresholds.moment)))


def _pauses(motion: Motion) -> list[Span]:
    return [(a, b) for a, b in runs(~motion.moving) if motion.t[b] - motion.t[a] >= motion.thresholds.pause]


def turns(motion: Motion) -> Iterator[Fact]:
    """The heading atan2(-vy, vx) changes steadily by ``turn`` degrees or more, at ``turn_rate`` somewhere. Left is
    anticlockwise in the image: the left of the one who turns, where the camera looks down on the way or from behind;
    not the left of the picture, which `veers` tells. A change of ``reversal`` or more at a standstill has no side. The
    object goes ``leg`` of its widths before the turn and after it, each within ``leg_time``; what goes round, by
    ``circle`` or more, goes round as far."""
    for turn in motion.turnings[0]:
        yield motion.fact(FactKind.TURNS, turn.span, value=_side(turn.change), amount=abs(turn.change))


def _side(change: float) -> str:
    return "left" if change > 0 else "right"


def veers(motion: Motion) -> Iterator[Fact]:
    """The direction of the mean velocity after a turn, until the next turn or for twice ``moment``, as the viewer sees
    it: a car that comes towards the camera and turns to its own left veers to the right. What goes round by ``circle``
    or more leads nowhere."""
    for turn in motion.turnings[0]:
        last = turn.span[1]
        later = (other.span[0] for other in motion.turnings[0] if other.span[0] > last)
        end = min(*later, motion.lasting(last, 2 * motion.thresholds.moment), len(motion.t) - 1)
        way = motion.velocity[last : end + 1].mean(axis=0)
        if abs(turn.change) < motion.thresholds.circle:
            yield motion.fact(FactKind.VEERS, turn.span, value=direction_of(*way), amount=abs(turn.change))


def uturns(motion: Motion) -> Iterator[Fact]:
    """A turn of a vehicle by ``uturn`` degrees or more, and by less than ``circle``."""
    for turn in motion.turnings[0] if _is_vehicle(motion) else ():
        if motion.thresholds.uturn <= abs(turn.change) < motion.thresholds.circle:
            yield motion.fact(FactKind.UTURNS, turn.span, value=_side(turn.change), amount=abs(turn.change))


def circles(motion: Motion) -> Iterator[Fact]:
    """A turn by ``circle`` degrees or more. The last round counts from three quarters on."""
    for turn in motion.turnings[0]:
        if abs(turn.change) >= motion.thresholds.circle:
            way = "anticlockwise" if turn.change > 0 else "clockwise"
            yield motion.fact(FactKind.CIRCLES, turn.span, value=way, amount=(abs(turn.change) + 90) // 360)


def _is_vehicle(motion: Motion) -> bool:
    return motion.track.label.lower().rpartition(" ")[2] in VEHICLES


def shifts(motion: Motion) -> Iterator[Fact]:
    """Two bends of a vehicle, of ``veer`` degrees or more to opposite sides, at most ``lane_time`` apart, that leave
    the heading as it was, to 40 % of the larger; p goes ``lane`` or more across the heading between their beginning and
    end. The span has 5 to 95 % of it. No third bend lies within ``moment`` of them, else it is a zigzag. The side is
    its own, as in `turns`."""
    of = motion.thresholds
    for rows, heading in headings(motion) if _is_vehicle(motion) else ():
        heading = np.degrees(np.unwrap(np.radians(heading)))
        found = sorted(steady_turns(motion.t, rows, heading, of.veer, of.veer, 2 * of.smoothing))
        for n, (one, other) in enumerate(pairwise(found)):
            (first, out), (back, last) = one.span, other.span
            net, larger = one.change + other.change, max(abs(one.change), abs(other.change))
            before = motion.t[first] - motion.t[found[n - 1].span[1]] if n else np.inf
            after = motion.t[found[n + 2].span[0]] - motion.t[last] if n + 2 < len(found) else np.inf
            angle = np.radians(heading[np.searchsorted(rows, [first, last])].mean())
            lateral = (motion.path[first : last + 1] - motion.path[first]) @ [-np.sin(angle), -np.cos(angle)]
            offset = lateral[-1]
            steady = one.change * other.change < 0 and abs(net) <= 0.4 * larger
            alone = motion.t[back] - motion.t[out] <= of.lane_time and min(before, after) >= of.moment
            if steady and alone and abs(offset) >= of.lane and not motion.within_swings(out):
                span = bulk(first, lateral / offset, 0.05)
                yield motion.fact(FactKind.SHIFTS, span, value=_side(one.change), amount=abs(offset))


def reverses(motion: Motion) -> Iterator[Fact]:
    """The heading changes by ``reversal`` degrees or more at a standstill shorter than a ``pause``, outside of an
    oscillation; the span is the ``moment`` about it."""
    for row in motion.turnings[1]:
        if not motion.within_swings(row) and motion.has_legs((row, row), [row]):
            yield motion.fact(FactKind.REVERSES, motion.about((row, row), motion.thresholds.moment / 2))


def accelerates(motion: Motion) -> Iterator[Fact]:
    """|v|, smoothed over twice ``smoothing``, rises by ``acceleration`` or more and by ``acceleration_factor`` from one
    turning point to the next, within a movement: its start and its end, turns, reversals and oscillations are no change
    of speed. The span has 10 to 90 % of the change."""
    yield from (fact for fact in _changes_of_speed(motion) if fact.kind == FactKind.ACCELERATES)


def slows(motion: Motion) -> Iterator[Fact]:
    """As `accelerates`, where |v| falls by ``acceleration`` and ``acceleration_factor``, and the movement goes on."""
    yield from (fact for fact in _changes_of_speed(motion) if fact.kind == FactKind.SLOWS)


def _changes_of_speed(motion: Motion) -> Iterator[Fact]:
    of = motion.thresholds
    corners = [turn.span for turn in motion.turnings[0]] + [(row, row) for row in motion.turnings[1]]
    corners = [motion.about(span, 2 * of.smoothing) for span in corners]
    for first, last in runs(motion.moving & motion.in_view.all(axis=1)):
        first, last = motion.lasting(first, 2 * of.smoothing), motion.lasting(last, -2 * of.smoothing)
        if last <= first:
            continue
        speed, _ = fitted_lines(motion.t[first : last + 1], motion.speed[first : last + 1], 2 * of.smoothing)
        speed = np.maximum(speed, of.still_speed / 2)
        for a, b in pairwise(zigzag(np.log(speed), np.log(of.acceleration_factor))):
            change, slowest = speed[b] - speed[a], first + (a if speed[a] < speed[b] else b)
            at_corner = motion.within_swings(slowest) or any(c <= slowest <= d for c, d in corners)
            if abs(change) >= of.acceleration and not at_corner:
                kind = FactKind.ACCELERATES if change > 0 else FactKind.SLOWS
                span = bulk(first + a, (speed[a : b + 1] - speed[a]) / change, 0.1)
                yield motion.fact(kind, span, amount=abs(change))


def oscillates(motion: Motion) -> Iterator[Fact]:
    """x or y of p, smoothed over ``swing_smoothing``, goes to and fro by ``swing`` or more, and by ``extent_share`` of
    the box's diagonal, each way at most 2.5 times its neighbours, for ``cycles`` full cycles or more. What goes round
    is no oscillation."""
    for found in motion.oscillations:
        yield motion.fact(FactKind.OSCILLATES, found.span, value=found.axis, amount=found.cycles)


def frequency(motion: Motion) -> Iterator[Fact]:
    """Half the number of ways between the first and the last turning point, over the time between them. There is none
    where the object is seen in fewer than ``samples_per_cycle`` frames a cycle."""
    for found in motion.oscillations:
        if motion.rate >= motion.thresholds.samples_per_cycle * found.hertz:
            yield motion.fact(FactKind.FREQUENCY, found.span, value=found.axis, amount=found.hertz)


def amplitude(motion: Motion) -> Iterator[Fact]:
    """Half the median way from one turning point to the next, of the box's centre as it is, not smoothed."""
    for found in motion.oscillations:
        yield motion.fact(FactKind.AMPLITUDE, found.span, value=found.axis, amount=found.amplitude)


def trembles(motion: Motion) -> Iterator[Fact]:
    """In every window of ``tremor_window``, the sine that fits x or y of the centre best, less its smoothed way, has a
    frequency of ``tremor_low`` to ``tremor_high``, an amplitude of ``tremor_amplitude`` or more, and ``tremor_share``
    of the variance. Only frames in which the object is seen count; where these are fewer than ``samples_per_cycle`` a
    cycle of ``tremor_high``, 15 a second, nothing is told: slower sampling cannot tell a tremor from slower motion. Of
    a hand whose points are known the middle of the palm counts, an amplitude of ``hand_tremor`` is enough, and that way
    stays within ``hand_rest`` palms: who shuffles or waves does not tremble."""
    of, hand = motion.thresholds, fingers_of(motion)
    rows, places = (motion.seen, motion.raw[motion.seen]) if hand is None else (hand.rows, hand.middles)
    least, t = of.tremor_amplitude if hand is None else of.hand_tremor, motion.t[rows]
    rate = (len(t) - 1) / max(t[-1] - t[0], 1e-6)
    if rate < of.samples_per_cycle * of.tremor_high:
        return
    hertz = np.arange(2, min(1.5 * of.tremor_high, rate / of.samples_per_cycle) + 0.05, 0.1)
    way = fitted_lines(t, places, of.smoothing)[0]
    for axis, x in zip(("horizontal", "vertical"), (places - way).T, strict=True):
        if np.sqrt(2) * x.std() < least / 4:
            continue
        shakes = np.full(len(t), np.nan)
        for begin in np.arange(t[0], t[-1] - of.tremor_window + 1e-6, of.tremor_window / 6):
            window = np.flatnonzero((t >= begin) & (t <= begin + of.tremor_window))
            if hand is not None and np.ptp(way[window], axis=0).max() > of.hand_rest * np.median(hand.size[window]):
                continue
            best, size, share = _sine(t[window], x[window], hertz)
            if of.tremor_low <= best <= of.tremor_high and size >= least and share >= of.tremor_share:
                shakes[window] = best
        for first, last in runs(~np.isnan(shakes)):
            span = int(rows[first]), int(rows[last])
            yield motion.fact(FactKind.TREMBLES, span, value=axis, amount=np.median(shakes[first : last + 1]))


def _sine(t: np.ndarray, x: np.ndarray, hertz: np.ndarray) -> tuple[float, float, float]:
    """Frequency and amplitude of the sine that fits ``x`` best by least squares (Lomb 1976), and its share of the
    variance; ``hertz`` are the frequencies that are tried."""
    x = x - x.mean()
    waves = np.stack([f(2 * np.pi * hertz[:, None] * t) for f in (np.cos, np.sin)], axis=1)
    normal, products = waves @ waves.transpose(0, 2, 1), waves @ x
    factors = np.linalg.solve(normal, products[..., None])[..., 0]
    explained = (factors * products).sum(axis=1)
    best = int(explained.argmax())
    return float(hertz[best]), float(np.hypot(*factors[best])), float(explained[best] / max(x @ x, 1e-12))


def grows(motion: Motion) -> Iterator[Fact]:
    """The root of the box's area, smoothed over twice ``smoothing``, rises by the factor ``growth`` or more between two
    turning points, in frames in which all of its sides are in view. The span has 10 to 90 % of the change."""
    yield from (fact for fact in _changes_of_size(motion) if fact.kind == FactKind.GROWS)


def shrinks(motion: Motion) -> Iterator[Fact]:
    """As `grows`, where the root of the area falls by the factor ``growth``."""
    yield from (fact for fact in _changes_of_size(motion) if fact.kind == FactKind.SHRINKS)


def _changes_of_size(motion: Motion) -> Iterator[Fact]:
    for first, last in runs(np.all(motion.in_view, axis=1)):
        areas = np.prod(motion.boxes[first : last + 1, 2:] - motion.boxes[first : last + 1, :2], axis=1)
        sizes = np.log(np.maximum(areas, 1e-9)) / 2
        size, _ = fitted_lines(motion.t[first : last + 1], sizes, 2 * motion.thresholds.smoothing)
        for a, b in pairwise(zigzag(size, np.log(motion.thresholds.growth))):
            kind = FactKind.GROWS if size[b] > size[a] else FactKind.SHRINKS
            span = bulk(first + a, (size[a : b + 1] - size[a]) / (size[b] - size[a]), 0.1)
            yield motion.fact(kind, span, amount=np.exp(abs(size[b] - size[a])))


def speed(motion: Motion) -> Iterator[Fact]:
    """Mean of |v| while it moves, where it goes somewhere or to and fro: slow, medium from ``medium_speed``, fast from
    ``fast_speed`` on."""
    if motion.moving.any() and (motion.oscillations or any(moves(motion))):
        rows = np.flatnonzero(motion.moving)
        mean = np.average(motion.speed[rows], weights=np.gradient(motion.t)[rows])
        bounds = motion.thresholds.medium_speed, motion.thresholds.fast_speed
        name = ("slow", "medium", "fast")[np.digitize(mean, bounds)]
        yield motion.fact(FactKind.SPEED, (rows[0], rows[-1]), value=name, amount=mean)


def located(motion: Motion) -> Iterator[Fact]:
    """The cell of a 3 x 3 grid that holds the centre; it changes once the centre is ``cell_margin`` beyond and has gone
    ``cell_change``. Told is where the centre comes ``cell_clear`` inside of it: the first cell and the last, and others
    where it stays for ``dwell``."""
    of = motion.thresholds
    frame = np.asarray(motion.track.boxes).reshape(-1, 2, 2).mean(axis=1)
    centres, _ = fitted_lines(motion.t, frame, of.smoothing)
    cells = []
    column = row = None
    for x, y in centres.tolist():
        column, row = (_third(value, was, of.cell_margin) for value, was in ((x, column), (y, row)))
        cells.append(3 * row + column)
    changes = np.flatnonzero(np.diff(cells)) + 1
    told = None
    for first, end in pairwise([0, *changes.tolist(), len(cells)]):
        long = motion.t[end - 1] - motion.t[first] >= of.dwell
        inner = _inner(centres[first:end], cells[first])
        middle = centres[first:end].mean(axis=0)
        far = told is None or np.abs(middle - told).max() >= of.cell_change
        if inner >= of.cell_clear and far and (long or first == 0 or end == len(cells)):
            told = middle
            yield motion.fact(FactKind.LOCATED, (first, end - 1), value=CELLS[cells[first]])


def _inner(centres: np.ndarray, cell: int) -> float:
    """How far inside of a cell ``centres``, (n, 2), come; a cell at the border of the frame has no bound there."""
    column, row = cell % 3, cell // 3
    bounds = [(-np.inf, 1 / 3), (1 / 3, 2 / 3), (2 / 3, np.inf)]
    gaps = [
        np.minimum(centres[:, axis] - bounds[n][0], bounds[n][1] - centres[:, axis])
        for axis, n in enumerate((column, row))
    ]
    return float(np.minimum(*gaps).max())


def _third(value: float, was: int | None, margin: float) -> int:
    """Which third of 0..1 holds ``value``; the third where it was reaches ``margin`` further."""
    if was is not None and was / 3 - margin <= value <= (was + 1) / 3 + margin:
        return was
    return min(max(int(value * 3), 0), 2)


ALONE: dict[FactKind, Callable[[Motion], Iterator[Fact]]] = {
    FactKind.MOVES: moves,
    FactKind.STATIONARY: stationary,
    FactKind.ENTERS: enters,
    FactKind.LEAVES: leaves,
    FactKind.STOPS: stops,
    FactKind.STARTS: starts,
    FactKind.TURNS: turns,
    FactKind.VEERS: veers,
    FactKind.UTURNS: uturns,
    FactKind.CIRCLES: circles,
    FactKind.SHIFTS: shifts,
    FactKind.REVERSES: reverses,
    FactKind.ACCELERATES: accelerates,
    FactKind.SLOWS: slows,
    FactKind.OSCILLATES: oscillates,
    FactKind.FREQUENCY: frequency,
    FactKind.AMPLITUDE: amplitude,
    FactKind.TREMBLES: trembles,
    FactKind.GROWS: grows,
    FactKind.SHRINKS: shrinks,
    FactKind.SPEED: speed,
    FactKind.LOCATED: located,
}
