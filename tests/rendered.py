"""Videos whose frames carry their number in the picture, so what a clip holds is read from the clip itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from installation import ordinary_priority

from fm_tasks.model import Track, Trajectories

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


PIXELS = {"mjpeg": "yuvj420p", "prores_ks": "yuv422p10le"}
"""Of codecs that do not take yuv420p."""
FIXED_RATE = ("mjpeg", "mpeg2video", "mpeg4")
"""Codecs that here run at 25 frames a second, as all do in AVI."""


def write(
    path: Path, pictures, times_us, codec: str = "libx264", options: dict | None = None, pix_fmt: str | None = None
) -> Path:
    """Encode BGR pictures, each at its time."""
    pictures = iter(pictures)
    first = next(pictures)
    with ordinary_priority(), av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options or {})
        stream.height, stream.width = first.shape[:2]
        odd = first.shape[0] % 2 or first.shape[1] % 2
        stream.pix_fmt = pix_fmt or ("yuv444p" if odd else PIXELS.get(codec, "yuv420p"))
        base = Fraction(1, 25 if codec in FIXED_RATE or path.suffix == ".avi" else 90_000)
        stream.codec_context.time_base = base
        for time, picture in zip(times_us, [first, *pictures], strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(Fraction(time, 1_000_000) / base), base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def board(path: Path, pan: int = 0) -> Trajectories:
    """Write 3 s of a textured board, a sixth of the frame wide, that goes right by 2 pixels a frame in the picture,
    before a ground that the camera moves left by ``pan``; return its exact trajectory, as that of a car."""
    rows = range(75)
    boxes = np.array([(40 + 2 * k, 60, 94 + 2 * k, 120) for k in rows])

    def pictures():
        for k, (x1, y1, x2, y2) in enumerate(boxes):
            picture = TEXTURE[:180, 400 + pan * k :][:, :320] // 2
            picture[y1:y2, x1:x2] = TEXTURE[300 + y1 : 300 + y2, 100 : 100 + x2 - x1] // 2 + 127
            yield np.dstack([picture] * 3)

    write(path, pictures(), constant(75, 25), options={"crf": "12"})
    sides = [tuple(side) for side in (boxes / [320, 180, 320, 180]).T.tolist()]
    car = Track(id=1000, label="car", seen=tuple(rows), sides=sides, scores=(0.9,) * 75)
    return Trajectories(width=320, height=180, times_us=tuple(constant(75, 25)), tracks=(car,))


def constant(count: int, rate: Fraction | int) -> list[int]:
    return [round(k * 1_000_000 / Fraction(rate)) for k in range(count)]


def variable(count: int) -> list[int]:
    steps = np.random.default_rng(3).choice([16_000, 33_000, 50_000, 210_000], count)
    return np.cumsum(steps).tolist()
