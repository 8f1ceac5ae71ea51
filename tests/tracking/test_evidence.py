"""What the frames show of motion, of clips and tracks that are legal and odd."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
import rendered

from fm_tasks.errors import Rejected
from fm_tasks.model import UNNAMED, Contact, ContactState, Track, Trajectories
from fm_tasks.tracking.evidence import witnessed

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
COUNT = 15


def filmed(path: Path, greys: Iterable[np.ndarray], *tracks: Track) -> Trajectories:
    """Write ``COUNT`` pictures at ten a second; return what was known of them, and what they show."""
    pictures = [np.dstack([grey] * 3) for grey in greys]
    times_us = rendered.constant(COUNT, 10)
    rendered.write(path, pictures, times_us, options={"crf": "12"})
    height, width = pictures[0].shape[:2]
    return witnessed(path, Trajectories(width=width, height=height, times_us=tuple(times_us), tracks=tracks))


def still(box: tuple[float, ...], frames: range = range(COUNT), label: str = "car", number: int = 1000) -> Track:
    sides = [(side,) * len(frames) for side in box]
    return Track(id=number, label=label, seen=tuple(frames), sides=sides, scores=(0.9,) * len(frames))


def panned(width: int, height: int) -> Iterable[np.ndarray]:
    wide = cv2.resize(rendered.TEXTURE, (width + 200, height + 200))
    return (wide[:height, 2 * k : 2 * k + width] for k in range(COUNT))


@pytest.mark.parametrize("size", [(16, 16), (8, 40), (40, 8), (320, 20), (480, 24), (1000, 64), (64, 1000), (2000, 2)])
def test_pictures_of_any_size_are_looked_at(size, tmp_path):
    found = filmed(tmp_path / "clip.mp4", panned(*size), still((0.3, 0.3, 0.6, 0.6)))
    assert len(found.evidence.moving) == COUNT - 1


def test_of_a_camera_of_which_no_background_is_seen_nothing_is_known(tmp_path):
    whole = filmed(tmp_path / "whole.mp4", panned(320, 180), still((0, 0, 1, 1))).evidence
    assert set(whole.camera.corners) == {0} and min(whole.inside[1000].corners) > 20
    small = filmed(tmp_path / "small.mp4", panned(320, 180), still((0.4, 0.4, 0.6, 0.6))).evidence
    assert min(small.camera.corners) > 20


@pytest.mark.parametrize("frames", [range(1), range(3, 5), range(COUNT - 1, COUNT)])
def test_of_the_shortest_tracks_no_more_is_known_than_was_seen(frames, tmp_path):
    short, long = still((0.1, 0.1, 0.3, 0.4), frames), still((0.6, 0.4, 0.9, 0.9), number=1001)
    found = filmed(tmp_path / "clip.mp4", panned(320, 180), short, long).evidence
    assert np.count_nonzero(found.inside[1000].corners) == len(frames) - 1
    assert np.count_nonzero(found.inside[1001].corners) == COUNT - 1


def test_what_has_no_name_is_no_track_where_the_camera_is_not_known(tmp_path):
    """The whole picture turns by 30 degrees a step: whatever stays in its box is carried past by it."""
    turns = [cv2.getRotationMatrix2D((480, 270), 30 * k, 1) - [[0, 0, 320], [0, 0, 180]] for k in range(COUNT)]
    greys = [cv2.warpAffine(rendered.TEXTURE[:540, :960], turn, (320, 180)) for turn in turns]
    box = (0.4, 0.4, 0.6, 0.6)
    named = filmed(tmp_path / "named.mp4", greys, still(box))
    assert set(named.evidence.camera.corners) == {0} and any(named.evidence.inside[1000].corners)
    with pytest.raises(Rejected, match="no name and does not move"):
        filmed(tmp_path / "unnamed.mp4", greys, still(box, label=UNNAMED))


def test_what_a_hand_touches_stays_a_track_though_it_has_no_name_and_does_not_move(tmp_path):
    thing = still((0.5, 0.4, 0.7, 0.6), label=UNNAMED, number=2)
    touch = Contact(state=ContactState.OBJECT_CONTACT, object=2, inferred=True, start=0, end=COUNT - 1)
    hand = still((0.3, 0.4, 0.5, 0.6), label="left hand", number=1)
    holding = hand.model_copy(update={"contacts": (touch,)})
    for one, kept in ((hand, [1]), (holding, [1, 2])):
        found = filmed(tmp_path / "clip.mp4", [rendered.TEXTURE[:180, :320]] * COUNT, one, thing)
        assert [track.id for track in found.tracks] == kept


def test_a_part_that_comes_out_of_the_background_bit_by_bit_is_no_track(tmp_path):
    """A thing goes to the right; one box holds it whole, another begins as its corner and grows."""
    ground, thing = rendered.TEXTURE[:180, :320], rendered.TEXTURE[400:460, 400:460]
    greys = [ground.copy() for _ in range(COUNT)]
    for k, grey in enumerate(greys):
        grey[60:120, 40 + 8 * k : 100 + 8 * k] = thing
    left, widths = (40 + 8 * np.arange(COUNT)) / 320, np.linspace(10, 60, COUNT)
    top = np.full(COUNT, 60 / 180)
    whole = (left, top, left + 60 / 320, top + 60 / 180)
    part = (left, top, left + widths / 320, top + widths / 180)
    clip = tmp_path / "clip.mp4"
    assert filmed(clip, greys, moving(whole)).tracks
    with pytest.raises(Rejected):
        filmed(clip, greys, moving(part))


def moving(sides: Iterable[np.ndarray]) -> Track:
    """What has no name, in boxes that go from picture to picture."""
    values = [tuple(side.tolist()) for side in sides]
    return Track(id=1000, label=UNNAMED, seen=tuple(range(COUNT)), sides=values, scores=(0.9,) * COUNT)
