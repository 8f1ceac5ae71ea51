"""What a hand touches, concluded from where its finger tips are and from what goes where it goes.

A picture is flat: a hand before a thing looks as one at it does. So a contact counts only where the thing is carried:
where it moves meanwhile, and as the hand does. What a hand touches and leaves where it is, is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from fm_tasks.model import ClipFile, Contact, ContactState, Track
from fm_tasks.tracking.hands import HandTrack

TIPS, PALM, MIDDLE = [4, 8, 12, 16, 20], [0, 5, 17], 9
"""The points at the ends of the fingers, about the palm, and at the root of the middle finger."""
TOUCHING = 2
"""A hand touches a thing where so many finger tips are at it."""
REACH = 0.1
"""A finger tip is at a thing within its box, grown by so much of its sides."""
BRIDGE = 0.4
"""Seconds over which a contact goes on where no more is known than that the hand is near the thing."""
LARGEST = 8.0
"""What is so many times as large as the hand is not carried by it; it carries the hand."""
CARRIED = 0.03
"""A thing is carried where it goes so far, frame diagonals, ..."""
SLIP, APART = 0.5, 0.3
"""... and keeps its place by the palm, to so much of that way, and of the diagonal of the hand."""
TURNED = 30.0
"""A hand that turns by so many degrees turns what it holds about itself."""


def contacts(hand: HandTrack, things: Sequence[Track], sampled: Sequence[int], clip: ClipFile) -> tuple[Contact, ...]:
    """When the hand carries one of ``things``, and, if it ever does, when it is at none, in the order of time.
    ``sampled`` are the frames of the samples; what is seen in one holds up to the next, if the hand is seen there."""
    frames = np.asarray(sampled)[hand.fragment.samples]
    tips = np.array([seen.points[TIPS] for seen in hand.hands])
    at = np.column_stack([np.zeros((len(frames), 0), int), *(_tips_at(tips, thing, frames) for thing in things)])
    near = np.column_stack(
        [np.zeros((len(frames), 0), bool), *(_near(hand.fragment.boxes, thing, frames) for thing in things)]
    )
    found = []
    for column, thing in enumerate(things):
        touching = (at[:, column] >= TOUCHING) & (at[:, column] == at.max(axis=1))
        others = np.delete(at, column, axis=1).max(axis=1, initial=0) > at[:, column]
        unknown = near[:, column] & ~others
        for first, last in _runs(touching, unknown, np.array(clip.times_us)[frames] / 1e6):
            if grip := _carrying(hand, thing, frames, range(first, last + 1), clip):
                found.append((*grip, ContactState.OBJECT_CONTACT, thing.id))
    free = (at.max(axis=1, initial=0) == 0) & bool(found)  # what it holds may be what nobody follows
    found += [(first, last, ContactState.NO_CONTACT, None) for first, last in _runs(free, free, np.zeros(len(free)))]
    following = np.diff(hand.fragment.samples, append=hand.fragment.samples[-1]) == 1
    until = np.where(following, np.append(frames[1:] - 1, 0), frames)
    taken = np.zeros(len(frames), bool)
    told = []
    found.sort(key=lambda one: (one[2] == ContactState.NO_CONTACT, one[0] - one[1]))
    for first, last, state, number in found:
        if not taken[first : last + 1].any():
            taken[first : last + 1] = True
            told.append(
                Contact(state=state, object=number, inferred=True, start=int(frames[first]), end=int(until[last]))
            )
    return tuple(sorted(told, key=lambda contact: contact.start))


def _boxes(thing: Track, frames: np.ndarray) -> np.ndarray:
    """The boxes of a thing in ``frames``, grown, (n, 4), NaN where it is not there."""
    boxes = np.full((len(frames), 4), np.nan)
    there = [n for n, frame in enumerate(frames) if frame in thing.frames]
    boxes[there] = np.array(thing.sides).T[frames[there] - thing.frames.start]
    grown = REACH * (boxes[:, 2:] - boxes[:, :2])
    return np.column_stack([boxes[:, :2] - grown, boxes[:, 2:] + grown])


def _tips_at(tips: np.ndarray, thing: Track, frames: np.ndarray) -> np.ndarray:
    """How many of the finger tips (n, 5, 2) are at a thing, (n,)."""
    boxes = _boxes(thing, frames)[:, None]
    return ((tips > boxes[..., :2]) & (tips < boxes[..., 2:])).all(axis=2).sum(axis=1)


def _near(hand: np.ndarray, thing: Track, frames: np.ndarray) -> np.ndarray:
    """Whether the boxes of a hand and a thing meet, (n,)."""
    boxes = _boxes(thing, frames)
    return np.asarray(((hand[:, :2] < boxes[:, 2:]) & (hand[:, 2:] > boxes[:, :2])).all(axis=1))


def _runs(touching: np.ndarray, unknown: np.ndarray, seconds: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last row of each run of ``touching``, over rows of ``unknown`` of up to ``BRIDGE`` seconds."""
    rows = np.flatnonzero(touching)
    if len(rows):
        parted = [
            row
            for row, (one, other) in enumerate(pairwise(rows), 1)
            if not unknown[one + 1 : other].all() or seconds[other] - seconds[one] > BRIDGE
        ]
        for run in np.split(rows, parted):
            yield int(run[0]), int(run[-1])


