"""The verdict of the facts on one claim: what proves it, or what speaks against it.

The facts are complete, so a claim that no fact bears out is contradicted, and a negated one supported. Three things
bend that rule:

* A claim may say less than a fact: without a value or amount it asks only whether anything of its kind holds.
* A number holds within its kind's tolerance (``motion.vocabulary``) of the fact's; counts and cycles are exact.
* ``before`` is transitive: a chain of facts proves it. Two events that begin at nearly the same time have no order,
  so a claim about it is not checkable.

A claim that names no track, or no second track, where its kind is about one, is not checkable either. A track that does
not exist, a value outside the vocabulary and a number where the kind has none are contradicted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fm_tasks.model import Claim, Document, Fact, FactKind, Verdict
from fm_tasks.motion.vocabulary import OF_PERSONS, VOCABULARY


class Finding(Document):
    """The verdict on one claim. ``start`` and ``end`` are the frames of the proof, None where there is none to show."""

    verdict: Verdict
    reason: str
    start: int | None = None
    end: int | None = None


INCOMPLETE = "more moves here than is followed, so nothing is known of all that is there"


UNKNOWN = "the joints of the largest persons alone are known, so nobody can be said not to do it"


def check(claim: Claim, facts: Sequence[Fact], complete: bool = True) -> Finding:
    """The verdict on ``claim``, given all facts of its clip: with the frames that prove it or the reason against it.

    Where the clip's tracks are not ``complete``, nothing that is said of all holds: counts, and that nothing does it.
    """
    kind, allowed = claim.kind, VOCABULARY[claim.kind].values
    if claim.value is not None and allowed is not None and claim.value not in allowed:
        return contradicted(f"{claim.value!r} is no value of {kind}: it has {', '.join(sorted(allowed)) or 'none'}")
    if claim.amount is not None and VOCABULARY[kind].tolerance is None:
        return contradicted(f"{kind} has no amount")
    if claim.negated and kind in (FactKind.COUNTS, FactKind.BEFORE):
        return contradicted(f"{kind} cannot be negated: none is an amount of 0, and an order has an opposite")
    if not complete and (kind == FactKind.COUNTS or (claim.negated and claim.subject is None)):
        return contradicted(INCOMPLETE)
    if kind == FactKind.COUNTS:
        return _check_count(claim, facts)
    if not claim.negated and (claim.subject is None or (kind.object and claim.object is None)):
        return not_checkable(f"the claim names no {'track' if claim.subject is None else 'second track'}")
    known = {fact.subject for fact in facts if fact.subject is not None}
    for track in (claim.subject, claim.object):
        if track is not None and track not in known:
            return contradicted(f"there is no track {track}")
    if not kind.object and claim.object is not None:
        return contradicted(f"{kind} is about one track, not two")
    if claim.negated:
        return _check_absence(claim, facts)
    if kind == FactKind.BEFORE:
        return _check_order(claim, facts)
    return _check_fact(claim, [fact for fact in facts if fact.kind == kind and fact.subject == claim.subject])


def _check_absence(claim: Claim, facts: Sequence[Fact]) -> Finding:
    """Of a claim that is negated: what it leaves open may be anything."""
    for fact in facts:
        same = [getattr(claim, name) in (None, getattr(fact, name)) for name in ("subject", "object", "value")]
        if fact.kind == claim.kind and all(same) and amount_holds(claim, fact.amount):
            return contradicted(f"the claim denies what frames {fact.start} to {fact.end} show")
    if claim.kind in OF_PERSONS:
        return not_checkable(UNKNOWN)
    return absent(f"nothing shows it: {VOCABULARY[claim.kind].phrase}", facts)


def _check_fact(claim: Claim, said: Sequence[Fact]) -> Finding:
    """Against ``said``, the facts of the claim's kind and subject."""
    name = f"track {claim.subject} {VOCABULARY[claim.kind].phrase}"
    target = "" if claim.object is None else f" track {claim.object}"
    same = [fact for fact in said if fact.object == claim.object]
    meant = [fact for fact in same if claim.value in (None, fact.value)]
    for fact in meant:
        if amount_holds(claim, fact.amount):
            return supported(fact.start, fact.end)
    if meant:
        amounts = _listed(f"{fact.size:g}" for fact in meant)
        return contradicted(f"the amount of '{name}{target}' is {amounts}, not {claim.amount:g}")
    if same:
        return contradicted(f"{name} {_listed(str(fact.value) for fact in same)}, not {claim.value}")
    if said:
        return contradicted(f"{name} {_listed(f'track {fact.object}' for fact in said)}, not{target}")
    return contradicted(f"nothing shows that {name}{target}")


