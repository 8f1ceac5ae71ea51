"""The camera of real clips, whose motion a person has seen."""

from __future__ import annotations

import pytest

from fm_tasks import video
from fm_tasks.steps.cut import Request

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
