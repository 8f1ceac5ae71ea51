"""A process of its own for a stranger's file, because the file may make its decoder crash, hang or swell."""

from __future__ import annotations

import errno
import multiprocessing
import resource
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import psutil

from fm_tasks.errors import ItemFailed, Rejected
from fm_tasks.model import RejectionCode


def isolated(
    make: Callable[..., Iterator],
    *arguments,
    cpu_seconds: int,
    memory_gib: float,
    disk_gib: float,
    idle_seconds: int = 300,
) -> Iterator:
    """Yield what the generator function ``make(*arguments)`` yields, made in a fresh process that is given so much
    processor time, memory, and disk for a file; what it yields, and what it raises, must pickle. It goes on from one
    item only when the next is asked for.

    Raises what ``make`` raises; ``Rejected`` with ``too_heavy`` where the process reaches a limit, with ``undecodable``
    where it crashes or computes nothing for ``idle_seconds``, for it would again; ``ItemFailed`` where it is killed
    from outside.
    """
    # A fork server forks before anything has started a thread or opened a connection, and imports only once.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__package__, make.__module__])
    here, there = context.Pipe()
    limits = cpu_seconds, memory_gib, disk_gib
    process = context.Process(target=_serve, args=(there, make, arguments, *limits), daemon=True)
    process.start()
    there.close()
    try:
        while True:
            spent = None
            while not here.poll(idle_seconds):
                before, spent = spent, psutil.Process(process.pid).cpu_times()
                if spent == before:
                    raise Rejected(RejectionCode.UNDECODABLE, f"the decoder stands still for {idle_seconds} s")
            what, value = here.recv()
            if what == "raised":
                raise value
            if what == "done":
                return
            yield value
            here.send(None)
    except (EOFError, ConnectionError) as error:
        process.join()
        raise _ended(-(process.exitcode or 0), cpu_seconds) from error
    finally:
        process.kill()
        process.join()
        here.close()


def _serve(
    there: Connection,
    make: Callable[..., Iterator],
    arguments: tuple,
    cpu_seconds: int,
    memory_gib: float,
    disk_gib: float,
) -> None:
    limits = {"CPU": cpu_seconds, "DATA": round(memory_gib * 2**30), "FSIZE": round(disk_gib * 2**30), "CORE": 0}
    for name, most in limits.items():
        limit = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        for item in make(*arguments):
            there.send(("made", item))
            there.recv()
        there.send(("done", None))
    except (MemoryError, BlockingIOError):  # the second where there is no room for the stack of a thread
        there.send(("raised", Rejected(RejectionCode.TOO_HEAVY, f"it needs more than {memory_gib:g} GiB of memory")))
    except Exception as error:
        if getattr(error, "errno", None) == errno.EFBIG:
            error = Rejected(RejectionCode.TOO_HEAVY, f"a file made of it needs more than {disk_gib:g} GiB of disk")
        there.send(("raised", error))


def _ended(number: int, cpu_seconds: int) -> Exception:
    """What it means that the process ended by signal ``number`` before it was done."""
    if number == signal.SIGXCPU:
        return Rejected(RejectionCode.TOO_HEAVY, f"it takes more than {cpu_seconds} s of processor time")
    if number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP):
        return Rejected(RejectionCode.UNDECODABLE, f"the decoder ends with {signal.Signals(number).name}")
    return ItemFailed(f"the process that decodes it ended early ({-number}); perhaps the machine ran out of memory")
