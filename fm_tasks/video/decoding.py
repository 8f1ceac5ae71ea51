"""Open a video, and decode its frames with their times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from zlib import crc32

import av
import numpy as np

from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.model import RejectionCode

MICROSECOND = Fraction(1, 1_000_000)

MAX_PIXELS = 8192 * 4608
"""Of one picture: somewhat more than 8K UHD."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """The container and its first stream of moving pictures. Raises ``Rejected``: ``no_video_stream``, ``unreadable``
    where it has no decoder, ``too_heavy`` where a picture has more than ``MAX_PIXELS``."""
    # A playlist posing as a video must not make the decoder fetch what it names.
    options = {"protocol_whitelist": "file"}
    with av.open(str(path), metadata_errors="replace", options=options) as container:
        streams = [s for s in container.streams.video if av.stream.Disposition.attached_pic not in s.disposition]
        if not streams:
            raise Rejected(RejectionCode.NO_VIDEO_STREAM, f"a {container.format.name} file without moving pictures")
        stream = streams[0]
        if stream.codec_context is None:
            raise Rejected(RejectionCode.UNREADABLE, "there is no decoder for its video stream")
        if stream.width * stream.height > MAX_PIXELS:
            size = f"{stream.width} x {stream.height}"
            raise Rejected(RejectionCode.TOO_HEAVY, f"pictures of {size}; at most {MAX_PIXELS} pixels are decoded")
        stream.thread_type = "AUTO"
        yield container, stream


def time_of(timed: av.Packet | av.VideoFrame) -> int | None:
    """Its own timestamp in microseconds, None where it has none."""
    return None if timed.pts is None else round(timed.pts * 1_000_000 * timed.time_base)


def decode(
    container: av.container.InputContainer, stream: av.VideoStream, start: int | None = None
) -> Iterator[tuple[int, av.VideoFrame]]:
    """Time and picture of every frame up to the first damaged one, from the key frame at time ``start`` on where that
    is given. Raises ``Rejected`` where that is the first, ``MemoryError``."""
    interval = max(1, round(1 / (stream.guessed_rate or 25) / MICROSECOND))
    packets = container.demux(stream) if start is None else packets_from(container, stream, start)
    pictures = (frame for packet in packets for frame in packet.decode())
    time, slack = None, 0
    try:
        for frame in takewhile(lambda frame: not frame.is_corrupt, pictures):
            own = time_of(frame)
            if time is None:
                time = own or 0
            elif own is not None and own > time + slack:
                time, slack = own, 0
            else:
                time, slack = time + interval, interval // 2
            yield time, frame
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
    if time is None:
        raise Rejected(RejectionCode.UNREADABLE, "no frame of its video stream decodes")


def packets_from(container: av.container.InputContainer, stream: av.VideoStream, start: int) -> Iterator[av.Packet]:
    """The packets, as they are stored, from that of the key frame at time ``start`` on; none where it is not found.
    Pictures that are stored after it but shown before it are left out: they need what came earlier."""
    # Transport and program streams have no index: seeking leads to some packet near the time, not to a key frame.
    back = 1_000_000 if av.format.Flags.ts_discont in av.format.Flags(container.format.flags) else 0
    container.seek(int((start - back + Fraction(1, 2)) * MICROSECOND / stream.time_base), stream=stream)
    found = False
    for packet in container.demux(stream):
        own = time_of(packet)
        if packet.is_keyframe and not found:
            if own is None or own > start:
                return
            found = own == start
        if found and (own is None or own >= start):
            yield packet


def checksum(frame: av.VideoFrame) -> int:
    """A checksum of the picture as it is stored: one sample of each 8 x 8 of the first plane. The same packets, decoded
    again from a frame that needs no earlier one, have the same checksums."""
    plane, form = frame.planes[0], frame.format
    bits = form.components[0].bits + 7 & ~7 if form.is_planar else form.padded_bits_per_pixel
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[::8, : frame.width * bits // 8]
    return crc32(rows[:, ::8].tobytes())


def shape(stream: av.VideoStream, frame: av.VideoFrame) -> tuple[int, int]:
    """Width and height of a stored picture in square pixels, before it is turned upright."""
    aspect = stream.sample_aspect_ratio or 1
    return round(frame.width * (aspect if Fraction(1, 4) <= aspect <= 4 else 1)), frame.height


def frames(path: Path, at: Iterable[int] | None = None) -> Iterator[tuple[int, np.ndarray]]:
    """Frame number and picture (H x W x 3, uint8, BGR) of every frame of a clip, or of those numbered in ``at``.

    Raises ``ItemFailed`` where a frame does not decode: a clip was whole when it was cut.
    """
    wanted = None if at is None else frozenset(at)
    try:
        with opened(path) as (container, stream):
            for number, frame in enumerate(container.decode(stream)):
                if wanted is None or number in wanted:
                    yield number, frame.to_ndarray(format="bgr24")
    except (av.FFmpegError, Rejected) as error:
        raise ItemFailed(f"clip {path.name} does not decode: {error}") from error


def pictures(path: Path, at: Iterable[int] | None = None) -> Iterator[np.ndarray]:
    """The same frames as models take them: RGB, without their numbers."""
    return (np.ascontiguousarray(bgr[..., ::-1]) for _, bgr in frames(path, at))


def sample(times_us: Sequence[int], fps: float) -> list[int]:
    """The frames nearest to every ``1 / fps`` seconds from the first, the last frame among them; none twice."""
    ticks = np.arange(times_us[0], times_us[-1], 1e6 / fps)
    return sorted({*_nearest(times_us, ticks), len(times_us) - 1})


def evenly(times_us: Sequence[int], most: int) -> list[int]:
    """The frames nearest to ``most`` moments that lie evenly from the first to the last of them; none twice."""
    return sorted({*_nearest(times_us, np.linspace(times_us[0], times_us[-1], most))})


def _nearest(times_us: Sequence[int], moments: np.ndarray) -> list[int]:
    times = np.asarray(times_us)
    return np.searchsorted((times[1:] + times[:-1]) / 2, moments).tolist()
