"""Scenes of many seeds: what is found of their true tracks is what their authors declare, and nothing else."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.choreography import SCENES, scene
from benchmarks.scoring import Score, compare
from fm_tasks import motion
from fm_tasks.model import FactKind as F
from fm_tasks.model import Pose
from fm_tasks.synthetic import scenes

SEEDS = range(4)


def names(made: scenes.Scene) -> dict[int, str]:
    return {track: name for name, track in scenes.track_ids(made).items()}


def scored(made: scenes.Scene, found) -> Score:
    return compare(made, found, made.times_us, names(made))


def of_truth(name: str, seed: int) -> Score:
    made = scene(name, seed)
    return scored(made, motion.facts(scenes.truth(made)))


@pytest.fixture(scope="module")
def total() -> Score:
    return sum((of_truth(name, seed) for name, seed in itertools.product(SCENES, SEEDS)), start=Score.none())


@pytest.mark.parametrize("kind", F)
def test_recall_and_precision_on_true_tracks(total, kind):
    assert total.true(kind) >= 1
    assert total.recall(kind) >= 0.98 and total.precision(kind) >= 0.98


def test_what_is_declared_is_missed_where_nothing_is_found_and_wrong_where_it_is_told_of_others():
    made = scene("overtaking", 1)
    found = motion.facts(scenes.truth(made))
    nothing = scored(made, ())
    assert nothing.missed[F.PASSES] == 1 and not nothing.right and not nothing.precision(F.PASSES) < 1
    swapped = {track: {"car": "crate", "crate": "car"}[name] for track, name in names(made).items()}
    score = compare(made, found, made.times_us, swapped)
    assert score.recall(F.PASSES) == score.precision(F.PASSES) == 0
    late = [fact.model_copy(update={"start": fact.start - made.fps}) for fact in found if fact.kind == F.BECOMES]
    assert scored(made, late).wrong[F.BECOMES] == len(late) > 0


def test_a_kind_that_a_scene_does_not_decide_counts_neither_way():
    made = scene("straight", 1)
    found = motion.facts(scenes.truth(made))
    score = scored(replace(made, undecided=frozenset({F.ENTERS})), found)
    assert F.ENTERS in {fact.kind for fact in found} and not score.true(F.ENTERS) and not score.wrong[F.ENTERS]


def test_scenes_vary_with_their_seed_and_are_the_same_for_the_same():
    for name in SCENES:
        several = [scene(name, seed) for seed in range(8)]
        assert len({made.size for made in several}) > 1 and len({made.fps for made in several}) > 1
        assert len({made.noise for made in several}) == len(several)
        assert len({made.movers[0].width * made.size[0] for made in several}) > 1
        assert scenes.truth(scene(name, 3)) == scenes.truth(several[3])


def test_every_mover_is_within_the_frame_and_every_fact_is_of_one():
    for name in SCENES:
        made = scene(name, 2)
        tracks = scenes.truth(made).tracks
        assert len(tracks) == len(made.movers) == len(scenes.track_ids(made))
        assert {one.subject for one in made.expects} - {None} <= set(scenes.track_ids(made))
        whole = [np.array(track.sides) for track in tracks] if name not in ("straight", "throwing") else []
        assert all(sides.min() > 0 and sides.max() < 1 for sides in whole), name


def test_a_tremor_needs_frames_that_show_it():
    made = scene("tremor", 1)
    known = scenes.truth(made)
    (track,) = known.tracks
    boxes = track.model_copy(update={"pose": None})
    rare = boxes.model_copy(update={"seen": (*track.frames[::4], track.frames[-1])})
    pose = Pose(frames=track.pose.frames[::4], points=track.pose.points[::4])
    for one, shakes in ((track, True), (boxes, True), (rare, False), (track.model_copy(update={"pose": pose}), False)):
        found = motion.facts(known.model_copy(update={"tracks": (one,)}))
        hertz = [fact.amount for fact in found if fact.kind == F.TREMBLES]
        assert len(hertz) == shakes and all(4 <= amount <= 6 for amount in hertz)


def test_a_hand_that_holds_a_thing_from_the_beginning_does_not_grasp_it():
    made = scene("hand_over", 1)
    found = motion.facts(scenes.truth(made))
    told = {(names(made)[f.subject], f.kind, names(made).get(f.object)) for f in found if f.kind in (F.GRASPS, F.GIVES)}
    assert told == {("taker", F.GRASPS, "ball"), ("giver", F.GIVES, "taker")}


@pytest.mark.parametrize("name", ["approach_to_the_camera", "hand_over"])
def test_what_is_rendered_is_where_the_truth_says(name):
    made = replace(scene(name, 4), noise=0.0)
    drawn, empty = (list(scenes.images(one, seed=3))[:: made.fps] for one in (made, replace(made, movers=())))
    tracks = scenes.truth(made).tracks
    for k, (image, background) in enumerate(zip(drawn, empty, strict=True)):
        rows, columns = np.nonzero(np.abs(image.astype(int) - background).max(axis=2) > 12)
        boxes = np.array([track.boxes[k * made.fps] for track in tracks]) * np.tile(made.size, 2)
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert np.abs(seen - np.array([*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)])).max() <= 3
