"""The ``facts`` writer: captions and questions phrased from motion facts alone, without any language model.

What it does not find in the facts it does not say. Sentences carry no track id, no metric unit and no pixel; objects
are told apart in words (see ``names_of``), and a sentence or question declares the claims that its words rest on,
those of the names included. A sentence that says that something is absent declares none.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, zip_longest

from fm_tasks.model import (
    Caption,
    Claim,
    Dimension,
    Direction,
    Fact,
    Question,
    QuestionType,
    Sentence,
    Writer,
)
from fm_tasks.model import FactKind as Kind

QUESTIONS = 10
"""How many questions a clip is given where its facts allow."""
SENTENCES = 4
"""At most so many sentences along one dimension."""
APPEARANCE_GAP = 10
"""Frames by which appearances must lie apart to be called first and second: detectors find what is there late."""

PLAIN = "the {}"
"""The pattern of a name that is only a noun."""
UNNAMED = "moving object"
"""The noun for the label ``object``: motion without a class, which may be anything."""
COMMON = ("person", "car", "bicycle", "dog", "bird", "boat", "ball", "train")
"""Nouns for distractors where a clip has too few objects of its own; none can be mistaken for another."""
LOOKALIKES = (
    {"person", "man", "woman", "child", "boy", "girl", "pedestrian"},
    {"car", "truck", "bus", "van", "train", "vehicle"},
    {"bicycle", "motorcycle", "bike", "scooter"},
    {"dog", "cat", "horse", "cow", "sheep", "animal", "puppy"},
    {"bird", "kite", "aeroplane", "airplane", "drone"},
    {"boat", "ship"},
    {"ball", "sports ball", "frisbee"},
)
IRREGULAR = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice", "knife": "knives",
    "foot": "feet", "leaf": "leaves", "wolf": "wolves", "goose": "geese", "sheep": "sheep", "fish": "fish",
    "deer": "deer", "aircraft": "aircraft",
}  # fmt: skip
PAIRS = {"skis", "scissors", "trousers", "jeans", "shorts", "sunglasses"}

NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ORDINALS = ("first", "second", "third", "fourth")
WAYS = {
    Direction.RIGHT: "to the right",
    Direction.UP_RIGHT: "up and to the right",
    Direction.UP: "upwards",
    Direction.UP_LEFT: "up and to the left",
    Direction.LEFT: "to the left",
    Direction.DOWN_LEFT: "down and to the left",
    Direction.DOWN: "downwards",
    Direction.DOWN_RIGHT: "down and to the right",
}
SIDES = {"left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom"}
PACES = {"slow": "slowly", "medium": "at a moderate pace", "fast": "quickly"}
ADJECTIVES = {"slow": "slow", "medium": "moderate", "fast": "fast"}
CYCLES = {"horizontal": "back and forth", "vertical": "up and down"}
BEHAVIOUR = {
    Kind.MOVES: "It keeps moving in one direction",
    Kind.STATIONARY: "It does not move from its place",
    "horizontal": "It goes back and forth sideways",
    "vertical": "It goes back and forth vertically",
}

GIVEN_AWAY_BY = {
    Kind.MOVES: {Kind.MOVES, Kind.ENTERS, Kind.LEAVES, Kind.STATIONARY, Kind.OSCILLATES},
    Kind.STATIONARY: {Kind.MOVES, Kind.STATIONARY, Kind.OSCILLATES, Kind.FASTEST},
    Kind.OSCILLATES: {Kind.MOVES, Kind.STATIONARY, Kind.OSCILLATES},
    Kind.ENTERS: {Kind.ENTERS, Kind.LOCATED, Kind.MOVES},
    Kind.LEAVES: {Kind.LEAVES, Kind.MOVES},
    Kind.LOCATED: {Kind.LOCATED, Kind.ENTERS},
    Kind.SPEED: {Kind.FASTEST, Kind.STATIONARY},
    Kind.FASTEST: {Kind.FASTEST, Kind.STATIONARY},
    Kind.STOPS: {Kind.STATIONARY},
    Kind.STARTS: {Kind.STATIONARY},
}
"""Where a question is about the kind on the left, no object in it may be named by a kind on the right."""


class FactsWriter:
    """Writes from facts. The same facts, labels, length and state of ``rng`` give the same text.

    ``facts`` are those of one clip, ``labels`` names the class of each track by id, ``seconds`` is the clip's length.
    """

    writer = Writer(name="facts", version="1")

    def caption(self, facts: Sequence[Fact], labels: Mapping[int, str], seconds: float, rng: random.Random) -> Caption:
        """One sentence on the scene and, along each of the seven dimensions, one to four sentences."""
        clip = Scene(facts, labels, rng)
        sentences = {
            Dimension.ACTION: _actions(clip),
            Dimension.SEQUENCE: _sequence(clip),
            Dimension.OBJECT_ACTION: _object_actions(clip),
            Dimension.LOCATION: _locations(clip),
            Dimension.REPETITION: _repetitions(clip),
            Dimension.DYNAMICS: _dynamics(clip),
            Dimension.SPATIAL: _relations(clip),
        }
        absent = {
            Dimension.ACTION: "Nothing is seen to move clearly in any direction.",
            Dimension.SEQUENCE: "No clear order of events can be made out.",
            Dimension.OBJECT_ACTION: "No object is seen to start, stop or turn.",
            Dimension.LOCATION: "Where the objects enter or leave cannot be made out.",
            Dimension.REPETITION: "Nothing repeats.",
            Dimension.DYNAMICS: "No speed stands out.",
            Dimension.SPATIAL: "There is no second object to relate to."
            if len(labels) < 2
            else "No object clearly gets closer to another or farther from it.",
        }
        return Caption(
            scene=_scene(clip, seconds),
            dimensions={
                dimension: _distinct(found)[:SENTENCES] or (Sentence(text=absent[dimension]),)
                for dimension, found in sentences.items()
            },
        )

    def questions(
        self, facts: Sequence[Fact], labels: Mapping[int, str], seconds: float, rng: random.Random
    ) -> tuple[Question, ...]:
        """Up to ten questions, the five types in turn. A dull clip gives fewer, down to none: as many as are sound."""
        clip = Scene(facts, labels, rng)
        pools = []
        for write in (_ask_motion, _ask_order, _ask_object, _ask_location, _ask_count):
            pool = [question for question in write(clip) if question]
            rng.shuffle(pool)
            pools.append(pool)
        found = {}
        for question in filter(None, chain.from_iterable(zip_longest(*pools))):
            found.setdefault(normalised(question.text), question)
        return tuple(found.values())[:QUESTIONS]


def normalised(text: str) -> str:
    """``text`` without case, punctuation and needless space: what makes two questions or options the same."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


