"""The questions: five types, each with one option that is right and three that are wrong for sure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat, zip_longest
from typing import NamedTuple

from fm_tasks.backends.facts_writer.facts import WHOLE, claim, near
from fm_tasks.backends.facts_writer.names import PLAIN, Name, declared
from fm_tasks.backends.facts_writer.story import Story
from fm_tasks.backends.facts_writer.words import (
    ADJECTIVES,
    CYCLES,
    SIDES,
    SOMETHING,
    WAYS,
    capital,
    infinitive,
    normalised,
    place,
    times,
)
from fm_tasks.model import Direction, Fact, Question, QuestionType
from fm_tasks.model import FactKind as Kind

QUESTIONS, ENOUGH = 10, 6
"""How many questions a clip is given where its facts allow, and from how many on it does without the plain ones."""
TURNS = tuple(
    QuestionType(name)
    for name in (
        *("motion_recognition", "location_related_motion", "action_order", "motion_related_object"),
        *("repetition_count", "motion_recognition", "location_related_motion", "motion_recognition"),
        *("action_order", "location_related_motion"),
    )
)
"""Whose turn it is, over and over: near the shares of arXiv 2512.10927, figure 4."""
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
DOINGS = (
    *(Kind.MOVES, Kind.STATIONARY, Kind.ENTERS, Kind.LEAVES, Kind.STOPS, Kind.STARTS, Kind.TURNS, Kind.OSCILLATES),
    *(Kind.APPROACHES, Kind.RECEDES, Kind.FASTEST),
)
"""The kinds of which is asked who does it."""
QUARTERS = tuple(f"in the {word} quarter" for word in ("first", "second", "third", "last"))
CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
MIRROR = {"left": "top", "top": "left", "right": "bottom", "bottom": "right"}
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
    the answer is their number. ``plain`` is a question whose answer is that nothing special happens: such answers are
    true so often that who has not seen the clip would guess them.
    """

    text: str
    right: str
    wrong: Sequence[str | None]
    names: Sequence[Name]
    facts: Sequence[Fact]
    amount: bool = False
    plain: bool = False


Form = Callable[[Story], Iterator[Draft]]


def questions_on(story: Story) -> tuple[Question, ...]:
    """Up to ten questions with different texts, the types in turn; plain ones where six are not found else."""
    lively, plain = ({type: _pool(story, type, forms, plain) for type, forms in ASK.items()} for plain in (False, True))
    found: dict[str, Question] = {}
    for pools, most in ((lively, QUESTIONS), (plain, ENOUGH)):
        asked = {question.type for question in found.values()}
        for type in chain.from_iterable(repeat(sorted(TURNS, key=asked.__contains__))):
            if len(found) >= most or not any(pools.values()):
                break
            if pools[type]:
                question = pools[type].popleft()
                found.setdefault(normalised(question.text), question)
    return tuple(found.values())


def _pool(story: Story, type: QuestionType, forms: Sequence[Form], plain: bool) -> deque[Question]:
    """Every question of a type, plain or not, in a random order in which its forms alternate."""
    asked = []
    for form in story.rng.sample(forms, len(forms)):
        drafts = [draft for draft in form(story) if draft.plain == plain]
        asked.append([_question(story, type, draft) for draft in story.rng.sample(drafts, len(drafts))])
    return deque(filter(None, chain.from_iterable(zip_longest(*asked))))


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


def _ask_direction(story: Story) -> Iterator[Draft]:
    """The way of what moves in one direction only."""
    for track in story.actors:
        straight_on = story.only(track, Kind.MOVES) if not story.of(track, Kind.OSCILLATES, Kind.TURNS) else None
        if (fact := straight_on) and (who := story.name(track, Kind.MOVES)):
            text = story.rng.choice((f"in which direction does {who} move", f"which way does {who} move"))
            yield Draft(text, _way(fact.value), _ways(fact.value), [who], [fact])


def _ways(value: str) -> list[str]:
    """The four directions among which ``value`` cannot be mistaken: straight ones, or slanting ones."""
    straight = {"right", "left", "up", "down"}
    return [_way(way) for way in Direction if (way in straight) == (value in straight)]


def _way(value: str) -> str:
    return {Direction.UP: "to the top", Direction.DOWN: "to the bottom"}.get(value, WAYS[value])


def _ask_what_is_seen(story: Story) -> Iterator[Draft]:
    """What one of several objects does that nothing tells apart, and none of its like might be said to do else."""
    for track in story.actors:
        like = [other for other, noun in story.nouns.items() if noun == story.nouns[track]]
        if (fact := story.only(track, Kind.MOVES)) and not story.names[track]:
            wrong = [
                fact.model_copy(update={"value": way})
                for way in Direction
                if not any(_might(story, other, fact.model_copy(update={"value": way})) for other in like)
            ]
            options = [f"{story.some(track)} {story.does(one)}" for one in (fact, *wrong)]
            yield Draft("which of these can be seen", options[0], story.rng.sample(options[1:], len(wrong)), [], [fact])


