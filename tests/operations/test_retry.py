"""What has no answer is tried again, and nothing else is touched, on real steps."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from fm_tasks import settings
from fm_tasks.local.demo import fingerprint
from fm_tasks.model import Window
from fm_tasks.sources import Source
from fm_tasks.store import transaction
from fm_tasks.synthetic import scenes

CAM = Source(id="cam", keys="cam/%Y/%m/%d/", licence="CC0-1.0", start="2026-01-01")
DAY = datetime(2026, 5, 10, tzinfo=UTC)
WINDOW = Window(start=DAY, end=DAY + timedelta(days=1))


@pytest.fixture
def batch(installation, tmp_path) -> str:
    """A batch with one clip: its tracks failed, and the next attempt left a torn result; beside it a refused video."""
    scenes.render(replace(scenes.LIBRARY["overtake"], seconds=2, size=(320, 180)), tmp_path / "v.mp4", seed=1)
    objects = installation.objects
    objects.put_bytes(objects.raw_uri("cam/2026/05/10/good.mp4"), (tmp_path / "v.mp4").read_bytes(), "video/mp4")
    objects.put_bytes(objects.raw_uri("cam/2026/05/10/none.mp4"), b"no video", "video/mp4")
    installation.annotate(CAM, WINDOW, ("cut",))
    with transaction(installation.database_url) as db:
        uri = db.execute(text("select uri from clip")).scalar()
    body = objects.get_bytes(uri)
    objects.delete(uri)
    batch = installation.annotate(CAM, WINDOW, ("cut", "track"))
    objects.put_bytes(uri, body, "video/mp4")
    return batch


def fm(installation, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    """The command line as a process of its own; ``more`` are further settings."""
    environment = {"FM_ENV_FILE": "/dev/null", "PATH": "/usr/bin:/bin"} | installation.settings.environment() | more
    command = [sys.executable, "-m", "fm_tasks", *arguments]
    return subprocess.run(command, env=environment, cwd=settings.PROJECT, capture_output=True, text=True)


def notes(installation) -> list[str]:
    """The addresses of the objects that steps left."""
    objects = installation.objects
    return [f"s3://{objects.work}/{item.key}" for item in objects.list(objects.work, "steps/")]


def test_a_dry_run_lists_causes_and_changes_nothing(installation, batch):
    before, left = fingerprint(installation.database_url), notes(installation)
    said = fm(installation, "retry", batch)
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == f"batch {batch}: 1 to try again"
    assert lines[1].startswith("  track    1 Missing, such as ") and "clips/" in lines[1]
    assert "with --yes" in lines[2]
    assert (fingerprint(installation.database_url), notes(installation)) == (before, left)


def test_failures_are_cleared_and_the_next_run_answers(installation, batch):
    (failed,) = (uri for uri in notes(installation) if uri.endswith(".failed.json"))
    torn = failed.replace(".failed.json", ".json.gz")
    with transaction(installation.database_url) as db:
        clip = db.execute(text("select id from clip")).scalar()
    installation.objects.put_json(torn, {"result": list(range(1000))})
    installation.objects.put_bytes(torn, installation.objects.get_bytes(torn)[:99], "application/gzip")
    kept = {uri: installation.objects.get_bytes(uri) for uri in notes(installation) if uri not in (failed, torn)}
    before = fingerprint(installation.database_url)

    said = fm(installation, "retry", batch, "--yes")
    assert said.returncode == 0, said.stderr
    assert f"  track    1 torn results, such as {clip}: {torn} is not a whole document" in said.stdout
    conf = '{"from": "2026-05-10T00:00:00+00:00", "to": "2026-05-11T00:00:00+00:00"}'
    assert "FM_AIRFLOW_URL is not set" in said.stdout
    assert f"airflow dags trigger annotate__cam --conf '{conf}'" in said.stdout
    assert {uri: installation.objects.get_bytes(uri) for uri in notes(installation)} == kept
    after = fingerprint(installation.database_url)
    assert {table for table in before if before[table] != after[table]} == {"failure"} and after["failure"][0] == 0

    installation.annotate(CAM, WINDOW)
    assert fm(installation, "retry", batch).stdout == f"batch {batch}: 0 to try again\n"


def test_steps_that_were_not_asked_and_answers_that_were_not_saved_are_told_apart(installation, batch):
    installation.annotate(CAM, WINDOW, ("cut", "track"))
    with transaction(installation.database_url) as db:
        db.execute(text("update step_run set state = 'planned' where step = 'track'"))
    assert "track    1 answered and not saved" in fm(installation, "retry", batch).stdout
    with transaction(installation.database_url) as db:
        db.execute(text("update step_run set state = 'saved' where step = 'track'"))
    said = fm(installation, "retry", batch).stdout
    assert "preview  1 not asked yet" in said and "facts    1 not asked yet" in said


def test_what_cannot_be_done_says_what_to_do(installation, batch):
    assert fm(installation, "retry", "cam--x--y").returncode == 64
    said = fm(installation, "retry", batch, "--yes", FM_AIRFLOW_URL="http://admin:s3cret@127.0.0.1:9")
    assert said.returncode == 75 and "Airflow at http://127.0.0.1:9 does not answer" in said.stderr
    assert "airflow dags trigger annotate__cam" in said.stdout
    assert "s3cret" not in said.stdout + said.stderr
