"""The demo as a user runs it: Airflow's own scheduler, real video, a published dataset; then nothing is left to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from installation import render
from sqlalchemy import text

from fm_tasks import settings
from fm_tasks.errors import BadRequest
from fm_tasks.local import demo, stack
from fm_tasks.objects import Objects
from fm_tasks.operations import doctor
from fm_tasks.operations.airflow_api import Airflow
from fm_tasks.store import rows, transaction

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]


def run_demo(home) -> str:
    """Run the demo and return what it printed."""
    with redirect_stdout(StringIO()) as said:
        code = demo.run(home)
    assert code == 0, said.getvalue()
    return said.getvalue()


@pytest.fixture(scope="module")
def ran(home, scheduler) -> str:
    return run_demo(home)


def test_the_scheduler_publishes_the_demo(ran, home):
    assert "gate: pass" in ran
    assert "unreadable 1" in ran
    records = [json.loads(line) for line in (home / "dataset" / "clips.jsonl").read_text().splitlines()]
    real = [one for one in records if one["video"]["key"].endswith(demo.REAL)]
    assert len(real) >= 2
    assert (home / "dataset" / "contact-sheet.png").stat().st_size > 10_000
    for name in demo.SCENES:
        line = next(line for line in ran.splitlines() if line.startswith(f"error of {name}"))
        assert float(line.split("mean ")[1].split("%")[0]) < 3


def test_the_demo_again_runs_no_model_and_changes_no_row(ran, home):
    again = run_demo(home)
    assert "no model ran and no row changed" in again
    assert "gate: pass" in again


def test_a_retried_run_takes_up_a_late_video_and_what_failed(ran, home, scheduler):
    config = settings.load({"FM_ENV_FILE": str(home / "env")})
    objects = Objects(config)
    late = objects.raw_uri(f"demo/{demo.DAY:%Y/%m/%d}/late.mp4")
    objects.put_bytes(late, render("overtake", seed=7), "video/mp4")
    with transaction(config.database_url) as db:
        ours = "preview p join step_run r on r.id = p.step_run_id where r.batch_id = :batch"
        lost = db.execute(text(f"select step_run_id, key from {ours}"), {"batch": demo.BATCH}).first()
        db.execute(text("delete from preview where step_run_id = :id"), {"id": lost.step_run_id})
        db.execute(text("update step_run set state = 'planned' where id = :id"), {"id": lost.step_run_id})
        db.execute(text("insert into failure values (:id, now(), 'Missing', 'gone')"), {"id": lost.step_run_id})
    torn = objects.result_uri("preview", lost.key)
    objects.put_bytes(torn, objects.get_bytes(torn)[:99], "application/gzip")

    command = [sys.executable, "-m", "fm_tasks", "retry", demo.BATCH, "--yes"]
    environment = os.environ | {"FM_ENV_FILE": str(home / "env")}
    said = subprocess.run(command, env=environment, cwd=settings.PROJECT, capture_output=True, text=True)
    assert "preview  1 torn results" in said.stdout and "Airflow runs it again" in said.stdout, (
        said.stdout + said.stderr
    )
    scheduler.until(lambda: scheduler.ended("demo"), "the retried run")
    assert scheduler.airflow.run_of(demo.DAG, demo.DAY)["state"] == "success"
    with transaction(config.database_url) as db:
        counts = rows(db, "batch_counts", batch=demo.BATCH)[0]
        previews = db.execute(text(f"select count(*) from {ours}"), {"batch": demo.BATCH}).scalar()
        failures = db.execute(
            text("select count(*) from failure where step_run_id = :id"), {"id": lost.step_run_id}
        ).scalar()
    # Of one clip of the demo, in which a cyclist waits behind traffic, nothing can be asked.
    assert (counts.videos, counts.clips, counts.published, previews, failures) == (7, 8, 7, 8, 0)


def test_the_doctor_finds_everything_well(ran, home, tmp_path):
    config = settings.load({"FM_ENV_FILE": str(home / "env")})
    found = {one.part: one for one in doctor.examine(config, datetime.now(UTC), tmp_path)}
    parts = {"airflow", "scheduler", "dag-processor", "triggerer", "dags", "source demo"}
    assert parts <= found.keys()
    # The other sources of these tests may have no videos yet.
    assert [str(one) for part, one in found.items() if one.exit_code and not part.startswith("source ")] == []
    assert found["source demo"].exit_code == 0
    stranger = replace(config, airflow_url=config.airflow_url.replace("admin:", "admin:s3cret"))
    refused = {one.part: one for one in doctor.examine(stranger, datetime.now(UTC), tmp_path)}["airflow"]
    assert refused.exit_code == 64 and "FM_AIRFLOW_URL" in refused.said and "s3cret" not in refused.said


def test_the_ui_needs_a_login_and_shows_the_run(ran, home):
    import httpx

    address, user, password = stack.airflow_login(home)
    assert httpx.get(f"{address}/api/v2/dags").status_code == 401
    run = Airflow(address, user, password).run_of(demo.DAG, demo.DAY)
    assert (run["state"], run["run_type"]) == ("success", "backfill")


def test_a_second_demo_beside_the_first_is_refused(home):
    with demo._alone(home), pytest.raises(BadRequest, match="another `make demo` is running"):
        demo.run(home)
