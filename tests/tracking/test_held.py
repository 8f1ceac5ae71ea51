"""What lies in a hand, in drawn pictures, whose points are known."""

from __future__ import annotations

import numpy as np
import pytest

from fm_tasks.synthetic import scenes
from fm_tasks.synthetic.shapes import HAND_POINTS
from fm_tasks.tracking.background import MedianBackground
from fm_tasks.tracking.hands import Hand
from fm_tasks.tracking.held import Reaching, reaching, things

SIZE = (640, 360)
SKIN = (140, 170, 225)
TONES = (SKIN, (80, 110, 160), (45, 60, 90), (190, 205, 240))


def drawn(*movers: scenes.Mover) -> np.ndarray:
    return next(scenes.images(scenes.Scene("held", 10, 0.1, SIZE, movers, ()), 1))


def hand_at(x: float, y: float, skin: tuple[int, int, int] = SKIN) -> tuple[scenes.Mover, Hand]:
    """A hand of 96 pixels about a place, as it is drawn and as it is found."""
    mover = scenes.Mover("hand", "hand", skin, 0.15, scenes.through((0, x, y)), hand=1)
    extent = np.array([96, round(96 * 1.2)]) / SIZE
    return mover, Hand(np.array([x, y]) + (HAND_POINTS - 0.5) * extent, 1.0, 1.0)


@pytest.mark.parametrize("skin", TONES)
def test_a_hand_of_any_tone_is_found_with_its_arm_and_nothing_beside_it(skin):
    mover, hand = hand_at(0.5, 0.4, skin)
    picture = drawn(scenes.Mover("ball", "ball", scenes.BLUE, 0.1, scenes.through((0, 0.56, 0.25))), mover)
    picture[185:330, 300:350] = skin
    whole = reaching(picture, hand).whole > 0
    assert whole[225:320, 305:345].mean() > 0.95
    assert whole[150:190, 300:330].mean() > 0.9
    assert whole.sum() < 1.3 * (96 * 115 * 0.6 + 115 * 50)
    assert not whole[:, 400:].any()


def test_a_palm_behind_a_thing_lends_no_arm_the_colour_of_that():
    mover, hand = hand_at(0.5, 0.4)
    picture = drawn(mover, scenes.Mover("crate", "crate", scenes.RED, 0.14, scenes.through((0, 0.5, 0.45))))
    picture[230:350, 300:350] = scenes.RED
    assert not (reaching(picture, hand).whole[260:] > 0).any()


def test_what_a_hand_holds_is_proposed_without_the_hand():
    """One that covers the middle of a crate parts it in two, which are one thing."""
    mover, hand = hand_at(0.5, 0.5)
    crate = scenes.Mover("crate", "crate", scenes.GREEN, 0.24, scenes.through((0, 0.5, 0.45)))
    background = MedianBackground([drawn()] * 5)
    apart, together = background.propose(drawn(crate, mover)), background.propose(drawn(crate))
    assert len(apart.seen.boxes) == 1 and not apart.held.any()
    held = background.propose(drawn(crate, mover), [reaching(drawn(crate, mover), hand)])
    assert held.held.tolist() == [True]
    assert held.seen.boxes[0] == pytest.approx(together.seen.boxes[0], abs=0.01)


def part(x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
    mask = np.zeros((360, 640), bool)
    mask[y1:y2, x1:x2] = True
    return mask


@pytest.fixture
def upright() -> Reaching:
    """A hand whose wrist is at (320, 200), and that points upwards."""
    grip = part(290, 100, 350, 170).astype(np.uint8)
    return Reaching(part(290, 100, 350, 210).astype(np.uint8), grip, np.array([320, 200]), np.array([0, -60]))


def test_parts_at_one_hand_are_one_thing_where_they_fill_their_box(upright):
    beside, beyond = part(250, 110, 288, 165), part(352, 110, 390, 165)
    (whole,) = things([beside, beyond], [upright])
    assert whole.sides.tolist() == [250, 110, 390, 165] and whole.hands == {0}
    assert len(things([beside, beyond], [])) == 2
    assert len(things([part(280, 20, 288, 102), part(352, 165, 600, 172)], [upright])) == 2


def test_a_sleeve_is_no_thing_and_what_is_far_lies_in_no_hand(upright):
    sleeve, far = part(300, 212, 340, 300), part(500, 20, 560, 60)
    (thing,) = things([sleeve, far], [upright])
    assert thing.sides.tolist() == [500, 20, 560, 60] and not thing.hands
