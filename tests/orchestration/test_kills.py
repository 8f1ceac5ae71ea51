"""Kill, restart, compare: whatever is killed whenever, the batch ends as if nothing had happened."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from installation import Installation, day, render, source
from scheduler import Scheduler
from sqlalchemy import ARRAY, Text, bindparam, inspect, text

from fm_tasks.errors import Unavailable
from fm_tasks.local import postgres, processes, stack
from fm_tasks.local.state import State, load
from fm_tasks.model import batch_id
from fm_tasks.objects import Objects
from fm_tasks.store import rows, transaction

pytestmark = [pytest.mark.live, pytest.mark.siege, pytest.mark.timeout(3600)]

KILLS = source("kills")
DAY = datetime(2026, 5, 10, tzinfo=UTC)
WINDOW = day(DAY)
BATCH = batch_id(KILLS.id, WINDOW)
PASSING = ("id", "step_run_id", "text_run_id", "discovered_at", "judged_at", "published_at")
"""Columns that differ from one run to the next: numbers of rows and times of writing."""
ATTEMPTS = {"plan_width", "failure", "quality_report"}
"""Tables that tell how it went, not what came of it."""


# --- what is compared -------------------------------------------------------------------------------------------------


def content(database_url: str) -> dict[str, list[str]]:
    """Every row of the batch, table by table; a row of an answer together with the key of its request."""
    found = {}
    with transaction(database_url) as db:
        for table in {row.table_name for row in rows(db, "tables")} - ATTEMPTS:
            columns = inspect(db).get_columns(table)
            if any(one["name"] == "step_run_id" for one in columns):
                origin = "join step_run r on r.id = t.step_run_id and r.batch_id = :batch"
            elif any(one["name"] == "batch_id" for one in columns):
                origin = "join batch r on r.id = t.batch_id and r.id = :batch"
            else:
                continue
            query = text(f"select to_jsonb(r) - :passing || to_jsonb(t) - :passing from {table} t {origin}")
            bound = db.execute(
                query.bindparams(bindparam("passing", type_=ARRAY(Text))), {"batch": BATCH, "passing": list(PASSING)}
            )
            found[table] = sorted(map(str, bound))
    return found


def written(objects: Objects) -> dict[str, str]:
    """Name and digest of every object that lasts: results, clips, previews and partitions."""
    places = [(objects.work, part) for part in ("steps/", "clips/", "previews/")] + [(objects.release, "")]
    return {f"{bucket}/{one.key}": one.etag for bucket, part in places for one in objects.list(bucket, part)}


@pytest.fixture
def undisturbed(shared, install) -> tuple[dict, dict]:
    """Rows and objects of a run that nothing disturbs, in a database of its own; its objects are removed again.

    The day has three videos and a broken one.
    """
    films = {"crossing": 3, "bounce": 4, "turn_and_stop": 4}
    videos = {f"{name}.mp4": render(name, seed=12, seconds=seconds) for name, seconds in films.items()}
    videos["broken.mp4"] = videos["bounce.mp4"][:3000]
    for name, body in videos.items():
        shared.objects.put_bytes(shared.objects.raw_uri(f"kills/2026/05/10/{name}"), body, "video/mp4")
    alone = Installation(replace(shared.settings, database_url=install().database_url), shared.objects)
    before = written(alone.objects)
    assert alone.publish(KILLS, WINDOW)
    made = {name: etag for name, etag in written(alone.objects).items() if name not in before}
    for name in made:
        alone.objects.delete(f"s3://{name}")
    return content(alone.database_url), made


# --- what is killed ---------------------------------------------------------------------------------------------------


def kin(title: str) -> Callable[[State], list[int]]:
    """How to find the scheduler's descendants whose command line matches ``title``."""

    def find(state: State) -> list[int]:
        found = processes._session(state.processes["scheduler"])
        return [one.pid for one in found if re.search(title, command_line(one.pid))]

    return find


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


VICTIMS: dict[str, Callable[[State], list[int]]] = {
    "step": kin(" -m fm_tasks run "),
    "task": kin("^airflow worker -- [0-9a-f-]{36}"),
    # One that has a task. An idle one may hold the lock of the executor's queue, without which no task is taken up.
    "worker": kin("^airflow worker -- LocalExecutor: [0-9a-f-]{36}"),
    "scheduler": lambda state: [state.processes["scheduler"].pid],
    "database": lambda state: list(postgres._working_in((state.postgres or state.home / "postgres") / "data")),
    "s3": lambda state: [state.processes["s3"].pid],
}


