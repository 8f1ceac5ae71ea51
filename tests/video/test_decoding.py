"""Frames by their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from rendered import constant, number_in, numbered, write

from fm_tasks import video
from fm_tasks.errors import ItemFailed


def test_frames_at_chosen_numbers(tmp_path):
    path = write(tmp_path / "a.mp4", map(numbered, range(50)), constant(50, 25))
    chosen = list(video.frames(path, at=[3, 17, 49]))
    assert [number for number, _ in chosen] == [number_in(picture) for _, picture in chosen] == [3, 17, 49]
    assert chosen[0][1].shape == (180, 320, 3) and chosen[0][1].dtype == np.uint8


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "a.mp4"
    return write(path, map(numbered, range(100)), constant(100, 25), options={"g": "25"}).read_bytes()


def test_a_clip_that_does_not_decode_is_a_failure(good, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(ItemFailed, match="does not decode"):
        list(video.frames(path))
