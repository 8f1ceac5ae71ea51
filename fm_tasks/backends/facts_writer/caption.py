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
    side,
    times,
)
from fm_tasks.model import Caption, Claim, Dimension, Sentence
from fm_tasks.model import FactKind as Kind

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
    """What each object does above all: it swings, else it moves, else it is still."""
    for track in story.actors:
        kind = next((k for k in (Kind.OSCILLATES, Kind.MOVES, Kind.STATIONARY) if story.of(track, k)), None)
        if kind is None:
            continue
        who = story.some(track, kind)
        done = list({fact.value: fact for fact in story.of(track, kind)}.values())[:2]
        if kind == Kind.MOVES:
            does = f"{story.vary(track, 'moves', 'travels', 'heads')} {WAYS[done[0].value]}"
            if len(done) > 1:
                does += f" at one point and {WAYS[done[1].value]} at another"
        elif len(done) > 1:
            does = "goes back and forth and up and down repeatedly"
        else:
            does = story.does(done[0])
        yield _say(f"{who} {does}", [who], *map(claim, done))


def _sequence(story: Story) -> Iterator[Sentence]:
    """Two events in their order, the earliest first."""
    for fact, one, other in sorted(story.orders(), key=lambda order: (order[1].start, order[2].start)):
        first, second = (story.some(event.subject, one.kind, other.kind) for event in (one, other))
        # "One of the cars stops before one of the cars turns" would tell nothing.
        if str(first) == str(second) and one.subject != other.subject:
            continue
        timed = fact.amount >= 0.5
        before, later = "shortly before", "shortly afterwards"
        if timed:
            before, later = (f"{duration(fact.amount)} {word}" for word in ("before", "later"))
        if one.subject == other.subject:
            text = f"{first} {story.does(one)} and {later} {story.does(other)}"
        else:
            text = story.rng.choice(
                (
                    f"{first} {story.does(one)} {before} {second} {story.does(other)}",
                    f"{first} {story.does(one)}, and {later} {second} {story.does(other)}",
                )
            )
        yield _say(text, (first, second), claim(fact, timed), claim(one), claim(other))


def _object_actions(story: Story) -> Iterator[Sentence]:
    """Turns, starts and stops."""
    for track in story.actors:
        for fact in story.of(track, Kind.TURNS, Kind.STARTS, Kind.STOPS):
            who, does = story.some(track, fact.kind), story.does(fact)
            yield _say(story.vary(track, f"{who} {does}", f"it is {who} that {does}"), [who], claim(fact))


def _locations(story: Story) -> Iterator[Sentence]:
    """Where each object enters and leaves, else where it is first and last seen."""
    for track in story.actors:
        enters, leaves = story.only(track, Kind.ENTERS), story.only(track, Kind.LEAVES)
        if enters and leaves and enters.start < leaves.start:
            who = story.some(track, Kind.ENTERS, Kind.LEAVES)
            yield _say(f"{who} {story.does(enters)} and {story.does(leaves)}", [who], claim(enters), claim(leaves))
            continue
        for fact in filter(None, (enters, leaves)):
            who = story.some(track, fact.kind)
            yield _say(f"{who} {story.does(fact)}", [who], claim(fact))
        stays = story.of(track, Kind.LOCATED)
        if stays and not (enters or leaves):
            who = story.some(track, Kind.LOCATED)
            first, last = stays[0], stays[-1]
            begins = story.vary(track, "is first seen", "begins")
            ends = {"is first seen": "last seen", "begins": "ends"}[begins]
            moved = f" and {ends} {place(last.value)}" if last.value != first.value else ""
            yield _say(f"{who} {begins} {place(first.value)}{moved}", [who], claim(first), claim(last))


def _repetitions(story: Story) -> Iterator[Sentence]:
    """How often each object goes to and fro."""
    for track in story.actors:
        for fact in story.of(track, Kind.OSCILLATES):
            who = story.some(track, Kind.OSCILLATES)
            text = f"{who} goes {CYCLES[fact.value]} {times(int(fact.amount))}"
            yield _say(text, [who], claim(fact, amount=True))


def _dynamics(story: Story) -> Iterator[Sentence]:
    """How fast each object moves, and how long it is still."""
    for track in story.actors:
        speed, fastest = story.only(track, Kind.SPEED), story.only(track, Kind.FASTEST)
        who = story.some(track, Kind.SPEED, Kind.FASTEST)
        if speed and fastest:
            text = f"{who} moves {PACES[speed.value]}, and nothing else is faster"
            yield _say(text, [who], claim(speed), claim(fastest))
        elif speed:
            pace = f"the pace of {who} is {ADJECTIVES[speed.value]}"
            yield _say(story.vary(track, f"{who} moves {PACES[speed.value]}", pace), [who], claim(speed))
        for fact in story.of(track, Kind.STATIONARY):
            who = story.some(track, Kind.STATIONARY)
            yield _say(f"{who} stays still for {duration(fact.amount)}", [who], claim(fact, amount=True))


def _relations(story: Story) -> Iterator[Sentence]:
    """How the distance of two objects changes, and how they lie to each other when they appear together."""
    for one, other in combinations(story.actors, 2):
        who, whom = (story.some(track, Kind.LOCATED) for track in (one, other))
        if str(who) == str(whom):
            continue
        nears, parts = (
            [f for a, b in ((one, other), (other, one)) for f in story.of(a, kind) if f.object == b]
            for kind in (Kind.APPROACHES, Kind.RECEDES)
        )
        if nears and parts:
            text = story.rng.choice(
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
                text = f"{story.some(*found, Kind.LOCATED)} {story.does(*found.values())}"
            yield _say(text, (who, whom), *map(claim, found.values()))
        here, there = story.first(one, Kind.LOCATED), story.first(other, Kind.LOCATED)
        lies = here and there and here.start == there.start and side(here.value, there.value)
        if lies and story.name(one, Kind.LOCATED) and story.name(other, Kind.LOCATED):
            text = f"when the two are first seen, {who} is {lies} {whom}"
            yield _say(text, (who, whom), claim(here), claim(there))


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
