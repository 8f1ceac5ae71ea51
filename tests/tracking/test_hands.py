"""Hands in drawn pictures, whose points are known."""

from __future__ import annotations

import numpy as np
import pytest
import rendered

from fm_tasks.model import Side, Track
from fm_tasks.synthetic import scenes
from fm_tasks.tracking import Fragment
from fm_tasks.tracking.hands import HAND, Hand, HandTrack, hands_in

SKIN = (140, 170, 225)


def scene(*movers: scenes.Mover, seconds: float = 1.0) -> scenes.Scene:
    return scenes.Scene("hands", 10, seconds, (640, 360), movers, ())


def hand(path: scenes.Path2D, width: float = 0.2, number: int = 11) -> scenes.Mover:
    return scenes.Mover("hand", "hand", SKIN, width, path, name=f"hand {number}", hand=number)


def points(known: scenes.Scene, mover: int, frame: int) -> np.ndarray:
    """Where the points of a drawn hand are, shares of the picture."""
    pose = scenes.truth(known).tracks[mover].pose
    return np.reshape(pose.points[frame], (21, 2))


def test_the_points_of_a_hand_are_where_they_are_drawn():
    known = scene(hand(scenes.through((0, 0.3, 0.4), (1, 0.7, 0.6))))
    for frame, seen in enumerate(hands_in([*scenes.images(known, 1)])):
        (found,) = seen
        assert found.presence > 0.95
        errors = np.hypot(*((found.points - points(known, 0, frame)) * (640, 360)).T)
        assert errors.mean() < 3, "of a hand that is 128 pixels wide"
        low, high = found.box.reshape(2, 2)
        assert (low < found.points.min(axis=0)).all() and (high > found.points.max(axis=0)).all()


def test_two_hands_are_two():
    known = scene(hand(scenes.through((0, 0.25, 0.5))), hand(scenes.through((0, 0.7, 0.5)), number=14))
    for seen in hands_in([*scenes.images(known, 1)]):
        assert len(seen) == 2


def test_nothing_else_is_a_hand():
    things = [scenes.Mover(shape, shape, scenes.RED, 0.2, scenes.through((0, 0.5, 0.5))) for shape in ("ball", "crate")]
    pictures = [image for thing in things for image in scenes.images(scene(thing), 1)]
    pictures += [np.dstack([rendered.TEXTURE[:360, 100 * n : 100 * n + 640]] * 3) for n in range(5)]
    assert not any(hands_in(pictures))


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 300), (300, 1), (16, 2000)])
def test_pictures_of_any_size_are_looked_at(size):
    assert hands_in([np.full((*size, 3), 128, np.uint8)] * 2) == [[], []]


def track(*rights: float, boxes: np.ndarray | None = None) -> HandTrack:
    """A hand in the middle of the first samples, as likely a right one as is said of each."""
    boxes = np.tile([0.4, 0.4, 0.5, 0.5], (len(rights), 1)) if boxes is None else boxes
    count = len(rights)
    fragment = Fragment(np.arange(count), boxes, np.ones(count), [HAND] * count, np.zeros((count, 0)))
    return HandTrack(fragment, [Hand(np.zeros((21, 2)), 1.0, right) for right in rights])


def test_a_side_is_told_where_it_is_sure():
    assert track(0.9, 0.95).side == Side.RIGHT
    assert track(0.1, 0.0).side == Side.LEFT
    assert track(0.9, 0.1).side is None


def person(number: int, box: tuple[float, ...], frames: range) -> Track:
    sides = [(side,) * len(frames) for side in box]
    return Track(id=number, label="person", seen=tuple(frames), sides=sides, scores=(1.0,) * len(frames))


def test_a_hand_is_its_persons_who_is_there_with_it():
    sampled, hand = range(0, 40, 4), track(*[0.5] * 10)
    near, far = person(0, (0.3, 0.2, 0.6, 0.9), range(40)), person(10, (0.6, 0.2, 0.9, 0.9), range(40))
    wide, short = person(20, (0.0, 0.0, 1.0, 1.0), range(40)), person(30, (0.4, 0.4, 0.5, 0.6), range(8))
    assert hand.person([wide, far, near, short], sampled) == near
    assert hand.person([far, short], sampled) is None
    assert hand.person([], sampled) is None


def test_what_has_no_name_is_a_hand_where_they_are_in_one_place():
    hand = track(*[0.5] * 10)

    def seen(box: tuple[float, ...], samples: range) -> Fragment:
        boxes = np.tile(box, (len(samples), 1))
        return Fragment(np.array(samples), boxes, np.ones(len(samples)), ["object"] * len(samples), boxes[:, :0])

    assert hand.is_seen_as(seen((0.35, 0.3, 0.5, 0.5), range(10)))
    assert not hand.is_seen_as(seen((0.48, 0.3, 0.6, 0.5), range(10)))
    assert not hand.is_seen_as(seen((0.35, 0.3, 0.5, 0.5), range(7, 30)))
