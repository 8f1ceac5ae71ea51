"""The profile `paper`, from the file of a clip to its document."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from benchmarks.random_models import TINY, paper_profile
from fm_tasks import scenes
from fm_tasks.backends.gpu import Place
from fm_tasks.backends.paper import Paper, Profile
from fm_tasks.model import CameraMotion, ClipFile
from fm_tasks.settings import PROJECT
from fm_tasks.steps import track

pytestmark = pytest.mark.models

CPU = Place(device="cpu", precision="float32")


@pytest.fixture(scope="session")
def profile(root) -> Profile:
    return paper_profile(root, TINY, CPU)


@pytest.fixture(scope="session")
def stack(root, profile) -> Paper:
    return Paper(profile, root)


def clip(path: Path, name: str = "bounce", seconds: float = 0.5) -> ClipFile:
    """A rendered clip at ``path``, half a second of 320 x 180."""
    scene = replace(scenes.LIBRARY[name], seconds=seconds, size=(320, 180))
    scenes.render(scene, path, seed=1)
    still = CameraMotion(speed=0, static_share=1, scale=1)
    return ClipFile(uri="s3://w/c", sha256="ab" * 32, width=320, height=180, times_us=scene.times_us, camera=still)


def test_a_clip_becomes_a_document(stack, profile, tmp_path):
    asked = clip(tmp_path / "clip.mp4")
    found = stack.trajectories(tmp_path / "clip.mp4", asked)
    ids = [one.id for one in found.tracks]
    assert len(set(ids)) == len(ids)
    assert all(one >= 1000 or one % 10 in (0, 1, 2, 4, 5) for one in ids)
    assert found.models == profile.models and len(found.names) >= profile.min_names
    document = track.Result(**dict(found)).model_dump(mode="json")
    jsonschema.validate(document, json.loads((PROJECT / "docs" / "track.schema.json").read_text()))
    assert track.Result.model_validate(document).tracks == found.tracks
