"""What a hand does with what it holds, of ways and contacts that are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fm_tasks import motion
from fm_tasks.model import Contact, ContactState, FactKind, Track, Trajectories

COUNT = 120
TIMES = tuple(round(k * 1e6 / 30) for k in range(COUNT))


def told(hand: list[tuple], thing: list[tuple], held: list[tuple[int, int]], last: int = COUNT) -> list[tuple]:
    """Kind, first and last frame of what a hand does that holds a thing in spans of frames, and is free between them;
    the thing is there up to the frame ``last``. Ways are straight legs through (frame, x, y)."""
    edges = [0, *(frame for first, end in held for frame in (first, end + 1)), COUNT]
    spans = [(one, other - 1, n % 2) for n, (one, other) in enumerate(pairwise(edges)) if one < other]
    states = ContactState.NO_CONTACT, ContactState.OBJECT_CONTACT
    contacts = tuple(
        Contact(state=states[holds], object=1000 if holds else None, inferred=True, start=first, end=end)
        for first, end, holds in spans
    )
    tracks = (
        track(1, "hand", hand, COUNT).model_copy(update={"contacts": contacts}),
        track(1000, "cup", thing, last),
    )
    found = motion.facts(Trajectories(width=640, height=360, times_us=TIMES, tracks=tracks))
    kinds = (FactKind.LIFTS, FactKind.CARRIES, FactKind.PLACES, FactKind.GRASPS, FactKind.RELEASES)
    return [(fact.kind, fact.start, fact.end) for fact in found if fact.kind in kinds]


def track(number: int, label: str, way: list[tuple], count: int) -> Track:
    at, xs, ys = zip(*way, strict=True)
    x, y = np.interp(range(count), at, xs), np.interp(range(count), at, ys)
    sides = [(x - 0.04).tolist(), (y - 0.06).tolist(), (x + 0.04).tolist(), (y + 0.06).tolist()]
    return Track(id=number, label=label, seen=tuple(range(count)), sides=sides, scores=(1.0,) * count)


UP = [(0, 0.5, 0.7), (30, 0.5, 0.7), (60, 0.5, 0.3)]
GONE = [*UP, (80, 0.5, 0.3), (100, 0.9, 0.3)]


def kinds(found: list[tuple]) -> list[FactKind]:
    return [kind for kind, _, _ in sorted(found, key=lambda one: one[1])]


def test_what_is_lifted_and_let_go_and_stays_is_placed():
    expected = [FactKind.GRASPS, FactKind.LIFTS, FactKind.PLACES, FactKind.RELEASES]
    assert kinds(told(GONE, UP, [(20, 80)])) == expected


def test_what_is_not_seen_to_stay_is_not_placed():
    assert FactKind.PLACES not in kinds(told(GONE, UP, [(20, 80)], last=85))
    falling = [*UP, (80, 0.5, 0.3), (100, 0.5, 0.8)]
    assert FactKind.PLACES not in kinds(told(GONE, falling, [(20, 80)]))


def test_a_grip_in_which_nothing_is_taken_places_nothing():
    found = told([*UP, (119, 0.5, 0.3)], UP, [(20, 70), (85, 105)])
    assert kinds(found).count(FactKind.PLACES) == 1 and kinds(found).count(FactKind.RELEASES) == 2
