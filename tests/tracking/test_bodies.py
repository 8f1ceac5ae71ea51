"""Joints of drawn persons, whose places are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import rendered

from fm_tasks.model import JOINTS, Track
from fm_tasks.synthetic import scenes
from fm_tasks.synthetic.figures import Posture
from fm_tasks.tracking.bodies import LEAST_HEIGHT, MOST, joints_in, posed

TRUNK = 0.12
"""How long a drawn trunk is, widths of the frame."""


def scene(*postures: Posture, trunk: float = TRUNK, spots: tuple[float, ...] = (0.5,)) -> scenes.Scene:
    """One person for each of ``spots``, which takes the postures, one a frame."""
    movers = tuple(
        scenes.Mover(
            "person", "person", scenes.RED, trunk, lambda _, x=x: (x, 0.93), name=f"person {x}",
            posture=lambda t: postures[min(round(10 * t), len(postures) - 1)],
        )
        for x in spots
    )  # fmt: skip
    return scenes.Scene("persons", 10, len(postures) / 10, (640, 360), movers, ())


def persons(known: scenes.Scene) -> tuple[Track, ...]:
    """The true tracks, whose joints nobody has looked for."""
    return tuple(track.model_copy(update={"pose": None}) for track in scenes.truth(known).tracks)


@pytest.mark.parametrize(
    "posture",
    [Posture(), Posture(left_arm=150), Posture(right_arm=90, left_arm=90), Posture(left_elbow=120, right_elbow=120)],
)
def test_joints_are_where_they_are_drawn(posture):
    known = scene(posture)
    (track,) = scenes.truth(known).tracks
    (picture,) = scenes.images(known, 1)
    found = joints_in(picture, np.array(track.boxes[0]))
    true = np.reshape(track.pose.points[0], (-1, 2))
    errors = np.hypot(*((found - true) * (640, 360)).T) / (TRUNK * 640)
    assert found.shape == (len(JOINTS), 2) and np.median(errors) < 0.06 and errors.max() < 0.25


def test_left_is_the_persons_own_and_is_on_the_right_of_who_faces_the_camera():
    (facing,), (turned,) = ([*scenes.images(scene(Posture(turn=turn)), 1)] for turn in (0, 180))
    box = np.array(scenes.truth(scene(Posture())).tracks[0].boxes[0])
    rows = [JOINTS.index(f"{side}_shoulder") for side in ("left", "right")]
    left, right = joints_in(facing, box)[rows, 0]
    assert left > right
    left, right = joints_in(turned, box)[rows, 0]
    assert left < right


def test_what_is_no_person_has_no_joints():
    pictures = [np.dstack([rendered.TEXTURE[:360, 100 * n : 100 * n + 640]] * 3) for n in range(5)]
    assert not any(joints_in(picture, np.array([0.3, 0.1, 0.6, 0.9])) is not None for picture in pictures)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 300), (300, 1), (16, 2000)])
def test_pictures_of_any_size_are_looked_at(size):
    assert joints_in(np.full((*size, 3), 128, np.uint8), np.array([0.0, 0.0, 1.0, 1.0])) is None


def test_joints_are_of_the_frames_in_which_the_person_is_seen():
    known = scene(*[Posture()] * 4)
    pictures = [*scenes.images(known, 1)]
    (track,) = (one.model_copy(update={"seen": (0, 1, 3)}) for one in persons(known))
    (found,) = posed([track], pictures, range(4))
    assert found.pose.frames == (0, 1, 3) and found.model_copy(update={"pose": None}) == track
    assert Track.model_validate_json(found.model_dump_json()) == found, "hidden joints too"


def test_who_is_small_has_no_joints():
    small = LEAST_HEIGHT / 2 * 360 / 640 / 3
    known = scene(Posture(), trunk=small)
    assert [track.pose for track in posed(persons(known), [*scenes.images(known, 1)], [0])] == [None]


def test_of_many_the_largest_are_looked_at():
    known = scene(Posture(), trunk=0.07, spots=(0.1, 0.3, 0.5, 0.7, 0.9))
    movers = [replace(mover, width=0.07 + 0.002 * n) for n, mover in enumerate(known.movers)]
    known = scenes.Scene("persons", 10, 0.1, (640, 360), tuple(movers), ())
    found = posed(persons(known), [*scenes.images(known, 1)], [0])
    assert [track.pose is not None for track in found] == [False] * (5 - MOST) + [True] * MOST


def test_whose_joints_are_seen_is_not_known_where_two_persons_overlap():
    known = scene(Posture(), spots=(0.5, 0.52))
    assert [track.pose for track in posed(persons(known), [*scenes.images(known, 1)], [0])] == [None, None]


def test_things_have_no_joints():
    known = scene(Posture())
    (track,) = (one.model_copy(update={"label": "robot"}) for one in persons(known))
    assert posed([track], [*scenes.images(known, 1)], [0]) == [track]
