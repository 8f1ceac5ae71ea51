"""The verdict on a claim: what the facts, recomputed from the trajectories, say to it.

The facts are complete, so a claim that no fact bears out is contradicted. Three things bend that rule:

* A claim may say less than a fact: without a value or amount it asks only whether anything of its kind holds.
* A number holds within ``TOLERANCE`` of the fact's; counts and cycles are exact.
* ``before`` is transitive: a chain of facts proves it. Two events that begin at nearly the same time have no order,
  so a claim about it is not checkable.

Not checkable, too, is a claim that names no track, or no second track, where its kind is about one. A track that does
not exist, a value outside the vocabulary and a number where the kind has none are contradicted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fm_tasks.model import Claim, ContactState, Direction, Document, Fact, FactKind, Verdict
from fm_tasks.motion import CELLS, EDGES, EVENTS, RELATIONS, RIVALS

TOLERANCE: dict[FactKind, tuple[float, float]] = {
    FactKind.MOVES: (0.05, 0.2),
    FactKind.STATIONARY: (0.5, 0.2),
    FactKind.TURNS: (15.0, 0.2),
    FactKind.VEERS: (15.0, 0.2),
    FactKind.UTURNS: (15.0, 0.2),
    FactKind.CIRCLES: (0.0, 0.0),
    FactKind.SHIFTS: (0.03, 0.2),
    FactKind.ACCELERATES: (0.03, 0.3),
    FactKind.SLOWS: (0.03, 0.3),
    FactKind.OSCILLATES: (0.0, 0.0),
    FactKind.FREQUENCY: (0.1, 0.15),
    FactKind.AMPLITUDE: (0.02, 0.2),
    FactKind.TREMBLES: (0.5, 0.0),
    FactKind.GROWS: (0.2, 0.2),
    FactKind.SHRINKS: (0.2, 0.2),
    FactKind.APPROACHES: (0.05, 0.2),
    FactKind.RECEDES: (0.05, 0.2),
    FactKind.SPEED: (0.02, 0.2),
    FactKind.RANK: (0.0, 0.0),
    FactKind.FASTEST: (0.02, 0.2),
    FactKind.PASSES: (0.03, 0.2),
    FactKind.OVERLAPS: (0.2, 0.0),
    FactKind.REACHES: (0.05, 0.2),
    FactKind.TOUCHES: (0.5, 0.2),
    FactKind.BEFORE: (0.5, 0.2),
    FactKind.COUNTS: (0.0, 0.0),
}
"""How far a claimed amount may be off, in the kind's unit and as a share of the fact's, whichever is more.

A kind that is not here has no amount.
"""

PAIRED = tuple(kind for kind in FactKind if kind.object)
"""The kinds that are about a second track."""

PHRASES = {
    FactKind.STATIONARY: "is stationary",
    FactKind.VEERS: "turns and then goes",
    FactKind.UTURNS: "makes a U-turn to the",
    FactKind.SHIFTS: "changes lane to the",
    FactKind.FREQUENCY: "goes to and fro at a frequency",
    FactKind.AMPLITUDE: "goes to and fro with an amplitude",
    FactKind.RANK: "has a rank by speed",
    FactKind.RECEDES: "recedes from",
    FactKind.REACHES: "reaches for",
    FactKind.GIVES: "gives something to",
    FactKind.SPEED: "moves at a speed that is",
    FactKind.FASTEST: "is the fastest",
    FactKind.LOCATED: "is located at",
}
"""Kinds whose name is no verb, for reasons."""


class Finding(Document):
    """The verdict on one claim. ``start`` and ``end`` are the frames of the proof, None where there is none to show."""

    verdict: Verdict
    reason: str
    start: int | None = None
    end: int | None = None


def values_of(kind: FactKind) -> frozenset[str] | None:
    """The values that a fact of this kind may have: empty where it has none, None where it is any label."""
    match kind:
        case FactKind.MOVES | FactKind.VEERS:
            return frozenset(Direction)
        case FactKind.ENTERS | FactKind.LEAVES:
            return frozenset(EDGES)
        case FactKind.TURNS | FactKind.UTURNS | FactKind.SHIFTS:
            return frozenset({"left", "right"})
        case FactKind.CIRCLES:
            return frozenset({"clockwise", "anticlockwise"})
        case FactKind.PASSES:
            return frozenset(RIVALS)
        case FactKind.LIES | FactKind.BECOMES:
            return frozenset(RELATIONS)
        case FactKind.TOUCHES:
            return frozenset(ContactState)
        case FactKind.OSCILLATES | FactKind.FREQUENCY | FactKind.AMPLITUDE | FactKind.TREMBLES:
            return frozenset({"horizontal", "vertical"})
        case FactKind.SPEED:
            return frozenset({"slow", "medium", "fast"})
        case FactKind.LOCATED:
            return frozenset(CELLS)
        case FactKind.BEFORE:
            return frozenset(f"{first}_{second}" for first in EVENTS for second in EVENTS)
        case FactKind.COUNTS:
            return None
    return frozenset()


def check(claim: Claim, facts: Sequence[Fact]) -> Finding:
    """The verdict on ``claim``, given all facts of its clip: with the frames that prove it or the reason against it."""
    kind, allowed = claim.kind, values_of(claim.kind)
    if claim.value is not None and allowed is not None and claim.value not in allowed:
        return _contradicted(f"{claim.value!r} is no value of {kind}: it has {', '.join(sorted(allowed)) or 'none'}")
    if claim.amount is not None and kind not in TOLERANCE:
        return _contradicted(f"{kind} has no amount")
    if kind == FactKind.COUNTS:
        return _check_count(claim, facts)
    if claim.subject is None or (kind in PAIRED and claim.object is None):
        return _not_checkable(f"the claim names no {'track' if claim.subject is None else 'second track'}")
    known = {fact.subject for fact in facts if fact.subject is not None}
    for track in (claim.subject, claim.object):
        if track is not None and track not in known:
            return _contradicted(f"there is no track {track}")
    if kind not in PAIRED and claim.object is not None:
        return _contradicted(f"{kind} is about one track, not two")
    if kind == FactKind.BEFORE:
        return _check_order(claim, facts)
    return _check_fact(claim, [fact for fact in facts if fact.kind == kind and fact.subject == claim.subject])


def _check_fact(claim: Claim, said: Sequence[Fact]) -> Finding:
    """Against ``said``, the facts of the claim's kind and subject."""
    name = f"track {claim.subject} {PHRASES.get(claim.kind, claim.kind)}"
    target = "" if claim.object is None else f" track {claim.object}"
    same = [fact for fact in said if fact.object == claim.object]
    meant = [fact for fact in same if claim.value in (None, fact.value)]
    for fact in meant:
        if _amount_holds(claim, fact.amount):
            return _supported(fact.start, fact.end)
    if meant:
        amounts = _listed(f"{fact.amount:g}" for fact in meant)
        return _contradicted(f"the amount of '{name}{target}' is {amounts}, not {claim.amount:g}")
    if same:
        return _contradicted(f"{name} {_listed(str(fact.value) for fact in same)}, not {claim.value}")
    if said:
        return _contradicted(f"{name} {_listed(f'track {fact.object}' for fact in said)}, not{target}")
    return _contradicted(f"nothing shows that {name}{target}")


