"""Names for tracks, which tell them apart in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fm_tasks.english.words import ORDINALS, SIDES, WAYS, place
from fm_tasks.model import Claim, Direction, Fact
from fm_tasks.model import FactKind as Kind
from fm_tasks.writing.facts_writer.fact_index import Facts, claim, near

APPEARANCE_GAP = 10
"""Frames by which appearances must lie apart to be called first and second: detectors find what is there late."""
PLAIN = "the {}"
"""The pattern of a name that is only a noun."""
ANY = "one {}"
"""As ``PLAIN``, where there may be others that are not followed."""


@dataclass(frozen=True)
class Name:
    """What an object is called: ``pattern`` has ``{}`` for the noun; ``kinds`` are what the pattern gives away."""

    noun: str
    pattern: str = PLAIN
    kinds: frozenset[Kind] = frozenset()
    claims: tuple[Claim, ...] = ()

    def __str__(self) -> str:
        return self.of(self.noun)

    def of(self, noun: str) -> str:
        """The name with another noun."""
        return self.pattern.replace("{}", noun)


@dataclass(frozen=True)
class Trait:
    """Something by which tracks are told apart: it holds of ``proof``'s tracks, and might be said of ``might``, too."""

    pattern: str
    kind: Kind
    proof: Mapping[int, Fact | None]
    might: frozenset[int] = frozenset()

    def tells(self) -> frozenset[int]:
        """Every track that a viewer could think of."""
        return self.might.union(self.proof)


def names_of(facts: Facts, nouns: Mapping[int, str]) -> dict[int, tuple[Name, ...]]:
    """Every name that fits one track only, best first; no name where nothing tells a track from its like.

    The only track of its noun is ``the car``. Among several, a track is told apart by what is true of it alone: when
    it appears (``the first car to appear``), the cell in which it is first seen, the edge at which it enters, the one
    way in which it moves, that it goes to and fro, is the fastest, turns or stays in place, the cell in which it is
    last seen; else by two of these together (``the car on the left moving upwards``). Where more may be there than is
    followed, each is ``one car`` instead of ``the car``, and none is the first to appear.
    """
    names = {}
    for noun in sorted(set(nouns.values())):
        group = sorted(track for track in nouns if nouns[track] == noun)
        if len(group) == 1:
            names[group[0]] = (Name(noun, PLAIN if facts.complete else ANY),)
            continue
        traits = [*(_appearances(group, facts) if facts.complete else ()), *_places(group, facts)]
        traits += _motions(group, facts)
        places = [trait for trait in traits if trait.kind == Kind.LOCATED]
        motions = [trait for trait in traits if trait.kind in (Kind.MOVES, Kind.OSCILLATES, Kind.STATIONARY)]
        described = [(trait,) for trait in traits] + [(where, what) for where in places for what in motions]
        for track in group:
            names[track] = tuple(
                Name(
                    noun,
                    told[0].pattern.replace("the ", "the " if facts.complete else "one ", 1)
                    + "".join(trait.pattern.removeprefix(PLAIN) for trait in told[1:]),
                    frozenset(trait.kind for trait in told),
                    tuple(claim(trait.proof[track]) for trait in told if trait.proof[track]),
                )
                for told in described
                if all(track in trait.proof for trait in told)
                and frozenset.intersection(*(trait.tells() for trait in told)) == {track}
            )
    return names


def declared(names: Iterable[Name], *claims: Claim) -> tuple[Claim, ...]:
    """``claims`` and those on which the names rest, each once."""
    return tuple(dict.fromkeys((*claims, *(c for name in names for c in name.claims))))


def _appearances(group: Sequence[int], facts: Facts) -> Iterator[Trait]:
    """The order in which tracks that share a noun appear, where it is clear."""
    if not all(facts.first(track, Kind.LOCATED) for track in group):
        return
    starts = {track: facts.begins[track] for track in group}
    order = sorted(group, key=starts.get)
    for rank, (word, track) in enumerate(zip(ORDINALS, order, strict=False)):
        neighbours = [starts[other] for other in order[max(rank - 1, 0) : rank + 2] if other != track]
        if all(abs(start - starts[track]) >= APPEARANCE_GAP for start in neighbours):
            yield Trait(f"the {word} {{}} to appear", Kind.BEFORE, {track: None})


def _places(group: Sequence[int], facts: Facts) -> Iterator[Trait]:
    """Where tracks that share a noun are first seen: by cell."""
    first = {track: fact for track in group if (fact := facts.first(track, Kind.LOCATED))}
    if len(first) < len(group):
        return
    seen = "first seen " if any(fact.start for fact in first.values()) else ""
    for cell, here, might in _cells(first):
        yield Trait(f"the {{}} {seen}{place(cell)}", Kind.LOCATED, here, might)


def _cells(stays: Mapping[int, Fact]) -> Iterator[tuple[str, dict[int, Fact], frozenset[int]]]:
    """Each cell with the tracks in it, and those of which a viewer might say so: ``at the top`` of the top left."""
    for cell in dict.fromkeys(fact.value for fact in stays.values()):
        might = (t for t, fact in stays.items() if set(cell.split("_")) <= set(fact.value.split("_")))
        yield cell, {t: fact for t, fact in stays.items() if fact.value == cell}, frozenset(might)


def _motions(group: Sequence[int], facts: Facts) -> Iterator[Trait]:
    """What tracks that share a noun do."""
    for side in SIDES:
        here = {track: fact for track in group for fact in facts.of(track, Kind.ENTERS) if fact.value == side}
        yield Trait(f"the {{}} entering from the {side}", Kind.ENTERS, here)
    moves = {track: facts.of(track, Kind.MOVES) for track in group}
    for way in Direction:
        here = {track: found[0] for track, found in moves.items() if [fact.value for fact in found] == [way]}
        might = frozenset(track for track, found in moves.items() if any(near(way, fact.value) for fact in found))
        yield Trait(f"the {{}} moving {WAYS[way]}", Kind.MOVES, here, might)
    for pattern, kind in (("the {} going to and fro", Kind.OSCILLATES), ("the fastest {}", Kind.FASTEST)):
        yield Trait(pattern, kind, {track: fact for track in group for fact in facts.of(track, kind)})
    for side in ("left", "right"):
        turns = {track: {fact.value: fact for fact in facts.of(track, Kind.TURNS)} for track in group}
        here = {track: own[side] for track, own in turns.items() if own.keys() == {side}}
        might = frozenset(track for track, own in turns.items() if side in own)
        yield Trait(f"the {{}} turning {side}", Kind.TURNS, here, might)
    # Where something ends tells which way it moves, and on which side it leaves.
    last = {track: stays[-1] for track in group if (stays := facts.of(track, Kind.LOCATED))}
    for cell, here, might in _cells(last):
        yield Trait(f"the {{}} last seen {place(cell)}", Kind.LEAVES, here, might)
    still = {track: facts.first(track, Kind.STATIONARY) for track in group if facts.rest(track)}
    might = frozenset(track for track in group if not moves[track])
    yield Trait("the {} staying in place", Kind.STATIONARY, still, might)
