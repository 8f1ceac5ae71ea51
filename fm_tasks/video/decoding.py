"""Open a video, and decode its frames with their times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.model import RejectionCode

MICROSECOND = Fraction(1, 1_000_000)


@contextmanager
def opened(path: Path) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """The container and its first stream of moving pictures. Raises ``Rejected`` where there is none."""
    # A playlist posing as a video must not make the decoder fetch what it names.
    options = {"protocol_whitelist": "file"}
    with av.open(str(path), metadata_errors="replace", options=options) as container:
        streams = [s for s in container.streams.video if av.stream.Disposition.attached_pic not in s.disposition]
        if not streams:
            raise Rejected(RejectionCode.NO_VIDEO_STREAM, f"a {container.format.name} file without moving pictures")
        streams[0].thread_type = "AUTO"
        yield container, streams[0]


def decode(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[tuple[int, av.VideoFrame]]:
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
        with opened(path) as (container, stream):
            for number, frame in enumerate(container.decode(stream)):
                if wanted is None or number in wanted:
                    yield number, frame.to_ndarray(format="bgr24")
    except (av.FFmpegError, Rejected) as error:
        raise ItemFailed(f"clip {path.name} does not decode: {error}") from error
