"""Real services for every test: PostgreSQL and an S3 server from packages, a database and buckets of its own each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import scheduler as live
import yaml
from sqlalchemy import Connection, make_url, text

from fm_tasks import runtime, scenes, settings, store
from fm_tasks.local import stack
from fm_tasks.model import Window
from fm_tasks.objects import Objects
from fm_tasks.runtime import STEPS
from fm_tasks.settings import PROJECT, Settings
from fm_tasks.sources import Source
from fm_tasks.steps import gate, publish
from fm_tasks.steps.discover import discover
from fm_tasks.steps.publish import Partition

# Airflow reads its configuration when it is imported, so this stands before any test does.
os.environ |= {
    "AIRFLOW_HOME": tempfile.mkdtemp(prefix="fm-airflow-"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
}

SOURCES = ("kills", "twins", "sixty", "ends", "nowhere", "asked")
"""What the live tests declare beside the demo's source: each has a DAG of its own."""


def pytest_addoption(parser) -> None:
    parser.addoption("--video-every", type=int, default=10, help="which of the 60 days of test_backfill.py have video")
    parser.addoption("--kills", type=int, default=8, help="how often tests/test_kills.py kills something")
    parser.addoption("--seed", type=int, default=1, help="which points and victims it draws")


def source(id: str) -> Source:
    return Source(id=id, keys=f"{id}/%Y/%m/%d/", licence="CC0-1.0", start="2026-01-01")


def day(date: datetime) -> Window:
    return Window(start=date, end=date + timedelta(days=1))


def render(name: str, seed: int, **changed) -> bytes:
    """A scene of the library as a video; another seed is another texture, and so other bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scene.mp4")
        scenes.render(replace(scenes.LIBRARY[name], **{"size": (320, 180), **changed}), path, seed)
        return path.read_bytes()


def stamped(video: bytes, stamp: str) -> bytes:
    """A copy of an MP4 with other bytes and the same frames: a box that readers pass over is put behind it."""
    return video + (8 + len(stamp)).to_bytes(4) + b"free" + stamp.encode()


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Iterator[Path]:
    """The state folder of PostgreSQL and the S3 server that the whole test run shares."""
    home = tmp_path_factory.mktemp("fm")
    stack.up(home, airflow=False)
    yield home
    stack.erase(home)


@pytest.fixture(scope="session")
def services(home) -> Settings:
    """Settings that reach the shared services, whatever the environment says."""
    return settings.load({"FM_ENV_FILE": str(home / "env")})


def administer(services: Settings, statement: str) -> None:
    """Run one statement outside of a transaction, in the database of the product's role."""
    with store.engine(services.database_url).connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text(statement))


@pytest.fixture(scope="session")
def scheduler(home) -> live.Scheduler:
    """The one running Airflow of the whole test run, with a DAG for the demo and for each of ``SOURCES``."""
    declared = yaml.safe_load((PROJECT / "sources.yaml").read_text())
    declared["sources"] += [source(id).model_dump(mode="json") for id in SOURCES]
    (home / "sources.yaml").write_text(yaml.safe_dump(declared))
    with (home / "env").open("a") as env:
        env.write(f"FM_SOURCES={home / 'sources.yaml'}\n")
    return live.start(home)


@pytest.fixture(scope="session")
def shared(services) -> Installation:
    """What the scheduler works on: the database and the buckets of the shared services themselves."""
    return Installation(services, Objects(services))


@pytest.fixture(scope="session")
def template(home, services) -> str:
    """The name of a migrated database that each test's own is cloned from."""
    stack.administer(home, "alter role fm createdb")
    administer(services, "create database fm_template")
    store.migrate(named(services, "fm_template"))
    return "fm_template"


def named(services: Settings, database: str) -> str:
    """The URL of another database on the same server."""
    return make_url(services.database_url).set(database=database).render_as_string(hide_password=False)


class Installation(NamedTuple):
    """A database and buckets of one's own on the shared servers."""

    settings: Settings
    objects: Objects

    @property
    def database_url(self) -> str:
        return self.settings.database_url

    def annotate(self, source: Source, window: Window, steps: Sequence[str] = STEPS) -> str:
        """Run the steps of one batch as the DAG does, in this process, and return the batch's id."""
        batch = discover(self.database_url, self.objects, source, window).batch
        for step in steps:
            for shard in runtime.plan(self.database_url, self.objects, step, batch, source, shard_size=2):
                runtime.run(self.objects, step, shard)
            runtime.save(self.database_url, self.objects, step, batch)
        return batch

    def publish(self, source: Source, window: Window) -> Partition:
        """Run a whole batch as the DAG does, in this process, and return its partition."""
        batch = self.annotate(source, window)
        with store.transaction(self.database_url) as db:
            of = runtime.batch_of(db, batch)
            report = gate.judge(db, of, self.database_url, datetime.now(UTC))
        with store.transaction(self.database_url) as db:
            return publish.run(db, self.objects, of, report)


def remove_objects(objects: Objects) -> None:
    """Empty the buckets. They stay for the next test: the S3 server never rests again once one was removed."""
    for bucket in (objects.raw, objects.work, objects.release):
        for item in objects.list(bucket, ""):
            objects.delete(f"s3://{bucket}/{item.key}")


FREE = [f"t{number}" for number in range(20)]
"""Names of databases and beginnings of names of buckets that no installation has now."""


@contextmanager
def installing(services: Settings, template: str) -> Iterator[Callable[[], Installation]]:
    """Within the block, make as many installations as are called for; all are empty again after it."""
    made = []

    def new() -> Installation:
        name = FREE.pop(0)
        administer(services, f"create database {name} template {template}")
        buckets = {f"bucket_{part}": f"{name}-{part}" for part in ("raw", "work", "release")}
        config = replace(services, database_url=named(services, name), **buckets)
        made.append(Installation(config, Objects(config)))
        made[-1].objects.make_buckets()
        return made[-1]

    yield new
    for one in made:
        name = make_url(one.database_url).database
        administer(services, f"drop database {name} with (force)")
        remove_objects(one.objects)
        FREE.append(name)


@pytest.fixture
def install(services, template) -> Iterator[Callable[[], Installation]]:
    """Make an installation; as many as the test calls for, all gone after it."""
    with installing(services, template) as new:
        yield new


@pytest.fixture(scope="module")
def install_for_module(services, template) -> Iterator[Callable[[], Installation]]:
    """Make an installation that the tests of a module share."""
    with installing(services, template) as new:
        yield new


@pytest.fixture
def installation(install) -> Installation:
    return install()


@pytest.fixture
def objects(installation) -> Objects:
    """Empty buckets."""
    return installation.objects


@pytest.fixture
def database_url(installation) -> str:
    """A migrated, empty database."""
    return installation.database_url


@pytest.fixture
def db(database_url) -> Iterator[Connection]:
    """A connection in a transaction that is committed after the test."""
    with store.transaction(database_url) as db:
        yield db
