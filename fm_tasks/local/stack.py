"""The local services together: PostgreSQL, an S3 server and Airflow, from packages, on the loopback address.

For a laptop and for CI. Whoever has services of their own sets the ``FM_…`` variables instead.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fm_tasks import settings, store
from fm_tasks.errors import BadRequest, Unavailable
from fm_tasks.local import airflow as airflow_parts
from fm_tasks.local import postgres, s3
from fm_tasks.local.processes import is_running, log_file
from fm_tasks.local.state import State, load, locked, write_private
from fm_tasks.objects import Objects
from fm_tasks.operations.airflow_api import HEALTH
from fm_tasks.settings import PROJECT

HOME = PROJECT / ".fm"


class Status(NamedTuple):
    """One service: ``running``, ``stopped``, or ``silent`` where its process lives and does not answer."""

    service: str
    state: str
    address: str
    detail: str

    def __str__(self) -> str:
        return f"{self.service:15} {self.state:8} {self.address:24} {self.detail}".rstrip()


def up(home: Path = HOME, airflow: bool = True, pg_bin: Path | None = None, say: Callable[[str], None] = print) -> None:
    """Start what does not run yet, migrate, make the buckets, and return when everything answers; data and ports are
    those of the last time.

    ``pg_bin`` names a folder with ``initdb`` and ``postgres``, 15 or newer, to use in place of the packaged server.
    Raises ``BadConfig`` where something is not installed, ``Unavailable`` where a service does not start.
    """
    with locked(home.resolve(), say) as state:
        was_down = not is_running(state, postgres.NAME)
        s3.start(state, say)
        postgres.up(state, pg_bin, say)
        s3.wait(state)
        _write_env(state)
        config = settings.load({"FM_ENV_FILE": str(state.home / "env")})
        store.migrate(config.require("database_url"))
        Objects(config).make_buckets()
        if airflow:
            if was_down:  # a part that lost its database may yet die of that
                airflow_parts.down(state, say)
            airflow_parts.up(state, say)
            _write_env(state)


def down(home: Path = HOME, say: Callable[[str], None] = print) -> None:
    """Stop what ``up`` started, Airflow first; data stay."""
    home = home.resolve()
    if not home.is_dir():
        return
    with locked(home, say) as state:
        airflow_parts.down(state, say)
        s3.down(state, say)
        postgres.down(state, say)


def erase(home: Path = HOME, say: Callable[[str], None] = print) -> None:
    """Stop everything and remove all data, wherever they lie."""
    down(home, say)
    state = load(home.resolve())
    if (state.home / "state.json").is_file():
        postgres.erase(state)
        shutil.rmtree(state.home)


def status(home: Path = HOME) -> list[Status]:
    """Every service, whether it runs, where, and how to enter it; starts and changes nothing."""
    state = load(home.resolve())
    return [
        _status(state, postgres.NAME, postgres.check, postgres.address, f"passwords in {state.home / 'env'}"),
        _status(state, s3.NAME, s3.check, s3.endpoint, f"access key in {state.home / 'env'}"),
        _status(
            state,
            airflow_parts.API_SERVER,
            airflow_parts.health,
            airflow_parts.url,
            f"user {airflow_parts.USER}, password in {airflow_parts.passwords_file(state)}",
        ),
        *(
            _status(state, part, partial(airflow_parts.check, part=part), lambda _: "", f"log {log_file(state, part)}")
            for part in HEALTH
        ),
    ]


def airflow_environment(home: Path = HOME) -> dict[str, str]:
    """The whole environment in which Airflow runs here; give it to the command ``airflow`` too.

    Raises ``BadRequest`` where Airflow was never started.
    """
    return airflow_parts.environment(_with_airflow(home))


def airflow_login(home: Path = HOME) -> tuple[str, str, str]:
    """Address, user and password of Airflow. Raises ``BadRequest`` where it was never started."""
    state = _with_airflow(home)
    return airflow_parts.url(state), *airflow_parts.login(state)


def administer(home: Path, statement: str) -> None:
    """Run one SQL statement as PostgreSQL's superuser, outside of a transaction."""
    postgres.administer(load(home.resolve()), statement)


def _with_airflow(home: Path) -> State:
    state = load(home.resolve())
    if airflow_parts.API_SERVER not in state.ports:
        raise BadRequest(f"Airflow was never started from {state.home}: run `make up`")
    return state


def _status(
    state: State, name: str, check: Callable[[State], object], address: Callable[[State], str], detail: str
) -> Status:
    if not is_running(state, name):
        return Status(name, "stopped", "", "")
    try:
        check(state)
    except Unavailable as error:
        return Status(name, "silent", address(state), str(error))
    return Status(name, "running", address(state), detail)


def _write_env(state: State) -> None:
    """Name the services in ``env``; lines that others put there stay."""
    path = state.home / "env"
    ours = {
        "FM_DATABASE_URL": postgres.url(state, "fm"),
        "FM_S3_ENDPOINT": s3.endpoint(state),
        "FM_S3_ACCESS_KEY": s3.access_key(state),
        "FM_S3_SECRET_KEY": s3.secret_key(state),
    }
    if airflow_parts.API_SERVER in state.ports:
        user, password = airflow_parts.login(state)
        ours["FM_AIRFLOW_URL"] = airflow_parts.url(state).replace("://", f"://{user}:{password}@", 1)
    known = path.read_text().splitlines() if path.is_file() else []
    others = [line for line in known if line.split("=")[0].strip() not in ours]
    write_private(path, "\n".join([*others, *(f"{name}={value}" for name, value in ours.items())]) + "\n")
