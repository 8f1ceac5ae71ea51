"""Facts of one track towards another: a function for each kind, whose docstring is its definition.

Each is asked for both tracks in turn, so what holds both ways is told of both. A hand and its person, or a hand and
what it holds, are no pair but for what hands do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from fm_tasks.model import Fact, FactKind
from fm_tasks.motion.kinematics import Motion, Span, runs, zigzag
from fm_tasks.motion.vocabulary import RELATIONS


@dataclass(frozen=True)
class Pair:
    """``one`` towards ``other``, a row per frame that both have: n rows."""

    one: Motion
    other: Motion

    @cached_property
    def shared(self) -> range:
        """The clip frames that both have."""
        mine, others = self.one.track.frames, self.other.track.frames
        return range(max(mine.start, others.start), min(mine.stop, others.stop))

    def of(self, motion: Motion, values: np.ndarray) -> np.ndarray:
        """The shared rows of one of the two."""
        first = self.shared.start - motion.track.frames.start
        return values[first : first + len(self.shared)]

    @cached_property
    def between(self) -> np.ndarray:
        """From the centre of the one to that of the other, diagonals, (n, 2)."""
        return self.of(self.other, self.other.centre) - self.of(self.one, self.one.centre)

    @cached_property
    def distance(self) -> np.ndarray:
        """Of the centres, diagonals, (n,)."""
        return np.hypot(*self.between.T)

    @cached_property
    def one_within_other(self) -> bool:
        """Whether one lies on or in the other, or is held by it, for most of the time that both are there."""
        one, other = (self.of(motion, motion.as_seen) for motion in (self.one, self.other))
        sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
        smaller = np.minimum(*((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (one, other)))
        return bool(np.median(sides.clip(0).prod(axis=1) / np.maximum(smaller, 1e-12)) >= self.one.thresholds.within)

    @property
    def t(self) -> np.ndarray:
        """Seconds, (n,)."""
        return self.of(self.one, self.one.t)

    @property
    def related(self) -> bool:
        """Whether one is the other's hand, or holds it."""
        one, other = self.one.track, self.other.track
        return one.parent == other.id or other.parent == one.id

    def fact(self, kind: FactKind, span: Span, value: str | None = None, amount: float | None = None) -> Fact:
        """A fact of the one towards the other over the shared rows ``span``."""
        offset = self.shared.start - self.one.track.frames.start
        return self.one.fact(
            kind, (offset + span[0], offset + span[1]), object=self.other.track.id, value=value, amount=amount
        )


def approaches(pair: Pair) -> Iterator[Fact]:
    """The distance d of the centres falls by ``approach`` or more between two turning points, and the one's own motion,
    the integral of its velocity towards the other, makes ``approach_share`` or more of the fall."""
    yield from (fact for fact in _towards(pair) if fact.kind == FactKind.APPROACHES)


def recedes(pair: Pair) -> Iterator[Fact]:
    """As `approaches`, where d rises by ``approach``, ``approach_share`` of it by the one's own motion."""
    yield from (fact for fact in _towards(pair) if fact.kind == FactKind.RECEDES)


def _towards(pair: Pair) -> Iterator[Fact]:
    of = pair.one.thresholds
    moving = pair.of(pair.one, pair.one.moving) | pair.of(pair.other, pair.other.moving)
    unit = pair.between / np.maximum(pair.distance, 1e-9)[:, None]
    closing = (pair.of(pair.one, pair.one.velocity) * unit).sum(axis=1)
    for a, b in pairwise(zigzag(pair.distance, of.approach)):
        active = a + np.flatnonzero(moving[a : b + 1])
        change = pair.distance[a] - pair.distance[b]
        share = np.trapezoid(closing[a : b + 1], pair.t[a : b + 1]) / change
        if len(active) and share >= of.approach_share:
            kind = FactKind.APPROACHES if change > 0 else FactKind.RECEDES
            yield pair.fact(kind, (int(active[0]), int(active[-1])), amount=abs(change))


