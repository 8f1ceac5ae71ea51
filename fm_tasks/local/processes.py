"""Starting, finding and stopping the processes of the local services, and never anybody else's.

Each service leads a session of its own, so it outlives the command that started it, and whatever it forks can be found
by the session's number. A process is known as ours by its number, its time of start and the boot of the machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from fm_tasks.errors import Unavailable
from fm_tasks.local.state import Process, State
from fm_tasks.model import digest_of


@dataclass(frozen=True)
class Service:
    """One program to keep running."""

    name: str
    command: list[str]
    settings: Mapping[str, str]
    """Its own environment variables; other values mean another service, which takes the place of the running one."""
    surroundings: Mapping[str, str] = field(default_factory=lambda: {"PATH": os.defpath, "LANG": "C.UTF-8"})
    """The rest of its environment."""

    @property
    def digest(self) -> str:
        return digest_of([self.command, dict(self.settings)])


class Running(NamedTuple):
    """One line of the table of processes."""

    pid: int
    session: int
    born: int
    is_dead: bool


def is_running(state: State, name: str) -> bool:
    """Whether the service that was started as ``name`` still runs."""
    process = state.processes.get(name)
    return process is not None and any(found.pid == process.pid for found in _session(process))


def log_file(state: State, name: str) -> Path:
    return state.home / "logs" / f"{name}.log"


def failed(state: State, name: str, what: str) -> Unavailable:
    """The error to raise when ``name`` failed, with the end of its log."""
    log = log_file(state, name)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.is_file() else ""
    return Unavailable(f"{name} {what}; its log, {log}, ends with:\n{tail}")


def ensure(state: State, service: Service, say: Callable[[str], None]) -> bool:
    """Start ``service`` unless it runs as described; True where it was started."""
    if is_running(state, service.name):
        if state.processes[service.name].digest == service.digest:
            return False
        say(f"{service.name} was started with other code or settings; starting it again")
    stop(state, [service.name], say)
    log = log_file(state, service.name)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".old"))
    # The shell hands the service to init: it is never a zombie of ours. `setsid` keeps the number that `$!` names.
    launched = subprocess.run(
        ["/bin/sh", "-c", 'setsid "$@" </dev/null >"$0" 2>&1 & echo $!', str(log), *service.command],
        env={**service.surroundings, **service.settings},
        cwd="/",
        stdout=subprocess.PIPE,
        check=True,
    )
    pid = int(launched.stdout)
    found = _read(pid)
    if found is None:
        raise failed(state, service.name, "stopped as soon as it was started")
    state.processes[service.name] = Process(pid=pid, boot=_boot(), born=found.born, digest=service.digest)
    state.save()
    return True


def wait_until_ready(state: State, name: str, check: Callable[[], object], seconds: float) -> None:
    """Call ``check`` until it no longer raises ``Unavailable``.

    Raises ``Unavailable``, with the end of its log, when the service stops or is not ready in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            check()
            return
        except Unavailable as error:
            if not is_running(state, name):
                raise failed(state, name, "stopped while it was starting") from error
            if time.monotonic() > deadline:
                raise failed(state, name, f"was not ready after {seconds:.0f} s: {error}") from error
        time.sleep(0.05)


def stop(
    state: State,
    names: Iterable[str],
    say: Callable[[str], None],
    how: signal.Signals = signal.SIGTERM,
    patience: float = 20,
) -> None:
    """Stop the services ``names`` together with all they forked, and forget them.

    The leaders are asked with the signal ``how``; who is left after ``patience`` seconds, or is left without its
    leader, is killed.
    """
    known = {name: state.processes[name] for name in names if name in state.processes}
    for process in known.values():
        if any(found.pid == process.pid for found in _session(process)):
            _signal(process.pid, how)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and any(is_running(state, name) for name in known):
        time.sleep(0.05)
    for name, process in known.items():
        if is_running(state, name):
            say(f"{name} did not stop within {patience:.0f} s; killing it")
        while left := _session(process):
            for found in left:
                _signal(found.pid, signal.SIGKILL)
            time.sleep(0.02)
        del state.processes[name]
    state.save()


def _session(process: Process) -> list[Running]:
    """The living members of the session that ``process`` leads or led; none where its number is somebody else's by now.

    The kernel gives a number to no new process while a session still bears it, so members that outlived their leader
    are ours.
    """
    leader = _read(process.pid)
    if process.boot != _boot() or (leader and leader.born != process.born):
        return []
    found = (_read(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [one for one in found if one and not one.is_dead and process.pid in (one.pid, one.session)]


def _read(pid: int) -> Running | None:
    """The process ``pid``, or None where there is none; fields as in proc(5), whose third is the first here.

    It holds its ports until the last of its threads has ended, even where the first is a zombie by then.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    is_dead = fields[0] in "ZX" and int(fields[17]) <= 1
    return Running(pid, session=int(fields[3]), born=int(fields[19]), is_dead=is_dead)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
