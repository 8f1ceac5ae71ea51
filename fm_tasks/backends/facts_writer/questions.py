"""The questions: five types, each with one option that is right and three that are wrong for sure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from fm_tasks.backends.facts_writer.facts import claim, near
from fm_tasks.backends.facts_writer.names import PLAIN, Name, declared
from fm_tasks.backends.facts_writer.story import Story
from fm_tasks.backends.facts_writer.words import (
    ADJECTIVES,
    CYCLES,
    SIDES,
    SOMETHING,
    WAYS,
    capital,
    normalised,
    place,
    times,
)
from fm_tasks.model import Direction, Fact, Question, QuestionType
from fm_tasks.model import FactKind as Kind

QUESTIONS = 10
"""How many questions a clip is given where its facts allow."""
MAIN = 4
"""To so many objects, those that move most, things happen in wrong options that did not."""

COMMON = ("person", "car", "bicycle", "dog", "bird", "boat", "ball", "train")
"""Nouns for objects that are not there; none can be mistaken for another."""
LOOKALIKES = (
    {"person", "man", "woman", "child", "boy", "girl", "pedestrian"},
    {"car", "truck", "bus", "van", "train", "vehicle"},
    {"bicycle", "motorcycle", "bike", "scooter"},
    {"dog", "cat", "horse", "cow", "sheep", "animal", "puppy"},
    {"bird", "kite", "aeroplane", "airplane", "drone"},
    {"boat", "ship"},
    {"ball", "sports ball", "frisbee"},
)
BEHAVIOUR = {
    Kind.MOVES: "it keeps moving in one direction",
    Kind.STATIONARY: "it does not move from its place",
    "horizontal": "it goes back and forth sideways",
    "vertical": "it goes back and forth vertically",
}
EVENTS = {
    Kind.ENTERS: tuple(SIDES),
    Kind.LEAVES: tuple(SIDES),
    Kind.STOPS: (None,),
    Kind.STARTS: (None,),
    Kind.TURNS: ("left", "right"),
}
"""The kinds that happen at a moment, with the values they can take."""


class Draft(NamedTuple):
    """A question before its options are drawn: the first three of ``wrong`` that differ are used, None is skipped.

    ``names`` are those of which the text or the answer makes use, ``facts`` prove the answer; ``amount`` is set where
    the answer is their number.
    """

    text: str
    right: str
    wrong: Sequence[str | None]
    names: Sequence[Name]
    facts: Sequence[Fact]
    amount: bool = False


def questions_on(story: Story) -> tuple[Question, ...]:
    """Up to ten questions with different texts, the five types in turn."""
    pools = []
    for type, write in ASK.items():
        pool = [question for draft in write(story) if (question := _question(story, type, draft))]
        story.rng.shuffle(pool)
        pools.append(pool)
    found: dict[str, Question] = {}
    for question in filter(None, chain.from_iterable(zip_longest(*pools))):
        found.setdefault(normalised(question.text), question)
    return tuple(found.values())[:QUESTIONS]


def _question(story: Story, type: QuestionType, draft: Draft) -> Question | None:
    """The draft with its options shuffled; None where fewer than four differ."""
    different: dict[str, str] = {}
    for option in filter(None, (draft.right, *draft.wrong)):
        different.setdefault(normalised(option), capital(option))
    options = list(different.values())[:4]
    if len(options) < 4:
        return None
    story.rng.shuffle(options)
    tracks = (track for fact in draft.facts for track in (fact.subject, fact.object) if track is not None)
    return Question(
        type=type,
        text=capital(draft.text) + "?",
        options=tuple(options),
        answer="ABCD"[options.index(capital(draft.right))],
        evidence=tuple(dict.fromkeys(tracks)),
        claims=declared(draft.names, *(claim(fact, draft.amount) for fact in draft.facts)),
    )


def _ask_motion(story: Story) -> Iterator[Draft]:
    """Direction, behaviour, pace and turn of one object."""
    for track in story.actors:
        straight_on = story.only(track, Kind.MOVES) if not story.of(track, Kind.OSCILLATES, Kind.TURNS) else None
        if (fact := straight_on) and (who := story.name(track, Kind.MOVES)):
            straight = {"right", "left", "up", "down"}
            ways = [way for way in Direction if (way in straight) == (fact.value in straight)]
            phrase = {way: WAYS[way] for way in ways} | {Direction.UP: "to the top", Direction.DOWN: "to the bottom"}
            text = story.rng.choice((f"in which direction does {who} move", f"which way does {who} move"))
            yield Draft(text, phrase[fact.value], [phrase[way] for way in ways], [who], [fact])
        if (fact := _behaviour(story, track)) and (who := story.name(track, Kind.MOVES, Kind.STATIONARY)):
            right = BEHAVIOUR[fact.value if fact.kind == Kind.OSCILLATES else fact.kind]
            text = story.rng.choice((f"which of these describes the motion of {who}", f"how does {who} behave"))
            yield Draft(text, right, [*BEHAVIOUR.values()], [who], [fact])
        if (fact := story.only(track, Kind.SPEED)) and (who := story.name(track, Kind.SPEED)):
            paces = {speed: f"at a {word} pace" for speed, word in ADJECTIVES.items()}
            wrong = [*paces.values(), "it does not move"]
            yield Draft(f"how fast does {who} move", paces[fact.value], wrong, [who], [fact])
        if (fact := story.only(track, Kind.TURNS)) and (who := story.name(track, Kind.TURNS)):
            wrong = ["it turns left", "it turns right", "it goes straight on", "it does not move"]
            yield Draft(f"which way does {who} turn", f"it turns {fact.value}", wrong, [who], [fact])


def _behaviour(story: Story, track: int) -> Fact | None:
    """The one fact that sums up the motion of ``track``, where nothing else about it disagrees."""
    moves, still, swings = (story.only(track, kind) for kind in (Kind.MOVES, Kind.STATIONARY, Kind.OSCILLATES))
    if swings and not still:
        return swings
    if moves and not story.of(track, Kind.STATIONARY, Kind.OSCILLATES, Kind.TURNS, Kind.STOPS, Kind.STARTS):
        return moves
    return still if story.rests(track) else None


def _ask_order(story: Story) -> Iterator[Draft]:
    """What is first, next and before; the other options are on the wrong side of it in time, or never happen."""
    orders = list(story.orders())
    after, before = defaultdict(list), defaultdict(list)
    for fact, one, other in orders:
        after[one].append((fact, other))
        before[other].append((fact, one))

    def told(event: Fact, kinds: Iterable[Kind]) -> str | None:
        who = story.name(event.subject, *kinds)
        return f"{who} {story.does(event)}" if who else None

    never = _never(story)
    for one in after:
        kinds = {Kind.BEFORE, one.kind, *(other.kind for _, other in after[one])}
        first, later = told(one, kinds), [told(other, kinds) for _, other in after[one]]
        if not before[one] and first and all(later):
            proof = [fact for fact, _ in after[one]][:3]
            wrong = later[:3] + [told(event, kinds) for event in never]
            text = story.rng.choice(("which of these happens first", "which of these is the first to happen"))
            yield Draft(text, first, wrong, [story.name(one.subject, *kinds)], proof)
    for fact, one, other in orders:
        kinds = {Kind.BEFORE, one.kind, other.kind}
        names = [story.name(event.subject, *kinds) for event in (one, other)]
        if not all(names):
            continue
        for relation, given, asked, beyond in (
            ("after", one, other, before[one]),
            ("before", other, one, after[other]),
        ):
            wrong = [told(event, kinds) for event in (*(event for _, event in beyond), *never)]
            text = f"which of these happens {relation} {told(given, kinds)}"
            yield Draft(text, told(asked, kinds), wrong, names, [fact])


def _never(story: Story) -> list[Fact]:
    """Events that might have happened to the main objects and did not, in a random order."""
    events = []
    for track in story.actors[:MAIN]:
        pauses = story.of(track, Kind.STATIONARY, Kind.STOPS, Kind.STARTS)
        for kind, values in EVENTS.items():
            free = [v for v in values if v not in {fact.value for fact in story.of(track, kind)}]
            if free and not (pauses and kind in (Kind.STOPS, Kind.STARTS)):
                events.append(Fact(kind=kind, subject=track, value=story.rng.choice(free), start=0, end=0))
    story.rng.shuffle(events)
    return events


def _ask_object(story: Story) -> Iterator[Draft]:
    """Who does it; the other options are objects that do not, then ones that are not there."""
    asked = sorted(set(Kind) - {Kind.SPEED, Kind.LOCATED, Kind.BEFORE, Kind.COUNTS})
    for fact in (fact for track in story.actors for fact in story.of(track, *asked)):
        if fact.kind == Kind.STATIONARY and not story.rests(fact.subject):
            continue
        if fact.kind == Kind.MOVES and story.of(fact.subject, Kind.OSCILLATES):
            continue
        who = story.name(fact.subject, fact.kind)
        names = [who] if fact.object is None else [who, story.name(fact.object, Kind.LOCATED)]
        if not all(names):
            continue
        others = [t for t in story.actors if t not in (fact.subject, fact.object) and not _might(story, t, fact)]
        story.rng.shuffle(others)
        rivals = [name for name in (story.name(t, fact.kind) for t in others) if name]
        yield Draft(f"which of these {story.does(fact)}", str(who), _strangers(story, who, rivals), names, [fact])


def _strangers(story: Story, who: Name, rivals: Sequence[Name]) -> list[str]:
    """Wrong options beside ``who``: its rivals, and where these are fewer than three, objects that are not there.

    Where ``who`` has more than a noun, the absent share its pattern and a rival's by halves (the first car, the second
    car, the first dog, the second dog): no option stands out as the one that has most in common with the others.
    """
    absent = _absent(story)
    if len(rivals) >= 3 or who.pattern == PLAIN:
        return [*map(str, rivals), *(f"the {noun}" for noun in absent)]
    like = [rival for rival in rivals if rival.noun == who.noun][:1]
    return [*map(str, like), *(name.of(noun) for noun in absent[:1] for name in (who, *like))]


def _might(story: Story, track: int, fact: Fact) -> bool:
    """Whether a viewer could say of ``track``, too, what ``fact`` says of another."""
    own = story.of(track, fact.kind)
    match fact.kind:
        case Kind.MOVES:
            swings = story.of(track, Kind.OSCILLATES)
            return bool(swings) or any(near(f.value, fact.value) for f in own)
        case Kind.STATIONARY:
            return bool(own) or not story.of(track, Kind.MOVES, Kind.OSCILLATES)
        case Kind.STOPS | Kind.STARTS:
            return bool(story.of(track, Kind.STOPS, Kind.STARTS, Kind.STATIONARY))
        case Kind.APPROACHES | Kind.RECEDES:
            back = story.of(fact.object, fact.kind)
            return any(f.object == fact.object for f in own) or any(f.object == track for f in back)
        case Kind.FASTEST | Kind.OSCILLATES:
            return bool(own)
    return any(f.value == fact.value for f in own)


def _absent(story: Story) -> list[str]:
    """Nouns that nothing in the clip could be taken for; none where something in it has no class."""
    here = set(story.nouns.values())
    if SOMETHING in here:
        return []
    here = here.union(*(kin for kin in LOOKALIKES if any(noun.split()[-1] in kin or noun in kin for noun in here)))
    nouns = [noun for noun in COMMON if noun not in here]
    story.rng.shuffle(nouns)
    return nouns


def _ask_location(story: Story) -> Iterator[Draft]:
    """Where one object enters, leaves and is first seen."""
    corners = ("top_left", "top_right", "bottom_left", "bottom_right")
    for track in story.actors:
        if (fact := story.only(track, Kind.ENTERS)) and (who := story.name(track, Kind.ENTERS)):
            wrong = [f"from the {side}" for side in SIDES]
            text = story.rng.choice((f"from which side does {who} enter the frame", f"where does {who} come in from"))
            yield Draft(text, f"from the {fact.value}", wrong, [who], [fact])
        if (fact := story.only(track, Kind.LEAVES)) and (who := story.name(track, Kind.LEAVES)):
            text = story.rng.choice((f"on which side does {who} leave the frame", f"where does {who} go out of view"))
            yield Draft(text, SIDES[fact.value], [*SIDES.values()], [who], [fact])
        fact = story.first(track, Kind.LOCATED)
        if fact and (who := story.name(track, Kind.LOCATED)) and fact.value != "center":
            wrong = [place(cell) for cell in (corners if fact.value in corners else SIDES)]
            text = story.rng.choice((f"where in the frame is {who} first seen", f"where does {who} begin in the frame"))
            yield Draft(text, place(fact.value), wrong, [who], [fact])


def _ask_count(story: Story) -> Iterator[Draft]:
    """How often; the other counts are two or more away, so that one cycle more or less does not decide."""
    for track in story.actors:
        fact, who = story.only(track, Kind.OSCILLATES), story.name(track)
        if fact and who and (n := int(fact.amount)) >= 1:
            lowest = story.rng.choice([low for low in range(n - 6, n + 1, 2) if low >= 1])
            wrong = [times(lowest + step) for step in (0, 2, 4, 6)]
            text = f"how many times does {who} go {CYCLES[fact.value]}"
            yield Draft(text, times(n), wrong, [who], [fact], amount=True)


ASK = {
    QuestionType.MOTION_RECOGNITION: _ask_motion,
    QuestionType.ACTION_ORDER: _ask_order,
    QuestionType.MOTION_RELATED_OBJECT: _ask_object,
    QuestionType.LOCATION_RELATED_MOTION: _ask_location,
    QuestionType.REPETITION_COUNT: _ask_count,
}
"""What asks each type of question, in the order of their turns."""
