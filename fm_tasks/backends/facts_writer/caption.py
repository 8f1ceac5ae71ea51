"""The caption: a sentence on the scene, and sentences along each of the seven dimensions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from fm_tasks.backends.facts_writer.facts import claim
from fm_tasks.backends.facts_writer.names import Name, declared
from fm_tasks.backends.facts_writer.story import Story
from fm_tasks.backends.facts_writer.words import (
    ADJECTIVES,
    CYCLES,
    ORDINALS,
    PACES,
    SOMETHING,
    WAYS,
    capital,
    counted,
    duration,
    listed,
    noun_of,
    place,
    rate,
    reach,
    side,
    times,
)
from fm_tasks.model import Caption, Claim, Dimension, Fact, Sentence
from fm_tasks.model import FactKind as Kind

LEADING = (
    *(Kind.OSCILLATES, Kind.CIRCLES, Kind.UTURNS, Kind.SHIFTS, Kind.REVERSES, Kind.MOVES, Kind.TREMBLES),
    *(Kind.GROWS, Kind.SHRINKS, Kind.STATIONARY),
)
"""What an object does above all: the first of these."""
STEPS = (
    *(Kind.MOVES, Kind.TURNS, Kind.UTURNS, Kind.SHIFTS, Kind.REVERSES, Kind.ACCELERATES, Kind.SLOWS, Kind.PASSES),
    *(Kind.APPROACHES, Kind.RECEDES),
)
"""What can be told as one step after another."""
STEP = 8
"""Frames by which one step begins clearly after another."""
DEEDS = (
    *(Kind.STARTS, Kind.STOPS, Kind.TURNS, Kind.UTURNS, Kind.SHIFTS, Kind.REVERSES, Kind.CIRCLES, Kind.ACCELERATES),
    *(Kind.SLOWS, Kind.REACHES, Kind.GRASPS, Kind.GIVES, Kind.RELEASES, Kind.PASSES),
)
"""Single deeds, by which it is told which object does what."""
CLOSENESS = (Kind.APPROACHES, Kind.PASSES, Kind.RECEDES)
TOGETHER = {
    Kind.APPROACHES: "get closer to each other", Kind.PASSES: "pass each other", Kind.RECEDES: "draw apart",
}  # fmt: skip
"""What two do to each other."""
SENTENCES = 4
"""At most so many sentences along one dimension."""

ABSENT = {
    Dimension.ACTION: "Nothing is seen to move clearly in any direction.",
    Dimension.SEQUENCE: "No clear order of events can be made out.",
    Dimension.OBJECT_ACTION: "No object is seen to start, stop or turn.",
    Dimension.LOCATION: "Where the objects enter or leave cannot be made out.",
    Dimension.REPETITION: "Nothing repeats.",
    Dimension.DYNAMICS: "No speed stands out.",
    Dimension.SPATIAL: "No object clearly gets closer to another or farther from it.",
}
ALONE = "There is no second object to relate to."


def caption_of(story: Story) -> Caption:
    """One sentence on the scene and, along each dimension, one to four sentences."""
    scene, dimensions = _scene(story), {}
    for dimension, write in ALONG.items():
        # What is said again moves back: it is the vague "one of the cars" that repeats itself.
        found = {sentence.text: sentence for sentence in reversed(list(write(story)))}
        absent = ALONE if dimension == Dimension.SPATIAL and len(story.nouns) < 2 else ABSENT[dimension]
        dimensions[dimension] = tuple(found.values())[::-1][:SENTENCES] or (Sentence(text=absent),)
    return Caption(scene=scene, dimensions=_briefly(dimensions, story))


def _briefly(
    dimensions: Mapping[Dimension, tuple[Sentence, ...]], story: Story
) -> dict[Dimension, tuple[Sentence, ...]]:
    """``dimensions`` in which the numbering of like objects is explained once: after ``the second car to appear`` come
    ``the first car`` and ``the third car``.

    Only where all of the like are numbered. Where nothing in the clip has a class, a moving object is then an object.
    """
    classless = set(story.nouns.values()) == {SOMETHING}
    explained = set()

    def brief(name: re.Match) -> str:
        ordinal, noun = name.groups()
        if noun in explained:
            return f"{ordinal} {'object' if classless else noun}"
        explained.add(noun)
        return name[0]

    numbered = re.compile(rf"\b(the (?:{'|'.join(ORDINALS)})) ({'|'.join(story.numbered())}) to appear\b", re.I)
    return {
        dimension: tuple(s.model_copy(update={"text": numbered.sub(brief, s.text)}) for s in sentences)
        for dimension, sentences in dimensions.items()
    }


def _say(text: str, names: Iterable[Name], *claims: Claim) -> Sentence:
    return Sentence(text=capital(text) + ".", claims=declared(names, *claims))


def _scene(story: Story) -> Sentence:
    length = duration(story.seconds)
    counts = sorted(story.of(None, Kind.COUNTS), key=lambda fact: (-fact.amount, fact.value))
    if not counts:
        return Sentence(text=f"This clip of {length} shows nothing that has a name.")
    what = listed([counted(noun_of(fact.value), int(fact.amount)) for fact in counts])
    text = story.rng.choice(
        (
            f"this clip of {length} shows {what}",
            f"{what} can be seen in this clip of {length}",
            f"within {length}, the clip shows {what}",
        )
    )
    return _say(text, (), *(claim(fact, amount=True) for fact in counts))


def _actions(story: Story) -> Iterator[Sentence]:
    """What each object does above all; of a movement, the ways that it takes."""
    for track in story.actors:
        kind = next((kind for kind in LEADING if story.of(track, kind)), None)
        if kind is None:
            continue
        who, found = story.some(track, kind), story.of(track, kind)
        if kind == Kind.MOVES:
            legs = [
                one
                for one, before in zip(found, [None, *found], strict=False)
                if not before or one.value != before.value
            ]
            verb, said = story.vary(track, "moves", "travels", "heads"), [legs[0], *legs[1:][-1:]]
            first, *last = (WAYS[leg.value] for leg in said)
            does = (
                f"first {verb} {first} and {'then' if len(legs) == 2 else 'finally'} {last[0]}"
                if last
                else f"{verb} {first}"
            )
        else:
            said = list({fact.value: fact for fact in found}.values())[:2]
            does = "goes back and forth and up and down repeatedly" if len(said) > 1 else story.does(said[0])
        yield _say(f"{who} {does}", [who], *map(claim, said))


def _sequence(story: Story) -> Iterator[Sentence]:
    """Events in their order, the earliest first; where there are none, what each object does one after the other."""
    orders = sorted(story.orders(), key=lambda order: (order[1].start, order[2].start))
    told = None
    for fact, one, other in orders:
        first, second = (story.some(event.subject, one.kind, other.kind) for event in (one, other))
        # "One of the cars stops before one of the cars turns" would tell nothing.
        if str(first) == str(second) and one.subject != other.subject:
            continue
        timed = fact.amount >= 0.5
        before, later = "shortly before", "shortly afterwards"
        if timed:
            before, later = (f"{duration(fact.amount)} {word}" for word in ("before", "later"))
        if told == one:
            text, said = f"then {second} {story.does(other)}", [(second,), claim(fact), claim(other)]
        else:
            texts = (
                [f"{first} {story.does(one)} and {later} {story.does(other)}"]
                if one.subject == other.subject
                else [
                    f"{first} {story.does(one)} {before} {second} {story.does(other)}",
                    f"{first} {story.does(one)}, and {later} {second} {story.does(other)}",
                ]
            )
            text, said = story.rng.choice(texts), [(first, second), claim(fact, timed), claim(one), claim(other)]
        told = other
        yield _say(text, *said)
    for track in () if orders else story.actors:
        steps = _steps(story, track)
        if len(steps) > 1:
            who = story.some(track, *(fact.kind for fact in steps))
            first, *then = _in_turn(story, steps)
            joined = ", ".join(f"then {does}" if n == 0 else f"later {does}" for n, does in enumerate(then))
            yield _say(f"first {who} {first}, {joined.replace(', later', ' and later')}", [who], *map(claim, steps))


def _steps(story: Story, track: int) -> list[Fact]:
    """Up to three things that an object does clearly one after the other."""
    steps: list[Fact] = []
    kinds = [kind for kind in STEPS if kind != Kind.MOVES or not story.of(track, Kind.CIRCLES)]
    for fact in _told(story, track, *kinds):
        if not steps or (fact.start >= steps[-1].start + STEP and story.does(fact) != story.does(steps[-1])):
            steps.append(fact)
    return steps[:3]


def _told(story: Story, track: int, *kinds: Kind) -> list[Fact]:
    """The facts of these kinds in the order of time, but those done to what nothing tells from its like."""
    found = (fact for fact in story.of(track, *kinds) if fact.object is None or story.names[fact.object])
    return sorted(found, key=lambda fact: fact.start)


def _in_turn(story: Story, facts: Iterable[Fact]) -> list[str]:
    """What each fact says is done; what it is done to is named once."""
    told, named = [], set()
    for fact in facts:
        does = story.does(fact)
        if fact.object is not None:
            whom = story.whom(fact)
            does = does.replace(whom, "it") if whom in named else does
            named.add(whom)
        told.append(does)
    return told


def _object_actions(story: Story) -> Iterator[Sentence]:
    """The single deeds of each object, in one sentence."""
    for track in story.actors:
        own = _told(story, track, *DEEDS)
        if story.of(track, Kind.UTURNS, Kind.CIRCLES):
            own = [fact for fact in own if fact.kind != Kind.TURNS]
        deeds = list({story.does(fact): fact for fact in reversed(own)}.values())[::-1][:3]
        if deeds:
            who, does = story.some(track, *(fact.kind for fact in deeds)), listed(_in_turn(story, deeds))
            yield _say(story.vary(track, f"{who} {does}", f"it is {who} that {does}"), [who], *map(claim, deeds))


def _locations(story: Story) -> Iterator[Sentence]:
    """Where each object enters and leaves, else where it is first and last seen."""
    for track in story.actors:
        edges = list(filter(None, (story.only(track, kind) for kind in (Kind.ENTERS, Kind.LEAVES))))
        stays = story.of(track, Kind.LOCATED)
        if edges:
            who = story.some(track, *(fact.kind for fact in edges))
            does = listed([story.does(fact) for fact in sorted(edges, key=lambda fact: fact.start)])
            yield _say(f"{who} {does}", [who], *map(claim, edges))
        elif stays:
            who, (first, last) = story.some(track, Kind.LOCATED), (stays[0], stays[-1])
            here, there = place(first.value), place(last.value)
            if len(stays) == 1:
                text = story.vary(track, f"{who} is {here} throughout", f"{who} is {here} all along")
            elif here == there:
                text = f"{who} is first seen {here}, and last seen there too"
            else:
                begins, ends = story.vary(track, "is first/last", "begins/ends").split("/")
                text = (
                    f"{who} {begins} seen {here} and {ends} seen {there}"
                    if ends == "last"
                    else f"{who} {begins} {here} and {ends} {there}"
                )
            yield _say(text, [who], claim(first), claim(last))


def _repetitions(story: Story) -> Iterator[Sentence]:
    """How often and how far each object goes to and fro, goes round or trembles."""
    for track in story.actors:
        for fact in story.of(track, Kind.OSCILLATES):
            who = story.some(track, Kind.OSCILLATES)
            text, said = f"{who} goes {CYCLES[fact.value]} {times(int(fact.amount))}", [claim(fact, amount=True)]
            same = [one for one in story.of(track, Kind.FREQUENCY, Kind.AMPLITUDE) if one.value == fact.value]
            for one in same if len(story.of(track, Kind.OSCILLATES)) == 1 else ():
                words, amount = rate(one.amount) if one.kind == Kind.FREQUENCY else reach(one.amount)
                if words:
                    text += f", {words}"
                    said.append(claim(one).model_copy(update={"amount": amount}))
            yield _say(text, [who], *said)
        for fact in story.of(track, Kind.CIRCLES):
            who = story.some(track, Kind.CIRCLES)
            yield _say(f"{who} {story.does(fact)} {times(int(fact.amount))}", [who], claim(fact, amount=True))
        for fact in story.of(track, Kind.TREMBLES):
            who, (words, amount) = story.some(track, Kind.TREMBLES), rate(fact.amount)
            yield _say(f"{who} {story.does(fact)} {words}", [who], claim(fact).model_copy(update={"amount": amount}))


def _dynamics(story: Story) -> Iterator[Sentence]:
    """How fast each object moves, how its pace changes, and how long it is still."""
    for track in story.actors:
        speed, fastest = story.only(track, Kind.SPEED), story.only(track, Kind.FASTEST)
        changes = sorted(story.of(track, Kind.ACCELERATES, Kind.SLOWS), key=lambda fact: fact.start)
        changes = list({fact.kind: fact for fact in reversed(changes)}.values())[::-1]
        who = story.some(track, Kind.SPEED, Kind.FASTEST)
        if speed and fastest:
            text = f"{who} moves {PACES[speed.value]}, and nothing else is faster"
            yield _say(text, [who], claim(speed), claim(fastest))
        elif speed and changes:
            text = f"{who} {listed([f'moves {PACES[speed.value]}', *map(story.does, changes)])}"
            yield _say(text, [who], claim(speed), *map(claim, changes))
        elif speed:
            pace = f"the pace of {who} is {ADJECTIVES[speed.value]}"
            yield _say(story.vary(track, f"{who} moves {PACES[speed.value]}", pace), [who], claim(speed))
        if still := story.of(track, Kind.STATIONARY):
            longest, who = max(still, key=lambda fact: fact.amount), story.some(track, Kind.STATIONARY)
            yield _say(f"{who} stays still for {duration(longest.amount)}", [who], claim(longest, amount=True))


def _relations(story: Story) -> Iterator[Sentence]:
    """How two objects lie to each other when they appear together, how their distance changes, and who passes whom;
    what is alone comes to the camera or goes from it."""
    for track in story.actors:
        for fact in story.of(track, Kind.GROWS, Kind.SHRINKS):
            who = story.some(track, fact.kind)
            way = "closer to" if fact.kind == Kind.GROWS else "farther from"
            yield _say(f"{who} gets {way} the camera", [who], claim(fact))
    for one, other in combinations(story.actors, 2):
        who, whom = (story.some(track, Kind.LOCATED) for track in (one, other))
        between = [f for a, b in ((one, other), (other, one)) for f in story.of(a, *CLOSENESS) if f.object == b]
        between.sort(key=lambda fact: fact.start)
        if str(who) == str(whom):
            for fact in between[:1]:
                noun = story.nouns[other]
                yield _say(story.does(fact, f"another {noun}").join((f"{who} ", "")), (who,), claim(fact))
            continue
        here, there = story.first(one, Kind.LOCATED), story.first(other, Kind.LOCATED)
        lies = here and there and here.start == there.start and side(here.value, there.value)
        if lies and story.name(one, Kind.LOCATED) and story.name(other, Kind.LOCATED):
            text = f"when the two are first seen, {who} is {lies} {whom}"
            yield _say(text, (who, whom), claim(here), claim(there))
        steps = list({fact.kind: fact for fact in reversed(between)}.values())[::-1]
        mutual = {f.kind for f in steps} and all(
            len({f.subject for f in between if f.kind == k.kind}) == 2 for k in steps
        )
        if mutual:
            both = [TOGETHER[fact.kind] for fact in steps]
            yield _say(
                f"{who} and {whom} {both[0] if len(both) == 1 else ', then '.join(both)}",
                (who, whom),
                *map(claim, steps),
            )
        elif steps:
            doer = steps[0].subject
            own = [fact for fact in steps if fact.subject == doer]
            own += [f for f in story.of(doer, Kind.BECOMES) if f.object in (one, other)][-1:] if len(own) < 3 else []
            yield _say(f"{who if doer == one else whom} {listed(_in_turn(story, own))}", (who, whom), *map(claim, own))


ALONG = {
    Dimension.ACTION: _actions,
    Dimension.SEQUENCE: _sequence,
    Dimension.OBJECT_ACTION: _object_actions,
    Dimension.LOCATION: _locations,
    Dimension.REPETITION: _repetitions,
    Dimension.DYNAMICS: _dynamics,
    Dimension.SPATIAL: _relations,
}
"""What writes along each dimension, in the order of the caption."""
