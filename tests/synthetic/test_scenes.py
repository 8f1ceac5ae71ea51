"""Rendered scenes: what is drawn is where the truth says, and the camera filter finds them still."""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np
import pytest

from fm_tasks import motion, video
from fm_tasks.synthetic import scenes

every_scene = pytest.mark.parametrize("scene", scenes.LIBRARY.values(), ids=lambda scene: scene.name)


@every_scene
def test_each_scene_has_several_movers_and_says_what_they_do(scene):
    labels = {mover.label for mover in scene.movers}
    assert 6 <= scene.seconds <= 10 and len(labels) == len(scene.movers) >= 2
    assert {expected.subject for expected in scene.expects} == labels
    assert all(0.06 <= mover.width <= 0.15 for mover in scene.movers)


@every_scene
def test_the_facts_that_a_scene_names_hold_of_its_truth(scene):
    known = scenes.truth(scene)
    label = {track.id: track.label for track in known.tracks}
    found = {(label.get(fact.subject), fact.kind, fact.value, label.get(fact.object)) for fact in motion.facts(known)}
    assert found >= {expected[:4] for expected in scene.expects}


@every_scene
def test_what_differs_from_the_empty_scene_is_where_the_truth_says(scene):
    scene = replace(scene, noise=0.0)
    empty = next(scenes.images(replace(scene, movers=()), seed=3)).astype(int)
    drawn = np.array(list(scenes.images(scene, seed=3))[::20]).astype(int)
    width, height = scene.size
    for n, mover in enumerate(scene.movers):
        alone = np.array(list(scenes.images(replace(scene, movers=(mover,)), seed=3))[::20]).astype(int)
        track = scenes.truth(scene).tracks[n]
        boxes = dict(zip(track.frames, track.boxes, strict=True))
        for k, image in zip(range(0, len(scene.times_us), 20), alone, strict=True):
            rows, columns = np.nonzero(np.abs(image - empty).max(axis=2) > 12)
            assert len(rows) or k not in boxes
            if len(rows) and k in boxes:
                seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
                assert np.abs(np.array(seen) - np.array(boxes[k]) * [width, height, width, height]).max() <= 2
    assert (np.abs(drawn - empty).max(axis=(1, 2, 3)) > 60).all()


def test_truth_has_no_row_where_a_mover_is_outside():
    scene = scenes.LIBRARY["crossing"]
    tracks = {track.label: track for track in scenes.truth(scene).tracks}
    assert [track.id for track in scenes.truth(scene).tracks] == [1000, 1001, 1002]
    car = tracks["car"]
    assert car.frames[0] > 0 and car.frames[-1] < len(scene.times_us) - 1
    assert car.boxes[0][0] == 0 and car.boxes[-1][2] == 1
    boxes = np.array([box for track in tracks.values() for box in track.boxes])
    assert boxes.min() >= 0 and boxes.max() <= 1 and (boxes[:, 2:] > boxes[:, :2]).all()


def test_the_same_seed_gives_the_same_file_and_another_seed_another(tmp_path):
    scene = replace(scenes.LIBRARY["overtake"], seconds=1, size=(320, 180))
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        scenes.render(scene, tmp_path / f"{name}.mp4", seed)
    a, b, c = ((tmp_path / f"{name}.mp4").read_bytes() for name in "abc")
    assert a == b != c


def test_the_file_is_h264_with_the_times_of_the_truth(tmp_path):
    scene = replace(scenes.LIBRARY["bounce"], seconds=1, size=(320, 180))
    scenes.render(scene, tmp_path / "v.mp4", seed=1)
    with av.open(str(tmp_path / "v.mp4")) as container:
        stream = container.streams.video[0]
        times = [round(float(frame.pts * frame.time_base) * 1e6) for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 320, 180)
    assert times == list(scene.times_us)


@every_scene
def test_the_camera_filter_finds_one_still_shot(scene, tmp_path):
    scenes.render(scene, tmp_path / "v.mp4", seed=1)
    last = len(scene.times_us) - 1
    found = video.survey(tmp_path / "v.mp4")
    camera = found.camera(0, last)
    assert list(found.shots) == [(0, last)]
    assert camera.speed < 0.002 and camera.static_share > 0.8


def test_centre_errors_are_those_of_the_nearest_tracks():
    known = scenes.truth(replace(scenes.LIBRARY["crossing"], size=(400, 300)))
    moved = [
        track.model_copy(update={"sides": np.add(track.sides, [[0.05], [0], [0.05], [0]]).tolist()})
        for track in reversed(known.tracks)
    ]
    assert scenes.centre_errors(known, known.tracks) == (0, 0)
    assert scenes.centre_errors(known, moved) == pytest.approx((0.05 * 400 / 500,) * 2)
