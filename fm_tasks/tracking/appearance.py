"""The look of an object, in so few numbers that they hold for the smallest box and the poorest light."""

from __future__ import annotations

import cv2
import numpy as np

BANDS = 4
"""How many bands, one below the other, a box is divided into."""
MARGIN = 0.2
"""Share of a box on its left, and on its right, that is left out: there is more background in it than object."""
LOOKS_DEVIATION = 28.0
"""Standard deviation of the distance between the looks of one object in two frames."""


def looks(bgr: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The mean CIE Lab colour of each band of each of ``boxes`` (N, 4), in an image, uint8 (height, width, 3):
    (N, ``BANDS`` * 3); L in 0..100."""
    lab = cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
    height, width = bgr.shape[:2]
    inset = MARGIN * (boxes[:, 2] - boxes[:, 0])
    first = np.floor(np.column_stack([boxes[:, 0] + inset, boxes[:, 1]]) * (width, height)).astype(int)
    first = np.minimum(first, (width - 1, height - 1))
    end = np.ceil(np.column_stack([boxes[:, 2] - inset, boxes[:, 3]]) * (width, height)).astype(int)
    end = np.maximum(end, first + 1)
    bands = [
        cv2.resize(lab[y1:y2, x1:x2], (1, BANDS), interpolation=cv2.INTER_AREA).ravel()
        for (x1, y1), (x2, y2) in zip(first, end, strict=True)
    ]
    return np.reshape(bands, (-1, 3 * BANDS))
