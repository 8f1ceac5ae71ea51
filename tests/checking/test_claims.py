"""Claims that are true of known trajectories are kept, false ones are caught, and the reason says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from trajectories import RATES, everything, scene

from fm_tasks.checking.claims import Finding, check
from fm_tasks.model import Claim, Direction, Fact, FactKind, Verdict
from fm_tasks.motion import facts
from fm_tasks.motion.vocabulary import VOCABULARY

F = FactKind
FACTS = (
    Fact(kind=F.LOCATED, subject=0, value="left", start=0, end=40),
    Fact(kind=F.LOCATED, subject=1000, value="top", start=0, end=90),
    Fact(kind=F.LOCATED, subject=1001, value="center", start=0, end=90),
    Fact(kind=F.MOVES, subject=0, value="left", amount=0.3, start=3, end=40),
    Fact(kind=F.OSCILLATES, subject=1001, value="vertical", amount=4, start=5, end=80),
    Fact(kind=F.TURNS, subject=0, value="right", amount=88.0, start=20, end=30),
    Fact(kind=F.ENTERS, subject=0, value="right", start=3, end=15),
    Fact(kind=F.STOPS, subject=1000, start=50, end=70),
    Fact(kind=F.STOPS, subject=1001, start=51, end=90),
    Fact(kind=F.APPROACHES, subject=0, object=1000, amount=0.2, start=3, end=40),
    Fact(kind=F.BEFORE, subject=0, object=0, value="enters_turns", amount=0.6, start=3, end=20),
    Fact(kind=F.BEFORE, subject=0, object=1000, value="turns_stops", amount=1.2, start=20, end=50),
    Fact(kind=F.BEFORE, subject=0, object=1001, value="turns_stops", amount=1.3, start=20, end=51),
    Fact(kind=F.COUNTS, subject=None, value="car", amount=2, start=0, end=90),
)


def claimed(kind: FactKind, subject: int | None = 0, **fields: object) -> Finding:
    return check(Claim(kind=kind, subject=subject, **fields), FACTS)


def test_what_a_fact_says_is_supported_by_its_frames():
    found = claimed(F.MOVES, value="left")
    assert (found.verdict, found.start, found.end) == (Verdict.SUPPORTED, 3, 40)


def test_a_claim_may_say_less_than_the_fact():
    assert claimed(F.MOVES).verdict == Verdict.SUPPORTED
    assert claimed(F.COUNTS, None, value="car").verdict == Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (claimed(F.MOVES, value="right"), "track 0 moves left, not right"),
        (claimed(F.MOVES, 12, value="left"), "there is no track 12"),
        (claimed(F.APPROACHES, object=12), "there is no track 12"),
        (claimed(F.APPROACHES, object=1001), "track 0 approaches track 1000, not track 1001"),
        (claimed(F.RECEDES, object=1000), "nothing shows that track 0 recedes from track 1000"),
        (claimed(F.STATIONARY), "nothing shows that track 0 is stationary"),
        (claimed(F.MOVES, value="left", object=1000), "moves is about one track, not two"),
        (claimed(F.TURNS, value="left"), "track 0 turns right, not left"),
        (claimed(F.TURNS, value="up"), "'up' is no value of turns: it has left, right"),
        (claimed(F.STOPS, 1000, value="left"), "'left' is no value of stops: it has none"),
        (claimed(F.ENTERS, value="right", amount=2), "enters has no amount"),
        (claimed(F.OSCILLATES, 1001, amount=3), "the amount of 'track 1001 oscillates' is 4, not 3"),
        (claimed(F.COUNTS, None, value="car", amount=3), "tracks labelled car: 2, not 3"),
        (claimed(F.COUNTS, None, value="bus"), "no track is labelled bus"),
        (claimed(F.COUNTS, 0, value="car"), "counts is about a label, not about a track"),
        (claimed(F.BEFORE, 1000, object=0, value="stops_turns"), "track 0 turns before track 1000 stops, not after"),
        (claimed(F.BEFORE, object=1000, value="turns_starts"), "nothing shows that track 1000 starts"),
        (claimed(F.BEFORE, object=1000, value="turns_stops", amount=4), "1.2 seconds lie between the two, not 4"),
    ],
)
def test_a_contradiction_names_what_the_facts_say_instead(found, reason):
    assert (found.verdict, found.reason) == (Verdict.CONTRADICTED, reason)
    assert found.start is None and found.end is None


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (claimed(F.MOVES, None, value="left"), "the claim names no track"),
        (claimed(F.APPROACHES), "the claim names no second track"),
        (claimed(F.BEFORE, object=1000), "the claim names no events"),
        (claimed(F.COUNTS, None, amount=3), "the claim names no label"),
        (
            claimed(F.BEFORE, 1000, object=1001, value="stops_stops"),
            "track 1000 stops and track 1001 stops at nearly the same time",
        ),
    ],
)
def test_what_cannot_be_judged_is_not_checkable(found, reason):
    assert (found.verdict, found.reason) == (Verdict.NOT_CHECKABLE, reason)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (claimed(F.TURNS, value="left", negated=True), Verdict.SUPPORTED),
        (claimed(F.TURNS, negated=True), Verdict.CONTRADICTED),
        (claimed(F.REVERSES, None, negated=True), Verdict.SUPPORTED),
        (claimed(F.OSCILLATES, None, negated=True), Verdict.CONTRADICTED),
        (claimed(F.APPROACHES, negated=True), Verdict.CONTRADICTED),
        (claimed(F.APPROACHES, object=1001, negated=True), Verdict.SUPPORTED),
        (claimed(F.TURNS, 12, negated=True), Verdict.CONTRADICTED),
        (claimed(F.TURNS, value="up", negated=True), Verdict.CONTRADICTED),
        (claimed(F.COUNTS, None, value="dog", negated=True), Verdict.CONTRADICTED),
        (claimed(F.BEFORE, object=1000, value="turns_stops", negated=True), Verdict.CONTRADICTED),
    ],
)
def test_a_negated_claim_holds_where_nothing_shows_it(found, verdict):
    assert found.verdict == verdict
    assert (found.start, found.end) == ((0, 90) if verdict == Verdict.SUPPORTED else (None, None))


def test_a_chain_proves_an_order():
    found = claimed(F.BEFORE, object=1000, value="enters_stops", amount=1.8)
    assert (found.verdict, found.start, found.end) == (Verdict.SUPPORTED, 3, 70)


def test_numbers_hold_within_their_tolerance():
    assert claimed(F.TURNS, value="right", amount=90).verdict == Verdict.SUPPORTED
    assert claimed(F.TURNS, value="right", amount=45).verdict == Verdict.CONTRADICTED
    assert claimed(F.OSCILLATES, 1001, amount=4).verdict == Verdict.SUPPORTED
    assert claimed(F.COUNTS, None, value="bus", amount=0).verdict == Verdict.SUPPORTED


def crowd(seed: int) -> list:
    """Six movers of different kinds and labels, some later than others."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(np.array(everything(seed), object), 6, replace=False)
    labels = rng.choice(["person", "car", "ball"], 6)
    return [
        replace(mover, begins=mover.begins + rng.uniform(0, 1.5), label=str(label))
        for mover, label in zip(chosen, labels, strict=True)
    ]


