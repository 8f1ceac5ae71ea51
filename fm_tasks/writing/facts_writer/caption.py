"""The caption: a sentence on the scene, a paragraph, and sentences along the seven dimensions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations

from fm_tasks.english.words import (
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
from fm_tasks.motion.vocabulary import OF_PERSONS
from fm_tasks.writing.facts_writer.fact_index import claim, mutual
from fm_tasks.writing.facts_writer.names import Name, declared
from fm_tasks.writing.facts_writer.paragraph import paragraph_of
from fm_tasks.writing.facts_writer.story import Story

LEADING = (
    *(Kind.JUMPS, Kind.WAVES, Kind.OSCILLATES, Kind.CIRCLES, Kind.UTURNS, Kind.SHIFTS, Kind.REVERSES, Kind.MOVES),
    *(Kind.TREMBLES, Kind.GROWS, Kind.SHRINKS, Kind.TAPS, Kind.SITS, Kind.STANDS, Kind.BENDS, Kind.KICKS),
    *(Kind.RAISES, Kind.TURNS_ROUND, Kind.OPENS, Kind.STATIONARY),
)
"""What an object does above all: the first of these."""
STEPS = (
    *(Kind.MOVES, Kind.TURNS, Kind.UTURNS, Kind.SHIFTS, Kind.REVERSES, Kind.ACCELERATES, Kind.SLOWS, Kind.PASSES),
    *(Kind.BENDS, Kind.STRAIGHTENS, Kind.SITS, Kind.STANDS, Kind.RAISES, Kind.LOWERS, Kind.TURNS_ROUND, Kind.KICKS),
)
"""What can be told as one step after another."""
STEP = 8
"""Frames by which one step begins clearly after another."""
DEEDS = (
    *(Kind.LIFTS, Kind.PLACES, Kind.GIVES, Kind.CARRIES, Kind.GRASPS, Kind.RELEASES, Kind.REACHES),
    *(Kind.TILTS, Kind.THROWS, Kind.KICKS, Kind.SITS, Kind.STANDS, Kind.BENDS, Kind.STRAIGHTENS, Kind.TURNS_ROUND),
    *(Kind.RAISES, Kind.LOWERS, Kind.OPENS, Kind.UTURNS, Kind.SHIFTS, Kind.REVERSES, Kind.CIRCLES),
    *(Kind.TURNS, Kind.PASSES, Kind.ACCELERATES, Kind.SLOWS, Kind.STOPS, Kind.STARTS),
)
"""Single deeds, by which it is told which object does what: the first of these, where there are many."""
CLOSENESS = (Kind.APPROACHES, Kind.PASSES, Kind.RECEDES)
TOGETHER = {
    Kind.APPROACHES: "get closer to each other", Kind.PASSES: "pass each other", Kind.RECEDES: "draw apart",
}  # fmt: skip
"""What two do to each other."""
LEGS = 4
"""At most so many ways of one object are told one after the other."""
SENTENCES = 4
"""At most so many sentences along one dimension."""

SHORTLY = 0.75
"""Seconds up to which something happens shortly after another."""


def caption_of(story: Story) -> Caption:
    """One sentence on the scene, a paragraph, and up to four sentences along each dimension: none along which nothing
    is to be told."""
    scene = _scene(story)
    told: dict[str, tuple[Sentence, ...]] = {"paragraph": paragraph_of(story)}
    for dimension, write in ALONG.items():
        # What is said again moves back: it is the vague "one of the cars" that repeats itself.
        found = {sentence.text: sentence for sentence in reversed(_once([*write(story)]))}
        if found:
            told[dimension] = tuple(found.values())[::-1][:SENTENCES]
    told = _one_first(_briefly(told, story), story)
    return Caption(
        scene=scene, paragraph=told.pop("paragraph"), dimensions={Dimension(along): told[along] for along in told}
    )


def _once(sentences: Sequence[Sentence]) -> list[Sentence]:
    """``sentences`` of which those with one text make the claims of all: each of the cars may be the one."""
    claims: dict[str, tuple[Claim, ...]] = {}
    for sentence in sentences:
        claims[sentence.text] = tuple(dict.fromkeys((*claims.get(sentence.text, ()), *sentence.claims)))
    return [sentence.model_copy(update={"claims": claims[sentence.text]}) for sentence in sentences]


def _one_first(told: Mapping[str, tuple[Sentence, ...]], story: Story) -> dict[str, tuple[Sentence, ...]]:
    """The parts of a caption, in each of which it is the one of two that is told of first, and then ``the other
    hand``."""

    def along(sentences: tuple[Sentence, ...], noun: str) -> tuple[Sentence, ...]:
        either = re.compile(rf"\b(one|the other) {noun}\b", re.I)
        text = " ".join(sentence.text for sentence in sentences)
        first = either.search(text)
        known = first and re.search(rf"\b{noun}\b", text[: first.start()])
        if not first or first[1].lower() == ("the other" if known else "one"):
            return sentences
        return tuple(s.model_copy(update={"text": capital(either.sub(swapped, s.text))}) for s in sentences)

    def swapped(found: re.Match) -> str:
        return found[0].replace(found[1], "one" if found[1].lower() == "the other" else "the other")

    if not story.complete:
        return dict(told)
    twos = [noun for noun, number in Counter(story.nouns.values()).items() if number == 2]
    return {part: reduce(along, twos, sentences) for part, sentences in told.items()}


def _briefly(told: Mapping[str, tuple[Sentence, ...]], story: Story) -> dict[str, tuple[Sentence, ...]]:
    """The parts of a caption in which the numbering of like objects is explained once: after ``the second car to
    appear`` come ``the first car`` and ``the third car``.

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
        part: tuple(s.model_copy(update={"text": numbered.sub(brief, s.text)}) for s in sentences)
        for part, sentences in told.items()
    }


