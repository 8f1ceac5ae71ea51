"""The profile `detr`, from the file of a clip to its document."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from benchmarks.random_models import TINY, detr_profile
from fm_tasks.errors import BadConfig
from fm_tasks.model import CameraMotion, ClipFile
from fm_tasks.settings import PROJECT
from fm_tasks.steps import track
from fm_tasks.synthetic import scenes
from fm_tasks.tracking.detr import DFine
from fm_tasks.tracking.profiles import followed

pytestmark = pytest.mark.models

PICTURE = np.random.default_rng(0).integers(0, 255, (180, 320, 3), np.uint8)


def test_what_is_found_is_the_models_own_answer(root):
    """Of a picture as a whole: boxes in 0..1, and the names of the model's classes."""
    profile = detr_profile(root, TINY)
    found = DFine(profile.detector, root, min_score=0.0, max_iou=1.0).detect(PICTURE)
    assert len(found.boxes) == len(found.scores) == len(found.labels) > 0
    assert set(found.labels) <= {"person", "cup"} and (np.diff(found.scores) <= 0).all()
    assert (found.boxes >= 0).all() and (found.boxes <= 1).all() and (found.boxes[:, 2:] > found.boxes[:, :2]).all()


def test_of_boxes_that_lie_on_each_other_the_surest_is_kept_and_tiles_are_searched_too(root):
    profile = detr_profile(root, TINY)
    every, distinct = (DFine(profile.detector, root, 0.0, max_iou).detect(PICTURE) for max_iou in (1.0, 0.5))
    assert len(distinct.boxes) < len(every.boxes) and distinct.scores[0] == every.scores[0]
    tiled = DFine(profile.detector, root, 0.0, 1.0).detect(PICTURE, [(0, 0, 0.5, 1)])
    assert len(tiled.boxes) > len(every.boxes)


def test_a_clip_becomes_a_document(root, tmp_path):
    profile = detr_profile(root, TINY)
    scene = replace(scenes.LIBRARY["bounce"], seconds=2)
    scenes.render(scene, tmp_path / "clip.mp4", seed=1)
    width, height = scene.size
    clip = ClipFile(
        uri="s3://w/c", sha256="ab" * 32, width=width, height=height, times_us=scene.times_us,
        camera=CameraMotion(speed=0, static_share=1, scale=1),
    )  # fmt: skip
    found = followed(tmp_path / "clip.mp4", clip, profile, root)
    document = track.Result(**dict(found)).model_dump(mode="json")
    jsonschema.validate(document, json.loads((PROJECT / "docs" / "track.schema.json").read_text()))
    assert found.models == (profile.detector,) and found.tracks and found.evidence
    assert followed(tmp_path / "clip.mp4", clip, profile, root) == found


def test_without_weights_it_says_what_to_do(root, tmp_path):
    with pytest.raises(BadConfig, match="run `fm weights fetch random/classes`"):
        DFine(detr_profile(root, TINY).detector, tmp_path, 0.3)
