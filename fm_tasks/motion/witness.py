"""Whether the picture bears a fact out: the inside of the box moves as the box does.

An arm, a leg, a bending back, a post that hides half of a man, and the edge of the picture move an edge of a box, and
not what is in it. A function for each kind says what the inside must show; a kind without one needs no witness.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fm_tasks.model import Fact, FactKind
from fm_tasks.motion.bodies import body_of
from fm_tasks.motion.kinematics import Motion, Span, zigzag
from fm_tasks.motion.pairs import Pair
from fm_tasks.motion.picture import Inside

KNOWN = 0.5
"""Least share of a fact's frames in which the motion inside is known."""
SHARE = 0.35
"""The inside goes at least this share of the box's way, of its swing, ..."""
HALF = 0.5
"""... and this share of its growth, and of its way across or towards another."""
ALONG = 0.7
"""Least share of the inside's way that leads where the box goes: the cosine of 45 degrees."""
LEAST_END = 0.02
"""Least way of the inside before a change of heading, and after it, diagonals."""
HEADING = 35.0
"""Least change of the inside's heading in a turn, degrees, ..."""
AROUND = 100.0
"""... in a U-turn or a round, ..."""
BACK = 120.0
"""... and in a reversal."""
PACE, RESTLESS, STILLER = 0.025, 0.035, 0.65
"""What moves, and what stops, is so fast inside, diagonals per second; a rest is slower than what is beside it by this
factor."""
CROSSING = 0.02
"""Least way of the inside over the border about the moment of entering or leaving, diagonals."""
FASTER_BY, FASTER = 0.1, 2.0
"""A change of pace is one by so much inside, diagonals per second, and by this factor."""
STRIDE = 0.2
"""The pace of an inside is measured in strides of so many seconds, which even out the noise of single steps."""


def borne_out(fact: Fact, motion: Motion) -> bool:
    """Whether the picture bears out a fact of one track; nothing is, where too little of it is known."""
    witness, inside = WITNESSES.get(fact.kind), motion.inside
    if fact.kind in SWINGING and not _body_swings(motion, _rows(fact, motion), fact):
        return False
    if witness is None or inside is None:
        return True
    first, last = span = _rows(fact, motion)
    if fact.kind in (FactKind.ENTERS, FactKind.LEAVES):  # at the border too little of it is seen
        first, last = motion.about(span, motion.thresholds.moment)
    return _known(inside, (first, last)) and witness(motion, inside, span, fact)


def pair_borne_out(fact: Fact, pair: Pair) -> bool:
    """Whether the picture bears out what one track does towards another by its own motion."""
    motion, inside = pair.one, pair.one.inside
    if fact.kind not in (FactKind.APPROACHES, FactKind.RECEDES, FactKind.PASSES) or inside is None:
        return True
    span = _rows(fact, motion)
    if not _known(inside, span):
        return False
    if fact.kind == FactKind.PASSES:
        return _goes_along(motion, inside, span, fact)
    sign, at = (1, fact.start) if fact.kind == FactKind.APPROACHES else (-1, fact.end)
    row = at - pair.shared.start
    along = sign * inside.way(span) @ pair.between[row] / max(pair.distance[row], 1e-9)
    return bool(along >= HALF * motion.thresholds.approach_share * fact.size)


def _rows(fact: Fact, motion: Motion) -> Span:
    return fact.start - motion.track.frames.start, fact.end - motion.track.frames.start


def _known(inside: Inside, span: Span) -> bool:
    known = inside.known[span[0] + 1 : span[1] + 1]
    return bool(len(known)) and bool(known.mean() >= KNOWN)


def _pace(motion: Motion, path: np.ndarray, span: Span) -> float:
    """Length of the way along a ``path``, (n, 2) diagonals, over a span a second."""
    t, path = (column[span[0] : span[1] + 1] for column in (motion.t, path))
    rows = np.unique(np.minimum(np.searchsorted(t, np.arange(t[0], t[-1] + STRIDE, STRIDE)), len(t) - 1))
    return float(np.hypot(*np.diff(path[rows], axis=0).T).sum() / max(t[-1] - t[0], 1e-6))


