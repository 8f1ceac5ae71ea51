"""Facts of a hand towards what it touches: a function for each kind, whose docstring is its definition.

Each is asked for a pair of which the one is a hand with contacts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from fm_tasks.model import Contact, ContactState, Direction, Fact, FactKind
from fm_tasks.motion.alone import moves
from fm_tasks.motion.kinematics import Motion, Span, direction_of, zigzag
from fm_tasks.motion.pairs import Pair
from fm_tasks.motion.witness import borne_out

UPWARDS = (Direction.UP_LEFT, Direction.UP, Direction.UP_RIGHT)


def touches(pair: Pair) -> Iterator[Fact]:
    """The hand's track has a contact with the other, as the profile found it: see its state in the value."""
    for contact in _contacts(pair):
        span = _rows(pair.one, contact)
        seconds = pair.one.t[span[1]] - pair.one.t[span[0]]
        yield pair.one.fact(FactKind.TOUCHES, span, value=contact.state, object=contact.object, amount=seconds)


def grasps(pair: Pair) -> Iterator[Fact]:
    """A contact with an object begins, lasts ``hold`` or longer, and the hand was known not to touch it within
    ``moment`` before. The span is its first ``moment``. A contact that is there from the beginning is no grasp."""
    for span in _grips(pair):
        if _known_free(pair, span[0], -1):
            last = pair.one.lasting(span[0], pair.one.thresholds.moment)
            yield pair.one.fact(FactKind.GRASPS, (span[0], min(last, span[1])), object=pair.other.track.id)


def releases(pair: Pair) -> Iterator[Fact]:
    """A contact with an object of ``hold`` or longer ends, and the hand is known not to touch it within ``moment``
    after. The span is the ``moment`` after it."""
    for span in _grips(pair):
        if _known_free(pair, span[1], 1):
            last = pair.one.lasting(span[1] + 1, pair.one.thresholds.moment)
            yield pair.one.fact(FactKind.RELEASES, (span[1] + 1, last), object=pair.other.track.id)


def reaches(pair: Pair) -> Iterator[Fact]:
    """Before a grasp, the distance from hand to thing falls without a turning point, and the hand goes ``reach`` or
    more; the span ends with the grasp."""
    of = pair.one.thresholds
    for grasp in grasps(pair):
        end = grasp.start - pair.shared.start
        if end > 0:
            points = zigzag(pair.distance[: end + 1], of.reach)
            first = points[-2] if len(points) > 1 else end
            moving = first + np.flatnonzero(pair.of(pair.one, pair.one.moving)[first : end + 1])
            if len(moving):
                centre = pair.of(pair.one, pair.one.centre)
                way = np.hypot(*(centre[end] - centre[moving[0]]))
                if way >= of.reach:
                    yield pair.fact(FactKind.REACHES, (int(moving[0]), end), amount=way)


def lifts(pair: Pair) -> Iterator[Fact]:
    """What a hand holds makes a movement whose direction is one of the three upwards, or so much of one as falls into
    a contact of ``hold`` or longer: ``displacement`` or more."""
    yield from (fact for fact in _takings(pair) if fact.kind == FactKind.LIFTS)


def carries(pair: Pair) -> Iterator[Fact]:
    """As `lifts`, in one of the five other directions: ``hold`` and ``displacement`` are the same."""
    yield from (fact for fact in _takings(pair) if fact.kind == FactKind.CARRIES)


def _takings(pair: Pair) -> Iterator[Fact]:
    for grip in _grips(pair):
        yield from _takings_in(pair, grip)


def _takings_in(pair: Pair, grip: Span) -> Iterator[Fact]:
    """Where a hand takes what it holds: the movements of that within a grip, as far as its inside bears them out."""
    thing, start = pair.other, pair.other.track.frames.start
    offset = start - pair.one.track.frames.start
    for move in moves(thing):
        a, b = max(move.start - start, grip[0] - offset), min(move.end - start, grip[1] - offset)
        if a >= b or not borne_out(move, thing):
            continue
        way = thing.path[b] - thing.path[a]
        if np.hypot(*way) >= pair.one.thresholds.displacement:
            direction = direction_of(*way)
            kind = FactKind.LIFTS if direction in UPWARDS else FactKind.CARRIES
            value = None if kind == FactKind.LIFTS else direction
            span, amount = (a + offset, b + offset), float(np.hypot(*way))
            yield pair.one.fact(kind, span, object=thing.track.id, value=value, amount=amount)


