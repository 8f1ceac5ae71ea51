"""Clips whose truth is known, and what may be true of them: decided from facts and tracks, without reading a word."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from benchmarks import choreography
from fm_tasks import motion
from fm_tasks.model import Claim, Fact, Trajectories
from fm_tasks.model import FactKind as F
from fm_tasks.motion.vocabulary import VEHICLES, VOCABULARY
from fm_tasks.synthetic import scenes

Tracks = frozenset[int]
NOBODY: Tracks = frozenset()

LABELS = (
    *("car", "truck", "bus", "motorcycle", "bicycle", "person", "dog", "bird", "horse", "boat", "train", "ball"),
    *("crate", "cat", "drone", "skateboard", "sports ball", "cup", "bottle", "suitcase"),
)
ALONE = (
    *("straight", "stop_and_go", "right_turn", "left_turn", "u_turn", "lane_change", "circling", "there_and_back"),
    *("bounce", "zigzag", "change_of_pace", "approach_to_the_camera", "wave", "tremor"),
)
"""Scenes of one mover, which may be shown together; the last two are of a hand."""
ON_ROADS = ("u_turn", "lane_change")
"""Scenes of what only vehicles do."""

LEFT_OPEN: dict[F, tuple[F, ...]] = {
    F.STATIONARY: (F.STOPS,),
    F.STOPS: (F.STATIONARY,),
    F.ACCELERATES: (F.STARTS,),
    F.SLOWS: (F.STOPS,),
    F.TOUCHES: (F.GRASPS, F.OVERLAPS),
    F.REACHES: (F.APPROACHES, F.GRASPS),
    F.REVERSES: (F.UTURNS, F.TURNS, F.OSCILLATES),
    F.OVERLAPS: (F.TOUCHES,),
    F.PASSES: (F.BECOMES,),
    F.OSCILLATES: (F.TREMBLES, F.REVERSES, F.CIRCLES),
    F.TREMBLES: (F.OSCILLATES,),
    F.SHIFTS: (F.TURNS,),
    **dict.fromkeys((F.TURNS, F.VEERS, F.UTURNS, F.CIRCLES), (F.TURNS, F.VEERS, F.UTURNS, F.CIRCLES, F.SHIFTS)),
}
"""Facts of which kinds leave it open whether a kind holds, for a person who sees the clip."""


@dataclass(frozen=True)
class Clip:
    """A scene's exact tracks and their facts."""

    name: str
    tracks: Trajectories

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """All of them."""
        return motion.facts(self.tracks)

    @cached_property
    def labels(self) -> dict[int, str]:
        """Of each track."""
        return {track.id: track.label for track in self.tracks.tracks}

    @cached_property
    def centres(self) -> dict[int, dict[int, np.ndarray]]:
        """Of each track by frame, (x, y) in 0..1 of the frame."""
        return {
            track.id: {k: np.add(box[:2], box[2:]) / 2 for k, box in zip(track.frames, track.boxes, strict=True)}
            for track in self.tracks.tracks
        }

    def alike(self, track: int) -> Tracks:
        """All that are called as ``track`` is."""
        return frozenset(one for one, label in self.labels.items() if label == self.labels[track])

    def may_hold(self, claim: Claim, subjects: Tracks, objects: Tracks = NOBODY) -> bool:
        """Whether ``claim`` may be true of any of ``subjects``, towards any of ``objects``; a no is certain."""
        if claim.kind in (F.LIES, F.BECOMES):
            return any(self._beside(one, other, claim.value) for one in subjects for other in objects)
        if claim.kind == F.LOCATED:
            return any(self._within(track, claim.value) for track in subjects)
        kinds = {claim.kind}
        if claim.kind in (F.MOVES, F.VEERS):
            kinds = {F.MOVES, F.VEERS}
        elif claim.value is None and claim.amount is None:
            kinds |= {*LEFT_OPEN.get(claim.kind, ())}
        return any(
            fact.kind in kinds
            and (fact.subject in subjects or fact.subject is None)
            and (not objects or fact.object in objects)
            and (
                claim.value is None
                or fact.value == "both"
                or {*claim.value.split("_")} <= {*(fact.value or "").split("_")}
            )
            and (claim.amount is None or near(claim.kind, claim.amount, fact.amount))
            for fact in self.facts
        )

    def may_precede(self, one: Fact, other: Fact) -> bool:
        """Whether an event of the kind and doer of ``one`` may begin before one of those of ``other``."""
        first, second = (
            [fact.start for fact in self.facts if fact.kind == event.kind and fact.subject in self.alike(event.subject)]
            for event in (one, other)
        )
        return min(first) < max(second)

    def _beside(self, one: int, other: int, relation: str) -> bool:
        axis = 0 if relation in ("left_of", "right_of") else 1
        sign = 1 if relation in ("left_of", "above") else -1
        mine, others = self.centres[one], self.centres[other]
        return any(sign * (others[k] - mine[k])[axis] > 0.02 for k in mine.keys() & others.keys())

    def _within(self, track: int, cell: str) -> bool:
        at = np.array([*self.centres[track].values()])
        if cell == "center":
            return bool(((at > 0.3) & (at < 0.7)).all(axis=1).any())
        bounds = {"left": (0, 0, 0.36), "right": (0, 0.64, 1), "top": (1, 0, 0.36), "bottom": (1, 0.64, 1)}
        inside = [(low <= at[:, axis]) & (at[:, axis] <= high) for axis, low, high in map(bounds.get, cell.split("_"))]
        return bool(np.logical_and.reduce(inside).any())


def near(kind: F, amount: float, true: float | None) -> bool:
    """Whether a number may pass for the true one: off by half as much again as is tolerated, at most."""
    absolute, relative = VOCABULARY[kind].tolerance
    return true is None or abs(amount - true) <= 1.5 * max(absolute, relative * abs(true))


def clip(name: str, seed: int) -> Clip:
    """The scene of `choreography` with labels of its own; one of a single mover mostly has another's beside it."""
    rng = random.Random(f"{name} {seed}")
    made = choreography.scene(name, seed)
    if name in ALONE and rng.random() < 0.7:
        others = [one for one in (ALONE if made.movers[0].hand is None else ALONE[:-2]) if one != name]
        other = choreography.scene(rng.choice(others), seed)
        beside = tuple(replace(mover, name=f"{mover.called} beside") for mover in other.movers)
        made = replace(made, movers=made.movers + beside, seconds=max(made.seconds, other.seconds))
    known = scenes.truth(made)
    labels = dict(
        zip(sorted({mover.called for mover in made.movers}), rng.sample(LABELS, len(made.movers)), strict=True)
    )
    if name in ON_ROADS:
        labels[made.movers[0].called] = rng.choice([one for one in LABELS if one in VEHICLES - {*labels.values()}])
    if name == "crowd_of_eight":
        labels = dict.fromkeys(labels, rng.choice(LABELS))
    sided = rng.random() < 0.7 and sum(mover.hand is not None for mover in made.movers) > 1
    tracks = []
    for mover, track in zip(made.movers, known.tracks, strict=True):
        label = labels[mover.called] if mover.hand is None else f"{track.side} hand" if sided else "hand"
        tracks.append(track.model_copy(update={"label": label}))
    return Clip(name, known.model_copy(update={"tracks": tuple(tracks)}))
