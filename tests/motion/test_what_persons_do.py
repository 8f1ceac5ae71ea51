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
from fm_tasks.synthetic.figures import Posture, passing

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
    score = sum((seen(name, seed) for name in SCENES for seed in range(2)), Score.none())
    for kind in OF_PERSONS:
        assert score.true(kind) >= 2 and score.recall(kind) >= 0.9 and score.precision(kind) >= 0.9, (kind, score)


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


# --- what is no deed --------------------------------------------------------------------------------------------------


def filmed(*steps: tuple[float, Posture], size=lambda seconds: 1.0) -> Trajectories:
    """A person that takes these postures, ten times a second."""
    posture = passing(*steps)
    person = scenes.Mover("person", "person", scenes.RED, 0.06, lambda _: (0.5, 0.9), size=size, posture=posture)
    return scenes.truth(scenes.Scene("person", 10, steps[-1][0], (1280, 720), (person,), ()))


def with_points(known: Trajectories, points: np.ndarray) -> Trajectories:
    (track,) = known.tracks
    pose = track.pose.model_copy(update={"points": tuple(map(tuple, points.tolist()))})
    return known.model_copy(update={"tracks": (track.model_copy(update={"pose": pose}),)})


def points_of(known: Trajectories) -> np.ndarray:
    return np.array(known.tracks[0].pose.points, float)


def mirrored() -> list[int]:
    """The columns of the points when left is taken for right."""
    other = {"left": "right", "right": "left"}
    names = ["_".join(other.get(word, word) for word in joint.split("_")) for joint in JOINTS]
    return [2 * JOINTS.index(name) + axis for name in names for axis in (0, 1)]


RUN = tuple(
    (0.35 * n, Posture(left_arm=40.0 * side, left_elbow=90, right_arm=-40.0 * side, right_elbow=90, lift=0.1 * (n % 2)))
    for n, side in enumerate((1, -1) * 10)
)


def test_who_comes_closer_and_stops_does_not_straighten():
    def distance(seconds):
        return max(2.5, 6 - 1.4 * max(seconds - 1, 0))

    assert not facts_of(filmed((0, Posture()), (6.5, Posture()), size=lambda seconds: 6 / distance(seconds)))


def test_who_squats_does_not_sit_down():
    squats = ((0, Posture()), (1, Posture()), (1.6, Posture(seat=0.9)), (2.8, Posture(seat=0.9)), (3.4, Posture()))
    assert not facts_of(filmed(*squats, (5, Posture())), {FactKind.SITS, FactKind.STANDS})


def test_left_taken_for_right_is_no_turn():
    known = filmed((0, Posture()), (5, Posture()))
    points = points_of(known)
    points[15:27] = points[15:27][:, mirrored()]
    assert not facts_of(with_points(known, points))


@pytest.mark.parametrize("other", [Posture(seat=0.9), Posture(turn=180), Posture(left_arm=150)])
def test_a_track_that_passes_to_another_person_tells_no_deed(other):
    known = filmed((0, Posture()), (6, Posture()))
    points, others = points_of(known), points_of(filmed((0, other), (6, other)))
    points[30:] = others[30:] + 0.2
    assert not facts_of(with_points(known, points))


def test_arms_that_swing_as_one_runs_are_not_raised():
    assert not facts_of(filmed(*RUN), {FactKind.RAISES, FactKind.LOWERS})


def test_who_turns_over_neither_bends_nor_raises_an_arm():
    known = filmed((0, Posture(left_arm=90)), (5, Posture(left_arm=90)))
    points = points_of(known).reshape(-1, len(JOINTS), 2) * (1280, 720)
    for n, picture in enumerate(points):
        angle = np.radians(np.interp(n, (20, 30), (0, 90)))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        points[n] = (picture - picture[-1]) @ turn.T + picture[-1]
    assert not facts_of(with_points(known, (points / (1280, 720)).reshape(len(points), -1)))
