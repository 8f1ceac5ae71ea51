"""Frame-exact clips: packets copied where a span begins at a key frame, frames encoded elsewhere, each clip decoded and
compared with its source."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import av
import ffmpeg
import imageio_ffmpeg
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter

from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.video.decoding import MICROSECOND, checksum, decode, frames, opened, packets_from, time_of
from fm_tasks.video.surveying import Survey

MP4 = {"movflags": "+faststart", "video_track_timescale": "1000000", "fflags": "+bitexact"}
"""Plays before it is whole, keeps microseconds, and says nothing of when or by what it was written."""


class Clip(NamedTuple):
    """A clip as it was cut; ``times_us[k]`` is the source's timestamp of clip frame k. ``copied`` tells whether its
    pictures are the source's own, in the source's ``codec``, or encoded anew."""

    path: Path
    sha256: str
    codec: str
    copied: bool
    width: int
    height: int
    times_us: tuple[int, ...]


def cut(path: Path, found: Survey, spans: Sequence[tuple[int, int]], folder: Path) -> Iterator[Clip]:
    """Cut ``spans`` of frames (both ends included, in order, apart) out of a video that was surveyed.

    Each clip is an MP4 without sound: frame k is source frame first + k shown at its time less that of the first frame,
    upright, in square pixels, of even width and height. Where the packets of a span begin with a key frame and are no
    other frame's, they are copied as they are; elsewhere the span is encoded as H.264 that browsers play, an odd last
    column or row left out. Equal input gives equal bytes under one ffmpeg, so a clip's SHA-256 is its address. The
    caller may delete a clip's file before it asks for the next.

    Every clip is compared with its source: all frames of an encoded one, the packets of a copy and some of its frames,
    the first and the last among them. A copy that differs is encoded instead; raises ``ItemFailed`` where an encoded
    clip differs.
    """
    source = _Source(path, found)
    with opened(path) as (container, stream):
        for first, last in spans:
            out = folder / f"{first}-{last}.mp4"
            yield _copied(container, stream, found, first, last, out) or _encoded(source, first, last, out)


# --- copied -----------------------------------------------------------------------------------------------------------


def _copied(
    container: av.container.InputContainer, stream: av.VideoStream, found: Survey, first: int, last: int, out: Path
) -> Clip | None:
    """The clip made of the source's own packets; None where they are not exactly its frames."""
    size = found.width, found.height
    if not found.as_stored or size != (stream.width, stream.height) or found.width % 2 or found.height % 2:
        return None
    times = list(found.times_us[first : last + 1])
    known = [(time - times[0], picture) for time, picture in zip(times, found.checksums[first : last + 1], strict=True)]
    group = max((key for key in found.keyframes if first <= key <= last), default=first)

    def packets() -> Iterator[av.Packet]:
        return islice(packets_from(container, stream, times[0]), len(times))

    try:
        stored = [time_of(packet) for packet in packets()]
        if set(stored) != set(times):
            return None
        _remux(packets(), stream, stored, out)
        originals = ((time_of(packet) - times[0], bytes(packet)) for packet in packets())
        shows = _shows(out, originals, known, known[group - first][0])
    except (av.FFmpegError, ValueError, Rejected):  # MP4 does not hold the codec, or it needs what was before
        return None
    return Clip(out, _sha256(out), found.codec, True, *size, tuple(times)) if shows else None


def _shows(out: Path, originals: Iterable[tuple[int, bytes]], known: Sequence[tuple[int, int]], group: int) -> bool:
    """Whether a copy shows the frames ``known``, each a time and a checksum; the last group of pictures begins at time
    ``group``.

    Where its packets are the ``originals`` to the last bit, each at its time, a sample proves that they decode as they
    did in the source: the first frame, the last, and what of the last group others refer to. Packets that MP4 holds in
    another form, and those of a decoder that skips otherwise, are all decoded.
    """
    with opened(out) as (made, stream):
        stream.thread_type = "NONE"  # or the decoder would skip too late
        written = ((time_of(packet), bytes(packet)) for packet in made.demux(stream) if packet.size)
        if all(ours == theirs for ours, theirs in zip(written, originals, strict=True)):
            made.seek(0)
            sample = list(_sample(made, stream, group, known[-1][0]))
            if sample[:1] + sample[-1:] == [known[0], known[-1]] and set(sample) <= set(known):
                return True
    with opened(out) as (made, stream):
        return [(time, checksum(frame)) for time, frame in decode(made, stream)] == known


def _sample(
    made: av.container.InputContainer, stream: av.VideoStream, group: int, last: int
) -> Iterator[tuple[int, int]]:
    """Time and checksum of the frames by which a copy is proven."""
    for packet in made.demux(stream):
        time = time_of(packet) if packet.size else last
        if 0 < time < group:
            continue
        stream.codec_context.skip_frame = "NONREF" if time < last else "DEFAULT"
        yield from ((time_of(frame), checksum(frame)) for frame in packet.decode())


