"""Proposals before a still camera, against scenes whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from fm_tasks.synthetic import scenes
from fm_tasks.tracking.background import MedianBackground

SCENE = scenes.LIBRARY["bounce"]
"""Its car parks for half of the scene, and its crate stands before and after it moves."""
STEP = 6


@pytest.fixture(scope="module")
def images() -> list[np.ndarray]:
    return list(scenes.images(SCENE, seed=4))[::STEP]


@pytest.fixture(scope="module")
def background(images) -> MedianBackground:
    return MedianBackground(images)


def test_every_mover_is_proposed_once_moving_or_parked(images, background):
    size = np.tile(SCENE.size, 2)
    for k, image in enumerate(images):
        true = [track.boxes[k * STEP] for track in scenes.truth(SCENE).tracks]
        found = background.propose(image).seen
        assert len(found.boxes) == len(true) and set(found.labels) == {"object"}
        apart = np.abs(found.boxes[:, None] - np.array(true)[None]).max(axis=2)
        assert sorted(apart.argmin(axis=1)) == [0, 1, 2]
        assert (np.abs(found.boxes - np.array(true)[apart.argmin(axis=1)]) * size).max() <= 6


def test_noise_is_not_proposed():
    still = list(scenes.images(replace(SCENE, movers=(), seconds=2), seed=5))
    background = MedianBackground(still)
    assert not [box for image in still for box in background.propose(image).seen.boxes]


def test_a_change_of_light_is_not_proposed(images, background):
    brighter = np.clip(images[0].astype(int) + 45, 0, 255).astype(np.uint8)
    found = background.propose(brighter).seen
    assert found.boxes.shape == (0, 4) and found.labels == []


def test_what_flickers_everywhere_it_goes_is_not_proposed(images):
    rng = np.random.default_rng(1)
    leaves = [image.copy() for image in images]
    for image in leaves:
        image[20:80, 20:100] = rng.integers(60, 180, (60, 80, 3))
    background = MedianBackground(leaves)
    found = [background.propose(image).seen for image in leaves]
    inside = [box for one in found for box in one.boxes if box[2] * 640 < 110 and box[3] * 360 < 90]
    assert not inside


def test_a_shadow_is_not_proposed_and_a_dark_thing_is():
    still = list(scenes.images(replace(SCENE, movers=(), seconds=2), seed=5))
    rng = np.random.default_rng(2)
    ground = np.clip(still[0] + cv2.GaussianBlur(rng.normal(0, 60, still[0].shape), (0, 0), 2), 0, 255)
    background = MedianBackground([ground.astype(np.uint8)] * 9)
    shaded, covered = ground.copy(), ground.copy()
    shaded[100:160, 200:300] *= 0.6
    covered[100:160, 200:300] = 0.6 * ground[100:160, 200:300].mean(axis=(0, 1))
    assert not len(background.propose(shaded.astype(np.uint8)).seen.boxes)
    assert len(background.propose(covered.astype(np.uint8)).seen.boxes) == 1
