"""The profile `detr`: as the profile `cpu`, with a detector of transformers in the place of the small one.

The detector is D-FINE (Peng et al., arXiv 2410.13842), trained on COCO alone, as transformers has it. It runs on a GPU
where there is one, else on the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from fm_tasks.errors import BadConfig
from fm_tasks.model import Box, Model
from fm_tasks.tracking import Detections
from fm_tasks.tracking.cpu import Rules
from fm_tasks.tracking.ssd import COCO
from fm_tasks.tracking.tiles import searched
from fm_tasks.weights import loadable


class Profile(Rules):
    """The profile `detr`."""

    name: Literal["detr"]
    detector: Model

    @property
    def models(self) -> tuple[Model, ...]:
        """Those whose weights are needed."""
        return (self.detector,)


class DFine:
    """A detector of the classes that its weights, under ``root``, were trained on.

    Of boxes that overlap by more than ``max_iou`` only the best is kept, whatever their names. Raises ``BadConfig``
    where weights are missing or changed, or torch is not installed.
    """

    def __init__(self, model: Model, root: Path, min_score: float, max_iou: float = 0.7):
        folder = loadable(root, model)
        try:
            torch, transformers = import_module("torch"), import_module("transformers")
        except ModuleNotFoundError as missing:
            raise BadConfig(
                f"the profile detr needs {missing.name}, which is not installed here: run the shard in the image "
                "`steps-gpu` (FM_RUNNER=docker or kubernetes, queue `gpu`), or set `profile: cpu` in sources.yaml"
            ) from missing
        transformers.utils.logging.disable_progress_bar()
        self._torch, self._device = torch, "cuda" if torch.cuda.is_available() else "cpu"
        self._processor = transformers.AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        model_class = transformers.DFineForObjectDetection
        self._model = model_class.from_pretrained(folder, local_files_only=True).to(self._device).eval()
        # Those who made the weights have other words for the classes of COCO, such as `tvmonitor`.
        names = self._model.config.id2label
        self._names = dict(enumerate(COCO.values())) if len(names) == len(COCO) else names
        self._min_score, self._max_iou = min_score, max_iou

    def detect(self, bgr: np.ndarray, tiles: Sequence[Box] = ()) -> Detections:
        """The objects of one frame, uint8 (height, width, 3), searched as a whole and in each of ``tiles``."""
        found = searched(self._find, bgr, tiles, self._max_iou)
        return Detections(found[:, 2:], found[:, 1], [self._names[int(c)] for c in found[:, 0]])

    def _find(self, bgr: np.ndarray) -> np.ndarray:
        inputs = self._processor(images=cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), return_tensors="pt").to(self._device)
        with self._torch.inference_mode():
            outputs = self._model(**inputs)
        (answer,) = self._processor.post_process_object_detection(
            outputs, threshold=self._min_score, target_sizes=[(1, 1)]
        )
        columns = (answer[part].float().cpu().numpy().astype(float) for part in ("labels", "scores", "boxes"))
        labels, scores, boxes = columns
        return np.column_stack([labels, scores, boxes.reshape(-1, 4)])
