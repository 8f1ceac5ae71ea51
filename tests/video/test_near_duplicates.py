"""Copies of clips are known again, and clips that are merely alike are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ffmpeg
import imageio_ffmpeg
import numpy as np
import pytest

from fm_tasks import video
from fm_tasks.synthetic import scenes
from fm_tasks.video import near_duplicates
from fm_tasks.video.near_duplicates import Signature

SCENE = replace(scenes.LIBRARY["crossing"], size=(480, 270), seconds=5)


def signature(path: Path) -> Signature:
    found = video.survey(path, follow=None)
    return Signature.of(found.times_us[0], *zip(*found.hashes(0, len(found.times_us) - 1), strict=True))


def filmed(folder: Path, *movers: scenes.Mover) -> Signature:
    """These movers before one and the same background."""
    scenes.render(replace(SCENE, movers=movers), folder / "film.mp4", seed=1)
    return signature(folder / "film.mp4")


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("copies") / "original.mp4"
    scenes.render(SCENE, path, seed=1)
    return path


H264 = {"vcodec": "libx264", "preset": "veryfast"}


@pytest.mark.parametrize(
    ("name", "begins", "how"),
    [
        ("other packets.mkv", 0, {"c": "copy"}),
        ("lower rate.mp4", 0, H264 | {"crf": 38}),
        ("other codec.avi", 0, {"vcodec": "mpeg4", "qscale:v": 12}),
        ("small.mp4", 0, H264 | {"crf": 30, "s": "214x120"}),
        ("later.mp4", 0.36, H264),
        ("slower.mp4", 0, H264 | {"r": 15}),
        ("quicker.mp4", 0, H264 | {"r": 30}),
        ("all at once.mp4", 0.36, H264 | {"crf": 34, "s": "320x182", "r": 24}),
    ],
)
def test_a_copy_is_known_again(name, begins, how, original, tmp_path):
    copy = tmp_path / name
    ffmpeg.input(str(original), ss=begins).output(str(copy), **how).run(imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    match = near_duplicates.match(signature(copy), signature(original))
    assert match and match.share > 0.95 and match.apart < 8
    assert match.shift_us / 1e6 == pytest.approx(-begins, abs=0.11)


def test_other_movers_and_other_ways_before_one_background_are_no_copies(original, tmp_path):
    first, second, third = SCENE.movers
    back = [replace(mover, path=lambda t, path=mover.path: path(5 - t)) for mover in SCENE.movers]
    films = [
        signature(original),
        filmed(tmp_path, *back),
        filmed(tmp_path, *scenes.LIBRARY["turn_and_stop"].movers),
        filmed(tmp_path, *scenes.LIBRARY["bounce"].movers),
        filmed(tmp_path, first),
        filmed(tmp_path, second, third),
    ]
    alike = [(a, b) for a in range(6) for b in range(6) if near_duplicates.match(films[a], films[b])]
    assert alike == [(n, n) for n in range(6)]


def test_what_shows_no_motion_is_a_copy_of_nothing(tmp_path):
    still = filmed(tmp_path)
    assert len(still.pictures.at) == 45 and len(still.motions.at) == 0
    assert near_duplicates.match(still, still) is None and near_duplicates.bands([None] * 50) == []


RNG = np.random.default_rng(4)
LOW, HIGH = -(2**63), 2**63 - 1


def random(first_us: int, count: int) -> tuple:
    """A clip of noise: when it begins, the hashes of its pictures, and those of its motion."""
    return first_us, *RNG.integers(LOW, HIGH, (2, count)).tolist()


def part(clip: tuple, first: int, last: int, at_us: int = 0) -> Signature:
    return Signature.of(at_us, *(hashes[first:last] for hashes in clip[1:]))


def test_a_clip_divided_elsewhere_is_known_by_all_clips_of_the_original():
    clip = random(0, 180)
    parts = [part(clip, 0, 60), part(clip, 60, 120, 6_000_000), part(clip, 120, 180, 12_000_000)]
    assert near_duplicates.match(part(clip, 35, 95), Signature.joined(parts)) == (-3_500_000, 1.0, 0.0)
    assert all(near_duplicates.match(part(clip, 35, 95), one) is None for one in parts)


def test_most_of_a_clip_must_be_seen_again():
    clip, other = random(0, 100), random(0, 100)
    joined = [a[:60] + b[60:] for a, b in zip(clip[1:], other[1:], strict=True)]
    assert near_duplicates.match(Signature.of(0, *joined), part(clip, 0, 60))
    assert near_duplicates.match(Signature.of(0, *joined), part(clip, 0, 59)) is None


def test_a_moment_in_which_only_one_of_two_moves_parts_them():
    _, pictures, motions = random(0, 60)
    quieter = [motion if n < 30 else None for n, motion in enumerate(motions)]
    assert near_duplicates.match(Signature.of(0, pictures, motions), Signature.of(0, pictures, quieter)) is None
    assert near_duplicates.match(Signature.of(0, pictures, quieter), Signature.of(0, pictures, motions)) is None


def test_one_motion_over_two_films_is_no_copy():
    (_, pictures, motions), (_, others, _) = random(0, 60), random(0, 60)
    assert near_duplicates.match(Signature.of(0, pictures, motions), Signature.of(0, others, motions)) is None
