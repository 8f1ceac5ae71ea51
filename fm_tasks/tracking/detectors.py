"""Detectors of transformers: one that finds what is named (Grounding DINO), and one with classes (RF-DETR)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from fm_tasks.tracking.boxes import Found
from fm_tasks.tracking.gpu import Place


class Grounding:
    """Finds what a name means in pictures (Grounding DINO, Liu et al., arXiv 2303.05499)."""

    def __init__(self, folder: Path, place: Place):
        from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

        self._place = place
        self._processor = AutoProcessor.from_pretrained(folder)
        self._model = AutoModelForZeroShotObjectDetection.from_pretrained(folder).to(place.device).eval()

    def find(self, pictures: Sequence[np.ndarray], name: str, min_score: float) -> list[Found]:
        """What ``name`` means in each of ``pictures``, RGB, all of one size, searched together."""
        images = [Image.fromarray(rgb) for rgb in pictures]
        text = [f"{name}."] * len(images)
        inputs = self._processor(images=images, text=text, return_tensors="pt").to(self._place.device)
        with self._place.computing():
            outputs = self._model(**inputs)
        sizes = [rgb.shape[:2] for rgb in pictures]
        answers = self._processor.post_process_grounded_object_detection(
            outputs, inputs["input_ids"], threshold=min_score, text_threshold=min_score, target_sizes=sizes
        )
        # The label is the name that was asked for: the words that the model ties to a box may be a part of it.
        return [_found(answer, [name] * len(answer["scores"])) for answer in answers]


class Classes:
    """Finds the objects of the classes that a model was trained on (RF-DETR, Robinson et al., arXiv 2511.09554)."""

    def __init__(self, folder: Path, place: Place):
        from transformers import AutoImageProcessor, AutoModelForObjectDetection

        self._place = place
        self._processor = AutoImageProcessor.from_pretrained(folder)
        self._model = AutoModelForObjectDetection.from_pretrained(folder).to(place.device).eval()

    def find(self, rgb: np.ndarray, label: str, min_score: float) -> Found:
        """The objects in ``rgb`` of the class called ``label``. Raises ``KeyError`` where the model has none."""
        inputs = self._processor(images=Image.fromarray(rgb), return_tensors="pt").to(self._place.device)
        with self._place.computing():
            outputs = self._model(**inputs)
        answer = self._processor.post_process_object_detection(
            outputs, threshold=min_score, target_sizes=[rgb.shape[:2]]
        )[0]
        found = _found(answer, [label] * len(answer["scores"]))
        return found.only(answer["labels"].cpu().numpy() == self._model.config.label2id[label])


def _found(answer: dict, labels: list[str]) -> Found:
    boxes, scores = (answer[part].float().cpu().numpy().astype(float) for part in ("boxes", "scores"))
    return Found(boxes.reshape(-1, 4), scores, labels)
