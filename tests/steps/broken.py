"""What a source of raw video holds one day: files that are cut short, damaged, odd or hostile, under any name."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction

import av
import cv2
import numpy as np
from installation import ordinary_priority


def picture(number: int, width: int, height: int) -> np.ndarray:
    """A wall, and a ball that crosses it."""
    wall = np.full((height, width, 3), 120, np.uint8)
    wall[::8] = 90
    cv2.circle(wall, (10 + 2 * number % (width - 20), height // 2), 9, (40, 40, 230), -1)
    return wall


def encoded(
    form: str, codec="libx264", pixels="yuv420p", *, rate=25, count=50, size=(160, 90), movflags="", **options
) -> bytes:
    """A video in the container ``form``; two seconds of it, if nothing else is said."""
    body = io.BytesIO()
    muxing = {"movflags": movflags} if movflags else {}
    with ordinary_priority(), av.open(body, "w", format=form, options=muxing) as out:
        stream = out.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="bgr24")
            out.mux(stream.encode(frame.reformat(format=pixels)))
        out.mux(stream.encode())
    return body.getvalue()


def retimed(body: bytes, time_of: Callable[[int], int]) -> bytes:
    """``body`` in Matroska, packet k at ``time_of(k)`` milliseconds."""
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(body)) as source,
        av.open(out, "w", format="matroska", options={"avoid_negative_ts": "disabled"}) as made,
    ):
        target = made.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(packet for packet in source.demux(video=0) if packet.size):
            packet.pts = packet.dts = time_of(number)
            packet.time_base, packet.stream = Fraction(1, 1000), target
            made.mux(packet)
    return out.getvalue()


def sound(cover: bool) -> bytes:
    """Three seconds of silence in Matroska or, with a cover, in MP3."""
    body = io.BytesIO()
    with av.open(body, "w", format="mp3" if cover else "matroska") as out:
        tone = out.add_stream("libmp3lame", rate=44_100)
        if cover:
            art = out.add_stream("png", rate=1)
            art.width, art.height, art.pix_fmt = 160, 90, "rgb24"
            art.disposition = av.stream.Disposition.attached_pic
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 44_100 * 3), np.float32), "fltp", "stereo")
        silence.rate = 44_100
        out.mux(tone.encode(silence))
        out.mux(tone.encode())
        if cover:
            out.mux(art.encode(av.VideoFrame.from_ndarray(picture(0, 160, 90), format="rgb24")))
            out.mux(art.encode())
    return body.getvalue()


def damaged(body: bytes, start: float, stop: float) -> bytes:
    """``body`` with noise over a part of it."""
    first, last = (int(len(body) * share) for share in (start, stop))
    noise = np.random.default_rng(5).integers(0, 256, last - first, np.uint8).tobytes()
    return body[:first] + noise + body[last:]


def huge(side: int, count: int = 2) -> bytes:
    """Pictures of ``side`` by ``side`` as MJPEG."""
    _, jpeg = cv2.imencode(".jpg", np.zeros((side, side), np.uint8))
    body = io.BytesIO()
    with av.open(body, "w", format="avi") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = side, side, "yuvj420p"
        for number in range(count):
            packet = av.Packet(jpeg.tobytes())
            packet.pts = packet.dts = number
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), stream, True
            out.mux(packet)
    return body.getvalue()


CUT, SOME = "cut", "cut or refused"
"""Every frame of it lies in a clip; or what can be read of it does, else it is refused."""


def corpus() -> dict[str, tuple[bytes, str]]:
    """Files by name, each with what must become of it: ``CUT``, ``SOME`` or the code of its rejection."""
    plain, reordered = encoded("mp4", bf="0", g="10"), encoded("mp4", bf="3", g="25")
    fragments = encoded("mp4", bf="3", g="10", movflags="+frag_keyframe+empty_moov")
    stream, matroska = encoded("mpegts", g="10"), encoded("matroska", g="10")
    small, large = encoded("h264", bf="0"), encoded("h264", bf="0", size=(320, 180))
    rate = encoded("avi", codec="mpeg4")
    at = rate.index(b"strh") + 8 + 20
    files = {
        "empty.mp4": (b"", "unreadable"),
        "zeros.mp4": (bytes(5000), "unreadable"),
        "text.mp4": (b"this is no video\n" * 100, "unreadable"),
        "playlist.mp4": (b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n", "unreadable"),
        "concat.mp4": (b"ffconcat version 1.0\nfile /etc/passwd\n", "unreadable"),
        "sound.mkv": (sound(cover=False), "no_video_stream"),
        "cover.mp3": (sound(cover=True), "no_video_stream"),
        "one frame.mp4": (encoded("mp4", count=1), "too_short"),
        "picture.png": (cv2.imencode(".png", picture(0, 160, 90))[1].tobytes(), "too_short"),
        "8K by 8K.avi": (huge(8192), "too_heavy"),
        "slow.mp4": (encoded("mp4", rate=Fraction(1, 1000)), "too_long"),
        "fast.mp4": (encoded("mp4", rate=100_000), "too_short"),
        "negative times.mkv": (retimed(plain, lambda k: 40 * k - 1000), CUT),
        "times jump ahead.mkv": (retimed(plain, lambda k: 40 * k + 3_600_000 * (k >= 25)), SOME),
        "times jump back.ts": (stream + stream, CUT),
        "no times.mkv": (retimed(plain, lambda k: 0), CUT),
        "no duration.h264": (small, CUT),
        "no rate.avi": (rate[: at + 4] + bytes(4) + rate[at + 8 :], SOME),
        "no scale.avi": (rate[:at] + bytes(4) + rate[at + 4 :], SOME),
        "another size.h264": (small + large, CUT),
        "16 bit.mkv": (encoded("matroska", "ffv1", "gray16le"), CUT),
        "4 4 4.mp4": (encoded("mp4", pixels="yuv444p10le"), CUT),
        "odd.mp4": (encoded("mp4", pixels="yuv444p", size=(161, 91)), CUT),
        "tiny.mkv": (encoded("matroska", "ffv1", size=(22, 2)), SOME),
        "interlaced.mp4": (encoded("mp4", flags="+ilme+ildct", size=(160, 96)), CUT),
        "interlaced.ts": (encoded("mpegts", "mpeg2video", flags="+ilme+ildct", size=(160, 96)), CUT),
        "hevc.mp4": (encoded("mp4", "libx265", **{"x265-params": "log-level=none"}), CUT),
        "vp9.webm": (encoded("webm", "libvpx-vp9", deadline="realtime"), CUT),
        "av1.mkv": (encoded("matroska", "libsvtav1", preset="8", crf="10"), CUT),
        "mpeg2.mpg": (encoded("mpeg", "mpeg2video"), CUT),
        "mjpeg.avi": (encoded("avi", "mjpeg", "yuvj420p"), CUT),
        "animation.gif": (encoded("gif", "gif", "rgb8"), CUT),
        "damaged.mp4": (damaged(plain, 0.5, 0.7), SOME),
        "damaged.mkv": (damaged(matroska, 0.4, 0.5), SOME),
        "damaged.ts": (damaged(stream, 0.4, 0.5), SOME),
        "damaged index.mp4": (damaged(plain, 0.01, 0.05), SOME),
    }
    for share in (1, 10, 40, 60, 80, 99):
        files[f"first {share} of 100.mp4"] = (fragments[: len(fragments) * share // 100], SOME)
    for share in (30, 90):
        files[f"without its index, {share}.mp4"] = (reordered[: len(reordered) * share // 100], "unreadable")
        files[f"first {share} of 100.ts"] = (stream[: len(stream) * share // 100], SOME)
        files[f"first {share} of 100.mkv"] = (matroska[: len(matroska) * share // 100], SOME)
    names = ["a b.mp4", "'quoted' \"twice\".mp4", "new\nline.mp4", "-y.mp4", "$(reboot) `x`;.mp4", "видео 動画 🎬.mp4"]
    # Other bytes each, or all but one would be duplicates.
    for number, name in enumerate([*names, "x" * 200 + ".mp4"]):
        files[name] = (encoded("mp4", count=50 + number), CUT)
    return files