def passes(pair: Pair) -> Iterator[Fact]:
    """Along the one's direction u at the moment when the other is level with it, the other was ``pass_margin`` or more
    ahead, s = (p2 - p1) u, and is as much behind afterwards, all in one movement and within ``pass_within``. The other
    stands, goes the same way to 30 degrees (overtaking), comes along (oncoming), or goes across (crossing)."""
    of = pair.one.thresholds
    velocity, moving = pair.of(pair.one, pair.one.velocity), pair.of(pair.one, pair.one.moving)
    unit = velocity / np.maximum(np.hypot(*velocity.T), 1e-9)[:, None]
    ahead = (pair.between * unit).sum(axis=1)
    done = -1
    for row in np.flatnonzero((ahead[:-1] > 0) & (ahead[1:] <= 0) & moving[:-1] & moving[1:]).tolist():
        along = pair.between @ unit[row]
        before, after = (
            np.flatnonzero(along[: row + 1] >= of.pass_margin),
            np.flatnonzero(along[row:] <= -of.pass_margin),
        )
        if row <= done or not len(before) or not len(after):
            continue
        first, last = int(before[-1]), row + int(after[0])
        near = pair.distance[first : last + 1].min()
        if moving[first : last + 1].all() and near <= of.pass_within:
            done = last
            yield pair.fact(FactKind.PASSES, (first, last), value=_rival(pair, (first, last), unit[row]), amount=near)


def _rival(pair: Pair, span: Span, unit: np.ndarray) -> str:
    rows = slice(span[0], span[1] + 1)
    if pair.of(pair.other, pair.other.moving)[rows].mean() < 0.5:
        return "standing"
    velocity = pair.of(pair.other, pair.other.velocity)[rows].mean(axis=0)
    cosine = velocity @ unit / max(np.hypot(*velocity), 1e-9)
    same = np.cos(np.radians(30))
    return "overtaking" if cosine > same else "oncoming" if cosine < -same else "crossing"


def overlaps(pair: Pair) -> Iterator[Fact]:
    """The area that the boxes share, over that of the smaller, is ``overlap`` or more; breaks shorter than ``pause`` do
    not count."""
    of = pair.one.thresholds
    one, other = (pair.of(motion, motion.as_seen) for motion in (pair.one, pair.other))
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    smaller = np.minimum(*((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (one, other)))
    share = sides.clip(0).prod(axis=1) / np.maximum(smaller, 1e-12)
    over = share >= of.overlap
    for first, last in runs(~over)[1 if not over[0] else 0 : -1 if not over[-1] else None]:
        over[first : last + 1] = pair.t[last] - pair.t[first] < of.pause
    for first, last in runs(over):
        yield pair.fact(FactKind.OVERLAPS, (first, last), amount=share[first : last + 1].max())


def lies(pair: Pair) -> Iterator[Fact]:
    """The longer axis of p1 - p2 says whether it is left or right of, or above or below the other, once it is ``apart``
    long. It changes when the other axis is ``dominance`` times as long, or the side is no longer true; a stay of
    ``dwell`` or longer counts."""
    for side, span in _stays(pair):
        yield pair.fact(FactKind.LIES, span, value=side)


def becomes(pair: Pair) -> Iterator[Fact]:
    """The side on which it lies is another than before; the span is the first ``moment`` of the new one."""
    for (before, _), (side, (first, _)) in pairwise(_stays(pair)):
        if side != before:
            last = np.searchsorted(pair.t, pair.t[first] + pair.one.thresholds.moment, side="right") - 1
            yield pair.fact(FactKind.BECOMES, (first, int(last)), value=side)


def _stays(pair: Pair) -> list[tuple[str, Span]]:
    """The sides on which the one lies to the other, one after the other."""
    of = pair.one.thresholds
    side: int | None = None
    sides = []
    for x, y in pair.between.tolist():
        lengths = (x, -x, y, -y)  # of p2 - p1: how far the one is left of, right of, above, below the other
        longest = max(range(4), key=lengths.__getitem__)
        held = 0 if side is None else lengths[side]
        if held < of.apart / 2 or lengths[longest] > of.dominance * held:
            side = longest if lengths[longest] >= of.apart else None
        sides.append(-1 if side is None else side)
    changes = np.flatnonzero(np.diff(sides)) + 1
    stays = ((sides[first], (first, end - 1)) for first, end in pairwise([0, *changes.tolist(), len(sides)]))
    return [
        (RELATIONS[side], (first, last))
        for side, (first, last) in stays
        if side >= 0 and pair.t[last] - pair.t[first] >= of.dwell
    ]


PAIRED: dict[FactKind, Callable[[Pair], Iterator[Fact]]] = {
    FactKind.APPROACHES: approaches,
    FactKind.RECEDES: recedes,
    FactKind.PASSES: passes,
    FactKind.OVERLAPS: overlaps,
    FactKind.LIES: lies,
    FactKind.BECOMES: becomes,
}
