from __future__ import annotations

import pytest
import rendered
from installation import tools
from sqlalchemy import text

from fm_tasks import motion
from fm_tasks.errors import Unavailable
from fm_tasks.model import Batch, FactKind, Trajectories
from fm_tasks.sources import Source
from fm_tasks.steps import facts
from fm_tasks.synthetic import scenes
from fm_tasks.tracking.evidence import witnessed

SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01")
BATCH = Batch(id="b1", source="cam", window={"start": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z"})
KEY = "0123456789abcdef0123"
SCENE = scenes.LIBRARY["turn_and_stop"]


@pytest.fixture
def stored(objects):
    """Buckets that hold the exact trajectories of a scene, as the track step writes them."""
    objects.put_json(objects.result_uri("track", KEY), {"result": scenes.truth(SCENE).model_dump(mode="json")})
    return objects


@pytest.fixture
def step_run(db):
    """One batch with two clips that were tracked and one that was not. Returns the id of a step_run to save under."""
    db.execute(text("insert into source values ('cam', 'CC0-1.0', 'UTC')"))
    db.execute(text("insert into batch values ('b1', 'cam', '2026-01-01Z', '2026-01-02Z')"))
    db.execute(text("insert into video values ('v1', 'cam', 'cam/a.mp4', 'e', 1, now(), now(), 'b1')"))
    insert = text(
        "insert into step_run (batch_id, step, item_id, key, state, current)"
        " values ('b1', :step, :item, :key, :state, :current) returning id"
    )

    def run(step: str, item: str, key: str, state: str = "saved", current: bool = True) -> int:
        return db.scalar(insert, {"step": step, "item": item, "key": key, "state": state, "current": current})

    cut = run("cut", "v1", "cut")
    clip = text("insert into clip values (:clip, :cut, 'v1', 0, 0, '{0}', 's3://w/c', 'aa', 64, 36, :camera, 0, 1)")
    db.execute(clip, [{"clip": clip, "cut": cut, "camera": camera} for clip, camera in (("c1", 0), ("c2", 0.04))])
    run("track", "c1", "earlier", current=False)
    run("track", "c1", KEY)
    run("track", "c2", KEY)
    run("track", "c3", "unsaved", state="planned")
    return run("facts", "c1", "facts", state="planned")


def test_clips_with_current_saved_tracks_are_planned(db, step_run):
    still, moved = (motion.thresholds_for(camera, 0) for camera in (0, 0.04))
    asked = [("c1", facts.Request(tracks_key=KEY)), ("c2", facts.Request(tracks_key=KEY, thresholds=moved))]
    assert list(facts.plan(db, BATCH, SOURCE)) == asked and still == motion.DEFAULTS


def test_the_facts_of_a_scene(stored, tmp_path):
    result = facts.run(facts.Request(tracks_key=KEY), tools(stored, tmp_path))
    assert result.labels == {1000: "crate", 1001: "ball"}
    assert result.seconds == pytest.approx(SCENE.seconds, abs=1 / SCENE.fps + 1e-6)
    found = {(result.labels.get(fact.subject), fact.kind, fact.value) for fact in result.facts}
    assert found >= {(expected.subject, expected.kind, expected.value) for expected in SCENE.expects}
    assert facts.Result.model_validate_json(result.model_dump_json()) == result


def test_thresholds_are_part_of_the_request(stored, tmp_path):
    patient = motion.Thresholds(stationary=60)
    result = facts.run(facts.Request(tracks_key=KEY, thresholds=patient), tools(stored, tmp_path))
    assert FactKind.STATIONARY not in {fact.kind for fact in result.facts}
    assert facts.Request(tracks_key=KEY).model_dump()["thresholds"]["stationary"] == motion.DEFAULTS.stationary


def test_absent_trajectories_may_come_back(objects, tmp_path):
    with pytest.raises(Unavailable):
        facts.run(facts.Request(tracks_key=KEY), tools(objects, tmp_path))


def test_rows_can_be_computed_again_from_what_is_stored_of_the_tracks(db, step_run, objects, tmp_path):
    found = witnessed(tmp_path / "clip.mp4", rendered.board(tmp_path / "clip.mp4"))
    objects.put_json(objects.result_uri("track", KEY), {"result": found.model_dump(mode="json")})
    request = facts.Request(tracks_key=KEY)
    facts.save(db, "c1", step_run, "facts", request, facts.run(request, tools(objects, tmp_path)))
    columns = "kind, subject, object, value, start_frame, end_frame, witnessed"
    saved = [tuple(row) for row in db.execute(text(f"select {columns} from motion_fact order by n"))]
    known = Trajectories.model_validate(objects.result("track", KEY))
    assert known == found
    again = [(f.kind, f.subject, f.object, f.value, f.start, f.end, f.witnessed) for f in motion.facts(known)]
    assert saved == again and {row[-1] for row in saved} == {True}
    assert {("moves", 1000, None, "right"), ("counts", None, None, "car")} <= {row[:4] for row in saved}


def test_what_the_frames_do_not_bear_out_is_no_row_and_without_frames_nothing_is_witnessed(objects, tmp_path):
    """The box goes to the right over a picture in which nothing but the board further up does."""
    seen = rendered.board(tmp_path / "clip.mp4")
    (car,) = seen.tracks
    low = car.model_copy(update={"sides": (car.sides[0], (0.7,) * 75, car.sides[2], (0.95,) * 75)})
    wanders = seen.model_copy(update={"tracks": (low,)})
    told = {}
    for name, known in {"boxes alone": wanders, "frames": witnessed(tmp_path / "clip.mp4", wanders)}.items():
        objects.put_json(objects.result_uri("track", name), {"result": known.model_dump(mode="json")})
        result = facts.run(facts.Request(tracks_key=name), tools(objects, tmp_path))
        told[name] = {(fact.kind, fact.witnessed) for fact in result.facts}
    assert ("moves", False) in told["boxes alone"] and not any(yes for _, yes in told["boxes alone"])
    assert "moves" not in {kind for kind, _ in told["frames"]} and all(yes for _, yes in told["frames"])


def test_every_fact_is_a_row(db, step_run, stored, tmp_path):
    request = facts.Request(tracks_key=KEY)
    result = facts.run(request, tools(stored, tmp_path))
    facts.save(db, "c1", step_run, "facts", request, result)
    columns = ("kind", "subject", "object", "value", "amount", "start_frame", "end_frame")
    saved = db.execute(text(f"select {', '.join(columns)} from motion_fact where clip_id = 'c1' order by n")).all()
    assert len(saved) == len(result.facts) > 20
    for row, fact in zip(saved, result.facts, strict=True):
        assert row[:4] == (fact.kind, fact.subject, fact.object, fact.value)
        assert row.amount == (None if fact.amount is None else pytest.approx(fact.amount, rel=1e-6))
        assert (row.start_frame, row.end_frame) == (fact.start, fact.end)
