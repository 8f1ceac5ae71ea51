"""The tracker on detections made up from known paths, sampled ten times a second."""

from __future__ import annotations

import numpy as np

from fm_tasks.backends import Detections, Fragment
from fm_tasks.backends.ocsort import OcSort

SIZE = (640, 360)


def tracked(*paths: np.ndarray, seconds=None) -> list[Fragment]:
    """Fragments of objects 0.08 wide and 0.1 high, whose centres are ``paths`` (samples, 2); NaN is not seen."""
    samples = []
    for centres in np.stack(paths, axis=1):
        seen = [n for n, centre in enumerate(centres) if not np.isnan(centre).any()]
        boxes = np.array([[x - 0.04, y - 0.05, x + 0.04, y + 0.05] for x, y in centres[seen]]).reshape(-1, 4)
        samples.append(Detections(boxes, np.full(len(seen), 0.8), [f"thing {n}" for n in seen]))
    times = np.arange(len(samples)) / 10 if seconds is None else seconds
    return OcSort(sample_fps=10, patience=1, min_overlap=0.2, reach=0.5).track(samples, times, SIZE)


def line(start, end, count=40) -> np.ndarray:
    return np.linspace(start, end, count)


def test_every_detection_is_in_one_fragment_of_one_object():
    fragments = tracked(line((0.1, 0.3), (0.9, 0.3)), line((0.9, 0.7), (0.1, 0.7)))
    assert sum(len(fragment.samples) for fragment in fragments) == 80
    assert all(len(set(fragment.labels)) == 1 for fragment in fragments)
    assert sorted(len(fragment.samples) for fragment in fragments) == [1, 1, 39, 39]


def test_identities_are_kept_where_paths_cross():
    fragments = tracked(line((0.1, 0.2), (0.9, 0.8)), line((0.1, 0.8), (0.9, 0.2)))
    long = [fragment for fragment in fragments if len(fragment.samples) > 5]
    assert {label for fragment in long for label in fragment.labels} == {"thing 0", "thing 1"}
    assert all(len(set(fragment.labels)) == 1 for fragment in long)


def test_a_small_fast_object_is_one_though_its_boxes_never_overlap():
    # 0.09 of the frame's width per sample, where the box is 0.08 wide.
    fragments = tracked(line((0.05, 0.5), (0.95, 0.5), 11))
    assert max(len(fragment.samples) for fragment in fragments) == 10


def test_an_object_unseen_for_half_a_second_keeps_its_identity():
    path = line((0.1, 0.5), (0.9, 0.5))
    path[15:20] = np.nan
    longest = max(tracked(path), key=lambda fragment: len(fragment.samples))
    assert longest.samples.tolist() == [*range(1, 15), *range(20, 40)]


def test_nothing_passes_from_clip_to_clip():
    path = line((0.1, 0.5), (0.9, 0.5))
    first, second = tracked(path), tracked(path)
    assert [fragment.samples.tolist() for fragment in first] == [fragment.samples.tolist() for fragment in second]


def test_no_detections_are_no_fragments():
    assert tracked(np.full((5, 2), np.nan)) == []
