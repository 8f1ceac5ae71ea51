"""The tracker on detections made up from known paths, sampled ten times a second where nothing else is said."""

from __future__ import annotations

import numpy as np
import pytest

from fm_tasks.model import UNNAMED
from fm_tasks.tracking import Detections, Fragment
from fm_tasks.tracking.kalman import Kalman

SIZE = (640, 360)


def tracked(*paths: np.ndarray, fps: float = 10, looks: np.ndarray | None = None) -> list[Fragment]:
    """Fragments of objects 0.08 wide and 0.1 high, whose centres are ``paths`` (samples, 2); NaN is not seen. ``looks``
    has a row for each path."""
    looks = np.zeros((len(paths), 0)) if looks is None else looks
    samples = []
    for centres in np.stack(paths, axis=1):
        seen = [n for n, centre in enumerate(centres) if not np.isnan(centre).any()]
        boxes = np.array([[x - 0.04, y - 0.05, x + 0.04, y + 0.05] for x, y in centres[seen]]).reshape(-1, 4)
        samples.append(Detections(boxes, np.full(len(seen), 0.8), [f"thing {n}" for n in seen], looks[seen]))
    return Kalman(patience=1).track(samples, np.arange(len(samples)) / fps, SIZE)


def line(start, end, count=40) -> np.ndarray:
    return np.linspace(start, end, count)


@pytest.mark.parametrize("fps", [5, 10, 30])
def test_every_detection_is_in_one_fragment_of_one_object(fps):
    fragments = tracked(line((0.1, 0.3), (0.9, 0.3)), line((0.9, 0.7), (0.1, 0.7)), fps=fps)
    assert [fragment.samples.tolist() for fragment in fragments] == [[*range(40)]] * 2
    assert all(len(set(fragment.labels)) == 1 for fragment in fragments)


def test_identities_are_kept_where_paths_cross():
    fragments = tracked(line((0.1, 0.2), (0.9, 0.8)), line((0.1, 0.8), (0.9, 0.2)))
    assert [set(fragment.labels) for fragment in fragments] == [{"thing 0"}, {"thing 1"}]


def test_a_small_fast_object_is_one_though_its_boxes_never_overlap():
    # 0.09 of the frame's width per sample, where the box is 0.08 wide.
    (one,) = tracked(line((0.05, 0.5), (0.95, 0.5), 11))
    assert len(one.samples) == 11


def test_an_object_unseen_for_half_a_second_keeps_its_identity():
    path = line((0.1, 0.5), (0.9, 0.5))
    path[15:20] = np.nan
    (one,) = tracked(path)
    assert one.samples.tolist() == [*range(15), *range(20, 40)]


def test_an_object_unseen_for_longer_is_another():
    path = line((0.1, 0.5), (0.9, 0.5))
    path[15:27] = np.nan
    assert [len(fragment.samples) for fragment in tracked(path)] == [15, 13]


def test_where_paths_do_not_tell_looks_do():
    # Two that meet, turn about and part again: by position and speed alone, each could be the other.
    left, right = line((0.1, 0.5), (0.46, 0.5), 20), line((0.9, 0.5), (0.54, 0.5), 20)
    paths = [np.vstack([way, way[::-1]]) for way in (left, right)]
    colours = np.array([[50.0, 60, 0] * 4, [50.0, -60, 0] * 4])
    fragments = tracked(*paths, looks=colours)
    assert [set(fragment.labels) for fragment in fragments] == [{"thing 0"}, {"thing 1"}]
    crossed = [np.vstack([left, right[::-1]]), np.vstack([right, left[::-1]])]
    assert all(len(set(fragment.labels)) == 1 for fragment in tracked(*crossed, looks=colours))


def test_a_person_who_walks_up_to_a_bicycle_does_not_become_it():
    walked = [Detections(np.array([[x, 0.3, x + 0.1, 0.6]]), np.array([0.7]), ["person"], np.zeros((1, 0)))
              for x in np.linspace(0.2, 0.4, 10)]  # fmt: skip
    stands = Detections(np.array([[0.42, 0.3, 0.52, 0.6]]), np.array([0.8]), ["bicycle"], np.zeros((1, 0)))
    unsure = stands._replace(labels=[UNNAMED])
    seconds = np.arange(20) / 10
    kept = Kalman(patience=1).track(walked + [stands] * 10, seconds, SIZE)
    assert [set(fragment.labels) for fragment in kept] == [{"person"}, {"bicycle"}]
    assert len(Kalman(patience=1).track(walked + [unsure] * 10, seconds, SIZE)) == 1


def test_nothing_passes_from_clip_to_clip():
    path = line((0.1, 0.5), (0.9, 0.5))
    first, second = tracked(path), tracked(path)
    assert [fragment.samples.tolist() for fragment in first] == [fragment.samples.tolist() for fragment in second]


def test_no_detections_are_no_fragments():
    assert tracked(np.full((5, 2), np.nan)) == []
    assert Kalman(patience=1).track([], [], SIZE) == []


def test_three_hundred_objects_keep_their_identities():
    grid = np.stack(np.meshgrid(np.linspace(0.05, 0.85, 20), np.linspace(0.06, 0.94, 15)), axis=-1).reshape(-1, 2)
    fragments = tracked(*(line(start, start + np.array((0.1, 0)), 10) for start in grid))
    assert [len(fragment.samples) for fragment in fragments] == [10] * 300
    assert all(len(set(fragment.labels)) == 1 for fragment in fragments)