def _check_count(claim: Claim, facts: Sequence[Fact]) -> Finding:
    """A label that no fact counts is carried by no track."""
    if claim.value is None:
        return _not_checkable("the claim names no label")
    if claim.subject is not None or claim.object is not None:
        return _contradicted("counts is about a label, not about a track")
    fact = next((fact for fact in facts if fact.kind == FactKind.COUNTS and fact.value == claim.value), None)
    if fact is None:
        none = f"no track is labelled {claim.value}"
        return Finding(verdict=Verdict.SUPPORTED, reason=none) if claim.amount == 0 else _contradicted(none)
    if _amount_holds(claim, fact.amount):
        return _supported(fact.start, fact.end)
    return _contradicted(f"tracks labelled {claim.value}: {fact.amount:g}, not {claim.amount:g}")


Event = tuple[int | None, FactKind]


def _check_order(claim: Claim, facts: Sequence[Fact]) -> Finding:
    if claim.value is None:
        return _not_checkable("the claim names no events")
    first, second = _events(claim)
    moments = {}
    for track, kind in (first, second):
        same = [fact for fact in facts if (fact.subject, fact.kind) == (track, kind)]
        if not same:
            return _contradicted(f"nothing shows that track {track} {kind}")
        moments[track, kind] = min(same, key=lambda fact: fact.start)
    after = _seconds_after(first, facts).get(second)
    if after is None and first in _seconds_after(second, facts):
        return _contradicted(f"track {second[0]} {second[1]} before track {first[0]} {first[1]}, not after")
    if after is None:
        return _not_checkable(f"track {first[0]} {first[1]} and track {second[0]} {second[1]} at nearly the same time")
    if not _amount_holds(claim, after):
        return _contradicted(f"{after:g} seconds lie between the two, not {claim.amount:g}")
    return _supported(moments[first].start, moments[second].end)


def _seconds_after(event: Event, facts: Sequence[Fact]) -> dict[Event, float]:
    """How long after ``event`` every other begins to which a chain of `before` facts leads, seconds."""
    after = {event: 0.0}
    for fact in sorted((fact for fact in facts if fact.kind == FactKind.BEFORE), key=lambda fact: fact.start):
        first, second = _events(fact)
        if first in after:
            after[second] = after[first] + fact.amount
    del after[event]
    return after


def _events(said: Claim | Fact) -> tuple[Event, Event]:
    """The two events that a `before` is about."""
    first, second = said.value.split("_")
    return (said.subject, FactKind(first)), (said.object, FactKind(second))


def _amount_holds(claim: Claim, amount: float) -> bool:
    if claim.amount is None:
        return True
    absolute, relative = TOLERANCE[claim.kind]
    return abs(claim.amount - amount) <= max(absolute, relative * abs(amount))


def _listed(words: Iterable[str]) -> str:
    """The words in their order, each once."""
    return " and ".join(dict.fromkeys(words))


def _supported(start: int, end: int) -> Finding:
    return Finding(verdict=Verdict.SUPPORTED, reason=f"frames {start} to {end} show it", start=start, end=end)


def _contradicted(reason: str) -> Finding:
    return Finding(verdict=Verdict.CONTRADICTED, reason=reason)


def _not_checkable(reason: str) -> Finding:
    return Finding(verdict=Verdict.NOT_CHECKABLE, reason=reason)
