"""The profile `paper`, from the file of a clip to its document."""

from __future__ import annotations

import gc
import json
from collections import Counter

import jsonschema
import numpy as np
import pytest
import torch
from small_clips import CPU, SIZE, clip, written

from benchmarks.random_models import TINY, paper_profile
from fm_tasks.errors import BadConfig, ItemFailed, Rejected
from fm_tasks.model import RejectionCode
from fm_tasks.settings import PROJECT
from fm_tasks.steps import track
from fm_tasks.tracking import boxes
from fm_tasks.tracking.boxes import Found
from fm_tasks.tracking.gpu import Place
from fm_tasks.tracking.paper import Paper, Profile
from fm_tasks.tracking.profiles import followed

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def profile(root) -> Profile:
    return paper_profile(root, TINY, CPU)


@pytest.fixture
def stack(root, profile) -> Paper:
    return Paper(profile, root)


def test_a_clip_becomes_a_document(root, profile, tmp_path):
    asked = clip(tmp_path)
    found = followed(tmp_path / "clip.mp4", asked, profile, root)
    document = track.Result(**dict(found)).model_dump(mode="json")
    jsonschema.validate(document, json.loads((PROJECT / "docs" / "track.schema.json").read_text()))
    assert track.Result.model_validate(document).tracks == found.tracks
    assert found.models == profile.models and len(found.names) >= profile.min_names
    assert (found.fps, found.times_us, (found.width, found.height)) == (pytest.approx(30), asked.times_us, SIZE)
    tracks = {one.id: one for one in found.tracks}
    assert len(tracks) == len(found.tracks)
    labels = {number: one.label for number, one in tracks.items()}
    assert labels.pop(0) == "person" and labels.pop(1) == "left hand" and labels.pop(4) == "right hand"
    hand = tracks[1]
    assert (tracks[0].parent, hand.parent, hand.side) == (None, 0, "left")
    for number in labels:
        assert labels[number] in found.names or number % 10 in (0, 1, 4)
        if number < 1000 and number % 10 in (2, 5):
            assert tracks[number].inferred and tracks[number].parent == number - 1
    assert all(one.object in tracks for one in hand.contacts if one.object is not None)
    assert hand.contacts and all(one.inferred for one in hand.contacts)


def test_a_clip_leaves_nothing_to_the_next(stack, tmp_path):
    first, other = tmp_path / "a", tmp_path / "b"
    asked, short = clip(first, seconds=0.2), clip(other, "overtake", seconds=0.14)
    found = stack.trajectories(first / "clip.mp4", asked)
    held = tensors()
    assert stack.trajectories(other / "clip.mp4", short) != found
    assert stack.trajectories(first / "clip.mp4", asked) == found
    assert tensors() == held


def tensors() -> Counter:
    """How many tensors of each shape are alive."""
    gc.collect()
    return Counter(tuple(one.shape) for one in gc.get_objects() if issubclass(type(one), torch.Tensor))


def test_out_of_memory_is_tried_once_more_and_gives_the_same(stack, tmp_path, monkeypatch):
    asked = clip(tmp_path, seconds=0.2)
    found = stack.trajectories(tmp_path / "clip.mp4", asked)
    follow, loads = stack.tracker.follow, []

    def crowded(*given, at_once):
        loads.append(at_once)
        if at_once > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return follow(*given, at_once=at_once)

    monkeypatch.setattr(stack.tracker, "follow", crowded)
    most = 4
    assert stack.trajectories(tmp_path / "clip.mp4", asked) == found
    assert loads == [32, 4, 4]
    most = 0
    with pytest.raises(ItemFailed, match="not even sparingly: CUDA out of memory"):
        stack.trajectories(tmp_path / "clip.mp4", asked)


