"""The facts that follow from trajectories. Pure: the same trajectories give the same facts.

Everything is in the image plane, as the viewer sees it: positions in frame diagonals (x times width and y times height,
over the diagonal), times in seconds from the source's own timestamps, so variable frame rates need no care.

``DEFINITIONS`` has one function for each kind; its docstring says when the kind holds, and docs/motion-facts.md is made
of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, permutations

import numpy as np

from fm_tasks.model import STILL_SHARE, UNNAMED, Evidence, Fact, FactKind, Trajectories
from fm_tasks.motion.alone import ALONE
from fm_tasks.motion.bodies import BODIES, of_body, throws
from fm_tasks.motion.fingers import FINGERS, of_fingers, tilts
from fm_tasks.motion.hands import HANDS, handed_on
from fm_tasks.motion.kinematics import Motion, direction_of, motion_of
from fm_tasks.motion.pairs import PAIRED, Pair
from fm_tasks.motion.picture import Picture
from fm_tasks.motion.thresholds import DEFAULTS, Thresholds
from fm_tasks.motion.vocabulary import EVENTS, NOT_OF_HANDS
from fm_tasks.motion.witness import borne_out, pair_borne_out

__all__ = [
    "DEFAULTS",
    "DEFINITIONS",
    "Thresholds",
    "complete",
    "direction_of",
    "explained_share",
    "facts",
    "looked_at",
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
    track has several events of one kind, the first counts. Where there is evidence, the picture bears each of them
    out, and each says so.
    """
    if trajectories.evidence:  # the camera's motion is taken out step by step
        thresholds = thresholds.model_copy(update={"camera_speed": 0.0})
    picture = Picture(trajectories)
    motions = [motion_of(track, picture, thresholds) for track in trajectories.tracks]
    alone = {
        motion.track.id: [
            fact
            for kind, find in ALONE.items()
            if not (motion.track.is_hand and kind in NOT_OF_HANDS)
            for fact in find(motion)
            if borne_out(fact, motion)
        ]
        + [*of_body(motion), *of_fingers(motion)]
        for motion in motions
    }
    motions = [motion for motion in motions if _is_spoken_of(motion, alone[motion.track.id], trajectories)]
    found = [fact for motion in motions for fact in alone[motion.track.id]]
    for pair in (Pair(one, other) for one, other in permutations(motions, 2)):
        if len(pair.shared) > 1 and not pair.related:
            kinds = {FactKind.OVERLAPS} if pair.one_within_other else PAIRED.keys()
            kinds -= NOT_OF_HANDS if pair.one.track.is_hand else set()
            found += [
                fact for kind in PAIRED if kind in kinds for fact in PAIRED[kind](pair) if pair_borne_out(fact, pair)
            ]
        if len(pair.shared) > 1 and pair.one.track.contacts:
            found += [fact for find in HANDS.values() for fact in find(pair)]
        if len(pair.shared) > 1:
            found += [*throws(pair), *tilts(pair)]
    found = [fact for fact in found if not handed_on(fact, found) and not _tilted(fact, found)]
    whole = complete(trajectories, thresholds)
    for kind, find in TOGETHER.items():
        found += find(found, trajectories, thresholds) if whole or kind == FactKind.BEFORE else ()
    looked = [looked_at(trajectories, fact.subject, fact.object) for fact in found]
    return tuple(fact.model_copy(update={"witnessed": yes}) for fact, yes in zip(found, looked, strict=True))


def _tilted(fact: Fact, found: Sequence[Fact]) -> bool:
    """Whether what would be still is tilted meanwhile, or tilts."""
    return fact.kind == FactKind.STATIONARY and any(
        tilt.kind == FactKind.TILTS
        and fact.subject in (tilt.subject, tilt.object)
        and tilt.start <= fact.end
        and fact.start <= tilt.end
        for tilt in found
    )


def looked_at(trajectories: Trajectories, *tracks: int | None) -> bool:
    """Whether the picture was looked at inside the boxes of all of ``tracks``, so that it bears out whatever is a fact
    of them; None is the clip as a whole."""
    evidence = trajectories.evidence
    return evidence is not None and evidence.inside.keys() >= set(tracks) - {None}


def _is_spoken_of(motion: Motion, found: Sequence[Fact], trajectories: Trajectories) -> bool:
    """Whether a track is spoken of: what has no name is there where it is seen well, and the picture shows that it
    moves."""
    if motion.inside is None or motion.track.label != UNNAMED:
        return True
    searched = [frame for frame in trajectories.searched or motion.track.frames if frame in motion.track.frames]
    if len(motion.seen) < motion.thresholds.seen * len(searched):
        return False
    if np.mean(np.array(motion.track.scores)[motion.seen]) < motion.thresholds.sure:
        return False
    return any(fact.kind in (FactKind.MOVES, FactKind.OSCILLATES, FactKind.TREMBLES) for fact in found)


def complete(trajectories: Trajectories, thresholds: Thresholds = DEFAULTS) -> bool:
    """Whether the tracks explain so much of what moves that something may be said of all: that nothing else is there,
    or does it. What nobody looked at counts as explained."""
    evidence = trajectories.evidence
    return evidence is None or explained_share(evidence) >= thresholds.explained


def explained_share(evidence: Evidence) -> float:
    """Share of all that moves in the picture over the whole clip that moves as a track does in whose box it lies, 0..1;
    1 where nothing moves. A step weighs by how much of the picture moves in it; one in which nothing is known of the
    camera does not count."""
    moving = np.array(evidence.moving) * (np.array(evidence.camera.corners) > 0)
    return float(np.average(evidence.explained, weights=moving)) if moving.any() else 1.0


def begins(found: Iterable[Fact]) -> dict[int, int]:
    """The first frame of which anything is told of each track: there it appears, as far as words and their reader
    know."""
    starts: dict[int, int] = {}
    for fact in found:
        if fact.subject is not None:
            starts[fact.subject] = min(starts.get(fact.subject, fact.start), fact.start)
    return starts


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
    # What has left may be what comes in later: an order of the two would say that they are two.
    frames: dict[int | None, range] = {track.id: track.frames for track in trajectories.tracks}
    ends = np.array([frames[event.subject].stop for event in listed], int)
    begins = np.array([frames[event.subject].start for event in listed], int)
    clear &= begins[None, :] < ends[:, None]
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

DEFINITIONS = {
    **ALONE,
    **PAIRED,
    **HANDS,
    FactKind.TILTS: tilts,
    **FINGERS,
    **BODIES,
    FactKind.THROWS: throws,
    **TOGETHER,
}
"""What finds the facts of each kind."""
