"""Overlays and contact sheets, read back from their pictures."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from rendered import constant, numbered, variable, write

from fm_tasks import video
from fm_tasks.errors import ItemFailed
from fm_tasks.model import Track, Trajectories
from fm_tasks.video.drawing import TILE


def test_an_overlay_draws_each_identity_in_one_colour_of_its_own(tmp_path):
    times = variable(40)
    plain = write(tmp_path / "plain.mp4", [np.full((180, 320, 3), 90, np.uint8)] * 40, times)
    (clip,) = video.cut(plain, video.survey(plain), [(0, 39)], tmp_path)
    steps = range(5, 35)
    boxes = {  # ids ten apart share a colour in palettes of ten
        100: [(0.1 + 0.01 * k, 0.2, 0.3 + 0.01 * k, 0.5) for k in steps],
        110: [(0.6, 0.6, 0.8, 0.9) for _ in steps][:10],
    }
    tracks = tuple(
        Track(
            id=id,
            label="person",
            seen=tuple(steps)[: len(rows)],
            sides=tuple(zip(*rows, strict=True)),
            scores=(0.9,) * len(rows),
        )
        for id, rows in boxes.items()
    )
    shown = Trajectories(width=320, height=180, times_us=clip.times_us, tracks=tracks)
    out, thumbnail = tmp_path / "overlay.mp4", tmp_path / "thumbnail.jpg"
    assert video.overlay(clip.path, shown, out, thumbnail) == 40
    pictures = dict(video.frames(out))
    assert len(pictures) == 40 and pictures[0].shape == (180, 320, 3)
    with av.open(str(out)) as container:
        played = [round(frame.pts * frame.time_base * 1_000_000) for frame in container.decode(video=0)]
    assert played == [time - clip.times_us[0] for time in clip.times_us]
    assert np.ptp(pictures[0].astype(int)) < 12 and np.ptp(pictures[39].astype(int)) < 12

    def colour_at_foot(picture: np.ndarray, box) -> np.ndarray:
        x, y = round((box[0] + box[2]) / 2 * 320), round(box[3] * 180)
        around = picture[y - 2 : y + 3, x - 3 : x + 4].reshape(-1, 3).astype(int)
        return around[np.argmax(np.ptp(around, axis=1))]

    first = [colour_at_foot(pictures[k], box) for k, box in zip(steps, boxes[100], strict=True)]
    second = [colour_at_foot(pictures[k], box) for k, box in zip(steps, boxes[110], strict=False)]
    assert all(np.ptp(colour) > 60 for colour in first + second)
    # Chroma is kept at half the size, so a thin line's colour is that of its hue but not exact.
    palette = np.array(video.colours(2))[:, ::-1]
    nearest = [np.linalg.norm(palette - colour, axis=1).argmin() for colour in first + second]
    assert nearest == [0] * len(first) + [1] * len(second)
    assert cv2.PSNR(cv2.imread(str(thumbnail)), pictures[5]) > 25


def test_colours_are_stable_and_far_apart():
    palette = video.colours(20)
    assert video.colours(3) == palette[:3] and video.colours(0) == []
    lab = cv2.cvtColor(np.array([palette], np.float32) / 255, cv2.COLOR_RGB2Lab)[0]
    apart = [np.linalg.norm(a - b) for n, a in enumerate(lab) for b in lab[:n]]
    assert min(apart) > 25, "a difference of 2.3 is just noticeable"


def test_an_overlay_of_other_tracks_is_a_failure(tmp_path):
    plain = write(tmp_path / "plain.mp4", map(numbered, range(50)), constant(50, 25))
    (clip,) = video.cut(plain, video.survey(plain), [(0, 29)], tmp_path)
    other = Trajectories(width=320, height=180, times_us=clip.times_us[:20], tracks=())
    with pytest.raises(ItemFailed, match="is not the one"):
        video.overlay(clip.path, other, tmp_path / "o.mp4", tmp_path / "t.jpg")
    longer = Trajectories(width=320, height=180, times_us=(*clip.times_us, 10**9), tracks=())
    with pytest.raises(ItemFailed, match="30 frames, its tracks 31"):
        video.overlay(clip.path, longer, tmp_path / "o.mp4", tmp_path / "t.jpg")


def test_a_contact_sheet_holds_every_picture_whole(tmp_path):
    colours = [(0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 0)]
    paths = [tmp_path / f"p{n}.png" for n in range(len(colours))]
    for n, (path, colour) in enumerate(zip(paths, colours, strict=True)):
        cv2.imwrite(str(path), np.full((90 + 60 * n, 200, 3), colour, np.uint8))
    video.contact_sheet(paths, tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    width, height = TILE
    for colour, shape in zip(colours, [(90 + 60 * n, 200) for n in range(4)], strict=True):
        area = int((sheet == colour).all(axis=2).sum())
        shrink = min(width / shape[1], height / shape[0])
        assert area == pytest.approx(shape[0] * shape[1] * shrink**2, rel=0.01)
    with pytest.raises(ValueError, match="at least one"):
        video.contact_sheet([], tmp_path / "none.png")
