"""The demo as a user runs it: Airflow's own scheduler, real video, a published dataset; then nothing is left to do."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO

import pytest

from fm_tasks import scenes, settings
from fm_tasks.errors import BadRequest
from fm_tasks.local import demo, stack
from fm_tasks.local.api import Airflow
from fm_tasks.objects import Objects

pytestmark = pytest.mark.live


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


def test_a_late_video_is_taken_up_when_the_run_is_executed_again(ran, home, tmp_path):
    scenes.render(scenes.LIBRARY["turn_and_stop"], tmp_path / "late.mp4", seed=7)
    objects = Objects(settings.load({"FM_ENV_FILE": str(home / "env")}))
    objects.put_file(objects.raw_uri(f"demo/{demo.DAY:%Y/%m/%d}/late.mp4"), tmp_path / "late.mp4", "video/mp4")
    again = run_demo(home)
    assert "videos: 7, clips: 8 (8 published)" in again
    assert "no row changed" not in again


def test_the_ui_needs_a_login_and_shows_the_run(ran, home):
    import httpx

    address, user, password = stack.airflow_login(home)
    assert httpx.get(f"{address}/api/v2/dags").status_code == 401
    run = Airflow(address, user, password).run_of(demo.DAG, demo.DAY)
    assert (run["state"], run["run_type"]) == ("success", "backfill")


def test_a_second_demo_beside_the_first_is_refused(home):
    with demo._alone(home), pytest.raises(BadRequest, match="another `make demo` is running"):
        demo.run(home)
