"""What joints tell, as a tracker finds them: ten a second, not quite where they are, some out of sight."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import choreography, postures
from benchmarks.scoring import Score, compare
from fm_tasks import motion
from fm_tasks.model import JOINTS, FactKind, Pose, Track, Trajectories
from fm_tasks.motion.vocabulary import OF_PERSONS
from fm_tasks.synthetic import scenes

SCENES = [make.__name__ for make in postures.SCENES]


def sampled(track: Track, step: int, noise: float, rng: np.random.Generator) -> Track:
    """A track whose points are known in every so many frames, and are off by ``noise``, shares of the frame."""
    points = np.array(track.pose.points, float)[::step]
    points += rng.normal(0, noise, points.shape)
    pose = Pose(frames=track.pose.frames[::step], points=tuple(map(tuple, points.tolist())))
    return track.model_copy(update={"pose": pose})


def seen(name: str, seed: int) -> Score:
    """What of the facts is right where the joints of persons are seen ten times a second and off by 3 % of a trunk."""
    made, rng = choreography.scene(name, seed), np.random.default_rng(seed)
    known = scenes.truth(made)
    step, noise = round(made.fps / 10), 0.03 * postures.TRUNK
    tracks = [sampled(t, step, noise, rng) if t.pose and not t.is_hand else t for t in known.tracks]
    found = motion.facts(known.model_copy(update={"tracks": tuple(tracks)}))
    return compare(made, found, known.times_us, {number: name for name, number in scenes.track_ids(made).items()})


def test_what_is_told_of_sampled_joints_is_right():
    score = sum((seen(name, seed) for name in SCENES for seed in range(4)), Score.none())
    for kind in OF_PERSONS:
        assert score.true(kind) >= 4 and score.recall(kind) >= 0.9 and score.precision(kind) >= 0.9, (kind, score)


def facts_of(trajectories: Trajectories, kinds=OF_PERSONS) -> list[tuple]:
    return [(fact.kind, fact.value, fact.amount) for fact in motion.facts(trajectories) if fact.kind in kinds]


def truth(name: str) -> Trajectories:
    return scenes.truth(choreography.scene(name, 1))


def without(known: Trajectories, *joints: str) -> Trajectories:
    """The same where these joints are never in sight."""
    hidden = [2 * JOINTS.index(joint) + n for joint in joints for n in (0, 1)]
    (track,) = known.tracks
    rows = tuple(tuple(None if n in hidden else x for n, x in enumerate(row)) for row in track.pose.points)
    pose = track.pose.model_copy(update={"points": rows})
    return known.model_copy(update={"tracks": (track.model_copy(update={"pose": pose}),)})


@pytest.mark.parametrize(
    ("name", "joints"),
    [
        ("bow", ("left_knee", "right_knee")),
        ("arms_up_and_down", ("left_wrist", "right_wrist")),
        ("sit_down_and_stand_up", ("left_knee", "right_knee")),
        ("jumping", ("left_ankle", "right_ankle")),
        ("kicking", ("left_ankle", "right_ankle")),
        ("turning_round", ("left_hip",)),
    ],
)
def test_of_what_is_out_of_sight_nothing_is_told(name, joints):
    assert facts_of(truth(name))
    assert not facts_of(without(truth(name), *joints))


def test_without_joints_nothing_is_told():
    for name in SCENES:
        known = truth(name)
        bare = tuple(track.model_copy(update={"pose": None}) for track in known.tracks)
        assert not facts_of(known.model_copy(update={"tracks": bare}))


def test_joints_that_are_never_seen_are_none():
    known = truth("jumping")
    assert not facts_of(without(known, *JOINTS))


def test_an_arm_that_goes_up_is_no_rest():
    known = truth("arms_up_and_down")
    deeds = [fact for fact in motion.facts(known) if fact.kind in OF_PERSONS]
    rests = [fact for fact in motion.facts(known) if fact.kind == FactKind.STATIONARY]
    assert deeds and rests
    assert not any(rest.start <= deed.end and deed.start <= rest.end for deed in deeds for rest in rests)


def test_a_person_goes_where_hips_and_feet_go():
    """A box that slides to one side while the person stands, as where an arm is stretched out, is no way."""
    known = truth("walking")
    (track,) = known.tracks
    assert FactKind.MOVES in {fact.kind for fact in motion.facts(known)}
    still = Pose(frames=track.pose.frames, points=(track.pose.points[0],) * len(track.pose.frames))
    stays = known.model_copy(update={"tracks": (track.model_copy(update={"pose": still}),)})
    assert FactKind.MOVES not in {fact.kind for fact in motion.facts(stays)}