def _say(text: str, names: Iterable[Name], *claims: Claim) -> Sentence:
    return Sentence(text=capital(text) + ".", claims=declared(names, *claims))


def _scene(story: Story) -> Sentence:
    length = duration(story.seconds)
    counts = sorted(story.of(None, Kind.COUNTS), key=lambda fact: (-fact.amount, fact.value))
    if not counts:
        return Sentence(text=f"This clip lasts {length}.")
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
        if said := _lead(story, track):
            who = story.some(track, *(fact.kind for fact in said))
            yield _say(f"{who} {_leads(story, said)}", [who], *map(claim, said))


def _lead(story: Story, track: int) -> list[Fact]:
    """What an object does above all, and the ways that it takes meanwhile."""
    kind = next((kind for kind in LEADING if story.of(track, kind)), None)
    if kind is None:
        return []
    legs = story.of(track, Kind.MOVES)
    turns = [leg for leg, before in zip(legs, [None, *legs], strict=False) if not before or leg.value != before.value]
    if kind == Kind.MOVES:
        return turns if len(turns) <= LEGS else [*turns[: LEGS - 1], turns[-1]]
    said = list({fact.value: fact for fact in story.of(track, kind)}.values())[: 1 if kind in OF_PERSONS else 2]
    beside = kind == Kind.REVERSES or (kind in (Kind.OSCILLATES, Kind.SHIFTS) and len(turns) == 1 and len(said) == 1)
    return [*said, *turns[:1]] if beside else said


