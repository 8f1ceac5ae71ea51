"""The profile `sam3`, from the file of a clip to its document."""

from __future__ import annotations

import json

import jsonschema
import pytest
from small_clips import CPU, clip

from benchmarks.random_models import TINY, sam3_profile
from fm_tasks.settings import PROJECT
from fm_tasks.steps import track
from fm_tasks.tracking.sam3 import Sam3

pytestmark = pytest.mark.models


def test_clips_become_documents_and_leave_nothing_to_the_next(root, tmp_path):
    profile = sam3_profile(root, TINY, CPU)
    stack, asked = Sam3(profile, root), clip(tmp_path, seconds=0.2)
    found = stack.trajectories(tmp_path / "clip.mp4", asked)
    document = track.Result(**dict(found)).model_dump(mode="json")
    jsonschema.validate(document, json.loads((PROJECT / "docs" / "track.schema.json").read_text()))
    assert found.models == profile.models and found.tracks
    assert {one.label for one in found.tracks} <= {"person", *found.names}
    assert all((one.label == "person") == (one.id < 1000) for one in found.tracks)
    assert all(set(one.frames) <= set(range(6)) for one in found.tracks)
    assert stack.trajectories(tmp_path / "clip.mp4", asked) == found
