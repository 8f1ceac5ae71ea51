"""What the local services remember between commands: ports, secrets, where data lies, which processes are theirs.

All of it lies in the home of the services, by default ``.fm`` in the project:

==================  ===============================================================================================
``state.json``      ports, passwords, processes: ``State``; mode 0600
``env``             the ``FM_…`` lines that ``fm_tasks.settings`` reads; mode 0600
``lock``            held while a command starts or stops services
``logs/``           one file per service, and the one before it as ``….log.old``
``postgres/``       PostgreSQL, unless its account cannot come here: then ``State.postgres`` says where it is
``s3/``             data of the S3 server
``airflow/``        Airflow's home: task logs; ``passwords.json`` holds the password of the user ``admin``
==================  ===============================================================================================
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, Field

from fm_tasks.errors import BadConfig

HOST = "127.0.0.1"
# Below the range from which the kernel takes the local ports of outgoing connections.
PORTS = range(15000, 32000)


class Process(BaseModel):
    """A process that was started here; ``boot`` and ``born`` tell it from a later one with the same number."""

    pid: int
    boot: str
    born: int
    """Start in clock ticks since boot."""
    digest: str
    """Of its command and settings: where they are others by now, it is started anew."""


class State(BaseModel):
    """The memory of one home. Change it only while ``locked``, and ``save`` before relying on the change."""

    home: Path = Field(exclude=True)
    ports: dict[str, int] = {}
    secrets: dict[str, str] = {}
    postgres: Path | None = None
    """Where PostgreSQL lies if it is not in the home."""
    processes: dict[str, Process] = {}

    def secret(self, name: str) -> str:
        """The secret called ``name``, 64 hexadecimal digits, made on first use."""
        return self.secrets.setdefault(name, secrets.token_hex(32))

    def settle_ports(self, names: Iterable[str], say: Callable[[str], None]) -> None:
        """Give each of ``names`` a free port: the remembered one, or another where a stranger holds that by now."""
        for name in names:
            known = self.ports.get(name)
            if known and is_free(known):
                continue
            self.ports[name] = free_port(set(self.ports.values()))
            if known:
                say(f"port {known} of {name} is taken by another program; it moves to {self.ports[name]}")

    def save(self) -> None:
        write_private(self.home / "state.json", self.model_dump_json(indent=2) + "\n")


def load(home: Path) -> State:
    """The state of ``home``, empty where nothing was ever started. Raises ``BadConfig`` where the file is damaged."""
    path = home / "state.json"
    if not path.is_file():
        return State(home=home)
    try:
        return State.model_validate(json.loads(path.read_text()) | {"home": home})
    except (ValueError, TypeError) as error:
        raise BadConfig(f"{path} is damaged: stop the services by hand and remove {home} ({error})") from error


@contextmanager
def locked(home: Path, say: Callable[[str], None]) -> Iterator[State]:
    """The state of ``home`` for one command at a time; a second command waits, and says so."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another command is starting or stopping the services of {home}; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield load(home)


def write_private(path: Path, text: str) -> None:
    """Replace the file at ``path`` in one go; nobody but its owner may read it (mode 0600)."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def is_free(port: int) -> bool:
    """Whether nobody listens on ``port`` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(besides: set[int]) -> int:
    """A port on which nobody listens, drawn at random so that two homes on one machine do not meet."""
    draw = secrets.SystemRandom()
    return next(port for port in iter(lambda: draw.choice(PORTS), None) if port not in besides and is_free(port))
