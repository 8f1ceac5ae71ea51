"""A real video through all steps: what of it is in the database, under the gate and in a partition."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from fm_tasks import motion
from fm_tasks.model import Trajectories, Window
from fm_tasks.sources import Source
from fm_tasks.store import transaction
from fm_tasks.synthetic import scenes

CAM = Source(id="cam", keys="cam/%Y/%m/%d/", licence="CC0-1.0", start="2026-01-01")
DAY = datetime(2026, 5, 10, tzinfo=UTC)
WINDOW = Window(start=DAY, end=DAY + timedelta(days=1))


def test_a_video_is_witnessed_from_its_frames_to_the_partition(installation, tmp_path):
    scenes.render(replace(scenes.LIBRARY["bounce"], seconds=5), tmp_path / "v.mp4", seed=1)
    objects = installation.objects
    objects.put_file(objects.raw_uri("cam/2026/05/10/bounce.mp4"), tmp_path / "v.mp4", "video/mp4")
    installation.tracked(CAM, WINDOW)
    partition = installation.publish(CAM, WINDOW)
    with transaction(installation.database_url) as db:
        ((witnessed, share),) = db.execute(text("select witnessed, explained_share from gate_limit")).all()
        facts = db.scalars(text("select witnessed from motion_fact")).all()
        supported = db.scalars(text("select witnessed from claim where verdict = 'supported'")).all()
        key = db.scalar(text("select key from step_run where step = 'track'"))
    known = Trajectories.model_validate(objects.result("track", key))
    assert witnessed and set(facts) == set(supported) == {True}
    assert share == pytest.approx(motion.explained_share(known.evidence), abs=1e-6) and share > 0.5
    (clip,) = [json.loads(line) for line in objects.get_bytes(partition.uri + "clips.jsonl").splitlines()]
    assert clip["explained_share"] == pytest.approx(share)
    points = pq.read_table(io.BytesIO(objects.get_bytes(partition.uri + "trajectories.parquet"))).to_pylist()
    told = [row for row in points if row["inside_dx"] is not None]
    assert {row["frame"] for row in told} <= {*known.evidence.frames[1:]} and len(told) > 100
    assert all(abs(row["camera_dx"]) < 0.001 for row in told)
    assert np.corrcoef([ways(points, row) for row in told], rowvar=False)[0, 1] > 0.95


def ways(points: list[dict], row: dict) -> tuple[float, float]:
    """How far the inside of a box and its middle go to the right in the step that ends at ``row``, of three
    frames."""
    middles = {p["frame"]: p["x1"] + p["x2"] for p in points if p["track_id"] == row["track_id"]}
    return row["inside_dx"], (middles[row["frame"]] - middles[row["frame"] - 3]) / 2
