"""Questions on several objects: who does what, what they do to each other, and the order of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, islice, pairwise, permutations

from fm_tasks.english.words import PACES, RELATIONS, SOMETHING, plural
from fm_tasks.model import Direction, Fact
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion.vocabulary import EVENTS
from fm_tasks.writing.facts_writer.drafts import MAIN, MOMENTS, SELDOM, Draft, square
from fm_tasks.writing.facts_writer.fact_index import opposite
from fm_tasks.writing.facts_writer.names import ANY, PLAIN, Name
from fm_tasks.writing.facts_writer.story import Story

COMMON = ("person", "car", "bicycle", "dog", "bird", "boat", "ball", "train")
"""Nouns for objects that are not there; none can be mistaken for another."""
LOOKALIKES = (
    {"person", "man", "woman", "child", "boy", "girl", "pedestrian", "hand"},
    {"car", "truck", "bus", "van", "train", "vehicle"},
    {"bicycle", "motorcycle", "bike", "scooter"},
    {"dog", "cat", "horse", "cow", "sheep", "animal", "puppy"},
    {"bird", "kite", "aeroplane", "airplane", "drone"},
    {"boat", "ship"},
    {"ball", "sports ball", "frisbee"},
)
DOINGS = (
    *(Kind.MOVES, Kind.STATIONARY, Kind.ENTERS, Kind.LEAVES, Kind.STOPS, Kind.STARTS, Kind.TURNS, Kind.UTURNS),
    *(Kind.SHIFTS, Kind.CIRCLES, Kind.REVERSES, Kind.OSCILLATES, Kind.TREMBLES, Kind.ACCELERATES, Kind.SLOWS),
    *(Kind.GROWS, Kind.SHRINKS, Kind.APPROACHES, Kind.RECEDES, Kind.PASSES, Kind.REACHES, Kind.GRASPS),
    *(Kind.RELEASES, Kind.LIFTS, Kind.CARRIES, Kind.PLACES, Kind.FASTEST, Kind.TILTS, Kind.WAVES, Kind.TAPS),
    *(Kind.OPENS, Kind.BENDS, Kind.STRAIGHTENS, Kind.RAISES, Kind.LOWERS, Kind.SITS, Kind.STANDS, Kind.JUMPS),
    *(Kind.KICKS, Kind.TURNS_ROUND, Kind.THROWS),
)
"""The kinds of which is asked who does it."""
SAME = (Kind.SPEED, Kind.MOVES, Kind.TURNS, Kind.OSCILLATES, Kind.CIRCLES, Kind.TREMBLES)
"""The kinds of which is asked how two objects differ."""
DISTANCE = {Kind.APPROACHES: "closer to", Kind.RECEDES: "farther from"}
"""What is said of the distance between two."""
GAP = 0.5
"""Seconds by which one thing begins clearly before another."""


# --- who does it ------------------------------------------------------------------------------------------------------


def ask_who(story: Story) -> Iterator[Draft]:
    """Who does it; the other options are objects that do not, then ones that are not there."""
    for fact in (fact for track in story.actors for fact in story.of(track, *DOINGS)):
        if fact.kind == Kind.STATIONARY and not story.rest(fact.subject):
            continue
        if fact.kind == Kind.MOVES and story.of(fact.subject, Kind.OSCILLATES):
            continue
        who = story.name(fact.subject, fact.kind)
        names = [who] if fact.object is None else [who, story.name(fact.object, Kind.LOCATED)]
        if not all(names):
            continue
        others = (t for t in story.rng.sample(story.actors, len(story.actors)) if t not in (fact.subject, fact.object))
        named = (story.name(track, fact.kind) for track in others if not story.might(track, fact))
        rivals = list(islice(filter(None, named), 3))
        wrong, alone = _strangers(story, who, rivals), len(rivals) < (2 if who.pattern in (PLAIN, ANY) else 1)
        yield Draft(f"which of these {story.does(fact)}", str(who), wrong, names, [fact], plain=alone)


def _strangers(story: Story, who: Name, rivals: Sequence[Name]) -> list[str]:
    """Wrong options beside ``who``: its rivals, and where these are fewer than three, objects that are not there.

    Where ``who`` has more than a noun, the absent share its pattern and a rival's by halves (the first car, the second
    car, the first dog, the second dog): no option stands out as the one that has most in common with the others.
    """
    absent = _absent(story)
    if len(rivals) >= 3 or who.pattern in (PLAIN, ANY):
        return [*map(str, rivals), *(f"the {noun}" for noun in absent)]
    like = [rival for rival in rivals if rival.noun == who.noun][:1]
    return [*map(str, like), *(name.of(noun) for noun in absent[:1] for name in (who, *like))]


def _absent(story: Story) -> list[str]:
    """Nouns that nothing in the clip could be taken for; none where something has no class, or is not followed."""
    here = set(story.nouns.values())
    if SOMETHING in here or not story.complete:
        return []
    here = here.union(*(kin for kin in LOOKALIKES if any(noun.split()[-1] in kin or noun in kin for noun in here)))
    nouns = [noun for noun in COMMON if noun not in here]
    story.rng.shuffle(nouns)
    return nouns


def ask_each(story: Story) -> Iterator[Draft]:
    """How two objects move that may do so alike: which of them goes to which side, or at which pace."""
    for one, other in combinations(story.actors[:MAIN], 2):
        for kind in SAME:
            a, b = story.only(one, kind), story.only(other, kind)
            names = [story.name(track, kind) for track in (one, other)]
            if not (a and b and all(names)) or names[0].noun == names[1].noun:
                continue
            values = _values(story, a, b)
            pairs = [[fact, fact.model_copy(update={"value": values[fact.value]})] for fact in (a, b) if values]
            if pairs and not any(kind != Kind.SPEED and story.might(false.subject, false) for _, false in pairs):
                right, wrong = square(partial(_each, story, names), *pairs)
                yield Draft(f"which of these is true of {names[0]} and {names[1]}", right, wrong, names, [a, b])


def _each(story: Story, names: Sequence[Name], *facts: Fact) -> str:
    does = (f"moves {PACES[f.value]}" if f.kind == Kind.SPEED else story.does(f) for f in facts)
    return ", and ".join(f"{name} {deed}" for name, deed in zip(names, does, strict=True))


def _values(story: Story, one: Fact, other: Fact) -> dict[str, str]:
    """Two values, those of both facts among them, each with the other; none where they do not exclude each other."""
    if one.kind == Kind.SPEED:
        second = other.value if other.value != one.value else story.rng.choice([p for p in PACES if p != one.value])
    else:
        second = opposite(one).value
    return {one.value: second, second: one.value} if other.value in (one.value, second) else {}


def ask_seen(story: Story) -> Iterator[Draft]:
    """What one of several objects does that nothing tells apart, and none of its like might be said to do else."""
    for track in story.actors:
        like = [other for other, noun in story.nouns.items() if noun == story.nouns[track]]
        if (fact := story.only(track, Kind.MOVES)) and not story.names[track]:
            wrong = [
                fact.model_copy(update={"value": way})
                for way in Direction
                if not any(story.might(other, fact.model_copy(update={"value": way})) for other in like)
            ]
            who = f"one of the {plural(story.nouns[track])}"
            options = [f"{who} {story.does(one)}" for one in (fact, *wrong)]
            yield Draft("which of these can be seen", options[0], story.rng.sample(options[1:], len(wrong)), [], [fact])


# --- what they do to each other ---------------------------------------------------------------------------------------


def ask_passing(story: Story) -> Iterator[Draft]:
    """Who passes whom, and on which way."""
    for fact in (fact for track in story.actors[:MAIN] for fact in story.of(track, Kind.PASSES)):
        one, other = fact.subject, fact.object
        way, back = story.only(one, Kind.MOVES), any(f.object == one for f in story.of(other, Kind.PASSES))
        names = {track: story.name(track, Kind.PASSES, Kind.MOVES) for track in (one, other)}
        if way and not back and all(names.values()):
            swapped = fact.model_copy(update={"subject": other, "object": one})
            say = partial(_passing, story, names)
            right, wrong = square(say, (fact, swapped), (way, opposite(way)))
            text = f"what happens between {names[one]} and {names[other]}"
            yield Draft(text, right, wrong, [*names.values()], [fact, way])


def _passing(story: Story, names: Mapping[int, Name], passes: Fact, way: Fact) -> str:
    who, whom = names[passes.subject], names[passes.object]
    return f"{who} {story.does(passes, str(whom))} while it {story.does(way)}"


def ask_hand_over(story: Story) -> Iterator[Draft]:
    """Which hand gives to which, and whether one takes hold before the other lets go."""
    for gives in (fact for track in story.actors for fact in story.of(track, Kind.GIVES) if fact.start < fact.end):
        things = {fact.object for fact in story.of(gives.subject, Kind.RELEASES)}
        names = [story.name(track, Kind.REACHES) for track in (gives.subject, gives.object, *things)]
        if len(names) == 3 and all(names):
            giver, taker, thing = names
            ways = ((giver, taker), (taker, giver))
            right, other = (f"{who} gives {thing} to {whom}" for who, whom in ways)
            wrong = [f"{who} lets go of {thing} before {whom} takes hold of it" for who, whom in ways]
            yield Draft(f"what happens when {thing} gets from hand to hand", right, [other, *wrong], names, [gives])


def ask_distance(story: Story) -> Iterator[Draft]:
    """Which of two objects gets closer to the other or farther from it, where it is one of them alone."""
    near, far = Kind.APPROACHES, Kind.RECEDES
    for one, other in permutations(story.actors[:MAIN], 2):
        names = [story.name(track, near, far, Kind.MOVES) for track in (one, other)]
        steps = sorted((f for f in story.of(one, near, far) if f.object == other), key=lambda fact: fact.start)
        back = any(fact.object == one for fact in story.of(other, near, far))
        kinds = [fact.kind for fact in steps]
        if back or not all(names) or not 1 <= len(steps) <= 2 or len(set(kinds)) < len(steps):
            continue
        if kinds == [near, far] and story.rng.random() > SELDOM:
            continue
        contrary = kinds[::-1] if len(kinds) > 1 else [far if kinds == [near] else near]
        right, wrong = square(_nears, (names, names[::-1]), (kinds, contrary))
        yield Draft(f"what happens between {names[0]} and {names[1]}", right, wrong, names, steps)


def _nears(names: Sequence[Name], kinds: Sequence[Kind]) -> str:
    """``the car gets closer to the dog and then farther from it``."""
    who, whom = map(str, names)
    first, *then = (DISTANCE[kind] for kind in kinds)
    return " and then ".join([f"{who} gets {first} {whom}", *(f"{words} it" for words in then)])


def ask_side(story: Story) -> Iterator[Draft]:
    """On which side of another one object is first and last."""
    for pair in combinations(story.actors[:MAIN], 2):
        one, other = story.rng.sample(pair, 2)
        lies = [fact for fact in story.of(one, Kind.LIES) if fact.object == other]
        names = [story.name(track, Kind.LIES, Kind.MOVES, Kind.TURNS) for track in (one, other)]
        if not (lies and all(names) and {fact.value for fact in lies} <= {lies[0].value, opposite(lies[0]).value}):
            continue
        if lies[0].value == lies[-1].value and story.rng.random() > SELDOM:
            continue
        ends = ((RELATIONS[fact.value], RELATIONS[opposite(fact).value]) for fact in (lies[0], lies[-1]))
        right, wrong = square(lambda first, last, whom=names[1]: f"first {first} {whom}, last {last} {whom}", *ends)
        text = f"on which side of {names[1]} is {names[0]} first and last"
        yield Draft(text, right, wrong, names, list(dict.fromkeys((lies[0], lies[-1]))))


# --- what happens when ------------------------------------------------------------------------------------------------


def ask_order(story: Story) -> Iterator[Draft]:
    """The order of three events, or of two beside the opposite of one."""
    events = [fact for track in story.actors[:MAIN] for kind in MOMENTS if (fact := story.only(track, kind))]
    events = [e for e in events if e.kind != Kind.TURNS or not story.of(e.subject, Kind.UTURNS, Kind.CIRCLES)]
    events.sort(key=lambda fact: fact.start)
    clear = GAP / story.seconds * story.frames
    for chain in (*combinations(events, 3), *combinations(events, 2)):
        names = _named(story, chain)
        if not names or any(later.start - earlier.start < clear for earlier, later in pairwise(chain)):
            continue
        pairs = ((one, other) for one, other in combinations(chain, 2) if one.subject != other.subject)
        if not all(story.precedes(one, other) for one, other in pairs):
            continue
        right, *wrong = (_told(story, order, names) for order in permutations(chain))
        wrong = story.rng.sample(wrong, 5) if len(chain) == 3 else _contrary(story, chain, names)
        proof = [*chain, *_before(chain)]
        yield Draft("in which order do these happen", right, wrong, [*names.values()], proof)


def _named(story: Story, chain: Sequence[Fact]) -> dict[int, Name]:
    """Names for all that a chain of events is about; none where one has none that tells nothing of it."""
    kinds = {Kind.BEFORE, *(event.kind for event in chain)}
    names = {event.subject: story.name(event.subject, *kinds) for event in chain}
    objects = {e.object for e in chain if e.object is not None} - names.keys()
    names |= {track: story.name(track, *kinds) for track in objects}
    return names if all(names.values()) else {}


def _told(story: Story, order: Sequence[Fact], names: Mapping[int, Name]) -> str:
    """One event after another, whose it is where that changes."""
    parts = []
    for event, before in zip(order, (None, *order), strict=False):
        does = story.does(event, str(names.get(event.object, "")) or None)
        parts.append(does if before and before.subject == event.subject else f"{names[event.subject]} {does}")
    return ", then ".join(parts)


def _contrary(story: Story, chain: Sequence[Fact], names: Mapping[int, Name]) -> list[str]:
    """Both orders with the opposite of one of two events, and the wrong order of both."""
    for n, event in enumerate(chain):
        false = opposite(event) if event.value else None
        if false and not story.might(event.subject, false):
            pair = [false if m == n else one for m, one in enumerate(chain)]
            return [_told(story, order, names) for order in (pair, pair[::-1], chain[::-1])]
    return []


def _before(chain: Sequence[Fact]) -> Iterator[Fact]:
    """What `before` says of neighbouring events."""
    for one, other in pairwise(chain):
        if {one.kind, other.kind} <= {*EVENTS}:
            what = {"kind": Kind.BEFORE, "object": other.subject, "value": f"{one.kind}_{other.kind}", "amount": None}
            yield one.model_copy(update=what)
