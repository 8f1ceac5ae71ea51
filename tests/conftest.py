"""Real services for every test: PostgreSQL and an S3 server from packages, which all workers of a run share, and a
database and buckets of its own each."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import scheduler as live
import yaml
from installation import Installation, source
from openai_server import KEY, Server, serving
from sqlalchemy import Connection, make_url, text
from workers import RUN, WORKER, alone

from fm_tasks import settings, store
from fm_tasks.local import stack
from fm_tasks.objects import Objects
from fm_tasks.settings import PROJECT, Settings

# Airflow reads its configuration when it is imported, so this stands before any test does.
os.environ |= {
    "AIRFLOW_HOME": str(RUN / f"airflow{WORKER}"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
}

SOURCES = ("kills", "twins", "sixty", "ends", "nowhere", "asked")
"""What the live tests declare beside the demo's source: each has a DAG of its own."""


def pytest_addoption(parser) -> None:
    parser.addoption("--video-every", type=int, default=10, help="which of the 60 days of test_backfill.py have video")
    parser.addoption(
        "--kills", type=int, default=20, help="how often tests/orchestration/test_kills.py kills something"
    )
    parser.addoption("--data", type=Path, help="a folder of real videos, for the tests that judge their cameras")
    parser.addoption("--fast", action="store_true", help="only tests without services, encoders of video and Airflow")
    parser.addoption("--seed", type=int, default=1, help="which points and victims it draws")


SLOW = re.compile(r"\b(?:airflow|av|broken|ffmpeg|render|rendered)\b")
"""What a test module names that encodes video or starts Airflow."""


def pytest_collection_modifyitems(config, items) -> None:
    """Leave to ``--fast`` the tests that need no service and whose module neither encodes video nor starts Airflow."""
    if config.getoption("fast"):
        slow = {path: SLOW.search(path.read_text()) for path in {item.path for item in items}}
        needs = {"home", "live", "models", "language_model", "containers"}
        left = [
            item
            for item in items
            if slow[item.path] or needs & {*item.fixturenames, *(mark.name for mark in item.iter_markers())}
        ]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_unconfigure(config) -> None:
    """What the workers of a run share ends when the last of them has ended."""
    if not WORKER:
        stack.erase(RUN / "services")
        shutil.rmtree(RUN, ignore_errors=True)


@pytest.fixture(scope="session")
def home() -> Path:
    """The state folder of PostgreSQL and the S3 server that the whole test run shares. No test cuts the power, so the
    database need not wait for the disk; whatever is killed, the kernel keeps what it has taken."""
    home = RUN / "services"
    with alone("home"):
        stack.up(home, airflow=False)
        stack.administer(home, "alter system set fsync = off")
        stack.administer(home, "select pg_reload_conf()")
        stack.administer(home, "alter role fm createdb")
    return home


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
def template(services) -> str:
    """The name of a migrated database that each test's own is cloned from."""
    name = f"{WORKER}template"
    administer(services, f"create database {name}")
    store.migrate(named(services, name))
    return name


def named(services: Settings, database: str) -> str:
    """The URL of another database on the same server."""
    return make_url(services.database_url).set(database=database).render_as_string(hide_password=False)


def remove_objects(objects: Objects) -> None:
    """Empty the buckets. They stay for the next test: the S3 server never rests again once one was removed."""
    for bucket in (objects.raw, objects.work, objects.release):
        for item in objects.list(bucket, ""):
            objects.delete(f"s3://{bucket}/{item.key}")


FREE = [f"{WORKER}t{number}" for number in range(20)]
"""Names of databases and beginnings of names of buckets that no installation has now."""


@contextmanager
def installing(home: Path, services: Settings, template: str) -> Iterator[Callable[[], Installation]]:
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
        # By the superuser: no other role may end the autovacuum that happens to be at work in it.
        stack.administer(home, f"drop database {name} with (force)")
        remove_objects(one.objects)
        FREE.insert(0, name)  # each bucket that was ever used holds a volume, and the disk gives room for so many


@pytest.fixture
def install(home, services, template) -> Iterator[Callable[[], Installation]]:
    """Make an installation; as many as the test calls for, all gone after it."""
    with installing(home, services, template) as new:
        yield new


@pytest.fixture(scope="module")
def install_for_module(home, services, template) -> Iterator[Callable[[], Installation]]:
    """Make an installation that the tests of a module share."""
    with installing(home, services, template) as new:
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


@pytest.fixture
def model_server(monkeypatch) -> Iterator[Server]:
    """A server of the OpenAI API, which the steps find as their settings say."""
    with serving() as (server, url):
        monkeypatch.setenv("FM_LLM_BASE_URL", url)
        monkeypatch.setenv("FM_LLM_KEY", KEY)
        yield server