def _ask_behaviour(story: Story) -> Iterator[Draft]:
    for track in story.actors:
        if (fact := _behaviour(story, track)) and (who := story.name(track, Kind.MOVES, Kind.STATIONARY)):
            right = BEHAVIOUR[fact.value if fact.kind == Kind.OSCILLATES else fact.kind]
            text = story.rng.choice((f"which of these describes the motion of {who}", f"how does {who} behave"))
            yield Draft(text, right, [*BEHAVIOUR.values()], [who], [fact])


def _ask_pace(story: Story) -> Iterator[Draft]:
    for track in story.actors:
        if (fact := story.only(track, Kind.SPEED)) and (who := story.name(track, Kind.SPEED)):
            paces = {speed: f"at a {word} pace" for speed, word in ADJECTIVES.items()}
            wrong = [*paces.values(), "it does not move"]
            yield Draft(f"how fast does {who} move", paces[fact.value], wrong, [who], [fact])


def _ask_turn(story: Story) -> Iterator[Draft]:
    """To which sides something turns that moves, be it to none."""
    sides = {frozenset({"left"}): "it turns left", frozenset({"right"}): "it turns right"}
    sides |= {frozenset({"left", "right"}): "it turns left as well as right", frozenset(): "it does not turn"}
    for track in story.actors:
        who, turns = story.name(track, Kind.TURNS, Kind.MOVES), story.of(track, Kind.TURNS)
        straight_on = story.only(track, Kind.MOVES)
        proof = turns or ([straight_on] if straight_on else [])
        if who and proof and not story.of(track, Kind.OSCILLATES):
            right = sides[frozenset(fact.value for fact in turns)]
            yield Draft(
                f"which way does {who} turn, if at all", right, [*sides.values()], [who], proof, plain=not turns
            )


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


def _ask_legs(story: Story) -> Iterator[Draft]:
    """The way that something takes first, and last, which goes more than one."""
    for track in story.actors:
        legs, who = story.of(track, Kind.MOVES), story.name(track, Kind.MOVES, Kind.TURNS)
        if who and len(legs) > 1 and not story.of(track, Kind.OSCILLATES):
            for when, leg in (("first", legs[0]), ("last", legs[-1])):
                text = story.rng.choice((f"which way does {who} move {when}", f"where does {who} go {when}"))
                yield Draft(text, _way(leg.value), _ways(leg.value), [who], [leg])


def _ask_pauses(story: Story) -> Iterator[Draft]:
    """The order of movement and rest."""
    orders = {
        (): "it moves without a pause",
        (Kind.STOPS,): "it moves, then stays still",
        (Kind.STARTS,): "it stays still, then moves",
        (Kind.STOPS, Kind.STARTS): "it moves, pauses and moves on",
        (Kind.STARTS, Kind.STOPS): "it stays still, moves and stops",
    }
    for track in story.actors:
        who = story.name(track, Kind.STOPS, Kind.STARTS, Kind.MOVES)
        changes = sorted(story.of(track, Kind.STOPS, Kind.STARTS), key=lambda fact: fact.start)
        order = tuple(fact.kind for fact in changes)
        if who and order in orders and (proof := changes or story.of(track, Kind.SPEED)):
            text = f"in what order does {who} move and rest"
            wrong = story.rng.sample(list(orders.values()), len(orders))
            yield Draft(text, orders[order], wrong, [who], proof, plain=not changes)


def _ask_when(story: Story) -> Iterator[Draft]:
    """The quarter of the clip in which something begins, where it is not near the border of another."""
    for track in story.actors:
        for fact in filter(None, (story.only(track, kind) for kind in EVENTS)):
            quarter, beside = divmod(4 * fact.start / story.frames, 1)
            if (who := story.name(track, fact.kind, Kind.BEFORE)) and 0.2 <= beside <= 0.8:
                text = f"in which part of the clip does {who} {infinitive(story.does(fact))}"
                yield Draft(text, QUARTERS[int(quarter)], QUARTERS, [who], [fact])


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

    for fact in (fact for track in story.actors for fact in story.of(track, *DOINGS)):
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


def _ask_edges(story: Story) -> Iterator[Draft]:
    """Where one object enters and leaves."""
    for track in story.actors:
        if (fact := story.only(track, Kind.ENTERS)) and (who := story.name(track, Kind.ENTERS)):
            wrong = [f"from the {side}" for side in SIDES]
            text = story.rng.choice((f"from which side does {who} enter the frame", f"where does {who} come in from"))
            yield Draft(text, f"from the {fact.value}", wrong, [who], [fact])
        if (fact := story.only(track, Kind.LEAVES)) and (who := story.name(track, Kind.LEAVES)):
            text = story.rng.choice((f"on which side does {who} leave the frame", f"where does {who} go out of view"))
            yield Draft(text, SIDES[fact.value], [*SIDES.values()], [who], [fact])


