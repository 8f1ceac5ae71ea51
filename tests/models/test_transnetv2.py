"""TransNetV2 itself, with the weights of its package, as the shot detector of the one decode."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from fm_tasks import video
from fm_tasks.backends import backend

pytestmark = pytest.mark.models


def place(seed: int, frames: int) -> list[np.ndarray]:
    """A camera that pans slowly over a place of its own, and a ball that crosses it."""
    colours = np.random.default_rng(seed).integers(0, 255, (12, 24, 3), np.uint8)
    wide = cv2.resize(colours, (480, 180), interpolation=cv2.INTER_CUBIC)
    pictures = [wide[:, k : k + 320].copy() for k in range(frames)]
    for k, picture in enumerate(pictures):
        cv2.circle(picture, (30 + 3 * k, 90), 15, (255, 255, 255), -1)
    return pictures


def film(path: Path) -> Path:
    """140 frames, a cut before frame 60, a dissolve of frames 100 to 111."""
    first, second, third = (place(seed, frames) for seed, frames in ((1, 60), (2, 52), (3, 40)))
    shares = np.arange(1, 13) / 13
    mixed = [cv2.addWeighted(a, 1 - s, b, s, 0) for a, b, s in zip(second[40:], third[:12], shares, strict=True)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for picture in [*first, *second[:40], *mixed, *third[12:]]:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    return path


def test_it_finds_a_cut_and_a_dissolve(tmp_path):
    found = video.survey(film(tmp_path / "film.mp4"), detector=backend("transnetv2")(), follow=None)
    assert found.shots[0] == (0, 59)
    ((first, last),) = found.transitions
    assert 96 <= first <= 104 and 107 <= last <= 115
    assert found.shots[1:] == [(60, first - 1), (last + 1, 139)]


def test_a_shot_without_end_is_one(tmp_path):
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for picture in place(4, 130):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    assert video.survey(path, detector=backend("transnetv2")(), follow=None).shots == [(0, 129)]