def _remux(packets: Iterable[av.Packet], stream: av.VideoStream, times: Sequence[int], out: Path) -> None:
    """Write ``packets``, each with the time at which it is shown, as the MP4 that ``cut`` describes."""
    # Packets are decoded at the times at which frames are shown, as many frames earlier as they are reordered by.
    shown = sorted(times)
    places = {time: number for number, time in enumerate(shown)}
    delay = max(number - places[time] for number, time in enumerate(times))
    lead = [2 * shown[0] - time for time in shown[delay:0:-1]]
    with av.open(str(out), "w", format="mp4", options=MP4) as made:
        target = made.add_stream_from_template(stream, opaque=True)  # there may be a decoder alone
        for packet, time, decoded in zip(packets, times, lead + shown, strict=False):
            packet.duration = round(packet.duration * packet.time_base / MICROSECOND)
            packet.pts, packet.dts, packet.time_base = time - shown[0], decoded - shown[0], MICROSECOND
            packet.stream = target
            made.mux(packet)


# --- encoded ----------------------------------------------------------------------------------------------------------


class _Astray(Exception):
    """The decoder, set to a key frame, does not give the frames that were surveyed."""


class _Source:
    """The frames of a surveyed video decoded again, span after span."""

    def __init__(self, path: Path, found: Survey):
        self.path, self.found = path, found
        self.size = None if found.as_stored else (found.width, found.height)
        self.rewind(skips=True)

    def rewind(self, skips: bool) -> None:
        """Begin anew. With ``skips``, what lies before the last key frame before a span is not decoded."""
        self.skips, self._next, self._decoded = skips, 0, self._from(None)

    def _from(self, start: int | None) -> Iterator[tuple[int, av.VideoFrame]]:
        with opened(self.path) as (container, stream), suppress(Rejected):
            yield from decode(container, stream, start)

    def frames(self, first: int, last: int) -> Iterator[tuple[int, av.VideoFrame]]:
        """Time and picture of frames ``first..last``. Raises ``_Astray`` where skipping led to others."""
        times, checksums, keyframes = self.found.times_us, self.found.checksums, self.found.keyframes
        before = bisect_right(keyframes, first)
        key = keyframes[before - 1] if before else 0
        if self.skips and key > self._next:
            self._next, self._decoded = key, self._from(times[key])
        for time, frame in self._decoded:
            number, self._next = self._next, self._next + 1
            if number >= first:
                if self.skips and (time, checksum(frame)) != (times[number], checksums[number]):
                    break
                yield time, frame
            if number == last:
                return
        if self.skips:
            raise _Astray


def _encoded(source: _Source, first: int, last: int, out: Path) -> Clip:
    """The clip with frames ``first..last`` of the source encoded anew."""
    seen: list[tuple[int, np.ndarray]] = []
    try:
        encode(_noted(source.frames(first, last), seen), out, source.size)
    except _Astray:
        source.rewind(skips=False)
        return _encoded(source, first, last, out)
    return _verified(out, last - first + 1, seen)


BROWSERS_PLAY = {"h264", "vp9", "av1"}
"""Codecs that browsers decode, of 8 bits and 4:2:0, in MP4."""


def playable(clip: Path, times_us: Sequence[int], out: Path) -> bool:
    """Write a copy of ``clip`` that browsers play to ``out``, as ``cut`` describes it: frame k is frame k of the clip,
    at ``times_us[k]`` less the first. Return False, and write nothing, where they play the clip itself.

    Raises ``ItemFailed`` where the clip does not decode, has another number of frames, or the copy does.
    """
    try:
        with opened(clip) as (container, stream):
            plain = stream.codec_context.pix_fmt in ("yuv420p", "yuvj420p")
            if plain and stream.codec.canonical_name in BROWSERS_PLAY and "mp4" in container.format.name:
                return False
            seen: list[tuple[int, np.ndarray]] = []
            encode(_noted(zip(times_us, container.decode(stream), strict=True), seen), out)
    except (av.FFmpegError, Rejected, ValueError) as error:
        raise ItemFailed(f"clip {clip.name} does not decode to {len(times_us)} frames: {error}") from error
    _verified(out, len(times_us), seen)
    return True


