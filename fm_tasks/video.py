"""Video files: one decode that finds everything about a video, exact clips cut from it, frames, and overlays.

Frames are counted as they decode, from 0; times are integer microseconds of the stream's own timestamps. A timestamp
that is missing, or not later than the one before it, becomes the one before plus one frame at the stream's own rate; so
do those that follow until the stream's are half a frame ahead. Times are strictly increasing. Decoding ends at the
first damaged frame: what lies before it is the video.
"""

from __future__ import annotations

import colorsys
import hashlib
import shutil
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np
import supervision as sv
from av.video.reformatter import ColorRange, VideoReformatter
from scipy.ndimage import maximum_filter1d, median_filter

from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.model import Box, CameraMotion, RejectionCode, Trajectories

MICROSECOND = Fraction(1, 1_000_000)
FEWEST_FRAMES = 8

THUMBNAIL = (64, 36)
"""Width and height at which whole pictures are compared."""

SAMPLE_US = 190_000
"""Least time between two camera samples: about 5 a second at any frame rate."""


class Step(NamedTuple):
    """What changed between two sampled frames, about a fifth of a second apart."""

    first: int
    last: int
    speed: float
    """Mean motion of the four frame corners, diagonals per second."""
    static_share: float
    """Share of tracked corners that do not move, 0..1."""
    scale: float
    """Zoom from the first to the last frame; 1.0 is none."""
    dead: bool
    """Whether the last frame is black, or the picture stands still to the last grey level."""


@dataclass(frozen=True)
class Survey:
    """What one decode of a video found. ``width`` and ``height`` are as the viewer sees them, after rotation; ``shots``
    are spans of frames, both ends included, that together are the whole video."""

    container: str
    codec: str
    width: int
    height: int
    times_us: Sequence[int]
    duration_us: int
    shots: Sequence[tuple[int, int]]
    steps: Sequence[Step]

    def camera(self, first: int, last: int) -> CameraMotion:
        """How the camera moved in frames ``first..last``: medians, not means, because one large object that crosses a
        plain background misleads single steps; the zoom is the median step's, over all steps. A span too short to hold
        a step counts as still."""
        steps = self._steps(first, last)
        if not steps:
            return CameraMotion(speed=0.0, static_share=1.0, scale=1.0)
        return CameraMotion(
            speed=float(np.median([step.speed for step in steps])),
            static_share=float(np.median([step.static_share for step in steps])),
            scale=float(np.median([step.scale for step in steps]) ** len(steps)),
        )

    def dead_share(self, first: int, last: int) -> float:
        """Share of frames ``first..last`` that are black or frozen, 0..1, as sampled."""
        return float(np.mean([step.dead for step in self._steps(first, last)] or [0]))

    def _steps(self, first: int, last: int) -> list[Step]:
        return [step for step in self.steps if first <= step.first and step.last <= last]


class Clip(NamedTuple):
    """A clip as it was cut; ``times_us[k]`` is the source's timestamp of clip frame k."""

    path: Path
    sha256: str
    width: int
    height: int
    times_us: tuple[int, ...]


# --- decode -----------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """The container and its first stream of moving pictures. Raises ``Rejected`` where there is none."""
    # A playlist posing as a video must not make the decoder fetch what it names.
    options = {"protocol_whitelist": "file"}
    with av.open(str(path), metadata_errors="replace", options=options) as container:
        streams = [s for s in container.streams.video if av.stream.Disposition.attached_pic not in s.disposition]
        if not streams:
            raise Rejected(RejectionCode.NO_VIDEO_STREAM, f"a {container.format.name} file without moving pictures")
        streams[0].thread_type = "AUTO"
        yield container, streams[0]