# --- words -----------------------------------------------------------------------------------------------------------


def noun_of(label: str) -> str:
    """The noun for a detector's label: letters, hyphens and apostrophes in lower case, whatever else came with it."""
    noun = " ".join(re.sub(r"[^\w'-]|[\d_]", " ", label.lower()).split())[:40].strip(" '-")
    if noun in PAIRS:
        return f"pair of {noun}"
    return UNNAMED if noun in ("", "object") else noun


def plural(noun: str) -> str:
    """The plural of an English noun phrase."""
    if noun.startswith("pair of "):
        return noun.replace("pair", "pairs", 1)
    head, _, last = noun.rpartition(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif re.search(r"[^aeiou]y$", last):
        last = last[:-1] + "ies"
    else:
        last += "es" if re.search(r"(s|x|z|ch|sh)$", last) else "s"
    return f"{head} {last}".strip()


def number(n: int) -> str:
    """``n`` in words up to twelve, else in digits."""
    return NUMBERS[n] if n < len(NUMBERS) else str(n)


def counted(noun: str, n: int) -> str:
    """``a car``, ``an umbrella``, ``three people``."""
    if n == 1:
        return f"{'an' if noun[0] in 'aeiou' and not noun.startswith('uni') else 'a'} {noun}"
    return f"{number(n)} {plural(noun)}"


def times(n: int) -> str:
    """``once``, ``twice``, ``three times``."""
    return {1: "once", 2: "twice"}.get(n, f"{number(n)} times")


def duration(seconds: float) -> str:
    """``about two seconds``; with one decimal where no whole number is within 0.15 s."""
    whole = round(seconds)
    if whole and abs(seconds - whole) <= 0.15:
        return f"about {number(whole)} second{'s' if whole > 1 else ''}"
    return f"about {seconds:.1f} seconds"


def place(cell: str) -> str:
    """``top_left`` as ``at the top left``; the middle of a row or column goes without saying."""
    words = [word for word in cell.split("_") if word in SIDES]
    if not words:
        return "in the centre"
    return SIDES[words[0]] if len(words) == 1 else f"at the {words[0]} {words[1]}"


def capital(text: str) -> str:
    """``text`` with its first letter in upper case."""
    return text[0].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def claim(fact: Fact, amount: bool = False) -> Claim:
    """What is said when ``fact`` is said; with its amount where the text names the number."""
    return Claim(
        kind=fact.kind,
        subject=fact.subject,
        object=fact.object,
        value=fact.value,
        amount=fact.amount if amount else None,
    )


# --- who is who ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """What an object is called: ``pattern`` has ``{}`` for the noun; ``kinds`` are what the pattern gives away."""

    noun: str
    pattern: str = PLAIN
    kinds: frozenset[Kind] = frozenset()
    claims: tuple[Claim, ...] = ()

    def __str__(self) -> str:
        return self.pattern.replace("{}", self.noun)


@dataclass(frozen=True)
class Trait:
    """Something by which tracks are told apart: it holds of ``proof``'s tracks, and might be said of ``might``, too."""

    pattern: str
    kind: Kind
    proof: Mapping[int, Fact | None]
    might: frozenset[int]


def names_of(facts: Sequence[Fact], nouns: Mapping[int, str]) -> dict[int, tuple[Name, ...]]:
    """Every name that fits one track only, best first; no name where nothing tells a track from its like.

    The only track of its noun is ``the car``. Among several, a track is told apart by what is true of it alone: when
    it appears (``the first car to appear``), where it is first seen (by column, by row, by cell), the edge at which it
    enters, the one way in which it moves, that it goes to and fro, is the fastest or stays in place; else by two of
    these together (``the car on the left moving upwards``).
    """
    own = defaultdict(list)
    for fact in facts:
        own[fact.subject].append(fact)
    names = {}
    for noun in sorted(set(nouns.values())):
        group = sorted(track for track in nouns if nouns[track] == noun)
        if len(group) == 1:
            names[group[0]] = (Name(noun),)
            continue
        traits = _traits(group, own)
        places = [trait for trait in traits if trait.kind == Kind.LOCATED]
        motions = [trait for trait in traits if trait.kind in (Kind.MOVES, Kind.OSCILLATES, Kind.STATIONARY)]
        described = [(trait,) for trait in traits] + [(where, what) for where in places for what in motions]
        for track in group:
            names[track] = tuple(
                Name(
                    noun,
                    told[0].pattern + "".join(trait.pattern.removeprefix(PLAIN) for trait in told[1:]),
                    frozenset(trait.kind for trait in told),
                    tuple(claim(trait.proof[track]) for trait in told if trait.proof[track]),
                )
                for told in described
                if all(track in trait.proof for trait in told)
                and frozenset.intersection(*(trait.might for trait in told)) == {track}
            )
    return names


def _traits(group: Sequence[int], own: Mapping[int, Sequence[Fact]]) -> list[Trait]:
    """The traits of tracks that share a noun, in the order in which they make good names."""
    of = {(track, kind): [f for f in own[track] if f.kind == kind] for track in group for kind in Kind}
    traits = []
    if all(of[track, Kind.LOCATED] for track in group):
        first = {track: min(of[track, Kind.LOCATED], key=lambda fact: fact.start) for track in group}
        order = sorted(group, key=lambda track: first[track].start)
        for rank, (word, track) in enumerate(zip(ORDINALS, order, strict=False)):
            neighbours = [first[other].start for other in order[max(rank - 1, 0) : rank + 2] if other != track]
            if all(abs(start - first[track].start) >= APPEARANCE_GAP for start in neighbours):
                traits.append(Trait(f"the {word} {{}} to appear", Kind.BEFORE, {track: None}, frozenset({track})))
        seen = "first seen " if any(fact.start for fact in first.values()) else ""
        words = {track: frozenset(fact.value.split("_")) for track, fact in first.items()}
        cells = {fact.value: words[track] for track, fact in first.items()}
        for cell, parts in ({side: frozenset({side}) for side in SIDES} | cells).items():
            here = {track: first[track] for track in group if parts <= words[track]}
            traits.append(Trait(f"the {{}} {seen}{place(cell)}", Kind.LOCATED, here, frozenset(here)))
    for side in SIDES:
        here = {track: fact for track in group for fact in of[track, Kind.ENTERS] if fact.value == side}
        traits.append(Trait(f"the {{}} entering from the {side}", Kind.ENTERS, here, frozenset(here)))
    for way in Direction:
        moves = {track: of[track, Kind.MOVES] for track in group}
        here = {track: found[0] for track, found in moves.items() if [fact.value for fact in found] == [way]}
        might = frozenset(track for track, found in moves.items() if any(near(way, fact.value) for fact in found))
        traits.append(Trait(f"the {{}} moving {WAYS[way]}", Kind.MOVES, here, might))
    for pattern, kind in (("the {} going to and fro", Kind.OSCILLATES), ("the fastest {}", Kind.FASTEST)):
        here = {track: fact for track in group for fact in of[track, kind]}
        traits.append(Trait(pattern, kind, here, frozenset(here)))
    still = {t: f for t in group for f in of[t, Kind.STATIONARY] if not of[t, Kind.MOVES] + of[t, Kind.OSCILLATES]}
    might = frozenset(track for track in group if not of[track, Kind.MOVES])
    traits.append(Trait("the {} staying in place", Kind.STATIONARY, still, might))
    return traits


def near(one: str, other: str) -> bool:
    """Whether two directions are the same or neighbours, so that a viewer might take one for the other."""
    order = list(Direction)
    return (order.index(Direction(one)) - order.index(Direction(other))) % 8 in (0, 1, 7)


class Scene:
    """The facts of one clip, ready to be asked: who does what, and what everyone is called."""

    def __init__(self, facts: Sequence[Fact], labels: Mapping[int, str], rng: random.Random):
        self.facts = tuple(facts)
        self.nouns = {track: noun_of(label) for track, label in labels.items()}
        self.names = names_of(self.facts, self.nouns)
        self.rng = rng
        self._own: dict[tuple[int, Kind], list[Fact]] = defaultdict(list)
        for fact in sorted(self.facts, key=lambda f: f.start):
            self._own[fact.subject, fact.kind].append(fact)
        self.actors = sorted(self.nouns, key=lambda track: (not self.names[track], -self._travel(track), track))
        """Tracks: those with a name before those without, the one that moves most first."""

    def _travel(self, track: int) -> float:
        return max((f.amount or 0 for k in (Kind.OSCILLATES, Kind.MOVES) for f in self.of(track, k)), default=0.0)

    def of(self, track: int, *kinds: Kind) -> list[Fact]:
        """The facts of ``track`` of these kinds, in the order of time within a kind."""
        return [fact for kind in kinds for fact in self._own.get((track, kind), ())]

    def only(self, track: int, kind: Kind) -> Fact | None:
        """The fact where ``track`` has exactly one of ``kind``, so that it can be spoken of without saying which."""
        found = self.of(track, kind)
        return found[0] if len(found) == 1 else None

    def name(self, track: int, *about: Kind) -> Name | None:
        """The best name that gives away nothing of ``about``; None where there is none."""
        telling = set(about).union(*(GIVEN_AWAY_BY.get(kind, ()) for kind in about))
        return next((name for name in self.names[track] if not name.kinds & telling), None)

    def some(self, track: int, *about: Kind) -> Name:
        """As ``name``, else ``one of the cars``: true, though it does not tell which."""
        return self.name(track, *about) or Name(plural(self.nouns[track]), "one of the {}")

    def vary(self, track: int, *forms: str) -> str:
        """One of ``forms`` at random; the first for a track without a name, so that what is said of its like merges."""
        return self.rng.choice(forms) if self.names[track] else forms[0]

    def does(self, fact: Fact) -> str:
        """The predicate of ``fact``, in the present tense, third person."""
        match fact.kind:
            case Kind.MOVES:
                return f"moves {WAYS[Direction(fact.value)]}"
            case Kind.STATIONARY:
                return "stays in one place"
            case Kind.ENTERS:
                return f"enters from the {fact.value}"
            case Kind.LEAVES:
                return f"leaves {SIDES[fact.value]}"
            case Kind.STOPS:
                return "stops"
            case Kind.STARTS:
                return "starts to move"
            case Kind.TURNS:
                return f"turns {fact.value}"
            case Kind.OSCILLATES:
                return f"goes {CYCLES[fact.value]} repeatedly"
            case Kind.APPROACHES:
                return f"gets closer to {self.some(fact.object, Kind.LOCATED)}"
            case Kind.RECEDES:
                return f"gets farther from {self.some(fact.object, Kind.LOCATED)}"
            case Kind.FASTEST:
                return "moves fastest"
        raise ValueError(f"{fact.kind} is not something that an object does")

    def orders(self) -> Iterator[tuple[Fact, Fact, Fact]]:
        """Each ``before`` fact with its two events, where both are the only ones of their kind and track."""
        for fact in self.facts:
            if fact.kind == Kind.BEFORE:
                earlier, later = (Kind(kind) for kind in fact.value.split("_"))
                one = self.only(fact.subject, earlier)
                other = self.only(fact.subject if fact.object is None else fact.object, later)
                if one and other and {earlier, later} <= set(EVENTS):
                    yield fact, one, other


EVENTS = {
    Kind.ENTERS: tuple(SIDES),
    Kind.LEAVES: tuple(SIDES),
    Kind.STOPS: (None,),
    Kind.STARTS: (None,),
    Kind.TURNS: ("left", "right"),
}
"""The kinds that happen at a moment, with the values they can take."""


# --- the caption -----------------------------------------------------------------------------------------------------


def _say(text: str, names: Iterable[Name], *claims: Claim) -> Sentence:
    return Sentence(text=capital(text) + ".", claims=_claims(names, *claims))


def _claims(names: Iterable[Name], *claims: Claim) -> tuple[Claim, ...]:
    return tuple(dict.fromkeys((*claims, *(c for name in names for c in name.claims))))


def _distinct(found: Iterable[Sentence]) -> tuple[Sentence, ...]:
    return tuple({s.text: s for s in reversed(list(found))}.values())[::-1]


def _scene(clip: Scene, seconds: float) -> Sentence:
    counts = sorted((f for f in clip.facts if f.kind == Kind.COUNTS), key=lambda f: (-f.amount, f.value))
    if not counts:
        return Sentence(text=f"This clip of {duration(seconds)} shows nothing that has a name.")
    what = listed([counted(noun_of(f.value), int(f.amount)) for f in counts])
    text = clip.rng.choice(
        (
            f"this clip of {duration(seconds)} shows {what}",
            f"{what} can be seen in this clip of {duration(seconds)}",
            f"within {duration(seconds)}, the clip shows {what}",
        )
    )
    return _say(text, (), *(claim(f, amount=True) for f in counts))


def _actions(clip: Scene) -> Iterator[Sentence]:
    for track in clip.actors:
        kind = next((k for k in (Kind.OSCILLATES, Kind.MOVES, Kind.STATIONARY) if clip.of(track, k)), None)
        if kind is None:
            continue
        who = clip.some(track, kind)
        done = list({fact.value: fact for fact in clip.of(track, kind)}.values())[:2]
        text = f"{who} {clip.does(done[0])}"
        if kind == Kind.MOVES:
            text = f"{who} {clip.vary(track, 'moves', 'travels', 'heads')} {WAYS[Direction(done[0].value)]}"
        if len(done) > 1 and kind == Kind.MOVES:
            text += f" at one point and {WAYS[Direction(done[1].value)]} at another"
        elif len(done) > 1:
            text = f"{who} goes back and forth and up and down repeatedly"
        yield _say(text, [who], *map(claim, done))


def _sequence(clip: Scene) -> Iterator[Sentence]:
    for fact, one, other in sorted(clip.orders(), key=lambda order: (order[1].start, order[2].start)):
        about = (one.kind, other.kind)
        first, second = clip.some(one.subject, *about), clip.some(other.subject, *about)
        # "One of the cars stops before one of the cars turns" would tell nothing.
        if str(first) == str(second) and one.subject != other.subject:
            continue
        told = fact.amount >= 0.5
        before, later = (f"{duration(fact.amount)} {word}" for word in ("before", "later"))
        if not told:
            before, later = "shortly before", "shortly afterwards"
        if one.subject == other.subject:
            text = f"{first} {clip.does(one)} and {later} {clip.does(other)}"
        else:
            text = clip.rng.choice(
                (
                    f"{first} {clip.does(one)} {before} {second} {clip.does(other)}",
                    f"{first} {clip.does(one)}, and {later} {second} {clip.does(other)}",
                )
            )
        yield _say(text, (first, second), claim(fact, told), claim(one), claim(other))


def _object_actions(clip: Scene) -> Iterator[Sentence]:
    for track in clip.actors:
        for fact in clip.of(track, Kind.TURNS, Kind.STARTS, Kind.STOPS):
            who = clip.some(track, fact.kind)
            done = clip.does(fact)
            yield _say(clip.vary(track, f"{who} {done}", f"it is {who} that {done}"), [who], claim(fact))


def _locations(clip: Scene) -> Iterator[Sentence]:
    for track in clip.actors:
        enters, leaves = clip.only(track, Kind.ENTERS), clip.only(track, Kind.LEAVES)
        if enters and leaves and enters.start < leaves.start:
            who = clip.some(track, Kind.ENTERS, Kind.LEAVES)
            yield _say(f"{who} {clip.does(enters)} and {clip.does(leaves)}", [who], claim(enters), claim(leaves))
            continue
        for fact in filter(None, (enters, leaves)):
            who = clip.some(track, fact.kind)
            yield _say(f"{who} {clip.does(fact)}", [who], claim(fact))
        stays = clip.of(track, Kind.LOCATED)
        if stays and not (enters or leaves):
            who = clip.some(track, Kind.LOCATED)
            first, last = stays[0], stays[-1]
            begins = clip.vary(track, "is first seen", "begins")
            ends = {"is first seen": "last seen", "begins": "ends"}[begins]
            moved = f" and {ends} {place(last.value)}" if last.value != first.value else ""
            yield _say(f"{who} {begins} {place(first.value)}{moved}", [who], claim(first), claim(last))


def _repetitions(clip: Scene) -> Iterator[Sentence]:
    for track in clip.actors:
        for fact in clip.of(track, Kind.OSCILLATES):
            who = clip.some(track, Kind.OSCILLATES)
            text = f"{who} goes {CYCLES[fact.value]} {times(int(fact.amount))}"
            yield _say(text, [who], claim(fact, amount=True))


def _dynamics(clip: Scene) -> Iterator[Sentence]:
    for track in clip.actors:
        speed, fastest = clip.only(track, Kind.SPEED), clip.only(track, Kind.FASTEST)
        who = clip.some(track, Kind.SPEED, Kind.FASTEST)
        if speed and fastest:
            text = f"{who} moves {PACES[speed.value]}, and nothing else is faster"
            yield _say(text, [who], claim(speed), claim(fastest))
        elif speed:
            pace = f"the pace of {who} is {ADJECTIVES[speed.value]}"
            yield _say(clip.vary(track, f"{who} moves {PACES[speed.value]}", pace), [who], claim(speed))
        for fact in clip.of(track, Kind.STATIONARY):
            who = clip.some(track, Kind.STATIONARY)
            yield _say(f"{who} stays still for {duration(fact.amount)}", [who], claim(fact, amount=True))


def _relations(clip: Scene) -> Iterator[Sentence]:
    for one, other in combinations(clip.actors, 2):
        who, whom = (clip.some(track, Kind.LOCATED) for track in (one, other))
        if str(who) == str(whom):
            continue
        nears, parts = (
            [f for a, b in ((one, other), (other, one)) for f in clip.of(a, kind) if f.object == b]
            for kind in (Kind.APPROACHES, Kind.RECEDES)
        )
        if nears and parts:
            text = clip.rng.choice(
                (
                    f"at one time {who} and {whom} get closer to each other, at another they draw apart",
                    f"the distance between {who} and {whom} shrinks at one time and grows at another",
                )
            )
            yield _say(text, (who, whom), *map(claim, nears + parts))
        elif nears or parts:
            found = {fact.subject: fact for fact in nears + parts}
            if len(found) == 2:
                text = f"{who} and {whom} {'get closer to each other' if nears else 'draw apart'}"
            else:
                text = f"{clip.some(*found, Kind.LOCATED)} {clip.does(*found.values())}"
            yield _say(text, (who, whom), *map(claim, found.values()))
        here, there = (next(iter(clip.of(track, Kind.LOCATED)), None) for track in (one, other))
        side = here and there and here.start == there.start and _side(here.value, there.value)
        if side and clip.name(one, Kind.LOCATED) and clip.name(other, Kind.LOCATED):
            text = f"when the two are first seen, {who} is {side} {whom}"
            yield _say(text, (who, whom), claim(here), claim(there))


def _side(here: str, there: str) -> str | None:
    """How cell ``here`` lies to cell ``there``, where the columns differ or else the rows."""
    columns, rows = {"left": -1, "right": 1}, {"top": -1, "bottom": 1}
    for steps, before, after in ((columns, "to the left of", "to the right of"), (rows, "above", "below")):
        apart = sum(steps.get(w, 0) for w in here.split("_")) - sum(steps.get(w, 0) for w in there.split("_"))
        if apart:
            return before if apart < 0 else after
    return None


# --- the questions ---------------------------------------------------------------------------------------------------


def _question(
    clip: Scene,
    type: QuestionType,
    text: str,
    right: str,
    wrong: Sequence[str],
    names: Iterable[Name],
    *facts: Fact,
    amount: bool = False,
) -> Question | None:
    """The question with the first three of ``wrong`` that differ from ``right`` and from each other; None for fewer."""
    different = {normalised(w): w for w in reversed(wrong) if normalised(w) != normalised(right)}
    options = [capital(w) for w in (right, *list(different.values())[::-1][:3])]
    if len(options) < 4:
        return None
    clip.rng.shuffle(options)
    tracks = (track for fact in facts for track in (fact.subject, fact.object) if track is not None)
    return Question(
        type=type,
        text=capital(text) + "?",
        options=tuple(options),
        answer="ABCD"[options.index(capital(right))],
        evidence=tuple(dict.fromkeys(tracks)),
        claims=_claims(names, *(claim(fact, amount) for fact in facts)),
    )


def _ask_motion(clip: Scene) -> Iterator[Question | None]:
    type = QuestionType.MOTION_RECOGNITION
    for track in clip.actors:
        straight_on = clip.only(track, Kind.MOVES) if not clip.of(track, Kind.OSCILLATES, Kind.TURNS) else None
        if (fact := straight_on) and (who := clip.name(track, Kind.MOVES)):
            straight = {"right", "left", "up", "down"}
            ways = [way for way in Direction if (way in straight) == (fact.value in straight)]
            phrase = {way: WAYS[way] for way in ways} | {Direction.UP: "to the top", Direction.DOWN: "to the bottom"}
            text = clip.rng.choice((f"in which direction does {who} move", f"which way does {who} move"))
            yield _question(clip, type, text, phrase[fact.value], [phrase[way] for way in ways], [who], fact)
        if (fact := _behaviour(clip, track)) and (who := clip.name(track, Kind.MOVES, Kind.STATIONARY)):
            right = BEHAVIOUR[fact.value if fact.kind == Kind.OSCILLATES else fact.kind]
            text = clip.rng.choice((f"which of these describes the motion of {who}", f"how does {who} behave"))
            yield _question(clip, type, text, right, list(BEHAVIOUR.values()), [who], fact)
        if (fact := clip.only(track, Kind.SPEED)) and (who := clip.name(track, Kind.SPEED)):
            paces = {speed: f"at a {word} pace" for speed, word in ADJECTIVES.items()}
            wrong = [*paces.values(), "it does not move"]
            yield _question(clip, type, f"how fast does {who} move", paces[fact.value], wrong, [who], fact)
        if (fact := clip.only(track, Kind.TURNS)) and (who := clip.name(track, Kind.TURNS)):
            wrong = ["it turns left", "it turns right", "it goes straight on", "it does not move"]
            yield _question(clip, type, f"which way does {who} turn", f"it turns {fact.value}", wrong, [who], fact)


def _behaviour(clip: Scene, track: int) -> Fact | None:
    """The one fact that sums up the motion of ``track``, where nothing else about it disagrees."""
    moves, still, swings = (clip.only(track, kind) for kind in (Kind.MOVES, Kind.STATIONARY, Kind.OSCILLATES))
    if swings and not still:
        return swings
    if moves and not clip.of(track, Kind.STATIONARY, Kind.OSCILLATES, Kind.TURNS, Kind.STOPS, Kind.STARTS):
        return moves
    if still and not clip.of(track, Kind.MOVES, Kind.OSCILLATES, Kind.TURNS, Kind.STOPS, Kind.STARTS):
        return still
    return None


def _ask_order(clip: Scene) -> Iterator[Question | None]:
    """What is first, next and before; the other options are on the wrong side of it in time, or never happen."""
    type = QuestionType.ACTION_ORDER
    orders = list(clip.orders())
    after, before = defaultdict(list), defaultdict(list)
    for fact, one, other in orders:
        after[one].append((fact, other))
        before[other].append((fact, one))

    def told(event: Fact, kinds: Iterable[Kind]) -> str | None:
        who = clip.name(event.subject, *kinds)
        return f"{who} {clip.does(event)}" if who else None

    never = _never(clip)
    for one in after:
        kinds = {Kind.BEFORE, one.kind, *(other.kind for _, other in after[one])}
        later = [(fact, told(other, kinds)) for fact, other in after[one]]
        if not before[one] and told(one, kinds) and all(text for _, text in later):
            proof = [fact for fact, _ in later][:3]
            wrong = [text for _, text in later][:3] + [told(event, kinds) or "" for event in never]
            names = [clip.name(one.subject, *kinds)]
            text = clip.rng.choice(("which of these happens first", "which of these is the first to happen"))
            yield _question(clip, type, text, told(one, kinds), [w for w in wrong if w], names, *proof)
    for fact, one, other in orders:
        kinds = {Kind.BEFORE, one.kind, other.kind}
        names = [clip.name(event.subject, *kinds) for event in (one, other)]
        if not all(names):
            continue
        asked_for = (("after", one, other, before[one]), ("before", other, one, after[other]))
        for relation, given, asked, beyond in asked_for:
            wrong = [told(event, kinds) for _, event in beyond] + [told(event, kinds) for event in never]
            text = f"which of these happens {relation} {told(given, kinds)}"
            yield _question(clip, type, text, told(asked, kinds), [w for w in wrong if w], names, fact)


def _never(clip: Scene) -> list[Fact]:
    """Events that might have happened to the main objects and did not, in a random order."""
    events = []
    for track in clip.actors[:SENTENCES]:
        pauses = clip.of(track, Kind.STATIONARY, Kind.STOPS, Kind.STARTS)
        for kind, values in EVENTS.items():
            free = [v for v in values if v not in {fact.value for fact in clip.of(track, kind)}]
            if free and not (pauses and kind in (Kind.STOPS, Kind.STARTS)):
                events.append(Fact(kind=kind, subject=track, value=clip.rng.choice(free), start=0, end=0))
    clip.rng.shuffle(events)
    return events


def _ask_object(clip: Scene) -> Iterator[Question | None]:
    """Who does it; the other options are objects that do not, then ones that are not there."""
    asked = set(Kind) - {Kind.SPEED, Kind.LOCATED, Kind.BEFORE, Kind.COUNTS}
    for fact in (f for track in clip.actors for f in clip.of(track, *sorted(asked))):
        who = clip.name(fact.subject, fact.kind)
        whom = fact.object is None or clip.name(fact.object, Kind.LOCATED)
        besides = {Kind.MOVES: (Kind.OSCILLATES,), Kind.STATIONARY: (Kind.MOVES, Kind.OSCILLATES)}.get(fact.kind, ())
        if not who or not whom or clip.of(fact.subject, *besides):
            continue
        others = [t for t in clip.actors if t not in (fact.subject, fact.object) and not _might(clip, t, fact)]
        clip.rng.shuffle(others)
        rivals = [name for name in (clip.name(t, fact.kind) for t in others) if name]
        text, names = f"which of these {clip.does(fact)}", [who] if fact.object is None else [who, whom]
        wrong = _strangers(clip, who, rivals)
        yield _question(clip, QuestionType.MOTION_RELATED_OBJECT, text, str(who), wrong, names, fact)


def _strangers(clip: Scene, who: Name, rivals: Sequence[Name]) -> list[str]:
    """Wrong options beside ``who``: its rivals, and where these are fewer than three, objects that are not there.

    Where ``who`` has more than a noun, the absent share its pattern and a rival's by halves (the first car, the second
    car, the first dog, the second dog): no option stands out as the one that has most in common with the others.
    """
    absent = _absent(clip)
    if len(rivals) >= 3 or who.pattern == PLAIN:
        return [*map(str, rivals), *(f"the {noun}" for noun in absent)]
    like = [rival for rival in rivals if rival.noun == who.noun][:1]
    return [str(rival) for rival in like] + [n.pattern.replace("{}", a) for a in absent[:1] for n in (who, *like)]


def _might(clip: Scene, track: int, fact: Fact) -> bool:
    """Whether a viewer could say of ``track``, too, what ``fact`` says of another."""
    own = clip.of(track, fact.kind)
    match fact.kind:
        case Kind.MOVES:
            swings = clip.of(track, Kind.OSCILLATES)
            return bool(swings) or any(near(f.value, fact.value) for f in own)
        case Kind.STATIONARY:
            return bool(own) or not clip.of(track, Kind.MOVES, Kind.OSCILLATES)
        case Kind.STOPS | Kind.STARTS:
            return bool(clip.of(track, Kind.STOPS, Kind.STARTS, Kind.STATIONARY))
        case Kind.APPROACHES | Kind.RECEDES:
            return any(f.object == fact.object for f in own) or any(
                f.object == track for f in clip.of(fact.object, fact.kind)
            )
        case Kind.FASTEST | Kind.OSCILLATES:
            return bool(own)
    return any(f.value == fact.value for f in own)


def _absent(clip: Scene) -> list[str]:
    """Nouns that nothing in the clip could be taken for; none where something in it has no name."""
    here = set(clip.nouns.values())
    if UNNAMED in here:
        return []
    here = here.union(*(kin for kin in LOOKALIKES if any(noun.split()[-1] in kin or noun in kin for noun in here)))
    nouns = [noun for noun in COMMON if noun not in here]
    clip.rng.shuffle(nouns)
    return nouns


def _ask_location(clip: Scene) -> Iterator[Question | None]:
    type = QuestionType.LOCATION_RELATED_MOTION
    corners = ("top_left", "top_right", "bottom_left", "bottom_right")
    for track in clip.actors:
        if (fact := clip.only(track, Kind.ENTERS)) and (who := clip.name(track, Kind.ENTERS)):
            wrong = [f"from the {side}" for side in SIDES]
            text = clip.rng.choice((f"from which side does {who} enter the frame", f"where does {who} come in from"))
            yield _question(clip, type, text, f"from the {fact.value}", wrong, [who], fact)
        if (fact := clip.only(track, Kind.LEAVES)) and (who := clip.name(track, Kind.LEAVES)):
            text = clip.rng.choice((f"on which side does {who} leave the frame", f"where does {who} go out of view"))
            yield _question(clip, type, text, SIDES[fact.value], list(SIDES.values()), [who], fact)
        fact = next(iter(clip.of(track, Kind.LOCATED)), None)
        if fact and (who := clip.name(track, Kind.LOCATED)) and place(fact.value) != "in the centre":
            cells = corners if fact.value in corners else tuple(SIDES)
            wrong = [place(cell) for cell in cells]
            text = clip.rng.choice((f"where in the frame is {who} first seen", f"where does {who} begin in the frame"))
            yield _question(clip, type, text, place(fact.value), wrong, [who], fact)


def _ask_count(clip: Scene) -> Iterator[Question | None]:
    """How often; the other counts are two or more away, so that one cycle more or less does not decide."""
    for track in clip.actors:
        fact, who = clip.only(track, Kind.OSCILLATES), clip.name(track)
        if fact and who and (n := int(fact.amount)) >= 1:
            lowest = clip.rng.choice([low for low in range(n - 6, n + 1, 2) if low >= 1])
            wrong = [times(lowest + step) for step in (0, 2, 4, 6)]
            text = f"how many times does {who} go {CYCLES[fact.value]}"
            yield _question(clip, QuestionType.REPETITION_COUNT, text, times(n), wrong, [who], fact, amount=True)
