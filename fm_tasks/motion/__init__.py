"""The facts that follow from trajectories. Pure: the same trajectories give the same facts.

Everything is in the image plane, as the viewer sees it: positions in frame diagonals (x times width and y times height,
over the diagonal), times in seconds from the source's own timestamps, so variable frame rates need no care.

``DEFINITIONS`` has one function for each kind; its docstring says when the kind holds, and docs/motion-facts.md is made
of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations

import numpy as np

from fm_tasks.model import STILL_SHARE, Fact, FactKind, Trajectories
from fm_tasks.motion.alone import ALONE
from fm_tasks.motion.kinematics import DEFAULTS, Thresholds, direction_of, motion_of
from fm_tasks.motion.pairs import HANDS, PAIRED, Pair
from fm_tasks.motion.vocabulary import EVENTS

__all__ = [
    "DEFAULTS",
    "DEFINITIONS",
    "Thresholds",
    "direction_of",
    "facts",
    "thresholds_for",
]


def thresholds_for(camera_speed: float, static_share: float) -> Thresholds:
    """The defaults for a clip of such a camera (``CameraMotion``). Where enough corners stand still, so does the
    camera, and what seems to be its speed is that of something large."""
    return DEFAULTS.model_copy(update={"camera_speed": camera_speed if static_share < STILL_SHARE else 0.0})


def facts(trajectories: Trajectories, thresholds: Thresholds = DEFAULTS) -> tuple[Fact, ...]:
    """Every fact of every kind that holds of ``trajectories``; ``FactKind`` says what each kind's fields mean.

    Complete for its thresholds: what is not among the facts does not hold. The one kind to read with care is
    ``before``, which is transitive: only neighbouring events are listed, and a chain of them proves the rest. Where a
    track has several events of one kind, the first counts.
    """
    motions = [motion_of(track, trajectories, thresholds) for track in trajectories.tracks]
    found = [fact for motion in motions for find in ALONE.values() for fact in find(motion)]
    for pair in (Pair(one, other) for one, other in permutations(motions, 2)):
        if len(pair.shared) > 1 and not pair.related:
            found += [fact for find in PAIRED.values() for fact in find(pair)]
        if len(pair.shared) > 1 and pair.one.track.contacts:
            found += [fact for find in HANDS.values() for fact in find(pair)]
    for find in TOGETHER.values():
        found += find(found, trajectories, thresholds)
    return tuple(found)


def rank(found: Sequence[Fact], trajectories: Trajectories, thresholds: Thresholds) -> Iterator[Fact]:
    """The place of a track by its mean speed while it moves, where the next faster and the next slower differ from it
    by ``fastest_by``; none where only one moves."""
    ranked = sorted((fact for fact in found if fact.kind == FactKind.SPEED), key=lambda fact: -fact.size)
    clear = [fast.size >= (1 + thresholds.fastest_by) * slow.size for fast, slow in pairwise(ranked)]
    for place, fact in enumerate(ranked):
        if len(ranked) > 1 and all(clear[max(place - 1, 0) : place + 1]):
            yield fact.model_copy(update={"kind": FactKind.RANK, "value": None, "amount": place + 1.0})


def fastest(found: Sequence[Fact], trajectories: Trajectories, thresholds: Thresholds) -> Iterator[Fact]:
    """Its mean speed while it moves exceeds that of every other track by ``fastest_by``; there are others."""
    ranked = sorted((fact for fact in found if fact.kind == FactKind.SPEED), key=lambda fact: -fact.size)
    second = ranked[1].size if len(ranked) > 1 else 0
    if len(trajectories.tracks) > 1 and ranked and ranked[0].size >= (1 + thresholds.fastest_by) * second:
        yield ranked[0].model_copy(update={"kind": FactKind.FASTEST, "value": None})


def before(found: Sequence[Fact], trajectories: Trajectories, thresholds: Thresholds) -> Iterator[Fact]:
    """The first event of a kind of a track begins ``gap`` or more before another, and no third event lies clearly after
    the one and clearly before the other."""
    firsts: dict[tuple[int | None, FactKind], Fact] = {}
    for event in sorted((fact for fact in found if fact.kind in EVENTS), key=lambda fact: fact.start):
        firsts.setdefault((event.subject, event.kind), event)
    listed = list(firsts.values())
    times = np.array([trajectories.times_us[event.start] for event in listed], int)
    clear = times[None, :] - times[:, None] >= round(thresholds.gap * 1e6)
    for a, b in np.argwhere(clear & ~(clear.astype(int) @ clear.astype(int) > 0)):
        one, other = listed[a], listed[b]
        yield Fact(
            kind=FactKind.BEFORE,
            subject=one.subject,
            object=other.subject,
            value=f"{one.kind}_{other.kind}",
            amount=round(float(times[b] - times[a]) / 1e6, 4),
            start=one.start,
            end=other.start,
        )


def counts(found: Sequence[Fact], trajectories: Trajectories, thresholds: Thresholds) -> Iterator[Fact]:
    """The number of tracks with one label."""
    last = len(trajectories.times_us) - 1
    for name, number in sorted(Counter(track.label for track in trajectories.tracks).items()):
        yield Fact(kind=FactKind.COUNTS, subject=None, value=name, amount=number, start=0, end=last)


TOGETHER = {FactKind.RANK: rank, FactKind.FASTEST: fastest, FactKind.BEFORE: before, FactKind.COUNTS: counts}

DEFINITIONS = {**ALONE, **PAIRED, **HANDS, **TOGETHER}
"""What finds the facts of each kind."""