def places(pair: Pair) -> Iterator[Fact]:
    """A hand takes a thing somewhere (`lifts`, `carries`) and releases it, and the thing is there for ``pause`` after
    that and does not move; what is given to another hand is not placed. The span reaches from the end of the one to the
    release."""
    thing, offset = pair.other, pair.one.track.frames.start - pair.other.track.frames.start
    for grip in _grips(pair):
        taken, row = [*_takings_in(pair, grip)], grip[1] + 1 + offset
        if not taken or not _known_free(pair, grip[1], 1) or row not in range(len(thing.t)):
            continue
        last = thing.lasting(row, thing.thresholds.pause)
        rests = last < len(thing.t) - 1 or thing.t[last] - thing.t[row] >= thing.thresholds.pause
        if rests and not thing.moving[row : last + 1].any():
            end = max(fact.end for fact in taken) - pair.one.track.frames.start
            yield pair.one.fact(FactKind.PLACES, (end, grip[1] + 1), object=thing.track.id)


def handed_on(fact: Fact, found: Sequence[Fact]) -> bool:
    """Whether what would be placed is given to another hand, by one of the facts that were ``found``."""
    return fact.kind == FactKind.PLACES and any(
        gift.kind == FactKind.GIVES and gift.subject == fact.subject and gift.start <= fact.end <= gift.end + 1
        for gift in found
    )


def gives(pair: Pair) -> Iterator[Fact]:
    """One hand's contact with a thing, of ``hold`` or longer, ends, and another's that began later lasts on; at most
    ``handover`` lies between the end of the one and the beginning of the other. The span reaches from the beginning of
    the second to the end of the first."""
    one, other = pair.one, pair.other
    for contact in one.track.contacts:
        for taken in other.track.contacts:
            same = contact.state == taken.state == ContactState.OBJECT_CONTACT and contact.object == taken.object
            if not same or contact.object is None or not (contact.start < taken.start and contact.end < taken.end):
                continue
            out, taking = _rows(one, contact), _rows(other, taken)
            lasting = min(one.t[out[1]] - one.t[out[0]], other.t[taking[1]] - other.t[taking[0]])
            if lasting >= one.thresholds.hold and other.t[taking[0]] - one.t[out[1]] <= one.thresholds.handover:
                first, last = sorted((taking[0] + other.track.frames.start - one.track.frames.start, out[1]))
                last = min(last, len(one.t) - 1)
                yield one.fact(FactKind.GIVES, (max(first, 0), last), object=other.track.id)


def _contacts(pair: Pair) -> Iterator[Contact]:
    """What the one's contacts are with the other."""
    return (contact for contact in pair.one.track.contacts if contact.object == pair.other.track.id)


def _grips(pair: Pair) -> Iterator[Span]:
    """The contacts with the other, an object, that are long enough to be a grasp, as rows of the one."""
    for contact in _contacts(pair):
        span = _rows(pair.one, contact)
        lasting = pair.one.t[span[1]] - pair.one.t[span[0]]
        if contact.state == ContactState.OBJECT_CONTACT and lasting >= pair.one.thresholds.hold:
            yield span


def _rows(motion: Motion, contact: Contact) -> Span:
    first, last = (frame - motion.track.frames.start for frame in (contact.start, contact.end))
    return max(first, 0), min(last, len(motion.t) - 1)


def _known_free(pair: Pair, row: int, way: int) -> bool:
    """Whether the first that is known of the hand within ``moment`` before or after ``row`` is no contact with the
    other, while that is there."""
    last = pair.one.lasting(row, way * pair.one.thresholds.moment)
    for other in range(row + way, last + way, way):
        frame = pair.one.track.frames.start + other
        known = [contact for contact in pair.one.track.contacts if contact.start <= frame <= contact.end]
        if known or frame not in pair.other.track.frames:
            return frame in pair.other.track.frames and all(c.object != pair.other.track.id for c in known)
    return False


HANDS: dict[FactKind, Callable[[Pair], Iterator[Fact]]] = {
    FactKind.REACHES: reaches,
    FactKind.TOUCHES: touches,
    FactKind.GRASPS: grasps,
    FactKind.RELEASES: releases,
    FactKind.LIFTS: lifts,
    FactKind.CARRIES: carries,
    FactKind.PLACES: places,
    FactKind.GIVES: gives,
}
