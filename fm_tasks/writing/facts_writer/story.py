"""The names and phrases of one clip: what each track is called, and how its motion is said."""

from __future__ import annotations

import random
from collections.abc import Mapping

from fm_tasks.english.words import CLASSES, CYCLES, RELATIONS, SIDES, SOMETHING, WAYS, noun_of, plural
from fm_tasks.model import Fact, MotionFacts
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion.vocabulary import OF_PERSONS
from fm_tasks.writing.facts_writer.fact_index import Facts
from fm_tasks.writing.facts_writer.names import Name, names_of

GIVEN_AWAY_BY = {
    Kind.MOVES: {Kind.MOVES, Kind.ENTERS, Kind.LEAVES, Kind.STATIONARY, Kind.OSCILLATES},
    Kind.STATIONARY: {Kind.MOVES, Kind.STATIONARY, Kind.OSCILLATES, Kind.FASTEST},
    Kind.OSCILLATES: {Kind.MOVES, Kind.STATIONARY, Kind.OSCILLATES},
    Kind.ENTERS: {Kind.ENTERS, Kind.LOCATED, Kind.MOVES},
    Kind.LEAVES: {Kind.LEAVES, Kind.MOVES},
    Kind.LOCATED: {Kind.LOCATED, Kind.ENTERS, Kind.LEAVES},
    Kind.SPEED: {Kind.FASTEST, Kind.STATIONARY},
    Kind.FASTEST: {Kind.FASTEST, Kind.STATIONARY},
    Kind.STOPS: {Kind.STATIONARY},
    Kind.STARTS: {Kind.STATIONARY},
    Kind.TURNS: {Kind.TURNS},
    Kind.UTURNS: {Kind.TURNS},
    Kind.CIRCLES: {Kind.TURNS},
    Kind.SHIFTS: {Kind.TURNS},
    Kind.TREMBLES: {Kind.STATIONARY, Kind.OSCILLATES},
    Kind.PASSES: {Kind.FASTEST, Kind.STATIONARY},
    Kind.LIES: {Kind.LOCATED, Kind.ENTERS, Kind.LEAVES},
}
"""Where a text is about the kind on the left, no object in it may be named by a kind on the right."""


DOES = {
    Kind.STOPS: "stops", Kind.STARTS: "starts to move", Kind.REVERSES: "goes back the way it came",
    Kind.ACCELERATES: "speeds up", Kind.SLOWS: "slows down", Kind.FASTEST: "moves fastest",
    Kind.GROWS: "looks larger and larger", Kind.SHRINKS: "looks smaller and smaller",
    Kind.REACHES: "reaches for {}", Kind.GRASPS: "takes hold of {}", Kind.RELEASES: "lets go of {}",
    Kind.LIFTS: "lifts {}", Kind.PLACES: "puts {} down",
    Kind.TILTS: "tilts {}", Kind.TAPS: "taps with thumb and index finger", Kind.OPENS: "opens its fingers",
    Kind.WAVES: "waves", Kind.BENDS: "bends down", Kind.STRAIGHTENS: "straightens up", Kind.SITS: "sits down",
    Kind.STANDS: "stands up", Kind.JUMPS: "jumps", Kind.TURNS_ROUND: "turns round", Kind.THROWS: "throws {}",
    Kind.APPROACHES: "gets closer to {}", Kind.RECEDES: "gets farther from {}",
}  # fmt: skip
"""What is said of a kind without a value; ``{}`` is what it is done to."""
LIMBS = {"left": "the left {}", "right": "the right {}", "both": "both {}s"}
"""What is said of an arm or a leg."""


def _nouns(labels: Mapping[int, str]) -> dict[int, str]:
    """The noun for each track: its class, where another is only known by that, and the two may be of one kind."""
    nouns = {track: noun_of(label) for track, label in labels.items()}
    return {track: CLASSES[noun] if CLASSES.get(noun) in nouns.values() else noun for track, noun in nouns.items()}