def _carrying(
    hand: HandTrack, thing: Track, frames: np.ndarray, touching: range, clip: ClipFile
) -> tuple[int, int] | None:
    """The longest time within the rows ``touching`` in which the thing moves and keeps its place by the palm."""
    rows = [row for row in touching if frames[row] in thing.frames]
    size = np.array([clip.width, clip.height]) / np.hypot(clip.width, clip.height)
    boxes = np.array(thing.sides).T[frames[rows] - thing.frames.start]
    middles = boxes.reshape(-1, 2, 2).mean(axis=1) * size
    points = np.array([hand.hands[row].points for row in rows]) * size
    away = middles - points[:, PALM].mean(axis=1)
    turns = np.unwrap(np.arctan2(*(points[:, MIDDLE] - points[:, PALM[0]]).T[::-1]))
    turned = _turned_back(away, turns)
    sides = hand.fragment.boxes[rows, 2:] - hand.fragment.boxes[rows, :2]
    slack = APART * np.median(np.hypot(*(sides * size).T))
    larger = np.median((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) / sides.prod(axis=1))
    if np.hypot(*np.ptp(middles, axis=0)) < CARRIED or larger >= LARGEST:
        return None
    for length in range(len(rows), 1, -1):
        for start in range(len(rows) - length + 1):
            held = slice(start, start + length)
            by_palm = turned if np.degrees(np.ptp(turns[held])) >= TURNED else away
            way, slip = (np.hypot(*np.ptp(places[held], axis=0)) for places in (middles, by_palm))
            if way >= CARRIED and slip <= min(slack, SLIP * way):
                first, last = rows[start], rows[start + length - 1]
                return None if _goes_by_itself(thing, frames[first], frames[last], clip) else (first, last)
    return None


def _turned_back(places: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """``places`` (n, 2) about a middle that has turned by ``turns`` (n,), radians, as before that."""
    cos, sin = np.cos(turns[0] - turns), np.sin(turns[0] - turns)
    return np.column_stack([cos * places[:, 0] - sin * places[:, 1], sin * places[:, 0] + cos * places[:, 1]])


def _goes_by_itself(thing: Track, first: int, last: int, clip: ClipFile) -> bool:
    """Whether a thing moves before a contact and after it as it does meanwhile: then no hand has moved it."""
    seconds, size = np.array(clip.times_us) / 1e6, np.array([clip.width, clip.height])
    middles = np.array(thing.sides).T.reshape(-1, 2, 2).mean(axis=1) * size

    def velocity(begin: int, end: int) -> np.ndarray:
        way = middles[end - thing.frames.start] - middles[begin - thing.frames.start]
        return way / max(seconds[end] - seconds[begin], 1e-6)

    before = np.searchsorted(seconds, seconds[first] - BRIDGE)
    after = np.searchsorted(seconds, seconds[last] + BRIDGE)
    if before not in thing.frames or after not in thing.frames:
        return False
    meanwhile = velocity(first, last)
    apart = [velocity(int(before), first) - meanwhile, velocity(last, int(after)) - meanwhile]
    return all(np.hypot(*one) < np.hypot(*meanwhile) / 2 for one in apart)
