"""Real services for every test: PostgreSQL and an S3 server from packages, a database and buckets of its own each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import Connection, make_url, text

from fm_tasks import runtime, settings, store
from fm_tasks.local import stack
from fm_tasks.model import Window
from fm_tasks.objects import Objects
from fm_tasks.runtime import STEPS
from fm_tasks.settings import PROJECT, Settings
from fm_tasks.sources import Source
from fm_tasks.steps.discover import discover

# Airflow reads its configuration when it is imported, so this stands before any test does.
os.environ |= {
    "AIRFLOW_HOME": tempfile.mkdtemp(prefix="fm-airflow-"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
}


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


def remove_buckets(objects: Objects) -> None:
    """Remove the buckets and what is in them."""
    for bucket in (objects.raw, objects.work, objects.release):
        for item in objects.list(bucket, ""):
            objects.delete(f"s3://{bucket}/{item.key}")
        objects._client.remove_bucket(bucket)


@pytest.fixture
def install(services, template) -> Iterator[Callable[[], Installation]]:
    """Make an installation; as many as the test calls for, all removed after it."""
    made = []

    def new() -> Installation:
        name = f"t{uuid4().hex[:10]}"
        administer(services, f"create database {name} template {template}")
        buckets = {f"bucket_{part}": f"{name}-{part}" for part in ("raw", "work", "release")}
        config = replace(services, database_url=named(services, name), **buckets)
        made.append(Installation(config, Objects(config)))
        made[-1].objects.make_buckets()
        return made[-1]

    yield new
    for one in made:
        administer(services, f"drop database {make_url(one.database_url).database} with (force)")
        remove_buckets(one.objects)


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
