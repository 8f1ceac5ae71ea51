"""How a run ends: every outcome of docs/architecture.md, forced, through Airflow's own `dag.test()`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sqlalchemy import text

from fm_tasks import scenes
from fm_tasks.model import Window
from fm_tasks.settings import PROJECT
from fm_tasks.sources import Source
from fm_tasks.store import transaction

CAM = {"id": "cam", "keys": "cam/%Y/%m/%d/", "licence": "CC0-1.0", "start": "2026-01-01"}
DAY = datetime(2026, 5, 10, tzinfo=UTC)
WINDOW = Window(start=DAY, end=DAY + timedelta(days=1))


@pytest.fixture(scope="module")
def metadata_database() -> None:
    """Airflow's own database, for the runs of `dag.test()`."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> bytes:
    """Two movers that do enough for six questions."""
    path = tmp_path_factory.mktemp("video") / "v.mp4"
    scenes.render(replace(scenes.LIBRARY["crossing"], seconds=6), path, seed=1)
    return path.read_bytes()


@pytest.fixture
def run(installation, metadata_database, tmp_path, monkeypatch):
    """Run the DAG of the source `cam` for its day; return the run's state and those of its tasks."""
    sources = tmp_path / "sources.yaml"
    sources.write_text(yaml.safe_dump({"sources": [CAM]}))
    config = replace(installation.settings, sources_file=str(sources))
    for name, value in config.environment().items():
        monkeypatch.setenv(name, value)

    def run_once():
        from airflow.dag_processing.dagbag import DagBag

        dag = DagBag(dag_folder=str(PROJECT / "dags")).dags["annotate__cam"]
        done = dag.test(run_conf={"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})
        states = {one.task_id: str(one.state) for one in done.get_task_instances() if one.map_index < 1}
        return str(done.state), states

    return run_once


def outcome(installation) -> str | None:
    with transaction(installation.database_url) as db:
        return db.execute(text("select outcome from batch")).scalar()


def put(installation, name: str, body: bytes) -> None:
    installation.objects.put_bytes(installation.objects.raw_uri(f"cam/2026/05/10/{name}"), body, "video/mp4")


def test_published_and_a_broken_file_beside_it_does_not_stop_it(installation, run, video):
    put(installation, "good.mp4", video)
    put(installation, "no video, 'quoted'\n.mp4", b"this is text")
    state, tasks = run()
    assert (state, tasks["publish"], outcome(installation)) == ("success", "success", "published")
    with transaction(installation.database_url) as db:
        (partition,) = db.execute(text("select * from partition")).all()
        assert db.execute(text("select code from rejection")).scalar() == "unreadable"
    assert (partition.current, partition.clips) == (True, 1)
    names = {item.key.rsplit("/", 1)[1] for item in installation.objects.list(installation.objects.release, "")}
    assert names >= {"clips.jsonl", "trajectories.parquet", "manifest.json", "report.json"}


def test_empty_is_green_and_skipped(installation, run):
    installation.objects.put_bytes(installation.objects.raw_uri("cam/2026/05/01/v.mp4"), b"x", "video/mp4")
    state, tasks = run()
    assert (state, outcome(installation)) == ("success", "empty")
    assert {one for name, one in tasks.items() if name != "discover"} == {"skipped"}


def test_all_rejected_is_green_and_publishes_nothing(installation, run, video):
    put(installation, "a.mp4", b"")
    put(installation, "b.mp4", video[:2000])
    state, tasks = run()
    assert (state, tasks["gate"], tasks["publish"]) == ("success", "success", "skipped")
    assert outcome(installation) == "all_rejected"


def test_blocked_is_red_when_an_item_is_incomplete_and_the_others_went_on(installation, run, video, tmp_path):
    scenes.render(replace(scenes.LIBRARY["overtake"], seconds=3), tmp_path / "b.mp4", seed=3)
    put(installation, "a.mp4", video)
    put(installation, "b.mp4", (tmp_path / "b.mp4").read_bytes())
    installation.annotate(Source.model_validate(CAM), WINDOW, ("cut",))
    with transaction(installation.database_url) as db:
        installation.objects.delete(db.execute(text("select uri from clip order by id limit 1")).scalar())
    state, tasks = run()
    assert (state, tasks["gate"], tasks["publish"]) == ("failed", "failed", "upstream_failed")
    assert outcome(installation) == "blocked"
    with transaction(installation.database_url) as db:
        assert db.execute(text("select count(*) from step_run where step = 'verify' and state = 'saved'")).scalar() == 1
        assert db.execute(text("select count(*) from failure where error = 'Missing'")).scalar() == 1
        assert not db.execute(text("select count(*) from partition")).scalar()


def test_held_is_green_and_waits_for_a_person(installation, run, tmp_path):
    dull = replace(scenes.LIBRARY["crossing"], seconds=3, movers=scenes.LIBRARY["crossing"].movers[:1])
    scenes.render(dull, tmp_path / "dull.mp4", seed=2)
    put(installation, "dull.mp4", (tmp_path / "dull.mp4").read_bytes())
    state, tasks = run()
    assert (state, tasks["gate"], tasks["publish"]) == ("success", "success", "skipped")
    assert outcome(installation) == "held"


def test_a_prefix_that_does_not_exist_is_red_and_is_not_retried(run):
    state, tasks = run()
    assert (state, tasks["discover"], tasks["publish"]) == ("failed", "failed", "upstream_failed")