def test_late_entrants_are_followed_from_where_they_are_found(root, profile, stack, tmp_path, monkeypatch):
    asked = clip(tmp_path)
    looking = Paper(profile.model_copy(update={"redetect_seconds": 0.2}), root)
    asked_for = []

    def late(pictures, name, min_score):
        asked_for.append(name)
        there = np.array([[200.0, 100, 260, 160]]) if len(asked_for) > len(names) else np.empty((0, 4))
        return [Found(there, np.ones(len(there)), [name] * len(there)) for _ in pictures]

    monkeypatch.setattr(looking.grounding, "find", late)
    names = looking.namer.names(np.zeros((180, 320, 3), np.uint8))
    monkeypatch.setattr(looking.namer, "names", lambda _: names)
    monkeypatch.setattr(looking.tracker, "follow", standing)
    monkeypatch.setattr(looking.detector, "find", lambda *_: boxes.NOTHING)
    (only,) = looking.trajectories(tmp_path / "clip.mp4", asked).tracks
    assert (only.id, only.frames[0]) == (1000, 6)


def standing(frames, count, size, prompts, at_once):
    """What is prompted stays where it is."""
    return {n: {at: (box, 0.9) for at in range(start, count)} for start, given in prompts.items()
            for n, box in given.items()}  # fmt: skip


def test_the_detector_is_asked_for_each_name_by_itself_and_hands_only_on_key_frames(stack, tmp_path, monkeypatch):
    asked = clip(tmp_path, seconds=0.2)
    queries, poses = [], []
    find, keypoints = stack.grounding.find, stack.pose.keypoints
    monkeypatch.setattr(stack.grounding, "find", lambda p, name, s: queries.append((name, len(p))) or find(p, name, s))
    monkeypatch.setattr(stack.pose, "keypoints", lambda p, persons: poses.append(persons) or keypoints(p, persons))
    found = stack.trajectories(tmp_path / "clip.mp4", asked)
    assert queries[: len(found.names)] == [(name, 1) for name in found.names]
    assert sum(pictures for name, pictures in queries if name == "hand") == len(poses) == 2


@pytest.mark.parametrize("count", [1, 5])
def test_black_clips_and_clips_of_one_frame_have_an_answer(stack, tmp_path, count):
    asked = written(tmp_path / "clip.mp4", [np.zeros((180, 320, 3), np.uint8)] * count)
    try:
        tracks = stack.trajectories(tmp_path / "clip.mp4", asked).tracks
    except Rejected as refusal:  # what random models see in the dark is their own affair
        assert refusal.code == RejectionCode.NO_TRACKS
    else:
        assert all(set(one.frames) <= set(range(count)) for one in tracks)


def test_too_few_names_and_nothing_found_are_refusals(root, profile, stack, tmp_path, monkeypatch):
    asked = clip(tmp_path, seconds=0.2)
    monkeypatch.setattr(stack.grounding, "find", lambda pictures, *_: [boxes.NOTHING] * len(pictures))
    monkeypatch.setattr(stack.detector, "find", lambda *_: Found(np.full((1, 4), np.nan), np.array([0.9]), ["person"]))
    with pytest.raises(Rejected, match="could be boxed") as refused:
        stack.trajectories(tmp_path / "clip.mp4", asked)
    assert refused.value.code == RejectionCode.NO_TRACKS
    monkeypatch.setattr(stack.namer, "names", lambda _: ("cup", "table"))
    with pytest.raises(Rejected, match="named in the first frame: cup, table") as refused:
        stack.trajectories(tmp_path / "clip.mp4", asked)
    assert refused.value.code == RejectionCode.TOO_FEW_OBJECTS


def test_no_gpu_and_no_weights_say_what_to_do(root, profile, tmp_path):
    with pytest.raises(BadConfig, match="fm weights fetch random/namer"):
        Paper(profile, tmp_path)
    if not torch.cuda.is_available():
        with pytest.raises(BadConfig, match="tracks on a GPU, and torch sees none"):
            Paper(profile.model_copy(update={"place": Place()}), root)


def test_bfloat16_runs_as_on_a_gpu(root, profile, tmp_path):
    asked = clip(tmp_path, seconds=0.07)
    half = Paper(profile.model_copy(update={"place": Place(device="cpu")}), root)
    assert half.trajectories(tmp_path / "clip.mp4", asked).tracks
