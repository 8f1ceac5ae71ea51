"""What a hand carries, of ways that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from fm_tasks.model import CameraMotion, ClipFile, ContactState, Track
from fm_tasks.tracking import Fragment
from fm_tasks.tracking.contact import contacts
from fm_tasks.tracking.hands import HAND, Hand, HandTrack

COUNT = 30
SAMPLED = range(0, 3 * COUNT, 3)
STILL = CameraMotion(speed=0.0, static_share=1.0, scale=1.0)
CLIP = ClipFile(
    uri="s3://fm-work/clip.mp4",
    sha256="ab" * 32,
    width=640,
    height=360,
    times_us=tuple(round(k * 1e6 / 30) for k in range(3 * COUNT)),
    camera=STILL,
)


def way(*keyframes: tuple[float, float, float]) -> np.ndarray:
    """Straight legs through ``(sample, x, y)``, a place for each sample."""
    at, x, y = zip(*keyframes, strict=True)
    return np.column_stack([np.interp(range(COUNT), at, x), np.interp(range(COUNT), at, y)])


def hand(middles: np.ndarray, seen: Sequence[int] = range(COUNT), side: float = 0.1) -> HandTrack:
    """A hand whose finger tips lie about the middle of its palm."""
    shape = np.tile([0.0, 0.02], (21, 1))
    shape[[4, 8, 12, 16, 20]] = [(-0.02, 0), (-0.01, 0), (0, 0), (0.01, 0), (0.02, 0)]
    middles = middles[list(seen)]
    boxes = np.column_stack([middles - side / 2, middles + side / 2])
    fragment = Fragment(np.array(seen), boxes, np.ones(len(seen)), [HAND] * len(seen), boxes[:, :0])
    return HandTrack(fragment, [Hand(shape + middle, 1.0, 0.5) for middle in middles])


def thing(middles: np.ndarray, number: int = 1000, side: float = 0.1) -> Track:
    frames = np.arange(3 * (COUNT - 1) + 1)
    columns = [np.interp(frames, SAMPLED, column) for column in middles.T]
    x, y = columns
    sides = [(one + off).tolist() for one, off in ((x, -side / 2), (y, -side / 2), (x, side / 2), (y, side / 2))]
    return Track(id=number, label="cup", seen=tuple(frames.tolist()), sides=sides, scores=(1.0,) * len(frames))


def told(hand: HandTrack, *things: Track) -> list[tuple]:
    found = contacts(hand, things, SAMPLED, CLIP)
    assert all(one.inferred for one in found)
    return [(one.state, one.object, one.start, one.end) for one in found]


COMES_AND_LIFTS = (0, 0.2, 0.1), (8, 0.5, 0.6), (12, 0.5, 0.6), (20, 0.5, 0.3)
LIFTED = (0, 0.5, 0.6), (12, 0.5, 0.6), (20, 0.5, 0.3)


def test_what_is_carried_is_touched_while_the_palm_keeps_its_place_by_it():
    """The hand comes, is at the thing from the eighth sample on, lifts it, lets go at the twentieth, and goes."""
    moved = way(*COMES_AND_LIFTS, (23, 0.5, 0.3), (29, 0.9, 0.1))
    free, held, after = told(hand(moved), thing(way(*LIFTED)))
    assert free[:3] == (ContactState.NO_CONTACT, None, 0) and free[3] < held[2]
    assert held[:2] == (ContactState.OBJECT_CONTACT, 1000)
    assert held[2] == pytest.approx(3 * 8, abs=3) and held[3] == pytest.approx(3 * 23, abs=6)
    assert after[0] == ContactState.NO_CONTACT and after[3] == SAMPLED[-1]


def test_a_hand_before_a_thing_that_stays_touches_nothing():
    still, moved = thing(way((0, 0.5, 0.6))), way(*COMES_AND_LIFTS)
    assert told(hand(moved), still) == []


def test_a_thing_that_goes_its_own_way_is_not_carried():
    passing = thing(way((0, 0.1, 0.6), (29, 0.9, 0.6)))
    assert told(hand(way((0, 0.5, 0.6))), passing) == []


def test_of_two_things_the_one_is_held_at_which_more_finger_tips_are():
    other = thing(way((0, 0.56, 0.6), (12, 0.56, 0.6), (20, 0.56, 0.3)), 1001)
    held = [one for one in told(hand(way(*COMES_AND_LIFTS)), other, thing(way(*LIFTED))) if one[1]]
    assert [one[1] for one in held] == [1000]


def test_a_contact_goes_on_over_a_moment_in_which_the_hand_is_not_seen():
    moved = hand(way(*COMES_AND_LIFTS, (29, 0.5, 0.3)))
    rows = [n for n in range(COUNT) if n not in (14, 15)]
    fragment = Fragment(
        *(column[rows] for column in moved.fragment[:3]), [HAND] * len(rows), moved.fragment.looks[rows]
    )
    blinking = HandTrack(fragment, [moved.hands[n] for n in rows])
    held = [one for one in told(blinking, thing(way(*LIFTED))) if one[1]]
    assert len(held) == 1 and held[0][2] < 3 * 14 < 3 * 16 < held[0][3]


def test_nothing_is_concluded_without_things():
    assert told(hand(way(*COMES_AND_LIFTS))) == []


def test_what_is_many_times_as_large_carries_the_hand():
    moved = way((0, 0.3, 0.5), (29, 0.7, 0.5))
    assert told(hand(moved), thing(moved, side=0.2)) != []
    assert told(hand(moved), thing(moved, side=0.5)) == []


def test_a_contact_ends_where_the_hand_is_no_longer_seen():
    moved = way((0, 0.5, 0.7), (2, 0.5, 0.5), (3, 0.9, 0.1), (29, 0.9, 0.1))
    held, *_ = told(hand(moved, [0, 1, 2, *range(16, 30)]), thing(way((0, 0.5, 0.7), (2, 0.5, 0.5), (29, 0.5, 0.5))))
    assert held[1] == 1000 and held[3] == SAMPLED[2]


def test_a_hand_that_goes_along_for_a_while_carries_nothing():
    """The thing moves before and after as it does meanwhile."""
    moved = way((0, 0.1, 0.5), (29, 0.9, 0.5))
    along = moved.copy()
    along[:10] = along[16:] = (0.9, 0.05)
    assert told(hand(along), thing(moved)) == []