def kill_one(state: State, draw: Random, killed: Counter) -> str:
    """Kill a victim of the kind that was killed least, of those that live; the database with all its sessions."""
    alive = {kind: pids for kind, find in VICTIMS.items() if (pids := find(state))}
    kind = min(alive, key=lambda one: (killed[one], draw.random()))
    for pid in alive[kind] if kind == "database" else [draw.choice(alive[kind])]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    killed[kind] += 1
    return kind


def mend(scheduler: Scheduler) -> None:
    """What a person does: `make up` where something has stopped, *Clear* where a run has ended red, and `make down`
    first where a task waits for a worker for a minute: the one that took it up was killed before it began."""
    with suppress(Unavailable):
        if any(service.state == "stopped" for service in stack.status(scheduler.home)):
            stack.up(scheduler.home)
        for run in scheduler.runs(KILLS.id):
            tasks = scheduler.airflow.tasks_of(run["dag_id"], run["dag_run_id"])
            if run["state"] == "failed":
                print(f"clearing {run['dag_run_id']}")
                scheduler.clear(KILLS.id, run["dag_run_id"])
            elif any(one["state"] == "queued" and age(one["queued_when"]) > timedelta(minutes=1) for one in tasks):
                print("a task was lost between its worker and its start: make down, make up")
                stack.down(scheduler.home)
                stack.up(scheduler.home)


def age(at: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(at)


def progress(database_url: str, objects: Objects, seen: dict[str, datetime]) -> int:
    """How many answers are computed, plus how many are in rows; ``seen`` learns when each answer was written first."""
    with suppress(Unavailable), transaction(database_url) as db:
        for one in objects.list(objects.work, "steps/"):
            seen.setdefault(one.key, one.modified)
        closed = "select count(*) from step_run where batch_id = :batch and state <> 'planned'"
        return len(seen) + db.execute(text(closed), {"batch": BATCH}).scalar()
    return 0


def test_a_batch_through_kills_equals_an_undisturbed_one(scheduler, shared, undisturbed, pytestconfig):
    seed, kills = pytestconfig.getoption("seed"), pytestconfig.getoption("kills")
    draw, killed, began = Random(seed), Counter(), time.monotonic()
    (database_url, objects), others, seen = (shared.database_url, shared.objects), written(shared.objects), {}
    rows_expected, objects_expected = undisturbed
    answers = sum("/steps/" in name for name in objects_expected)
    before = progress(database_url, objects, {})
    reached = lambda: progress(database_url, objects, seen) - before  # noqa: E731

    scheduler.enable(KILLS.id)
    scheduler.airflow.backfill(f"annotate__{KILLS.id}", DAY, DAY)
    for point in sorted(draw.randrange(2 * answers) for _ in range(kills)):
        while reached() < point:
            mend(scheduler)
            time.sleep(0.2)
        time.sleep(draw.uniform(0, 2))
        at = reached()
        kind = kill_one(load(scheduler.home), draw, killed)
        print(f"{time.monotonic() - began:5.0f} s, {at} of {2 * answers}: killed {kind}", flush=True)
        mend(scheduler)

    def ended() -> bool:
        mend(scheduler)
        with suppress(Unavailable):
            return scheduler.ended(KILLS.id)
        return False

    scheduler.until(ended, "the batch")
    print(f"{time.monotonic() - began:5.0f} s, ended; seed {seed}, killed {dict(killed)}")
    assert content(database_url) == rows_expected
    assert {name: etag for name, etag in written(objects).items() if name not in others} == objects_expected
    # What a killed step had in hand is computed again; what was answered is not.
    # Who looks every now and then may have missed what was written last.
    assert seen.items() <= {one.key: one.modified for one in objects.list(objects.work, "steps/")}.items()
    computed = answered(scheduler.home)
    assert computed.keys() <= {Path(name).name.removesuffix(".json.gz") for name in objects_expected}
    twice = [lines for lines in computed.values() if len(lines) > 1]
    assert not twice, "\n".join(chain(*twice))


def answered(home: Path) -> dict[str, list[str]]:
    """Of every answer that the logs of the batch's tasks say was computed, by its key: the lines that say so, each with
    the attempt whose log it is in. The error of a killed step, which quotes the last lines of its log, is none of them.
    """
    lines = defaultdict(list)
    for log in (home / "airflow" / "logs" / f"dag_id=annotate__{KILLS.id}").rglob("*.log"):
        for line in log.read_text().splitlines():
            if found := re.search(r'"event":"[^"]*key ([0-9a-f]{20}): (?:done|rejected) \(', line):
                lines[found[1]].append(f"{log.parent.name}/{log.name}: {line}")
    return lines
