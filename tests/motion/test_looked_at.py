"""What is told of trajectories beside what the picture shows: which kinds the camera's motion is taken out of."""

from __future__ import annotations

import numpy as np
import pytest
from trajectories import Mover, along, beside, scene

from fm_tasks.model import Evidence, FactKind, Flow, Trajectories
from fm_tasks.motion import complete, explained_share, facts, looked_at
from fm_tasks.motion.vocabulary import VOCABULARY


def flow(dx: float, steps: int, corners: int = 60) -> Flow:
    none = (0.0,) * steps
    return Flow(dx=(dx,) * steps, dy=none, scale=(1.0,) * steps, turn=none, corners=(corners,) * steps)


def evidence(known: Trajectories, camera: float, inside: float) -> Evidence:
    """Every third of 30 frames a second was looked at; what moves there, in shares of the width a step."""
    frames = tuple(range(0, len(known.times_us), 3))
    steps = len(frames) - 1
    insides = {track.id: flow(inside, steps) for track in known.tracks}
    return Evidence(
        frames=frames,
        camera=flow(camera, steps),
        inside=insides,
        moving=(0.1,) * steps,
        explained=(1.0,) * steps,
    )


@pytest.fixture
def drifting() -> Trajectories:
    """Two things that go to the right of the picture at one pace, 0.12 diagonals a second."""
    paths = [along([beside(-0.3, y), beside(0.3, y)], 0.12) for y in (-0.15, 0.15)]
    return scene([Mover(path, seconds, frozenset(), "car") for path, seconds in paths])


def told(known: Trajectories, view: str) -> set[tuple]:
    found = [fact for fact in facts(known) if VOCABULARY[fact.kind].view == view]
    return {(f.kind, f.subject, f.object, f.value, f.start, f.end) for f in found if f.kind != FactKind.BEFORE}


def test_the_camera_is_taken_out_of_what_holds_in_the_scene_and_of_nothing_else(drifting):
    """What goes as the camera moves the picture stands still in the scene, and is where it is in the frame."""
    first, last = (np.array(drifting.tracks[0].sides[0])[[0, -1]]).tolist()
    pace = 3 * (last - first) / (len(drifting.times_us) - 1)
    carried = drifting.model_copy(update={"evidence": evidence(drifting, pace, pace)})
    assert told(carried, "frame") == told(drifting, "frame")
    assert {kind for kind, *_ in told(drifting, "frame")} >= {FactKind.LOCATED, FactKind.LIES, FactKind.COUNTS}
    assert {kind for kind, *_ in told(drifting, "scene")} >= {FactKind.MOVES, FactKind.SPEED}
    assert {kind for kind, *_ in told(carried, "scene")} == {FactKind.STATIONARY}
    own = drifting.model_copy(update={"evidence": evidence(drifting, 0.0, pace)})
    assert told(own, "scene") == told(drifting, "scene")


def test_a_fact_is_witnessed_where_somebody_looked_into_the_boxes_of_its_tracks(drifting):
    seen = drifting.model_copy(update={"evidence": evidence(drifting, 0.0, 0.013)})
    one, other = (track.id for track in drifting.tracks)
    half = seen.evidence.model_copy(update={"inside": {one: seen.evidence.inside[one]}})
    assert not any(fact.witnessed for fact in facts(drifting)) and not looked_at(drifting)
    assert all(fact.witnessed for fact in facts(seen)) and looked_at(seen, one, other, None)
    partly = seen.model_copy(update={"evidence": half})
    assert {fact.witnessed for fact in facts(partly) if other in (fact.subject, fact.object)} == {False}
    assert {fact.witnessed for fact in facts(partly) if other not in (fact.subject, fact.object)} == {True}


def test_what_is_explained_weighs_by_how_much_moves(drifting):
    seen = evidence(drifting, 0.0, 0.0)
    count = len(seen.moving)
    busy = seen.model_copy(
        update={"moving": (0.3, 0.1, *[0.0] * (count - 2)), "explained": (0.9, 0.1, *[1.0] * (count - 2))}
    )
    assert explained_share(busy) == pytest.approx(0.7)
    assert complete(drifting.model_copy(update={"evidence": busy}))
    assert not complete(
        drifting.model_copy(update={"evidence": busy.model_copy(update={"explained": (0.8, *busy.explained[1:])})})
    )
    assert explained_share(seen.model_copy(update={"moving": (0.0,) * count})) == 1


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("unknown", ["camera", "inside"])
def test_no_movement_is_told_of_what_the_picture_does_not_show(drifting, unknown):
    """Nothing is known of the camera, or of the inside of any box; all else is told as ever."""
    seen = evidence(drifting, 0.0, 0.013)
    blind = flow(0.0, len(seen.moving), corners=0)
    blind = blind if unknown == "camera" else dict.fromkeys(seen.inside, blind)
    unseen = drifting.model_copy(update={"evidence": seen.model_copy(update={unknown: blind})})
    assert told(unseen, "frame") == told(drifting, "frame")
    assert told(drifting, "scene") and not told(unseen, "scene")


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_picture_that_shrinks_to_a_point_leads_to_no_infinity(drifting):
    seen = evidence(drifting, 0.0, 0.0)
    nothing = seen.camera.model_copy(update={"scale": (0.0,) * len(seen.moving)})
    assert facts(drifting.model_copy(update={"evidence": seen.model_copy(update={"camera": nothing})}))