def _check_count(claim: Claim, facts: Sequence[Fact]) -> Finding:
    """A label that no fact counts is carried by no track."""
    if claim.value is None:
        return not_checkable("the claim names no label")
    if claim.subject is not None or claim.object is not None:
        return contradicted("counts is about a label, not about a track")
    fact = next((fact for fact in facts if fact.kind == FactKind.COUNTS and fact.value == claim.value), None)
    if fact is None:
        none = f"no track is labelled {claim.value}"
        return absent(none, facts) if claim.amount == 0 else contradicted(none)
    if amount_holds(claim, fact.amount):
        return supported(fact.start, fact.end)
    return contradicted(f"tracks labelled {claim.value}: {fact.amount:g}, not {claim.amount:g}")


Event = tuple[int | None, FactKind]


def _check_order(claim: Claim, facts: Sequence[Fact]) -> Finding:
    if claim.value is None:
        return not_checkable("the claim names no events")
    first, second = events_of(claim)
    moments = {}
    for track, kind in (first, second):
        same = [fact for fact in facts if (fact.subject, fact.kind) == (track, kind)]
        if not same:
            return contradicted(f"nothing shows that track {track} {kind}")
        moments[track, kind] = min(same, key=lambda fact: fact.start)
    after = _seconds_after(first, facts).get(second)
    if after is None and first in _seconds_after(second, facts):
        return contradicted(f"track {second[0]} {second[1]} before track {first[0]} {first[1]}, not after")
    if after is None:
        return not_checkable(f"track {first[0]} {first[1]} and track {second[0]} {second[1]} at nearly the same time")
    if not amount_holds(claim, after):
        return contradicted(f"{after:g} seconds lie between the two, not {claim.amount:g}")
    return supported(moments[first].start, moments[second].end)


def _seconds_after(event: Event, facts: Sequence[Fact]) -> dict[Event, float]:
    """How long after ``event`` every other begins to which a chain of `before` facts leads, seconds."""
    after = {event: 0.0}
    for fact in sorted((fact for fact in facts if fact.kind == FactKind.BEFORE), key=lambda fact: fact.start):
        first, second = events_of(fact)
        if first in after:
            after[second] = after[first] + fact.size
    del after[event]
    return after


def events_of(said: Claim | Fact) -> tuple[Event, Event]:
    """The two events that a `before` with a value is about."""
    first, second = (said.value or "").split("_")
    return (said.subject, FactKind(first)), (said.object, FactKind(second))


def amount_holds(claim: Claim, amount: float | None) -> bool:
    """Whether an amount is the claimed one, within the tolerance of its kind."""
    tolerance = VOCABULARY[claim.kind].tolerance
    if claim.amount is None or tolerance is None or amount is None:
        return claim.amount is None
    absolute, relative = tolerance
    return abs(claim.amount - amount) <= max(absolute, relative * abs(amount))


def _listed(words: Iterable[str]) -> str:
    """The words in their order, each once."""
    return " and ".join(dict.fromkeys(words))


def supported(start: int, end: int) -> Finding:
    """These frames bear it out."""
    return Finding(verdict=Verdict.SUPPORTED, reason=f"frames {start} to {end} show it", start=start, end=end)


def absent(reason: str, facts: Sequence[Fact]) -> Finding:
    """All frames of the clip prove that something is not there."""
    return Finding(verdict=Verdict.SUPPORTED, reason=reason, start=0, end=last_frame(facts))


def last_frame(facts: Sequence[Fact]) -> int:
    """The last frame of which anything is known."""
    return max((fact.end for fact in facts), default=0)


def contradicted(reason: str) -> Finding:
    """It is not so."""
    return Finding(verdict=Verdict.CONTRADICTED, reason=reason)


def not_checkable(reason: str) -> Finding:
    """Nothing tells whether it is so."""
    return Finding(verdict=Verdict.NOT_CHECKABLE, reason=reason)
