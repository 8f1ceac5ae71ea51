"""Frame-exact clips: encoded, then decoded again and compared with their source."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import av
import ffmpeg
import imageio_ffmpeg
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter

from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.video.decoding import MICROSECOND, decode, frames, opened


class Clip(NamedTuple):
    """A clip as it was cut; ``times_us[k]`` is the source's timestamp of clip frame k."""

    path: Path
    sha256: str
    width: int
    height: int
    times_us: tuple[int, ...]


def cut(path: Path, spans: Sequence[tuple[int, int]], folder: Path) -> Iterator[Clip]:
    """Cut ``spans`` of frames (both ends included, in order, apart) out of a video, in one decode.

    Each clip is H.264 that browsers play: no sound, frame k is source frame first + k shown at its time less that of
    the first frame, upright, an odd last column or row left out. Equal input gives equal bytes under one ffmpeg, so a
    clip's SHA-256 is its address. The caller may delete a clip's file before it asks for the next.

    Raises ``ItemFailed`` where a clip, decoded again, is not the frames it should be.
    """
    with opened(path) as (container, stream):
        decoded, position = decode(container, stream), 0
        for first, last in spans:
            seen: list[tuple[int, np.ndarray]] = []
            source = islice(decoded, first - position, last + 1 - position)
            out = folder / f"{first}-{last}.mp4"
            encode(_noted(source, seen), out)
            yield _verified(out, last - first + 1, seen)
            position = last + 1


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
    return Clip(out, hashlib.sha256(out.read_bytes()).hexdigest(), width, height, times)


def encode(pictures: Iterable[tuple[int, av.VideoFrame]], out: Path) -> None:
    """Write ``pictures``, each with its time from 0, as the MP4 that ``cut`` describes.

    They reach ffmpeg as raw video in NUT, the one stream of raw pictures that carries timestamps. Raises ``ItemFailed``
    with what ffmpeg said.
    """
    pictures = iter(pictures)
    start = next(pictures, None)
    if start is None:
        raise ItemFailed(f"no frame to write to {out.name}")
    process = _encoder(start[1], out).run_async(cmd=_ffmpeg(), pipe_stdin=True, pipe_stderr=True)
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
    if status or broken:
        raise ItemFailed(f"ffmpeg could not write {out.name} ({status}): {said[-500:] or broken}")


def rehearse(folder: Path) -> str:
    """Encode a few frames, decode them again, and return which ffmpeg it was. Raises ``ItemFailed`` with its words."""
    out = folder / "rehearsal.mp4"
    encode(((40_000 * k, av.VideoFrame(64, 48, "yuv420p")) for k in range(8)), out)
    if len(list(frames(out))) != 8:
        raise ItemFailed(f"{_ffmpeg()} wrote another number of frames than it was given")
    return _ffmpeg()


def _encoder(like: av.VideoFrame, out: Path) -> ffmpeg.nodes.OutputStream:
    video = ffmpeg.input("pipe:", format="nut")
    for _ in range(like.rotation // 90 % 4):
        video = video.filter("transpose", "cclock")
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
            video_track_timescale=1_000_000,
            movflags="+faststart",
            map_metadata=-1,
            fflags="+bitexact",
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
