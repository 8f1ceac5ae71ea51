"""Small pictures and numbers of decoded frames: cheap to make for every frame, they tell pictures apart."""

from __future__ import annotations

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange

LOOK_SIZE = (64, 36)
"""Width and height at which whole pictures are compared."""

ROWS_READ = 2
"""Rows of a large picture that are read for each row of the small one; to read them all costs as much as decoding."""

STILL_LEVELS = 5.0
"""Grey levels by which a pixel of a look may change while nothing moves: the doing of sensors and encoders."""

MIN_MOTION = 100.0
"""Grey levels beyond ``STILL_LEVELS``, summed over a look, under which too little moves to be known again."""

EIGHT_BIT = {f"{family}{layout}p" for family in ("yuv", "yuvj") for layout in (410, 411, 420, 422, 440, 444)}


def planes(frame: av.VideoFrame) -> list[np.ndarray]:
    """Luma and two planes of chroma, uint8 (height, width) each: views into the frame where it has 8 bits a sample."""
    if frame.format.name not in EIGHT_BIT:
        frame = frame.reformat(format="yuv420p")
    return [
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    ]


def look(picture: list[np.ndarray]) -> np.ndarray:
    """The three planes of a picture, each at ``LOOK_SIZE``: uint8 (3, 36, 64)."""
    return np.stack(
        [reduced(plane[:: max(1, plane.shape[0] // (ROWS_READ * LOOK_SIZE[1]))], LOOK_SIZE) for plane in picture]
    )


def reduced(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A plane at a smaller width and height, each pixel the mean of all that it covers: by halves as far as they go,
    which costs a third of one step."""
    while plane.shape[1] >= 2 * size[0] and plane.shape[0] >= 2 * size[1]:
        plane = cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def is_black(luma: np.ndarray, frame: av.VideoFrame) -> bool:
    """Whether a picture is black as ffmpeg's blackdetect has it: 98 % of it under a tenth of the way to white."""
    black, white = (0, 255) if frame.color_range == ColorRange.JPEG else (16, 235)
    return bool(np.mean(luma < black + (white - black) / 10) > 0.98)


def sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian of a grey picture over the variance of the picture: how much of its contrast lies in
    fine detail, whatever its contrast. 0 for a picture of one colour."""
    contrast, detail = (cv2.meanStdDev(each)[1].item() ** 2 for each in (grey, cv2.Laplacian(grey, cv2.CV_16S)))
    return detail / contrast if contrast >= 1 else 0.0


def perceptual_hash(grey: np.ndarray) -> int:
    """64 bits that stay nearly the same when a picture is encoded again or scaled: the signs, about their median, of
    the 8 x 8 lowest frequencies (without the mean) of its cosine transform at 32 x 32. As a signed integer."""
    spectrum = cv2.dct(cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32))[:8, :8].ravel()
    bits = spectrum > np.partition(spectrum[1:], 31)[31]  # np.median is ten times slower
    return int.from_bytes(np.packbits(bits).tobytes(), signed=True)


def motion_hash(before: np.ndarray, after: np.ndarray) -> int | None:
    """64 bits that tell what moved, and where, between two pictures of one place, and nothing of the place itself: so a
    still scene is known by its movers alone. None where too little moves.

    With ``p`` and ``q`` that fit ``p before + q`` to ``after`` by least squares, ``d = after - (p before + q)`` is what
    changed apart from the light. Each pixel of ``d`` is then brought nearer to 0 by ``STILL_LEVELS`` (soft
    thresholding, Donoho 1995), which leaves movers. The bits are the signs of the 8 x 8 lowest frequencies of its
    cosine transform: the mover's new place is in it, and its old one with the opposite sign. As a signed integer.
    """
    now, past = (picture - picture.mean() for picture in (after.astype(np.float32), before.astype(np.float32)))
    change = now - past * (np.vdot(now, past) / max(np.vdot(past, past), 1))
    moved = np.sign(change) * np.maximum(np.abs(change) - STILL_LEVELS, 0)
    if np.abs(moved).sum() < MIN_MOTION:
        return None
    bits = cv2.dct(moved)[:8, :8] > 0
    return int.from_bytes(np.packbits(bits).tobytes(), signed=True)


def distance(a: int, b: int) -> int:
    """Bits in which two perceptual hashes differ, 0..64; unrelated pictures differ in about 32."""
    return ((a ^ b) & (1 << 64) - 1).bit_count()


def jpeg(frame: av.VideoFrame, width: int) -> bytes:
    """A frame as a small upright JPEG."""
    small = frame.reformat(width, max(1, round(width * frame.height / frame.width)), "bgr24", interpolation="AREA")
    upright = np.rot90(small.to_ndarray(), frame.rotation // 90)
    return cv2.imencode(".jpg", upright, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
