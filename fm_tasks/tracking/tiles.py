"""Search of a picture as a whole and in tiles, by a detector that knows nothing of either."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fm_tasks.model import Box
from fm_tasks.tracking.boxes import cover, iou

EDGE = 0.01
"""A box this near to an edge of its tile, as a share of the tile's side, goes on beyond it."""
MAX_COVER = 0.7
"""Of two boxes of one name, one of which lies in the other by more than this, one is a part, or holds two objects."""
WHOLE = (0.0, 0.0, 1.0, 1.0)

Find = Callable[[np.ndarray], np.ndarray]
"""From a picture, uint8 BGR (height, width, 3), to a row of class, score and box in 0..1 for each object, (N, 6)."""


def searched(find: Find, bgr: np.ndarray, tiles: Sequence[Box], max_iou: float) -> np.ndarray:
    """The objects that ``find`` finds in a picture and in its ``tiles``, rows as it has them, the best first. What goes
    on beyond its tile is left to the tile's neighbour; of boxes that overlap by more than ``max_iou`` only the best is
    kept, whatever their names."""
    found = np.vstack([_in_tile(find, bgr, np.array(tile)) for tile in (WHOLE, *tiles)])
    best = found[np.argsort(-found[:, 1], kind="stable")]
    return best[_distinct(best[:, 2:], best[:, 0], max_iou)]


def _in_tile(find: Find, bgr: np.ndarray, tile: np.ndarray) -> np.ndarray:
    """What is found in one tile, boxes in 0..1 of the picture."""
    x1, y1, x2, y2 = np.round(tile * np.tile(bgr.shape[1::-1], 2)).astype(int)
    found = find(bgr[y1:y2, x1:x2])
    boxes = found[:, 2:] = np.clip(found[:, 2:], 0, 1)
    beyond = ((boxes[:, :2] < EDGE) & (tile[:2] > 0)) | ((boxes[:, 2:] > 1 - EDGE) & (tile[2:] < 1))
    whole = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & ~beyond.any(axis=1)
    found[:, 2:] = np.tile(tile[:2], 2) + boxes * np.tile(tile[2:] - tile[:2], 2)
    return found[whole]


def _distinct(boxes: np.ndarray, classes: np.ndarray, max_iou: float) -> list[int]:
    """Rows of ``boxes``, the best first, that no better one overlaps too much."""
    same = iou(boxes, boxes) > max_iou
    same |= (cover(boxes, boxes) > MAX_COVER) & (classes[:, None] == classes)
    return unrivalled(same)


def unrivalled(same: np.ndarray) -> list[int]:
    """Rows, the best first, that are not the same as a better one that is kept."""
    kept: list[int] = []
    for row in range(len(same)):
        if not same[row, kept].any():
            kept.append(row)
    return kept
