"""The score of camera poses, on poses whose score is known; and the judgement of real clips."""

from __future__ import annotations

import numpy as np
import pytest

from fm_tasks import video
from fm_tasks.steps.cut import Request
from fm_tasks.video.camera import POSE_LIMIT, pose_score


def poses(angles, places) -> np.ndarray:
    """Cameras turned about the vertical by ``angles``, radians, with translations ``places``."""
    c, s = np.cos(angles), np.sin(angles)
    zero, one = np.zeros_like(c), np.ones_like(c)
    turned = np.stack([c, zero, s, zero, one, zero, -s, zero, c], axis=1).reshape(-1, 3, 3)
    return np.concatenate([turned, np.asarray(places, float)[:, :, None]], axis=2)


def test_a_camera_at_rest_scores_nothing():
    assert pose_score(poses(np.zeros(4), [(1, 2, 3)] * 4)) == 0
    assert pose_score(poses(np.zeros(1), [(1, 2, 3)])) == 0


def test_translation_alone():
    # Steps of 0.1, 0.1 and 0.4: mean 0.2, half the greatest 0.2.
    places = [(0, 0, 0), (0.1, 0, 0), (0.1, 0.1, 0), (0.1, 0.1, 0.4)]
    assert pose_score(poses(np.zeros(4), places)) == pytest.approx(0.4)


def test_rotation_alone():
    # Two rotations about one axis differ by 2 sqrt(2) sin(angle / 2) in the Frobenius norm.
    step = 2 * np.sqrt(2) * np.sin(0.05)
    assert pose_score(poses(np.array([0, 0.1, 0.2, 0.3]), [(0, 0, 0)] * 4)) == pytest.approx(1.5 * step)


def test_where_the_world_lies_does_not_matter_and_the_limit_parts_rest_from_motion():
    rest, drift = [(0, 0, 0.01 * k) for k in range(4)], [(0, 0, 0.25 * k) for k in range(4)]
    assert pose_score(poses(np.zeros(4), rest)) == pytest.approx(pose_score(poses(np.zeros(4), np.add(rest, 5))))
    assert pose_score(poses(np.zeros(4), rest)) < POSE_LIMIT < pose_score(poses(np.zeros(4), drift))


REAL = {
    "01_dog.mp4": "still",
    "02_cups.mp4": "still",
    "bottle-detection.mp4": "still",
    "book.mkv": "still",
    "paragliding.mp4": "moving",
}


@pytest.mark.parametrize("name", REAL)
def test_the_camera_of_a_real_clip_is_judged_as_a_person_does(name, request):
    data = request.config.getoption("data")
    if not data:
        pytest.skip("no folder of real videos: pytest --data FOLDER")
    found, limits = video.survey(data / "clips" / name), Request(key="k", etag="e", policy="shots")
    camera = found.camera(0, len(found.times_us) - 1)
    moves = camera.speed > limits.max_speed and camera.static_share < limits.min_static_share
    assert moves == (REAL[name] == "moving")
