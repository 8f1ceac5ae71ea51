"""Facts of what a hand does with its fingers and by its wrist, by its 21 points: a function for each kind, whose
docstring is its definition.

Lengths are those of the hand's own palm, from the wrist to the root of the middle finger, as it was longest about the
time: a hand that turns away is shorter, and not another hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from fm_tasks.model import ContactState, Fact, FactKind
from fm_tasks.motion.kinematics import Motion, Span, zigzag
from fm_tasks.motion.pairs import Pair
from fm_tasks.motion.poses import Posed

WRIST, THUMB, INDEX, MIDDLE = 0, 4, 8, 9
"""The wrist, the tips of thumb and index finger, and the root of the middle finger."""
TIPS, PALM = [8, 12, 16, 20], [0, 1, 5, 9, 13, 17]
ABOUT = 1.0
"""Seconds before and after within which the palm is longest."""
IN_VIEW = 0.75
"""A palm that is shorter than this is turned away, and its fingers tell nothing."""
UPRIGHT = 0.8
"""Share of the time of a wave in which the fingers point upwards and the hand is free."""


class Fingers(Posed):
    """The points of one hand."""

    def __init__(self, motion: Motion):
        super().__init__(motion)
        self.palm = self.places[:, MIDDLE] - self.places[:, WRIST]
        lengths = np.hypot(*self.palm.T)
        about = np.abs(self.t[:, None] - self.t) <= ABOUT
        self.size = np.maximum(np.where(about, lengths, 0).max(axis=1), 1e-9)
        self.in_view = lengths >= IN_VIEW * self.size

    @property
    def middles(self) -> np.ndarray:
        """The middle of the palm, diagonals, (m, 2)."""
        return self.places[:, PALM].mean(axis=1)

    @property
    def stretch(self) -> np.ndarray:
        """How far the tips of the four fingers are from the wrist, on average, palms, (m,); NaN where the palm is
        turned away."""
        ways = np.hypot(*np.moveaxis(self.places[:, TIPS] - self.places[:, [WRIST]], 2, 0)).mean(axis=1)
        return np.where(self.in_view, ways / self.size, np.nan)

    @property
    def pinch(self) -> np.ndarray:
        """How far the tip of the thumb is from that of the index finger, palms, (m,); NaN where the palm is turned
        away."""
        return np.where(self.in_view, np.hypot(*(self.places[:, THUMB] - self.places[:, INDEX]).T) / self.size, np.nan)

    @property
    def angles(self) -> np.ndarray:
        """Which way the palm points, degrees from upwards, clockwise, without jumps, (m,)."""
        return np.degrees(np.unwrap(np.arctan2(self.palm[:, 0], -self.palm[:, 1])))

    @property
    def upwards(self) -> np.ndarray:
        """Whether the hand is open and points upwards, to 45 degrees, (m,)."""
        up = -self.palm[:, 1] >= np.abs(self.palm[:, 0])
        return up & (self.stretch >= self.motion.thresholds.hand_open)


def waves(fingers: Fingers) -> Iterator[Fact]:
    """An open hand that points upwards and touches nothing goes to and fro sideways (`oscillates`), by half a palm or
    more. The amount is how often."""
    motion = fingers.motion
    for swings in motion.oscillations:
        within = (fingers.rows >= swings.span[0]) & (fingers.rows <= swings.span[1])
        if swings.axis != "horizontal" or not within.any():
            continue
        far = 2 * swings.amplitude >= motion.thresholds.wave * np.median(fingers.size[within])
        if far and fingers.upwards[within].mean() >= UPRIGHT and not _holding(motion, swings.span):
            yield motion.fact(FactKind.WAVES, swings.span, amount=swings.cycles)


def _holding(motion: Motion, span: Span) -> bool:
    """Whether the hand touches something within the rows ``span``."""
    first, last = (motion.track.frames[row] for row in span)
    return any(
        contact.state != ContactState.NO_CONTACT and contact.start <= last and contact.end >= first
        for contact in motion.track.contacts
    )


def opens(fingers: Fingers) -> Iterator[Fact]:
    """The tips of the fingers go away from the wrist, from ``hand_closed`` or less to ``hand_open`` or more on average,
    within ``posture_time``, and the hand touches nothing."""
    motion, of = fingers.motion, fingers.motion.thresholds
    for change in fingers.changes(fingers.stretch, of.hand_open - of.hand_closed):
        span = fingers.span(change.first, change.last)
        if change.before <= of.hand_closed and change.after >= of.hand_open and not _holding(motion, span):
            yield motion.fact(FactKind.OPENS, span)


def taps(fingers: Fingers) -> Iterator[Fact]:
    """The tips of thumb and index finger meet and part again by ``tap`` or more, three times or more, each within a
    second. The amount is how often they meet."""
    of = fingers.motion.thresholds
    for piece in fingers.pieces(fingers.pinch):
        points = [int(piece[row]) for row in zigzag(fingers.pinch[piece], of.tap)]
        met = [row for row in points[1:-1] if fingers.pinch[row] <= of.tap]
        runs = np.split(np.array(met), np.flatnonzero(np.diff(fingers.t[met]) > of.tap_time) + 1) if met else []
        for run in runs:
            if len(run) >= of.taps:
                yield fingers.motion.fact(FactKind.TAPS, fingers.span(run[0], run[-1]), amount=len(run))


def tilts(pair: Pair) -> Iterator[Fact]:
    """A hand turns by ``tilt`` degrees or more in the picture, from its wrist to the root of the middle finger, within
    ``posture_time``, and holds a thing all the while. The amount is by how many degrees."""
    fingers, of = fingers_of(pair.one), pair.one.thresholds
    if fingers is None:
        return
    for change in fingers.changes(fingers.angles, of.tilt):
        first, last = (pair.one.track.frames[row] for row in fingers.span(change.first, change.last))
        held = (c for c in pair.one.track.contacts if c.object == pair.other.track.id and c.start <= first)
        if any(contact.state == ContactState.OBJECT_CONTACT and contact.end >= last for contact in held):
            span, amount = fingers.span(change.first, change.last), abs(change.after - change.before)
            yield pair.one.fact(FactKind.TILTS, span, object=pair.other.track.id, amount=amount)


FINGERS: dict[FactKind, Callable[[Fingers], Iterator[Fact]]] = {
    FactKind.WAVES: waves,
    FactKind.OPENS: opens,
    FactKind.TAPS: taps,
}


@lru_cache(maxsize=16)
def fingers_of(motion: Motion) -> Fingers | None:
    """The points of a hand; None of what has none."""
    return Fingers(motion) if motion.points is not None and motion.track.is_hand else None


def of_fingers(motion: Motion) -> Iterator[Fact]:
    """Every such fact of one hand alone; none of what is no hand, or has no points."""
    if fingers := fingers_of(motion):
        yield from (fact for find in FINGERS.values() for fact in find(fingers))
