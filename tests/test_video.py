"""Videos rendered here carry their frame number in the picture, so what a clip holds is read from the clip itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np
import pytest

from fm_tasks import video
from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.model import RejectionCode, Track, Trajectories

BITS = 10
RNG = np.random.default_rng(7)
TEXTURE = cv2.resize(RNG.integers(0, 255, (120, 200), np.uint8), (1600, 960), interpolation=cv2.INTER_CUBIC)


def numbered(number: int, width: int = 320, height: int = 180) -> np.ndarray:
    """A grey picture (H x W x 3) whose upper half spells ``number`` in black and white bars."""
    picture = np.full((height, width, 3), 90, np.uint8)
    bar = width // BITS
    for bit in range(BITS):
        picture[: height // 2, bit * bar : (bit + 1) * bar] = 235 if number >> bit & 1 else 20
    cv2.circle(picture, (20 + 3 * number % (width - 40), height * 3 // 4), 12, (60, 200, 90), -1)
    return picture


def number_in(picture: np.ndarray) -> int:
    height, width = picture.shape[:2]
    bar = width // BITS
    row = picture[height // 4, :, 0]
    return sum(1 << bit for bit in range(BITS) if row[bit * bar + bar // 2] > 128)


def write(path: Path, pictures, times_us, codec: str = "libx264", options: dict | None = None) -> Path:
    """Encode BGR pictures, each at its time."""
    pictures = iter(pictures)
    first = next(pictures)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options or {})
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv444p" if first.shape[0] % 2 or first.shape[1] % 2 else "yuv420p"
        base = Fraction(1, 90_000) if codec == "libx264" else Fraction(1, 25)
        stream.codec_context.time_base = base
        for time, picture in zip(times_us, [first, *pictures], strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(Fraction(time, 1_000_000) / base), base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def constant(count: int, rate: Fraction | int) -> list[int]:
    return [round(k * 1_000_000 / Fraction(rate)) for k in range(count)]


def variable(count: int) -> list[int]:
    steps = np.random.default_rng(3).choice([16_000, 33_000, 50_000, 210_000], count)
    return np.cumsum(steps).tolist()


FILES = {
    "25 fps": ("a.mp4", constant(120, 25), {}),
    "23.976 fps": ("a.mp4", constant(120, Fraction(24_000, 1001)), {}),
    "60 fps with B-frames": ("a.mp4", constant(200, 60), {"bf": "3", "g": "40"}),
    "variable rate": ("a.mp4", variable(120), {"bf": "2"}),
    "variable rate in Matroska": ("a.mkv", variable(120), {"bf": "2"}),
    "transport stream": ("a.ts", constant(120, 30), {"bf": "2", "g": "20"}),
}


@pytest.mark.parametrize("name", FILES)
def test_clip_frame_k_is_source_frame_first_plus_k(name, tmp_path):
    file, times, options = FILES[name]
    path = write(tmp_path / file, map(numbered, range(len(times))), times, options=options)
    found = video.survey(path)
    # Containers keep times on a grid of their own: milliseconds in Matroska, 1/90000 s elsewhere.
    assert np.allclose(np.diff(found.times_us), np.diff(times), atol=1001)
    assert len(found.times_us) == len(times)
    spans = [(7, 38), (39, 60), (90, len(times) - 1)]
    clips = list(video.cut(path, spans, tmp_path))
    for (first, last), clip in zip(spans, clips, strict=True):
        assert [number_in(picture) for _, picture in video.frames(clip.path)] == list(range(first, last + 1))
        assert list(clip.times_us) == list(found.times_us[first : last + 1])
        with av.open(str(clip.path)) as container:
            stream = container.streams.video[0]
            shown = [round(frame.pts * frame.time_base * 1_000_000) for frame in container.decode(stream)]
        assert shown == [time - clip.times_us[0] for time in clip.times_us]


def test_a_clip_plays_in_a_browser_and_has_stable_bytes(tmp_path):
    path = write(tmp_path / "a.mp4", map(numbered, range(60)), constant(60, 30))
    (tmp_path / "again").mkdir()
    (clip,) = video.cut(path, [(10, 49)], tmp_path)
    (again,) = video.cut(path, [(10, 49)], tmp_path / "again")
    assert clip.path.read_bytes() == again.path.read_bytes() and clip.sha256 == again.sha256
    body = clip.path.read_bytes()
    assert body.index(b"moov") < body.index(b"mdat")
    with av.open(str(clip.path)) as container:
        (stream,) = container.streams
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


def test_an_odd_column_and_row_are_left_out(tmp_path):
    pictures = [numbered(k, 321, 181) for k in range(50)]
    path = write(tmp_path / "a.mp4", pictures, constant(50, 25))
    assert (video.survey(path).width, video.survey(path).height) == (321, 181)
    (clip,) = video.cut(path, [(0, 49)], tmp_path)
    assert (clip.width, clip.height) == (320, 180)
    for (_, picture), source in zip(video.frames(clip.path), pictures, strict=True):
        assert cv2.PSNR(picture, source[:180, :320]) > 28


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_rotated_video_is_cut_upright(angle, tmp_path):
    upright = [numbered(k) for k in range(50)]
    flat = write(tmp_path / "flat.mp4", upright, constant(50, 25))
    turned = tmp_path / "turned.mp4"
    ffmpeg.input(str(flat), display_rotation=angle).output(str(turned), c="copy").run(
        cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True
    )
    found = video.survey(turned)
    assert (found.width, found.height) == ((180, 320) if angle % 180 else (320, 180))
    (clip,) = video.cut(turned, [(5, 30)], tmp_path)
    assert (clip.width, clip.height) == (found.width, found.height)
    # ffmpeg's own reading of the angle is the reference: what a player shows.
    shown, _ = (
        ffmpeg.input(str(turned))
        .output("pipe:", format="rawvideo", pix_fmt="bgr24")
        .run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), capture_stdout=True, quiet=True)
    )
    reference = np.frombuffer(shown, np.uint8).reshape(50, found.height, found.width, 3)
    for k, picture in video.frames(clip.path):
        assert cv2.PSNR(picture, np.ascontiguousarray(reference[5 + k])) > 28


def test_colour_tags_reach_the_clip(tmp_path):
    flat = write(tmp_path / "flat.mp4", map(numbered, range(50)), constant(50, 25))
    tagged = tmp_path / "tagged.mp4"
    tags = {"bsf:v": "h264_metadata=matrix_coefficients=1:colour_primaries=1:transfer_characteristics=1"}
    ffmpeg.input(str(flat)).output(str(tagged), c="copy", **tags).run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    (clip,) = video.cut(tagged, [(0, 20)], tmp_path)
    with av.open(str(clip.path)) as container:
        frame = next(container.decode(video=0))
    assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, 1)


@pytest.mark.parametrize(
    ("file", "codec", "pixels"), [("a.avi", "mjpeg", "yuvj420p"), ("a.mkv", "libx264", "yuv420p10le")]
)
def test_full_range_and_ten_bit_video_keep_black_and_white(file, codec, pixels, tmp_path):
    ramp = np.tile(np.linspace(0, 255, 320).astype(np.uint8)[None, :, None], (180, 1, 3)).copy()
    flat = write(tmp_path / "flat.mp4", [ramp] * 40, constant(40, 25))
    path = tmp_path / file
    ffmpeg.input(str(flat)).output(str(path), vcodec=codec, pix_fmt=pixels, qscale=2).run(
        cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True
    )
    (clip,) = video.cut(path, [(3, 39)], tmp_path)
    for _, picture in video.frames(clip.path):
        assert cv2.PSNR(picture, ramp) > 38


def test_a_clip_that_is_not_what_it_should_be_is_a_failure(tmp_path):
    path = write(tmp_path / "a.mp4", map(numbered, range(50)), constant(50, 25))
    with pytest.raises(ItemFailed, match="60 frames asked, 40 read"):
        list(video.cut(path, [(10, 69)], tmp_path))
    with pytest.raises(ItemFailed, match="ffmpeg could not write"):
        list(video.cut(path, [(0, 9)], tmp_path / "no such folder"))


def test_frames_at_chosen_numbers(tmp_path):
    path = write(tmp_path / "a.mp4", map(numbered, range(50)), constant(50, 25))
    chosen = list(video.frames(path, at=[3, 17, 49]))
    assert [number for number, _ in chosen] == [number_in(picture) for _, picture in chosen] == [3, 17, 49]
    assert chosen[0][1].shape == (180, 320, 3) and chosen[0][1].dtype == np.uint8


# --- timestamps, shots, camera -------------------------------------------------------------------------------------


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
            yield window(*(np.array((1200, 250)) + shake.normal(0, 6, 2)))

    path = write(tmp_path / "a.mp4", scene(), constant(222, 25))
    assert video.survey(path).shots == [(0, 49), (50, 89), (90, 126), (127, 171), (172, 221)]


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


# --- files that are no good ----------------------------------------------------------------------------------------


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
    (clip,) = video.cut(path, [(0, last)], tmp_path)
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


def test_a_clip_that_does_not_decode_is_a_failure(good, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(ItemFailed, match="does not decode"):
        list(video.frames(path))


# --- overlay -------------------------------------------------------------------------------------------------------


def test_an_overlay_draws_each_identity_in_one_colour_of_its_own(tmp_path):
    times = variable(40)
    plain = write(tmp_path / "plain.mp4", [np.full((180, 320, 3), 90, np.uint8)] * 40, times)
    (clip,) = video.cut(plain, [(0, 39)], tmp_path)
    steps = range(5, 35)
    boxes = {  # ids ten apart share a colour in palettes of ten
        100: [(0.1 + 0.01 * k, 0.2, 0.3 + 0.01 * k, 0.5) for k in steps],
        110: [(0.6, 0.6, 0.8, 0.9) for _ in steps][:10],
    }
    tracks = tuple(
        Track(
            id=id,
            label="person",
            frames=tuple(steps)[: len(rows)],
            boxes=tuple(rows),
            scores=(0.9,) * len(rows),
            observed=(True,) * len(rows),
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
    assert {int(np.argmax(colour)) for colour in first} == {2}
    assert {int(np.argmax(colour)) for colour in second} == {0}
    assert cv2.PSNR(cv2.imread(str(thumbnail)), pictures[5]) > 25


def test_an_overlay_of_other_tracks_is_a_failure(tmp_path):
    plain = write(tmp_path / "plain.mp4", map(numbered, range(50)), constant(50, 25))
    (clip,) = video.cut(plain, [(0, 29)], tmp_path)
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
    width, height = video.TILE
    for colour, shape in zip(colours, [(90 + 60 * n, 200) for n in range(4)], strict=True):
        area = int((sheet == colour).all(axis=2).sum())
        shrink = min(width / shape[1], height / shape[0])
        assert area == pytest.approx(shape[0] * shape[1] * shrink**2, rel=0.01)
    with pytest.raises(ValueError, match="at least one"):
        video.contact_sheet([], tmp_path / "none.png")
