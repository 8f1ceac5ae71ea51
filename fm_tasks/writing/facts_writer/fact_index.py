"""An index of the facts of one clip: what is true of each track, and what a viewer might mistake for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from fm_tasks.model import Claim, Direction, Fact
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion import DEFAULTS, begins
from fm_tasks.motion.vocabulary import OPPOSITE_VALUES, VOCABULARY

WHOLE = 0.9
"""Share of the clip's length from which something lasts the whole clip: detectors find what is there late."""


def claim(fact: Fact, amount: bool = False) -> Claim:
    """What is said when ``fact`` is said; with its amount where the text names the number."""
    return Claim(
        kind=fact.kind,
        subject=fact.subject,
        object=fact.object,
        value=fact.value,
        amount=fact.amount if amount else None,
    )


SIDED = (Kind.TURNS, Kind.UTURNS, Kind.CIRCLES, Kind.SHIFTS)
"""The kinds that are done to a side of its own: who goes round anticlockwise goes to its left."""


def opposite(fact: Fact) -> Fact | None:
    """``fact`` with the value, or where it has none the kind, that excludes its own; None where there is no such."""
    field, other = "value", OPPOSITE_VALUES.get(fact.value)
    if fact.value is None:
        field, other = "kind", VOCABULARY[fact.kind].opposite
    return fact.model_copy(update={field: other}) if other else None


def mutual(one: Fact, other: Fact) -> bool:
    """Whether both tell of one encounter, as each of two passes the other."""
    return one.kind == other.kind and (one.subject, one.object) == (other.object, other.subject)


def near(one: str, other: str) -> bool:
    """Whether two directions are the same or neighbours, so that a viewer might take one for the other."""
    order = list(Direction)
    return (order.index(one) - order.index(other)) % 8 in (0, 1, 7)


class Facts:
    """The facts of a clip of ``seconds``, by track and kind; ``complete`` as in ``MotionFacts``."""

    def __init__(self, facts: Sequence[Fact], seconds: float, complete: bool):
        self.all = tuple(facts)
        self.seconds = seconds
        self.complete = complete
        self.begins = begins(facts)
        self.frames = 1 + max((fact.end for fact in facts), default=0)
        self._own: dict[tuple[int | None, Kind], list[Fact]] = defaultdict(list)
        for fact in sorted(facts, key=lambda fact: fact.start):
            self._own[fact.subject, fact.kind].append(fact)

    def of(self, track: int | None, *kinds: Kind) -> list[Fact]:
        """The facts of ``track`` of these kinds, in the order of time within a kind; None has those of no track."""
        return [fact for kind in kinds for fact in self._own.get((track, kind), ())]

    def first(self, track: int, kind: Kind) -> Fact | None:
        """The earliest fact of ``kind``."""
        return next(iter(self.of(track, kind)), None)

    def only(self, track: int, kind: Kind) -> Fact | None:
        """The fact where ``track`` has exactly one of ``kind``, so that it can be spoken of without saying which."""
        found = self.of(track, kind)
        return found[0] if len(found) == 1 else None

    def rest(self, track: int) -> Fact | None:
        """That ``track`` stays in one place as long as the clip lasts: None where anything takes it elsewhere."""
        elsewhere = (Kind.MOVES, Kind.OSCILLATES, Kind.TURNS, Kind.STARTS, Kind.STOPS, Kind.ENTERS, Kind.LEAVES)
        still = (fact for fact in self.of(track, Kind.STATIONARY) if fact.amount >= WHOLE * self.seconds)
        return None if self.of(track, *elsewhere) else next(still, None)

    def might(self, track: int, fact: Fact) -> bool:
        """Whether a viewer could say of ``track``, too, what ``fact`` says, be it of another or its opposite."""
        own = self.of(track, fact.kind)
        match fact.kind:
            case Kind.MOVES:
                return bool(self.of(track, Kind.OSCILLATES)) or any(near(f.value, fact.value) for f in own)
            case Kind.STATIONARY:
                return bool(own) or not self.of(track, Kind.MOVES, Kind.OSCILLATES)
            case Kind.STOPS | Kind.STARTS:
                return bool(self.of(track, Kind.STOPS, Kind.STARTS, Kind.STATIONARY))
            case Kind.ACCELERATES | Kind.SLOWS:
                return bool(own or self.of(track, Kind.STOPS, Kind.STARTS))
            case Kind.TURNS | Kind.UTURNS | Kind.CIRCLES | Kind.SHIFTS:
                same = (f for f in self.of(track, *SIDED) if _side(f) == _side(fact))
                return any(same) or bool(self.of(track, Kind.OSCILLATES, Kind.REVERSES))
            case Kind.OSCILLATES | Kind.TREMBLES:
                return any(f.value == fact.value for f in self.of(track, Kind.OSCILLATES, Kind.TREMBLES))
            case Kind.REVERSES:
                back = (f for f in self.of(track, Kind.TURNS) if f.amount >= DEFAULTS.reversal)
                return any(back) or bool(self.of(track, Kind.REVERSES, Kind.OSCILLATES))
            case Kind.APPROACHES | Kind.RECEDES | Kind.PASSES:
                back = self.of(fact.object, fact.kind)
                return any(f.object == fact.object for f in own) or any(f.object == track for f in back)
            case Kind.FASTEST | Kind.GIVES:
                return bool(own)
        return any((f.value, f.object) == (fact.value, fact.object) for f in own)

    def precedes(self, one: Fact, other: Fact) -> bool:
        """Whether a chain of ``before`` facts leads from the one event to the other."""
        follows: dict[tuple[int | None, Kind], list[tuple[int | None, Kind]]] = defaultdict(list)
        for fact in self.all:
            if fact.kind == Kind.BEFORE:
                earlier, later = map(Kind, fact.value.split("_"))
                follows[fact.subject, earlier].append((fact.object, later))
        reached, new = set(), [(one.subject, one.kind)]
        while new:
            event = new.pop()
            new += [later for later in follows[event] if later not in reached]
            reached.update(follows[event])
        return (other.subject, other.kind) in reached

    def orders(self) -> Iterator[tuple[Fact, Fact, Fact]]:
        """Each ``before`` fact with its two events, where both are the only ones of their kind and track."""
        for fact in self.all:
            if fact.kind == Kind.BEFORE:
                earlier, later = map(Kind, fact.value.split("_"))
                one = self.only(fact.subject, earlier)
                other = self.only(fact.subject if fact.object is None else fact.object, later)
                if one and other:
                    yield fact, one, other


def _side(fact: Fact) -> str:
    return {"anticlockwise": "left", "clockwise": "right"}.get(fact.value, fact.value)
