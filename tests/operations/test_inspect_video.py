"""What ``fm inspect`` says and draws of a video whose shots are known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered import TEXTURE, constant, write

from fm_tasks.__main__ import main


@pytest.fixture
def film(tmp_path) -> Path:
    """Two seconds at rest, one of black, three of a pan."""
    picture = cv2.cvtColor(TEXTURE, cv2.COLOR_GRAY2BGR)
    pictures = [picture[100:280, 200:520]] * 50 + [np.zeros((180, 320, 3), np.uint8)] * 50
    pictures += [picture[500:680, 100 + 4 * k : 420 + 4 * k] for k in range(75)]
    return write(tmp_path / "a film.mp4", pictures, constant(175, 25))


def test_every_span_is_told_with_its_verdict(film, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", str(film)]) == 0
    said = capsys.readouterr().out
    assert "h264, 320x180, 175 frames in 7.00 s; shots: 3, gradual transitions: 0" in said
    for first, last, verdict in [(0, 49, "black_or_frozen"), (50, 99, "black_or_frozen"), (100, 174, "camera_motion")]:
        (line,) = [line for line in said.splitlines() if line.split()[0] == f"{first}-{last}"]
        assert f"refused as {verdict}" in line
    assert cv2.imread(str(tmp_path / "a film.mp4.png")).shape == (900, 1600, 3)


def test_a_file_that_is_no_video_is_refused_in_a_line(tmp_path, capsys):
    (tmp_path / "a.mp4").write_text("no video")
    assert main(["inspect", str(tmp_path / "a.mp4")]) != 0
    assert "unreadable" in capsys.readouterr().err
