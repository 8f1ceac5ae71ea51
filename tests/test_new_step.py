"""A new step is a file, a row of the table of steps, a migration and an arrow: nothing else has to know of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from batches import BATCH, good_batch

from fm_tasks.settings import PROJECT
from fm_tasks.store import transaction

MODULE = """
from fm_tasks.model import Document
from fm_tasks.store import rows

VERSION = 1


class Request(Document):
    tracks_key: str


class Result(Document):
    pass


def plan(db, batch, source):
    for clip in rows(db, "clips_with_tracks", batch=batch.id):
        yield clip.clip_id, Request(tracks_key=clip.tracks_key)


def run(request, tools):
    return Result()


def save(db, item_id, step_run_id, key, request, result):
    pass
"""
ROW = """        Step("noop", "clip", CPU, shard_size=8, timeout=HOUR, owed_after=TRACKED),
"""
MIGRATION = "insert into step (name, n, item, owed_after) values ('noop', 99, 'clip', '{track}');"
ARROW = """        track >> step("noop") >> judged
"""
WORK = """
import json
import sys

from fm_tasks import runtime, settings, store
from fm_tasks.sources import Source
from fm_tasks.step import STEPS, Tools

config, batch = settings.load(), sys.argv[1]
store.migrate(config.database_url)
worker = runtime.Worker.of(config)
tools = Tools.of(config, worker.objects)
tools.objects.make_buckets()
source = Source(id="street", keys="street/", licence="CC-BY-4.0", start="2026-01-01")


def standing():
    with store.transaction(config.database_url) as db:
        return store.rows(db, "gate_standing", batch=batch)[0].open_items


owed = standing()
for shard in runtime.plan(worker, "noop", batch, source, STEPS["noop"].shard_size):
    runtime.run(tools, "noop", shard)
saved = runtime.save(worker, "noop", batch)
print(json.dumps({"owed": owed, "saved": saved, "left": standing()}))
"""
DAG = """
import json

from airflow.dag_processing.dagbag import DagBag

bag = DagBag(dag_folder="dags/annotate.py")
print(json.dumps([str(bag.import_errors), sorted(bag.dags["annotate__demo"].task_ids)]))
"""


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the project with one more step."""
    for name in ("fm_tasks", "sql", "dags", "plugins"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "sources.yaml"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "fm_tasks" / "steps" / "noop.py").write_text(MODULE)
    (tmp_path / "sql" / "migrations" / "9999_noop.sql").write_text(MIGRATION)
    add(tmp_path / "fm_tasks" / "step.py", after='Step("judge"', line=ROW)
    add(tmp_path / "dags" / "annotate.py", after="[preview, verify] >> judged", line=ARROW)
    return tmp_path


def add(path: Path, after: str, line: str) -> None:
    """Put ``line`` below the one line that holds ``after``."""
    lines = path.read_text().splitlines(keepends=True)
    (place,) = (n for n, one in enumerate(lines) if after in one)
    path.write_text("".join([*lines[: place + 1], line, *lines[place + 1 :]]))


def said(project: Path, code: str, *arguments: str, **environment: str):
    """What the copy's code prints last, as JSON."""
    command = [sys.executable, "-c", code, *arguments]
    given = os.environ | {"FM_ENV_FILE": os.devnull} | environment
    done = subprocess.run(command, cwd=project, env=given, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_a_new_step_runs_is_owed_to_the_gate_and_stands_in_the_dag(project, installation):
    with transaction(installation.database_url) as db:
        good_batch(db)
    told = said(project, WORK, BATCH, **installation.settings.environment())
    assert told == {"owed": 2, "saved": {"saved": 2}, "left": 0}
    airflow = {"AIRFLOW_HOME": str(project / "airflow"), "AIRFLOW__CORE__PLUGINS_FOLDER": str(project / "plugins")}
    errors, tasks = said(project, DAG, **airflow)
    assert errors == "{}"
    assert {"noop.plan", "noop.run", "noop.save"} <= {*tasks}
