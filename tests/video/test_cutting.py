"""Every frame of a clip is the source frame that it should be, at its time."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np
import pytest
from rendered import constant, number_in, numbered, variable, write

from fm_tasks import video
from fm_tasks.errors import ItemFailed
from fm_tasks.model import Trajectories

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
    clips = list(video.cut(path, video.survey(path), spans, tmp_path))
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
    (clip,) = video.cut(path, video.survey(path), [(10, 49)], tmp_path)
    (again,) = video.cut(path, video.survey(path), [(10, 49)], tmp_path / "again")
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
    (clip,) = video.cut(path, video.survey(path), [(0, 49)], tmp_path)
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
    (clip,) = video.cut(turned, video.survey(turned), [(5, 30)], tmp_path)
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
    (clip,) = video.cut(tagged, video.survey(tagged), [(0, 20)], tmp_path)
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
    (clip,) = video.cut(path, video.survey(path), [(3, 39)], tmp_path)
    for _, picture in video.frames(clip.path):
        assert cv2.PSNR(picture, ramp) > 36


def test_a_clip_that_is_not_what_it_should_be_is_a_failure(tmp_path):
    path = write(tmp_path / "a.mp4", map(numbered, range(50)), constant(50, 25))
    with pytest.raises(ItemFailed, match="60 frames asked, 40 read"):
        list(video.cut(path, video.survey(path), [(10, 69)], tmp_path))
    with pytest.raises(ItemFailed, match="ffmpeg could not write"):
        list(video.cut(path, video.survey(path), [(0, 9)], tmp_path / "no such folder"))


OTHERS = {  # file, codec, pixel format, size, times
    "HEVC": ("c.mp4", "libx265", "yuv420p", (320, 180), constant(40, 25)),
    "MPEG-2": ("c.mp4", "mpeg2video", "yuv420p", (320, 180), constant(40, 25)),
    "Motion JPEG": ("c.mp4", "mjpeg", "yuvj420p", (320, 180), constant(40, 25)),
    "H.264 4:4:4, variable rate": ("c.mp4", "libx264", "yuv444p", (320, 180), variable(40)),
    "H.264 of 10 bits": ("c.mp4", "libx264", "yuv420p10le", (320, 180), constant(40, 25)),
    "odd size": ("c.mp4", "libx264", "yuv444p", (321, 181), constant(40, 25)),
    "Matroska": ("c.mkv", "libx264", "yuv420p", (320, 180), variable(40)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_browsers_do_not_play_is_drawn_on_and_copied_frame_by_frame(name, tmp_path):
    file, codec, pixels, (width, height), times = OTHERS[name]
    pictures = (numbered(k, width, height) for k in range(40))
    clip = write(tmp_path / file, pictures, times, codec, pix_fmt=pixels)
    times = tuple(time + 7_000_000 for time in times)  # the source's, not the clip's own
    shown = Trajectories(width=width, height=height, times_us=times, tracks=())
    copy, overlay = tmp_path / "copy.mp4", tmp_path / "overlay.mp4"
    assert video.playable(clip, times, copy)
    assert video.overlay(clip, shown, overlay, tmp_path / "t.jpg") == 40
    for made in (copy, overlay):
        body = made.read_bytes()
        assert body.index(b"moov") < body.index(b"mdat")
        with av.open(str(made)) as container:
            (stream,) = container.streams
            frames = list(container.decode())
            assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        played = [round(frame.pts * frame.time_base * 1_000_000) for frame in frames]
        assert played == [time - times[0] for time in times]
        assert [number_in(frame.to_ndarray(format="bgr24")) for frame in frames] == list(range(40))
        assert (frames[0].width, frames[0].height) == (320, 180)
    assert not video.playable(copy, times, tmp_path / "none.mp4")


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9", "libsvtav1"])
def test_what_browsers_play_is_not_copied(codec, tmp_path):
    clip = write(tmp_path / "c.mp4", map(numbered, range(20)), constant(20, 25), codec)
    assert not video.playable(clip, constant(20, 25), tmp_path / "copy.mp4")
    assert not (tmp_path / "copy.mp4").exists()


@pytest.mark.parametrize("count", [30, 50])
def test_a_clip_of_another_length_is_not_copied(count, tmp_path):
    clip = write(tmp_path / "c.mp4", map(numbered, range(40)), constant(40, 25), "mpeg2video")
    with pytest.raises(ItemFailed, match=f"does not decode to {count} frames"):
        video.playable(clip, constant(count, 25), tmp_path / "copy.mp4")