def _decode(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[tuple[int, av.VideoFrame]]:
    """Time and picture of every frame up to the first damaged one. Raises ``Rejected`` where that is the first."""
    interval = round(1 / (stream.guessed_rate or 25) / MICROSECOND)
    time, slack = None, 0
    with suppress(av.FFmpegError):
        for frame in container.decode(stream):
            if frame.is_corrupt:
                break
            own = None if frame.pts is None else round(frame.pts * frame.time_base / MICROSECOND)
            if time is None:
                time = own or 0
            elif own is not None and own > time + slack:
                time, slack = own, 0
            else:
                time, slack = time + interval, interval // 2
            yield time, frame
    if time is None:
        raise Rejected(RejectionCode.UNREADABLE, "no frame of its video stream decodes")


def frames(path: Path, at: Iterable[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """Frame number and picture (H x W x 3, uint8, BGR) of every frame of a clip, or of those numbered in ``at``.

    Raises ``ItemFailed`` where a frame does not decode: a clip was whole when it was cut.
    """
    wanted = None if at is None else frozenset(at)
    try:
        with _opened(path) as (container, stream):
            for number, frame in enumerate(container.decode(stream)):
                if wanted is None or number in wanted:
                    yield number, frame.to_ndarray(format="bgr24")
    except (av.FFmpegError, Rejected) as error:
        raise ItemFailed(f"clip {path.name} does not decode: {error}") from error


# --- survey -----------------------------------------------------------------------------------------------------------


def survey(path: Path, min_seconds: float = 1.5, max_seconds: float = 4 * 3600) -> Survey:
    """Decode a video once and find its size, times, shots and camera motion; memory does not grow with its pictures.

    Raises ``Rejected``: ``unreadable`` where nothing decodes, ``no_video_stream``, ``too_short`` under ``min_seconds``
    or ``FEWEST_FRAMES``, ``too_long`` over ``max_seconds``.
    """
    try:
        with _opened(path) as (container, stream):
            found = _survey(container, stream, max_seconds)
    except (av.FFmpegError, OverflowError) as error:
        # Not the whole message: it names the scratch file, and equal videos must give equal refusals.
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Rejected(RejectionCode.UNREADABLE, f"it does not open as a video: {why}") from error
    if len(found.times_us) < FEWEST_FRAMES or found.duration_us < min_seconds * 1e6:
        lasts = f"{len(found.times_us)} frames in {found.duration_us / 1e6:.2f} s"
        raise Rejected(RejectionCode.TOO_SHORT, f"{lasts}; at least {FEWEST_FRAMES} in {min_seconds:g} s are needed")
    return found


def _survey(container: av.container.InputContainer, stream: av.VideoStream, max_seconds: float) -> Survey:
    shrink, sample = VideoReformatter(), VideoReformatter()
    times, change, two_apart, steps = array("q"), array("d"), array("d"), []
    small: deque[np.ndarray] = deque(maxlen=3)
    last = None
    for number, (time, frame) in enumerate(_decode(container, stream)):
        if number == 0:
            width, height, sideways = frame.width, frame.height, frame.rotation % 180 != 0
            grey_size = min(480, width), max(1, round(min(480, width) * height / width))
        times.append(time)
        if time - times[0] > max_seconds * 1e6:
            raise Rejected(RejectionCode.TOO_LONG, f"longer than {max_seconds:g} s")
        picture = shrink.reformat(frame, *THUMBNAIL, "yuv444p", interpolation="AREA").to_ndarray().astype(np.int16)
        small.append(picture)
        change.append(_difference(small[-2], picture) if number else 0)
        two_apart.append(_difference(small[0], picture) if number > 1 else 0)
        if last is None or time - last.time >= SAMPLE_US:
            now = _Sample(number, time, sample.reformat(frame, *grey_size, "gray").to_ndarray(), picture[0])
            if last:
                steps.append(_step(last, now))
            last = now
    interval = round(float(np.median(np.diff(times)))) if len(times) > 1 else 0
    return Survey(
        container=container.format.name,
        codec=stream.codec_context.name,
        width=height if sideways else width,
        height=width if sideways else height,
        times_us=times,
        duration_us=times[-1] - times[0] + interval,
        shots=_shots(np.array(change), np.array(two_apart)),
        steps=steps,
    )


class _Sample(NamedTuple):
    number: int
    time: int
    grey: np.ndarray
    luma: np.ndarray


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of two thumbnails (3 planes of YUV), in levels of 255 summed over the planes."""
    return 3 * float(np.abs(a - b).mean())


def _shots(change: np.ndarray, two_apart: np.ndarray) -> list[tuple[int, int]]:
    """Spans of frames between hard cuts.

    ``change[k]`` is how much frame k differs from frame k-1, ``two_apart[k]`` from frame k-2. A cut stands out from its
    neighbourhood, as in PySceneDetect's AdaptiveDetector, and unlike a flash it parts what lies before and after it.
    """
    usual = median_filter(change, 11, mode="nearest")
    stands_out = (change > 12) & (change > 3 * usual) & (change == maximum_filter1d(change, 5))
    parts = np.minimum(two_apart, [*two_apart[1:], 0]) > 0.5 * change
    starts = [0, *np.flatnonzero(stands_out & parts).tolist()]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), len(change) - 1], strict=True))


def _step(before: _Sample, after: _Sample) -> Step:
    speed, static_share, scale = _motion(before.grey, after.grey, (after.time - before.time) / 1e6)
    # Black as ffmpeg's blackdetect has it: 98 % of the picture under a tenth of the way from black to white.
    black = np.mean(after.luma < 38) > 0.98
    frozen = np.abs(after.luma - before.luma).max() <= 1
    return Step(before.number, after.number, speed, static_share, scale, bool(black or frozen))


def _motion(before: np.ndarray, after: np.ndarray, seconds: float) -> tuple[float, float, float]:
    """Speed, static share and scale (see ``Step``) between two grey pictures.

    A picture without corners, such as a black one, counts as still; one whose corners are all lost moved further than
    can be followed and counts as a diagonal per step, so that the filter does not pass what it could not see.
    """
    corners = cv2.goodFeaturesToTrack(before, 600, qualityLevel=0.01, minDistance=8)
    if corners is None or len(corners) < 8:
        return 0.0, 1.0, 1.0
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, None)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None)
    corners, there, back = (points.reshape(-1, 2) for points in (corners, there, back))
    sure = (found & found_back).ravel().astype(bool) & (np.linalg.norm(back - corners, axis=1) < 1)
    affine = None
    if sure.sum() >= 8:
        affine, _ = cv2.estimateAffinePartial2D(corners[sure], there[sure], ransacReprojThreshold=2)
    if affine is None:
        return 1 / seconds, 0.0, 1.0
    height, width = before.shape
    frame = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
    moved = np.linalg.norm(frame @ affine[:, :2].T + affine[:, 2] - frame, axis=1).mean()
    static = np.linalg.norm(there[sure] - corners[sure], axis=1) < 0.5
    return float(moved / np.hypot(width, height) / seconds), float(static.mean()), float(np.hypot(*affine[:, 0]))


# --- encode -----------------------------------------------------------------------------------------------------------


def cut(path: Path, spans: Sequence[tuple[int, int]], folder: Path) -> Iterator[Clip]:
    """Cut ``spans`` of frames (both ends included, in order, apart) out of a video, in one decode.

    Each clip is H.264 that browsers play: no sound, frame k is source frame first + k shown at its time less that of
    the first frame, upright, an odd last column or row left out. Equal input gives equal bytes under one ffmpeg, so a
    clip's SHA-256 is its address. The caller may delete a clip's file before it asks for the next.

    Raises ``ItemFailed`` where a clip, decoded again, is not the frames it should be.
    """
    with _opened(path) as (container, stream):
        decoded, position = _decode(container, stream), 0
        for first, last in spans:
            seen: list[tuple[int, np.ndarray]] = []
            source = islice(decoded, first - position, last + 1 - position)
            out = folder / f"{first}-{last}.mp4"
            _encode(_noted(source, seen), out)
            yield _verified(out, last - first + 1, seen)
            position = last + 1


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
    with _opened(out) as (container, stream):
        shown = [(time, _look(frame, shrink)) for time, frame in _decode(container, stream)]
        width, height = stream.width, stream.height
    if len(times) != count or [time for time, _ in shown] != [time - times[0] for time in times]:
        raise ItemFailed(f"{out.name}: {count} frames asked, {len(times)} read, {len(shown)} written or at other times")
    error = max(float(np.abs(look - other).mean()) for (_, look), (_, other) in zip(shown, seen, strict=True))
    if error > 6:
        raise ItemFailed(f"{out.name}: a frame differs from its source by {error:.1f} grey levels on average")
    return Clip(out, hashlib.sha256(out.read_bytes()).hexdigest(), width, height, times)


def _encode(pictures: Iterable[tuple[int, av.VideoFrame]], out: Path) -> None:
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


# --- overlay ----------------------------------------------------------------------------------------------------------


def overlay(clip: Path, trajectories: Trajectories, out: Path, thumbnail: Path) -> int:
    """Draw every track on every frame of a clip: box, label with the track's id, and a trail of one second, in a colour
    of its own. Write the video to ``out``, same frames, times and size as the clip, and the frame with the most tracks,
    of several the nearest to the middle, to ``thumbnail`` as JPEG; return the number of frames.

    Raises ``ItemFailed`` where the clip does not decode or does not have the frames of ``trajectories``.
    """
    times, size = trajectories.times_us, (trajectories.width, trajectories.height)
    shown: list[list[tuple[int, Box]]] = [[] for _ in times]
    for n, track in enumerate(trajectories.tracks):
        for frame, box in zip(track.frames, track.boxes, strict=True):
            shown[frame].append((n, box))
    busiest = max(range(len(shown)), key=lambda k: (len(shown[k]), -abs(2 * k - len(shown))))
    draw = _pen(trajectories)

    def drawn() -> Iterator[tuple[int, av.VideoFrame]]:
        count = 0
        for number, picture in frames(clip):
            if number >= len(times) or picture.shape[1::-1] != size:
                raise ItemFailed(f"clip {clip.name} is not the one the tracks were made on")
            picture = draw(picture, shown[number])
            if number == busiest:
                cv2.imwrite(str(thumbnail), picture)
            yield times[number] - times[0], av.VideoFrame.from_ndarray(picture, format="bgr24")
            count = number + 1
        if count != len(times):
            raise ItemFailed(f"clip {clip.name} has {count} frames, its tracks {len(times)}")

    _encode(drawn(), out)
    return len(times)


def _pen(trajectories: Trajectories) -> Callable[[np.ndarray, list[tuple[int, Box]]], np.ndarray]:
    """What draws the boxes of one frame after another; each is given with the position of its track."""
    size = np.tile((trajectories.width, trajectories.height), 2)
    second = round(1e6 / max(1, np.median(np.diff(trajectories.times_us)))) if len(trajectories.times_us) > 1 else 1
    # A palette of fixed length would give two tracks one colour; steps of the golden ratio keep all hues apart.
    hues = [n * 0.618 % 1 for n in range(max(1, len(trajectories.tracks)))]
    colours = sv.ColorPalette([sv.Color(*(round(255 * c) for c in colorsys.hsv_to_rgb(hue, 0.85, 1))) for hue in hues])
    line = max(1, round(trajectories.height / 300))
    trail = sv.TraceAnnotator(colours, trace_length=max(2, second), thickness=line)
    outline = sv.BoxAnnotator(colours, thickness=line)
    name = sv.LabelAnnotator(
        colours, text_color=sv.Color.BLACK, text_scale=max(0.35, trajectories.height / 1200), text_padding=3
    )

    def draw(picture: np.ndarray, boxes: list[tuple[int, Box]]) -> np.ndarray:
        if not boxes:
            return picture
        slots = np.array([n for n, _ in boxes])
        tracks = [trajectories.tracks[n] for n in slots]
        found = sv.Detections(
            xyxy=np.array([box for _, box in boxes]) * size,
            class_id=slots,
            tracker_id=np.array([track.id for track in tracks]),
        )
        picture = trail.annotate(picture, found, custom_color_lookup=slots)
        picture = outline.annotate(picture, found, custom_color_lookup=slots)
        labels = [f"{track.label} {track.id}" for track in tracks]
        return name.annotate(picture, found, labels=labels, custom_color_lookup=slots)

    return draw


TILE = (480, 270)
"""Width and height of one picture of a contact sheet, pixels."""


def contact_sheet(pictures: Sequence[Path], out: Path) -> None:
    """Tile pictures, three a row and each under its file's name, into one image at ``out``; its suffix says the format.

    Raises ``ValueError`` for no pictures at all.
    """
    if not pictures:
        raise ValueError("a contact sheet needs at least one picture")
    tiles = [_tile(cv2.imread(str(path)), path.stem) for path in pictures]
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % 3)
    cv2.imwrite(str(out), cv2.vconcat([cv2.hconcat(tiles[at : at + 3]) for at in range(0, len(tiles), 3)]))


def _tile(picture: np.ndarray, title: str) -> np.ndarray:
    """The picture as large as it fits into a tile, centred on white, its title above it."""
    width, height = TILE
    shrink = min(width / picture.shape[1], height / picture.shape[0])
    small = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    left, top = width - small.shape[1], height - small.shape[0]
    edges = (top // 2 + 30, top - top // 2 + 6, left // 2 + 6, left - left // 2 + 6)
    tile = cv2.copyMakeBorder(small, *edges, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return cv2.putText(tile, title, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