class Story(Facts):
    """The facts of one clip, names for its tracks and the source of chance for the choice of words."""

    def __init__(self, found: MotionFacts, rng: random.Random):
        super().__init__(found.facts, found.seconds, found.complete)
        self.nouns = _nouns(found.labels)
        self.names = names_of(self, self.nouns)
        self.rng = rng
        self.actors = sorted(self.nouns, key=lambda track: (not self.names[track], -self._travel(track), track))
        """Tracks: those with a name before those without, the one that moves most first."""

    def _travel(self, track: int) -> float:
        return max((fact.amount or 0 for fact in self.of(track, Kind.OSCILLATES, Kind.MOVES)), default=0.0)

    def name(self, track: int, *about: Kind) -> Name | None:
        """The best name that gives away nothing of ``about``; None where there is none."""
        telling = set(about).union(*(GIVEN_AWAY_BY.get(kind, ()) for kind in about))
        return next((name for name in self.names[track] if not name.kinds & telling), None)

    def might(self, track: int, fact: Fact) -> bool:
        """As ``Facts.might``; what joints tell might be true of any person, as not all persons' are known."""
        return super().might(track, fact) or (fact.kind in OF_PERSONS and self.nouns[track] in ("person", SOMETHING))

    def some(self, track: int, *about: Kind) -> Name:
        """As ``name``, else ``one of the cars``, true though it does not tell which; ``one car`` or ``the other car``
        where there are two."""
        noun = self.nouns[track]
        like = [other for other in self.actors if self.nouns[other] == noun]
        others = "the other {}" if self.complete else "another {}"
        pattern = ("one {}", others)[like.index(track)] if len(like) == 2 else None
        return self.name(track, *about) or (Name(noun, pattern) if pattern else Name(plural(noun), "one of the {}"))

    def numbered(self) -> set[str]:
        """The nouns whose objects are all told apart by when they appear."""
        orderly = {t for t, names in self.names.items() if any(Kind.BEFORE in name.kinds for name in names)}
        return set(self.nouns.values()) - {self.nouns[track] for track in self.nouns.keys() - orderly}

    def vary(self, track: int, *forms: str) -> str:
        """One of ``forms`` at random; the first for a track without a name, so that what is said of its like merges."""
        return self.rng.choice(forms) if self.names[track] else forms[0]

    def whom(self, fact: Fact) -> str:
        """What the object of ``fact`` is called: by where it is only if it has no other name."""
        return str(self.name(fact.object, Kind.LOCATED) or self.some(fact.object))

    def does(self, fact: Fact, whom: str | None = None) -> str:
        """The predicate of ``fact``, in the present tense, third person; ``whom`` is what it is done to."""
        if whom is None and fact.object is not None:
            whom = self.whom(fact)
        match fact.kind:
            case Kind.MOVES:
                return f"moves {WAYS[fact.value]}"
            case Kind.STATIONARY:
                return "stays in one place" if self.rest(fact.subject) else "stays still for a while"
            case Kind.ENTERS:
                return f"enters from the {fact.value}"
            case Kind.LEAVES:
                return f"leaves {SIDES[fact.value]}"
            case Kind.TURNS:
                return f"turns {fact.value}"
            case Kind.UTURNS:
                return f"makes a U-turn to its {fact.value}"
            case Kind.SHIFTS:
                return f"changes lane to its {fact.value}"
            case Kind.CIRCLES:
                return f"goes round and round {fact.value}" if fact.amount > 1 else f"goes round {fact.value}"
            case Kind.TREMBLES:
                return f"trembles {fact.value}ly"
            case Kind.OSCILLATES:
                return f"goes {CYCLES[fact.value]} repeatedly"
            case Kind.PASSES:
                return f"{'overtakes' if fact.value == 'overtaking' else 'passes'} {whom}"
            case Kind.BECOMES:
                return f"ends up {RELATIONS[fact.value]} {whom}"
            case Kind.RAISES | Kind.LOWERS:
                return f"{fact.kind} {LIMBS[fact.value].format('arm')}"
            case Kind.KICKS:
                return f"kicks with {LIMBS[fact.value].format('leg')}"
            case Kind.CARRIES:
                return f"carries {whom} {WAYS[fact.value]}"
            case Kind.GIVES:
                things = [release.object for release in self.of(fact.subject, Kind.RELEASES)]
                return f"hands {self.some(things[0], Kind.LOCATED) if things else 'a thing'} over to {whom}"
        if fact.kind in DOES:
            return DOES[fact.kind].format(whom)
        raise ValueError(f"{fact.kind} is not something that an object does")