def _thirds(motion: Motion, span: Span, seconds: float) -> tuple[Span, Span]:
    """The first and the last third of a span that is longer by ``seconds`` to either side."""
    first, last = motion.about(span, seconds)
    third = max((last - first) // 3, 1)
    return (first, first + third), (last - third, last)


def _goes_along(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It goes ``SHARE`` of the box's way or more, and the same way to 45 degrees; so do hips and feet, where they are
    seen."""
    box, body = motion.path[span[1]] - motion.path[span[0]], body_of(motion)
    ways = (inside.way(span), body.way(span) if body else None)
    return all(_along(way, box) for way in ways if way is not None)


def _along(own: np.ndarray, box: np.ndarray) -> bool:
    length = np.hypot(*box)
    along = own @ box / max(length, 1e-9)
    return bool(along >= SHARE * length and along >= ALONG * np.hypot(*own))


def _turns(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It goes a way before and after, and its heading changes between the two."""
    before, after = (inside.way(part) for part in _thirds(motion, span, motion.thresholds.moment))
    if min(np.hypot(*before), np.hypot(*after)) < LEAST_END:
        return False
    change = abs(np.degrees(np.arctan2(before[1] * after[0] - before[0] * after[1], before @ after)))
    least = {FactKind.REVERSES: BACK, FactKind.UTURNS: AROUND, FactKind.CIRCLES: AROUND}.get(fact.kind, HEADING)
    return bool(change >= least)


def _shifts(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It goes across the way that the box had before, to the same side, by half as much."""
    before = motion.path[span[0]] - motion.path[motion.about(span, motion.thresholds.moment)[0]]
    across = np.array([before[1], -before[0]]) / max(np.hypot(*before), 1e-9)
    box = (motion.path[span[1]] - motion.path[span[0]]) @ across
    return bool(inside.way(span) @ across * np.sign(box) >= HALF * abs(box))


def _starts(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It moves, and rested before."""
    rest, pace = motion.about(span, motion.thresholds.pause)[0], _pace(motion, inside.path, span)
    return pace >= PACE and _pace(motion, inside.path, (rest, span[0])) <= STILLER * pace


def _stops(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It moved before, and rests."""
    before = motion.lasting(span[0], -2 * motion.thresholds.moment)
    pace = _pace(motion, inside.path, (before, span[0]))
    return pace >= RESTLESS and _pace(motion, inside.path, span) <= STILLER * pace


def _moves(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It moves."""
    return _pace(motion, inside.path, span) >= PACE


def _rests(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It stays within what is jitter of the box."""
    return bool(np.hypot(*np.ptp(inside.path[span[0] : span[1] + 1], axis=0)) <= motion.extent)


def _crosses(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It goes over the border."""
    x, y = inside.way(motion.about(span, motion.thresholds.moment))
    inward = {"left": x, "right": -x, "top": y, "bottom": -y}[fact.value or ""]
    return (inward if fact.kind == FactKind.ENTERS else -inward) >= CROSSING


def _swings(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It goes to and fro, twice at least, by ``SHARE`` of what the box does."""
    axis, rows = 0 if fact.value == "horizontal" else 1, slice(span[0], span[1] + 1)
    least = SHARE * max(motion.thresholds.swing, np.ptp(motion.raw[rows, axis]) / 2)
    return len(zigzag(inside.path[rows, axis], least)) >= 4


def _body_swings(motion: Motion, span: Span, fact: Fact) -> bool:
    """Whether hips and feet, where they are seen, go to and fro as well: an arm or a leg swings one side of a box."""
    body = body_of(motion)
    if body is None:
        return True
    axis, within = 0 if fact.value == "horizontal" else 1, (body.rows >= span[0]) & (body.rows <= span[1])
    places = body.place[within, axis]
    known = places[~np.isnan(places)]
    least = SHARE * max(motion.thresholds.swing, np.ptp(motion.raw[span[0] : span[1] + 1, axis]) / 2)
    return len(known) < KNOWN * within.sum() or len(zigzag(known, least)) >= 4


def _trembles(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It goes to and fro by ``SHARE`` of the least tremor, about as often as the box. The points of a hand are seen
    in the frames themselves."""
    if motion.points is not None and motion.track.is_hand:
        return True
    axis, rows = 0 if fact.value == "horizontal" else 1, slice(span[0], span[1] + 1)
    turns = zigzag(inside.path[rows, axis], SHARE * 2 * motion.thresholds.tremor_amplitude)
    return len(turns) >= HALF * 2 * fact.size * (motion.t[span[1]] - motion.t[span[0]])


def _grows(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It grows, or shrinks, by half as much, as a logarithm."""
    growth = inside.size[span[1]] - inside.size[span[0]]
    return bool((growth if fact.kind == FactKind.GROWS else -growth) >= HALF * np.log(fact.size))


def _changes_pace(motion: Motion, inside: Inside, span: Span, fact: Fact) -> bool:
    """It is clearly faster at one end than at the other, and the box is faster at that end."""
    ends = _thirds(motion, span, motion.thresholds.moment / 2)
    slow_end, fast_end = ends if fact.kind == FactKind.ACCELERATES else ends[::-1]
    slow, fast = (_pace(motion, inside.path, end) for end in (slow_end, fast_end))
    box_is_faster = _pace(motion, motion.path, fast_end) > _pace(motion, motion.path, slow_end)
    return fast >= FASTER * slow and fast - slow >= FASTER_BY and box_is_faster


SWINGING = (FactKind.OSCILLATES, FactKind.FREQUENCY, FactKind.AMPLITUDE)
WITNESSES: dict[FactKind, Callable[[Motion, Inside, Span, Fact], bool]] = {
    FactKind.MOVES: _goes_along,
    FactKind.STATIONARY: _rests,
    FactKind.ENTERS: _crosses,
    FactKind.LEAVES: _crosses,
    FactKind.STOPS: _stops,
    FactKind.STARTS: _starts,
    FactKind.TURNS: _turns,
    FactKind.VEERS: _turns,
    FactKind.UTURNS: _turns,
    FactKind.CIRCLES: _turns,
    FactKind.SHIFTS: _shifts,
    FactKind.REVERSES: _turns,
    FactKind.ACCELERATES: _changes_pace,
    FactKind.SLOWS: _changes_pace,
    FactKind.OSCILLATES: _swings,
    FactKind.FREQUENCY: _swings,
    FactKind.AMPLITUDE: _swings,
    FactKind.TREMBLES: _trembles,
    FactKind.GROWS: _grows,
    FactKind.SHRINKS: _grows,
    FactKind.SPEED: _moves,
}
"""What the inside must show, for each kind that needs a witness."""