def stated(fact: Fact, amount: bool = False) -> Claim:
    number = fact.amount if amount else None
    return Claim(kind=fact.kind, subject=fact.subject, object=fact.object, value=fact.value, amount=number)


@pytest.mark.parametrize("seed", range(4))
def test_every_fact_is_supported_when_claimed(seed):
    found = facts(scene(crowd(seed), RATES[seed], 0.004, seed))
    for fact in found:
        for claim in (stated(fact), stated(fact, amount=True)):
            assert check(claim, found).verdict == Verdict.SUPPORTED, (claim, check(claim, found))
        assert fact.kind == F.COUNTS or fact.value is None or fact.value in VOCABULARY[fact.kind].values
        assert fact.amount is None or VOCABULARY[fact.kind].tolerance


OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up", "top": "bottom", "bottom": "top"}
OPPOSITE |= {"horizontal": "vertical", "vertical": "horizontal", "slow": "fast", "fast": "slow", "medium": "slow"}


def corruptions(fact: Fact, true: set[Claim], tracks: list[int], rng: np.random.Generator) -> dict[str, Claim]:
    """False claims made from a true one, by what was done to it."""
    claim = stated(fact)
    made = {}
    if fact.subject is not None:
        made["invented track"] = claim.model_copy(update={"subject": 777})
        made["swapped tracks"] = claim.model_copy(update={"subject": int(rng.choice(tracks))})
    if fact.kind in (F.APPROACHES, F.RECEDES):
        made["swapped tracks"] = claim.model_copy(update={"object": int(rng.choice(tracks))})
    if fact.kind in (F.MOVES, F.ENTERS, F.LEAVES, F.TURNS, F.OSCILLATES, F.SPEED):
        value = "_".join(OPPOSITE[word] for word in fact.value.split("_"))
        made["flipped value"] = claim.model_copy(update={"value": value})
    if fact.kind in (F.COUNTS, F.OSCILLATES):
        made["wrong count"] = claim.model_copy(update={"amount": fact.amount + rng.choice([-1, 1, 2])})
    if fact.kind == F.BEFORE:
        reverse = {"subject": fact.object, "object": fact.subject, "value": "_".join(fact.value.split("_")[::-1])}
        made = {"reversed order": claim.model_copy(update=reverse)}
    return {name: made[name] for name in made if made[name] not in true}


def test_true_claims_are_kept_and_false_ones_caught_through_jitter():
    """What is true comes from the exact trajectories, the verdict from jittered ones."""
    kept, caught = [], {}
    for seed in range(12):
        movers, rate = crowd(seed), RATES[seed % 4]
        exact, seen = facts(scene(movers, rate, 0, seed)), facts(scene(movers, rate, 0.004, seed))
        rng = np.random.default_rng(seed)
        true = {stated(fact) for fact in exact}
        tracks = sorted({fact.subject for fact in exact if fact.subject is not None})
        for fact in exact:
            if fact.kind == F.BEFORE and fact.amount < 0.5:
                continue  # an order this close may become one of the same time
            kept.append(check(stated(fact), seen).verdict == Verdict.SUPPORTED)
            for name, claim in corruptions(fact, true, tracks, rng).items():
                caught.setdefault(name, []).append(check(claim, seen).verdict == Verdict.CONTRADICTED)
    assert len(kept) > 500 and np.mean(kept) >= 0.98
    assert len(caught) == 5
    for name, hits in caught.items():
        assert len(hits) >= 20 and np.mean(hits) >= 0.95, name


def test_the_vocabulary_of_every_kind_is_closed():
    assert VOCABULARY[F.MOVES].values == set(Direction)
    assert {kind for kind in F if VOCABULARY[kind].values is None} == {F.COUNTS}
    assert "enters_stops" in VOCABULARY[F.BEFORE].values and "moves_stops" not in VOCABULARY[F.BEFORE].values
