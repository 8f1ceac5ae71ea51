"""The motion of the camera: corners followed from one sampled picture to the next."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

WIDTH = 320
"""Width, in pixels, at which corners are followed; at 480 the results are the same and cost three times as much."""
CHANGE = 12
"""Grey levels of 255 by which a part of a picture changes where something moves; noise changes it less."""
CHANGED_SHARE = 0.2
"""Where less of the picture changes, it does not move."""


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


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where two grey pictures of one size differ by more than noise, a mask (height, width)."""
    return cv2.absdiff(cv2.blur(before, (3, 3)), cv2.blur(after, (3, 3))) > CHANGE


def motion(before: np.ndarray, after: np.ndarray, seconds: float) -> tuple[float, float, float]:
    """Speed, static share and scale (see ``Step``) between two grey pictures of one size.

    A picture without corners, such as a black one, counts as still; so does one whose corners are lost while hardly
    anything of it changes, as a plain floor, whose corners are noise. One whose corners are lost and which changes
    moved further than can be followed and counts as a diagonal per step, so that the filter does not pass what it could
    not see.
    """
    corners = cv2.goodFeaturesToTrack(before, 200, qualityLevel=0.01, minDistance=8)
    if corners is None or len(corners) < 8:
        return 0.0, 1.0, 1.0
    window = {"winSize": (15, 15)}
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, None, **window)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, **window)
    corners, there, back = (points.reshape(-1, 2) for points in (corners, there, back))
    sure = (found & found_back).ravel().astype(bool) & (np.linalg.norm(back - corners, axis=1) < 0.7)
    affine = None
    if sure.sum() >= 8:
        affine, _ = cv2.estimateAffinePartial2D(corners[sure], there[sure], ransacReprojThreshold=1.3)
    if affine is None:
        still = changed(before, after).mean() < CHANGED_SHARE
        return (0.0, 1.0, 1.0) if still else (1 / seconds, 0.0, 1.0)
    height, width = before.shape
    frame = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
    moved = np.linalg.norm(frame @ affine[:, :2].T + affine[:, 2] - frame, axis=1).mean()
    static = np.linalg.norm(there[sure] - corners[sure], axis=1) < 0.33
    return float(moved / np.hypot(width, height) / seconds), float(static.mean()), float(np.hypot(*affine[:, 0]))