def _ask_place(story: Story) -> Iterator[Draft]:
    """Where one object is first and last seen; the centre stands beside corners, which it cannot be mistaken for."""
    for track in story.actors:
        stays, who = story.of(track, Kind.LOCATED), story.name(track, Kind.LOCATED)
        if not (stays and who):
            continue
        ends = {"first": stays[0], "last": stays[-1]} if story.of(track, Kind.SPEED) else {"first": stays[0]}
        for when, fact in ends.items():
            cells = [*SIDES] if fact.value in SIDES else ["center", *CORNERS]
            wrong = [place(cell) for cell in story.rng.sample(cells, len(cells))]
            text = story.rng.choice((f"where in the frame is {who} {when} seen", f"where is {who} when {when} seen"))
            yield Draft(text, place(fact.value), wrong, [who], [fact])


def _ask_journey(story: Story) -> Iterator[Draft]:
    """From where to where: the other options are the way back, and both in a mirror."""
    for track in story.actors:
        stays, who = story.of(track, Kind.LOCATED), story.name(track, Kind.LOCATED)
        if who and stays and story.of(track, Kind.MOVES) and stays[0].value != stays[-1].value:
            here, there = stays[0].value, stays[-1].value
            ways = [(here, there), (there, here), *(_mirrored(*way) for way in ((here, there), (there, here)))]
            right, *wrong = (f"first {place(one)} and last {place(other)}" for one, other in ways)
            text = story.rng.choice((f"where is {who} first and last seen", f"between which places does {who} move"))
            yield Draft(text, right, wrong, [who], [stays[0], stays[-1]])


def _mirrored(here: str, there: str) -> tuple[str, str]:
    """Two cells on a way that crosses that from ``here`` to ``there``: about the diagonal, or left for right."""
    columns = [next((word for word in cell.split("_") if word in ("left", "right")), "") for cell in (here, there)]
    rows = [next((word for word in cell.split("_") if word in ("top", "bottom")), "") for cell in (here, there)]
    slanting = columns[0] != columns[1] and rows[0] != rows[1]
    other = {"left": "right", "right": "left"} if slanting else MIRROR
    words = ([other.get(word, word) for word in cell.split("_")] for cell in (here, there))
    one, two = ("_".join(sorted(cell, key=("top", "bottom", "left", "right", "center").index)) for cell in words)
    return one, two


def _ask_view(story: Story) -> Iterator[Draft]:
    """Whether something comes into view and goes out of it."""
    views = {
        (True, True): "from when it enters until it leaves",
        (True, False): "only after it has entered",
        (False, True): "only until it leaves",
        (False, False): "from the beginning to the end",
    }
    for track in story.actors:
        who = story.name(track, Kind.ENTERS, Kind.LEAVES, Kind.LOCATED, Kind.BEFORE)
        stays = story.of(track, Kind.LOCATED)
        enters, leaves = story.only(track, Kind.ENTERS), story.only(track, Kind.LEAVES)
        if not (who and stays) or (enters and leaves and leaves.start < enters.start):
            continue
        throughout = (1 - WHOLE) * story.frames
        if (enters or stays[0].start <= throughout) and (leaves or stays[-1].end >= story.frames - 1 - throughout):
            proof = [fact for fact in (enters, leaves) if fact] or [stays[0], stays[-1]]
            text, seen = f"for which part of the clip is {who} in view", (bool(enters), bool(leaves))
            yield Draft(text, views[seen], [*views.values()], [who], proof, plain=not any(seen))


def _ask_count(story: Story) -> Iterator[Draft]:
    """How often; the other counts are two or more away, so that one cycle more or less does not decide."""
    for track in story.actors:
        fact, who = story.only(track, Kind.OSCILLATES), story.name(track)
        if fact and who and (n := int(fact.amount)) >= 1:
            others = [count for count in range(1, max(n + 3, 8)) if abs(count - n) >= 2]
            wrong = [times(count) for count in story.rng.sample(others, 3)]
            text = f"how many times does {who} go {CYCLES[fact.value]}"
            yield Draft(text, times(n), wrong, [who], [fact], amount=True)


ASK = {
    QuestionType.MOTION_RECOGNITION: (_ask_direction, _ask_what_is_seen, _ask_behaviour, _ask_pace, _ask_turn),
    QuestionType.ACTION_ORDER: (_ask_order, _ask_legs, _ask_pauses, _ask_when),
    QuestionType.MOTION_RELATED_OBJECT: (_ask_object,),
    QuestionType.LOCATION_RELATED_MOTION: (_ask_edges, _ask_place, _ask_journey, _ask_view),
    QuestionType.REPETITION_COUNT: (_ask_count,),
}
"""What asks each type of question: its forms."""