def _leads(story: Story, said: list[Fact]) -> str:
    """The predicate of what leads."""
    lead, *beside = said
    verb = story.vary(lead.subject, "moves", "travels", "heads")
    match lead.kind:
        case Kind.MOVES if beside:
            *then, last = (WAYS[leg.value] for leg in beside)
            when = "then" if len(story.of(lead.subject, Kind.MOVES)) == len(said) else "finally"
            return f"first {verb} {', then '.join([WAYS[lead.value], *then])}, {when} {last}"
        case Kind.MOVES:
            return f"{verb} {WAYS[lead.value]}"
        case Kind.OSCILLATES if beside and beside[0].kind == Kind.OSCILLATES:
            return "goes back and forth and up and down repeatedly"
        case Kind.OSCILLATES if beside:
            return f"{story.does(lead)} while it {story.does(beside[0])}"
        case Kind.SHIFTS if beside:
            return f"{verb} {WAYS[beside[-1].value]} and {story.does(lead)}" if len(beside) == 1 else story.does(lead)
        case Kind.REVERSES if beside:
            return f"first {verb} {WAYS[beside[-1].value]}, then {story.does(lead)}"
    return story.does(lead)


def _sequence(story: Story) -> Iterator[Sentence]:
    """Events in their order, the earliest first; where there are none, what each object does one after the other."""
    orders = sorted(story.orders(), key=lambda order: (order[1].start, order[2].start))
    told, last = set(), None
    for fact, one, other in orders:
        first, second = (story.some(event.subject, one.kind, other.kind) for event in (one, other))
        # "One of the cars stops before one of the cars turns" would tell nothing.
        if (
            other in told
            or (one in told and one != last)
            or (str(first) == str(second) and one.subject != other.subject)
        ):
            continue
        timed = fact.amount >= SHORTLY
        before, later = "shortly before", "shortly afterwards"
        if timed:
            before, later = (f"{duration(fact.amount)} {word}" for word in ("before", "later"))
        does = story.does(other, "it" if other.object == one.subject != other.subject else None)
        if last == one:
            text, said = f"then {second} {story.does(other)}", [(second,), claim(fact), claim(other)]
        else:
            texts = (
                [f"{first} {story.does(one)} and {later} {story.does(other)}"]
                if one.subject == other.subject
                else [
                    f"{first} {story.does(one)} {before} {second} {does}",
                    f"{first} {story.does(one)}, and {later} {second} {does}",
                ]
            )
            text, said = story.rng.choice(texts), [(first, second), claim(fact, timed), claim(one), claim(other)]
        told, last = told | {one, other}, other
        yield _say(text, *said)
    passed = set()
    for track in () if orders else story.actors:
        steps = [fact for fact in _steps(story, track) if (fact.object, track) not in passed]
        ways = [fact for fact in steps if fact.kind == Kind.MOVES]
        passed |= {(track, fact.object) for fact in steps}
        if len(steps) < 2:
            continue
        who = story.some(track, *(fact.kind for fact in steps))
        first, *then = _in_turn(story, steps)
        if len(ways) == 1 and steps[0] == ways[0]:
            text = f"{who} {first} and on the way {', then '.join(then)}"
        else:
            opener = "" if str(who).startswith("the first") else "first "
            text = f"{opener}{who} {first}, then {' and later '.join(then)}"
        yield _say(text, [who], *map(claim, steps))


def _steps(story: Story, track: int) -> list[Fact]:
    """Up to three things that an object does clearly one after the other, and of its ways the first and the last."""
    around, swings = story.of(track, Kind.UTURNS, Kind.CIRCLES), story.of(track, Kind.OSCILLATES, Kind.CIRCLES)
    kinds = [kind for kind in STEPS if kind != Kind.MOVES or not swings]
    kinds = [kind for kind in kinds if kind != Kind.TURNS or not (around or swings)]
    legs, steps = story.of(track, Kind.MOVES), []
    for fact in _told(story, track, *kinds):
        if fact in legs[1:-1]:
            continue
        if not steps or (fact.start >= steps[-1].start + STEP and story.does(fact) != story.does(steps[-1])):
            steps.append(fact)
    return steps if len(steps) < 4 else [*steps[:2], steps[-1] if steps[-1] in legs else steps[2]]


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
    """The single deeds of each object, in one sentence; of the only object, those that lead nothing else."""
    told = []
    for track in story.actors:
        own = _deeds(story, track)
        lead = _lead(story, track) if len(story.actors) == 1 else []
        kinds = {fact.kind for fact in lead} | {Kind.TURNS for fact in lead if fact.kind == Kind.OSCILLATES}
        deeds = [fact for fact in own if fact.kind not in kinds and not any(mutual(fact, other) for other in told)]
        told += deeds
        if deeds:
            who, does = story.some(track, *(fact.kind for fact in deeds)), listed(_in_turn(story, deeds))
            texts = [f"{who} {does}", f"it is {who} that {does}"][: len(story.actors)]
            yield _say(story.vary(track, *texts), [who], *map(claim, deeds))