def _noted(source: Iterable[tuple[int, av.VideoFrame]], seen: list) -> Iterator[tuple[int, av.VideoFrame]]:
    """Pass ``source`` on, its times counted from the first, and note each frame's own time and upright thumbnail."""
    shrink = VideoReformatter()
    for time, frame in source:
        seen.append((time, np.rot90(_look(frame, shrink), frame.rotation // 90)))
        yield time - seen[0][0], frame


def _look(frame: av.VideoFrame, shrink: VideoReformatter) -> np.ndarray:
    return _ranged(shrink, frame, 64, 64, "gray", ColorRange.JPEG).to_ndarray().astype(np.int16)


def _ranged(
    to: VideoReformatter, frame: av.VideoFrame, width: int, height: int, format: str, levels: ColorRange
) -> av.VideoFrame:
    """``frame`` in another size and format with its black and white at ``levels``: many phones and dashboard cameras
    write full-range video, which looks washed out or crushed if its levels are taken for the usual ones."""
    return to.reformat(
        frame, width, height, format, interpolation="AREA", src_color_range=frame.color_range, dst_color_range=levels
    )


def _verified(out: Path, count: int, seen: Sequence[tuple[int, np.ndarray]]) -> Clip:
    """The clip at ``out``, decoded and compared with what went in."""
    shrink = VideoReformatter()
    times = tuple(time for time, _ in seen)
    with opened(out) as (container, stream):
        shown = [(time, _look(frame, shrink)) for time, frame in decode(container, stream)]
        width, height = stream.width, stream.height
    if len(times) != count or [time for time, _ in shown] != [time - times[0] for time in times]:
        raise ItemFailed(f"{out.name}: {count} frames asked, {len(times)} read, {len(shown)} written or at other times")
    error = max(float(np.abs(look - other).mean()) for (_, look), (_, other) in zip(shown, seen, strict=True))
    if error > 6:
        raise ItemFailed(f"{out.name}: a frame differs from its source by {error:.1f} grey levels on average")
    return Clip(out, _sha256(out), "h264", False, width, height, times)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def encode(pictures: Iterable[tuple[int, av.VideoFrame]], out: Path, size: tuple[int, int] | None = None) -> None:
    """Write ``pictures``, each with its time from 0, as the MP4 of H.264 that ``cut`` describes; ``size`` is the width
    and height at which they are to be shown, if not their own.

    They reach ffmpeg as raw video in NUT, the one stream of raw pictures that carries timestamps. Raises ``ItemFailed``
    with what ffmpeg said.
    """
    pictures = iter(pictures)
    start = next(pictures, None)
    if start is None:
        raise ItemFailed(f"no frame to write to {out.name}")
    process = _encoder(start[1], out, size).run_async(cmd=_ffmpeg(), pipe_stdin=True, pipe_stderr=True)
    pack, broken = VideoReformatter(), None
    try:
        with process.stdin, av.open(process.stdin, "w", format="nut") as pipe:
            stream = pipe.add_stream("rawvideo", rate=25)
            stream.width, stream.height, stream.pix_fmt = start[1].width, start[1].height, "yuv420p"
            stream.time_base = stream.codec_context.time_base = MICROSECOND
            for time, picture in chain([start], pictures):
                raw = _ranged(pack, picture, stream.width, stream.height, "yuv420p", ColorRange.MPEG)
                raw.pts, raw.time_base = time, MICROSECOND
                pipe.mux(stream.encode(raw))
            pipe.mux(stream.encode())
    except (OSError, av.FFmpegError) as error:
        broken = error  # most often ffmpeg ended early; its own words say why
    finally:
        said, status = process.stderr.read().decode(errors="replace"), process.wait()
    if isinstance(broken, MemoryError) or "Cannot allocate memory" in said:
        raise MemoryError(said)
    if os.strerror(errno.ENOSPC) in said:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out))
    if status == -signal.SIGXFSZ:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(out))
    if status or broken:
        raise ItemFailed(f"ffmpeg could not write {out.name} ({status}): {said[-500:] or broken}")


def rehearse(folder: Path) -> str:
    """Encode a few frames, decode them again, and return which ffmpeg it was. Raises ``ItemFailed`` with its words."""
    out = folder / "rehearsal.mp4"
    encode(((40_000 * k, av.VideoFrame(64, 48, "yuv420p")) for k in range(8)), out)
    if len(list(frames(out))) != 8:
        raise ItemFailed(f"{_ffmpeg()} wrote another number of frames than it was given")
    return _ffmpeg()


def _encoder(like: av.VideoFrame, out: Path, size: tuple[int, int] | None) -> ffmpeg.nodes.OutputStream:
    video = ffmpeg.input("pipe:", format="nut")
    for _ in range(like.rotation // 90 % 4):
        video = video.filter("transpose", "cclock")
    if size:
        video = video.filter("scale", *size)
    return (
        video.filter("crop", "trunc(iw/2)*2", "trunc(ih/2)*2", 0, 0)
        .output(
            str(out),
            vcodec="libx264",
            pix_fmt="yuv420p",
            preset="veryfast",
            crf=18,
            threads=2,  # x264 gives the same bytes only for the same number of threads
            fps_mode="passthrough",
            enc_time_base="1:1000000",
            map_metadata=-1,
            **MP4,
            **{"flags:v": "+bitexact", "bsf:v": _colours(like)},
        )
        .global_args("-loglevel", "error")
        .overwrite_output()
    )


def _colours(like: av.VideoFrame) -> str:
    """The bitstream filter that carries the colour tags of ``like``, which raw video loses, into H.264."""
    return (
        f"h264_metadata=matrix_coefficients={int(like.colorspace)}:colour_primaries={int(like.color_primaries)}"
        f":transfer_characteristics={int(like.color_trc)}"
    )


def _ffmpeg() -> str:
    return shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
