"""The paragraph: what a person would tell of a clip, the main thing first, then what it does in order of time, then how
others move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fm_tasks.english.words import WAYS, capital, infinitive, listed, times
from fm_tasks.model import Direction, Fact, Sentence
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion.vocabulary import EVENTS
from fm_tasks.writing.facts_writer.fact_index import claim, mutual
from fm_tasks.writing.facts_writer.names import declared
from fm_tasks.writing.facts_writer.story import Story

TOLD = (
    *(Kind.ENTERS, Kind.LEAVES, Kind.MOVES, Kind.STARTS, Kind.STOPS, Kind.TURNS, Kind.UTURNS, Kind.CIRCLES),
    *(Kind.SHIFTS, Kind.REVERSES, Kind.OSCILLATES, Kind.PASSES, Kind.TREMBLES, Kind.ACCELERATES, Kind.SLOWS),
    *(Kind.REACHES, Kind.GRASPS, Kind.LIFTS, Kind.CARRIES, Kind.PLACES, Kind.RELEASES, Kind.TILTS, Kind.GIVES),
    *(Kind.WAVES, Kind.TAPS, Kind.OPENS, Kind.BENDS, Kind.STRAIGHTENS, Kind.RAISES, Kind.LOWERS, Kind.SITS),
    *(Kind.STANDS, Kind.JUMPS, Kind.KICKS, Kind.TURNS_ROUND, Kind.THROWS, Kind.GROWS, Kind.SHRINKS),
)
"""What is told of in order of time."""
WITHIN = {
    Kind.OSCILLATES: (Kind.MOVES, Kind.TURNS, Kind.REVERSES, Kind.STARTS, Kind.STOPS),
    Kind.CIRCLES: (Kind.MOVES, Kind.TURNS),
    Kind.UTURNS: (Kind.TURNS,),
    Kind.WAVES: (Kind.OSCILLATES, Kind.MOVES),
    Kind.JUMPS: (Kind.OSCILLATES, Kind.MOVES, Kind.BENDS, Kind.STRAIGHTENS),
    Kind.LIFTS: (Kind.MOVES, Kind.STARTS, Kind.STOPS),
    Kind.CARRIES: (Kind.MOVES, Kind.STARTS, Kind.STOPS),
    Kind.PLACES: (Kind.RELEASES,),
    Kind.REACHES: (Kind.MOVES, Kind.STARTS, Kind.STOPS),
    Kind.GIVES: (Kind.RELEASES,),
}
"""What is part of another, and not told beside it while that lasts."""
MOST, OF_OTHERS, OTHERS = 6, 3, 3
"""So many steps of the main thing are told, so many of others, and so many others."""
AT_ONCE = 3
"""So many are told in one sentence."""
THEN = 8
"""Frames by which one step begins clearly after another."""
HELD = (Kind.LIFTS, Kind.CARRIES, Kind.PLACES, Kind.THROWS)
"""What tells how a thing moves that is held or thrown."""
COUNTED = (Kind.JUMPS, Kind.WAVES, Kind.TAPS)
"""What is told with how often it is done."""
TO_CAMERA = {Kind.GROWS: "gets closer to the camera", Kind.SHRINKS: "gets farther from the camera"}
"""What is said of what looks larger, or smaller, all the time."""
MEANWHILE = ("", "meanwhile, ", "at the same time, ", "")
"""How the sentence on each begins that moves while the main thing does."""


def paragraph_of(story: Story) -> tuple[Sentence, ...]:
    """The sentences; none where nothing is to be told of what has a name."""
    told: list[Sentence] = []
    main: tuple[int, int] | None = None
    done: list[Fact] = []
    number = 0
    for track in sorted(story.actors, key=lambda track: _is_held(story, track)):
        steps = _course(story, track, done, OF_OTHERS if told else MOST)
        if not steps or not story.names[track] or number > OTHERS:
            continue
        own = steps[0].start, max(step.end for step in steps)
        meanwhile = main is not None and own[0] < main[1] and main[0] < own[1]
        of_it = [*_of_one(story, track, steps, MEANWHILE[number] if meanwhile else "")]
        if not of_it:
            continue
        told += of_it
        main, done, number = main or own, [*done, *steps], number + 1
    return tuple(told) or tuple(_at_rest(story))


def _at_rest(story: Story) -> Iterator[Sentence]:
    """That what has a name stays where it is, as long as the clip lasts."""
    resting = {
        story.names[track][0]: rest for track in story.actors if (rest := story.rest(track)) and story.names[track]
    }
    if resting:
        who, does = listed(list(map(str, resting))), "stay" if len(resting) > 1 else "stays"
        claims = declared(resting, *map(claim, resting.values()))
        yield Sentence(text=capital(f"{who} {does} in one place."), claims=claims)


def _course(story: Story, track: int, done: Sequence[Fact], most: int) -> list[Fact]:
    """What an object does, in order of time, without what is part of something else that it does, or of what others
    have ``done``."""
    if any(fact.kind in HELD and fact.object == track for fact in done):
        return []
    found = sorted(story.of(track, *TOLD), key=_when)
    found = [fact for fact in found if fact.object is None or story.names[fact.object]]
    steps: list[Fact] = []
    for fact in found:
        part = any(_is_part(fact, whole) for whole in found) or any(mutual(fact, other) for other in done)
        if not part:
            steps.append(fact)
    while len(steps := _once(story, steps)) > most:
        steps.remove(min(steps[1:-1], key=lambda fact: (fact.kind in (Kind.TURNS, *WITHIN), fact.end - fact.start)))
    return steps


def _once(story: Story, steps: Sequence[Fact]) -> list[Fact]:
    """The steps without those that say what the one before says; what is counted is told each time."""
    kept: list[Fact] = []
    for step in steps:
        if not kept or step.kind in COUNTED or story.does(step) != story.does(kept[-1]):
            kept.append(step)
    return kept


def _is_held(story: Story, track: int) -> bool:
    """Whether somebody holds or throws it: then it is told by whom."""
    return any(fact.object == track for other in story.actors for fact in story.of(other, *HELD))


def _when(fact: Fact) -> tuple[int, int]:
    """When a step is told: entering before, and leaving after, the movement that it is part of."""
    return fact.end if fact.kind == Kind.LEAVES else fact.start, (fact.kind == Kind.LEAVES) - (fact.kind == Kind.ENTERS)


def _is_part(fact: Fact, whole: Fact) -> bool:
    """Whether a fact is told by another: while that lasts, or as its beginning or end."""
    if fact.kind == Kind.STARTS and whole.kind == Kind.MOVES:
        return fact.start <= whole.start <= fact.end + THEN
    return fact.kind in WITHIN.get(whole.kind, ()) and fact.start <= whole.end + THEN and whole.start <= fact.end + THEN


def _of_one(story: Story, track: int, steps: Sequence[Fact], opener: str) -> Iterator[Sentence]:
    """What one does, some steps a sentence; after the first it is called ``it``, and a person ``they``."""
    kinds = {step.kind for step in steps}
    telling = (name for name in story.names[track] if kinds - name.kinds)
    who = story.name(track, *kinds) or next(telling, None)
    if who is None:
        return
    steps = [step for step in steps if step.kind not in who.kinds]
    for first in range(0, len(steps), AT_ONCE):
        part = steps[first : first + AT_ONCE]
        does = _in_turn(story, part, steps[first - 1] if first else None)
        if first == 0:
            text = f"{opener}{who} {_joined(does, part)}"
        elif story.nouns[track] == "person":
            text = f"then they {_joined([infinitive(one) for one in does], part)}"
        else:
            text = f"then it {_joined(does, part)}"
        claims = (claim(step, amount=step.kind in COUNTED and (step.amount or 0) > 1) for step in part)
        yield Sentence(text=capital(text) + ".", claims=declared([] if first else [who], *claims))


def _in_turn(story: Story, steps: Sequence[Fact], before: Fact | None) -> list[str]:
    """What each step says is done. Of two ways in turn the verb is said once; what something is done to is named once
    in the first sentence, where ``it`` is not the one who does it."""
    told, named = [], set()
    for step in steps:
        does = story.does(step)
        if step.kind in COUNTED and (step.amount or 0) > 1:
            does = f"{does} {times(int(step.amount or 0))}"
        if step.kind in TO_CAMERA:
            does = TO_CAMERA[step.kind]
        if step.kind == Kind.MOVES and before is not None:
            way = WAYS[Direction(step.value)]
            went = [leg.value for leg in story.of(step.subject, Kind.MOVES) if leg.start < before.start]
            if before.kind == Kind.STOPS and story.of(step.subject, Kind.STARTS) and went[-1:] == [step.value]:
                does = f"moves on {way}"
            elif before.kind == Kind.MOVES and told:
                does = way
        if step.object is not None and before is not None and len(told) > 0:
            whom = story.whom(step)
            does = does.replace(whom, "it") if whom in named else does
        named |= {story.whom(step)} if step.object is not None else set()
        told.append(does)
        before = step
    return told


def _joined(does: Sequence[str], steps: Sequence[Fact]) -> str:
    """Several predicates; ``then`` before a way that follows another, and before the last where it begins clearly
    later, and both have a moment."""
    text = does[0]
    for n, (one, step) in enumerate(zip(does[1:], steps[1:], strict=True), 1):
        last = n == len(does) - 1
        ordered = {step.kind, steps[n - 1].kind} <= {*EVENTS, Kind.MOVES}
        later = ordered and step.start >= max(earlier.start for earlier in steps[:n]) + THEN
        if one.split()[0] in ("to", "up", "down", "upwards", "downwards"):
            text += f", then {one}"
        elif last and (len(does) == 2 or not later):
            text += f" and {one}"
        else:
            text += f", then {one}" if last else f", {one}"
    return text
