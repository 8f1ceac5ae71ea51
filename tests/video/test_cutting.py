"""Every frame of a clip is the source frame that it should be, at its time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

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

RATES = [Fraction(24_000, 1001), 24, 25, Fraction(30_000, 1001), 50, Fraction(60_000, 1001), 60]
H264 = {"g": "24", "sc_threshold": "0", "bf": "3", "preset": "superfast"}
HEVC = "keyint=24:min-keyint=24:scenecut=0:log-level=none"
EVERY_24 = {"g": "24", "b": "4M"}
CLOSED = {"bf": "2", "flags": "+cgop", "sc_threshold": "1000000000"}
ALL, BOTH, LAST, NONE = (True, True, True), (True, False, True), (False, False, True), (False, False, False)
FORMS = {
    # The file, the times of its frames, its codec and options; which of the three spans of the test are copied.
    **{f"{float(rate):.2f} fps": ("a.mp4", constant(110, rate), "libx264", H264, BOTH) for rate in RATES},
    "variable rate": ("a.mp4", variable(110), "libx264", H264, BOTH),
    "variable rate in Matroska": ("a.mkv", variable(110), "libx264", H264, BOTH),
    "QuickTime": ("a.mov", constant(110, 25), "libx264", H264, BOTH),
    "transport stream": ("a.ts", constant(110, 30), "libx264", H264, BOTH),
    "AVI": ("a.avi", constant(110, 25), "libx264", H264 | {"bf": "0"}, BOTH),
    "HEVC": ("a.mp4", constant(110, 25), "libx265", {"x265-params": f"{HEVC}:open-gop=0"}, BOTH),
    "VP9": ("a.webm", constant(110, 25), "libvpx-vp9", EVERY_24 | {"deadline": "realtime", "cpu-used": "8"}, BOTH),
    "AV1": ("a.mkv", constant(110, 25), "libsvtav1", {"g": "24", "preset": "8", "crf": "10"}, BOTH),
    "MPEG-2": ("a.ts", constant(110, 25), "mpeg2video", EVERY_24 | CLOSED, BOTH),
    "MPEG-4": ("a.avi", constant(110, 25), "mpeg4", EVERY_24, BOTH),
    "MJPEG": ("a.avi", constant(110, 25), "mjpeg", {"q": "2"}, ALL),
    "FFV1": ("a.mkv", constant(110, 25), "ffv1", {"g": "24"}, BOTH),
    # Frames before a key frame are stored after it.
    "open groups": ("a.mp4", constant(110, 25), "libx264", H264 | {"x264-params": "open-gop=1"}, LAST),
    "open groups of HEVC": ("a.mkv", constant(110, 25), "libx265", {"x265-params": f"{HEVC}:b-adapt=0"}, LAST),
    "one key frame": ("a.mp4", constant(110, 25), "libx264", H264 | {"g": "999"}, NONE),
    "intra refresh": ("a.mp4", constant(110, 25), "libx264", H264 | {"bf": "0", "intra-refresh": "1"}, NONE),
    "open groups of MPEG-4": ("a.avi", constant(110, 25), "mpeg4", EVERY_24 | {"bf": "2"}, LAST),
    # A bare stream tells no times; MP4 holds neither VP8 nor ProRes.
    "no container": ("a.h264", constant(110, 25), "libx264", H264, NONE),
    "VP8": ("a.webm", constant(110, 25), "libvpx", EVERY_24 | {"deadline": "realtime", "cpu-used": "8"}, NONE),
    "ProRes": ("a.mov", constant(110, 25), "prores_ks", {}, NONE),
}


@pytest.mark.parametrize("form", FORMS)
def test_clip_frame_k_is_source_frame_first_plus_k(form, tmp_path):
    file, times, codec, options, copied = FORMS[form]
    path = write(tmp_path / file, map(numbered, range(len(times))), times, codec, options)
    found, source = video.survey(path), played(path)
    assert [number_in(picture) for picture in source.pictures] == list(range(len(times)))
    # Containers keep times on a grid of their own: milliseconds in Matroska, 1/90000 s elsewhere.
    assert np.allclose(np.diff(found.times_us), np.diff(times), atol=1001)
    clips = check(path, found, source, tmp_path)
    assert tuple(clip.copied for clip in clips) == copied
    if codec != "libx264" or file not in ("a.ts", "a.avi"):  # where start codes part the units of a packet, not lengths
        assert all(packet in source.packets for clip in clips if clip.copied for packet in played(clip.path).packets)


def test_frames_that_an_edit_list_hides_are_in_no_clip(tmp_path):
    whole = write(tmp_path / "whole.mp4", map(numbered, range(150)), constant(150, 25), options=H264)
    path = tmp_path / "a.mp4"
    ffmpeg.input(str(whole), ss=1.5).output(str(path), c="copy").run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    found, source = video.survey(path), played(path)
    assert len(source.packets) > len(source.pictures) == len(found.times_us)
    assert [clip.copied for clip in check(path, found, source, tmp_path)] == [True, False, True]


def test_a_key_frame_that_is_none_begins_no_copy(tmp_path):
    plain = write(tmp_path / "plain.mkv", map(numbered, range(110)), constant(110, 25), options=H264 | {"bf": "0"})
    path = tmp_path / "a.mkv"
    with av.open(str(plain)) as read, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(read.streams.video[0])
        for packet in (packet for packet in read.demux(video=0) if packet.size):
            packet.stream, packet.is_keyframe = stream, True
            out.mux(packet)
    clips = list(video.cut(path, video.survey(path), [(12, 23), (24, 40)], tmp_path))
    assert [clip.copied for clip in clips] == [False, True]
    for clip, frames in zip(clips, (range(12, 24), range(24, 41)), strict=True):
        assert [number_in(picture) for _, picture in video.frames(clip.path)] == list(frames)


class Played(NamedTuple):
    """What a player reads: packets as they are stored; pictures (BGR) as they are shown, and when, microseconds."""

    packets: list[bytes]
    pictures: list[np.ndarray]
    times_us: list[int]


def played(path: Path) -> Played:
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    with av.open(str(path)) as container:
        frames = [(frame.to_ndarray(format="bgr24"), frame.pts, frame.time_base) for frame in container.decode(video=0)]
    times = [round((pts or 0) * base * 1_000_000) for _, pts, base in frames]
    return Played(packets, [picture for picture, _, _ in frames], times)


def check(path: Path, found: video.Survey, source: Played, folder: Path) -> list[video.Clip]:
    """Cut from one key frame to the next, a span between two, and from one to the end, and see of each clip that frame
    k is source frame first + k at its time; to the last bit, where it was copied."""

    def key_from(frame: int) -> int:
        return next((key for key in found.keyframes if key >= frame), frame)

    one = key_from(20)
    two = key_from(one + 20)
    three = key_from(two + 20)
    spans = [(one, two - 1), (two + 3, two + 14), (three, len(found.times_us) - 1)]
    clips = list(video.cut(path, found, spans, folder))
    for (first, last), clip in zip(spans, clips, strict=True):
        shown, wanted = played(clip.path), source.pictures[first : last + 1]
        assert list(map(number_in, shown.pictures)) == list(map(number_in, wanted))
        assert not clip.copied or np.array_equal(shown.pictures, wanted)
        assert list(clip.times_us) == list(found.times_us[first : last + 1])
        assert shown.times_us == [time - clip.times_us[0] for time in clip.times_us]
    return clips


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


def test_a_copied_clip_has_stable_bytes_that_tell_nothing_but_the_video(tmp_path):
    plain = write(tmp_path / "plain.mp4", map(numbered, range(60)), constant(60, 30))
    path = tmp_path / "a.mp4"
    tags = {"metadata": "comment=at home", "metadata:s:v": "handler_name=Phone of Somebody"}
    ffmpeg.input(str(plain)).output(str(path), c="copy", **tags).run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    bodies = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (clip,) = video.cut(path, video.survey(path), [(0, 59)], folder)
        assert clip.copied
        bodies.append(clip.path.read_bytes())
    assert bodies[0] == bodies[1] and bodies[0].index(b"moov") < bodies[0].index(b"mdat")
    assert not any(word in bodies[0] for word in (b"at home", b"Somebody"))
    assert all(word in path.read_bytes() for word in (b"at home", b"Somebody"))


@pytest.mark.parametrize("angle", [0, 90])
def test_pixels_that_are_not_square_become_square(angle, tmp_path):
    plain = write(tmp_path / "plain.mp4", map(numbered, range(50)), constant(50, 25))
    path = tmp_path / "a.mp4"
    wide = {"c": "copy", "bsf:v": "h264_metadata=sample_aspect_ratio=3/2"}
    ffmpeg.input(str(plain), display_rotation=angle).output(str(path), **wide).run(
        cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True
    )
    found = video.survey(path)
    assert (found.width, found.height) == ((180, 480) if angle else (480, 180))
    (clip,) = video.cut(path, found, [(0, 49)], tmp_path)
    assert (clip.width, clip.height, clip.copied) == (found.width, found.height, False)
    pictures = [np.ascontiguousarray(np.rot90(picture, -angle // 90)) for _, picture in video.frames(clip.path)]
    assert [number_in(picture) for picture in pictures] == list(range(50))


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


def test_a_full_disk_is_told_from_a_bad_clip(tmp_path):
    path = write(tmp_path / "a.mp4", map(numbered, range(50)), constant(50, 25))
    for first in (0, 10):
        (tmp_path / f"{first}-49.mp4").symlink_to("/dev/full")
        with pytest.raises(OSError, match="No space left on device"):
            list(video.cut(path, video.survey(path), [(first, 49)], tmp_path))


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