def _deeds(story: Story, track: int) -> list[Fact]:
    """Up to three single deeds of an object in the order of time, each once."""
    own = _told(story, track, *DEEDS)
    if story.of(track, Kind.UTURNS, Kind.CIRCLES):
        own = [fact for fact in own if fact.kind != Kind.TURNS]
    if story.of(track, Kind.GIVES):
        own = [fact for fact in own if fact.kind != Kind.RELEASES]
    once = list({story.does(fact): fact for fact in reversed(own)}.values())
    chief = sorted(once, key=lambda fact: (DEEDS.index(fact.kind), fact.start))[:3]
    return sorted(chief, key=lambda fact: (fact.start, fact.kind != Kind.STARTS))


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
        for fact in story.of(track, Kind.JUMPS, Kind.WAVES, Kind.TAPS, Kind.CIRCLES):
            who = story.some(track, fact.kind)
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
            text = f"{who} moves {PACES[speed.value]} on the whole, but {' and then '.join(map(story.does, changes))}"
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
        here, there = story.first(one, Kind.LOCATED), story.first(other, Kind.LOCATED)
        lies = here and there and here.start == there.start and side(here.value, there.value)
        who, whom = (story.name(track, Kind.LOCATED) for track in (one, other))
        if lies and who and whom:
            text = f"when the two are first seen, {who} is {lies} {whom}"
            yield _say(text, (who, whom), claim(here), claim(there))
        yield from _encounter(story, one, other)


def _encounter(story: Story, one: int, other: int) -> Iterator[Sentence]:
    """How two objects get closer to each other, pass and draw apart."""
    between = [f for a, b in ((one, other), (other, one)) for f in story.of(a, *CLOSENESS) if f.object == b]
    between.sort(key=lambda fact: fact.start)
    who, whom = (story.some(track, *CLOSENESS) for track in (one, other))
    if str(who) == str(whom):
        for fact in between[:1]:
            does = story.does(fact, f"another {story.nouns[other]}")
            yield _say(f"{who} {does}", (who,), claim(fact))
        return
    steps = list({fact.kind: fact for fact in reversed(between)}.values())[::-1]
    if steps and steps[0].kind == Kind.APPROACHES:
        steps.sort(key=lambda fact: CLOSENESS.index(fact.kind))
    if steps and all(len({f.subject for f in between if f.kind == step.kind}) == 2 for step in steps):
        both = _after_each_other([TOGETHER[fact.kind] for fact in steps], steps)
        yield _say(f"{who} and {whom} {both}", (who, whom), *map(claim, steps))
    elif steps:
        doer = steps[0].subject
        own = [fact for fact in steps if fact.subject == doer]
        own += [f for f in story.of(doer, Kind.BECOMES) if f.object in (one, other)][-1:] if len(own) < 3 else []
        subject, object = (who, whom) if doer == one else (whom, who)
        does = [story.does(fact, str(object) if fact is own[0] else "it") for fact in own]
        yield _say(f"{subject} {_after_each_other(does, own)}", (who, whom), *map(claim, own))


def _after_each_other(does: list[str], steps: list[Fact]) -> str:
    """What is done, with ``then`` before the last where it begins after all the others."""
    ends = len(steps) > 1 and steps[-1].start > max(step.start for step in steps[:-1])
    return ", then ".join((", ".join(does[:-1]), does[-1])) if ends else listed(does)


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
