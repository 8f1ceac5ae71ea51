"""A shard as a group of processes beside the Airflow worker."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress

from fm_tasks.settings import PROJECT, worker_environment
from fm_tasks.step import STEPS
from foundry.runners import GRACE, Shard, arguments_of

PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""


def _end_with_parent() -> None:
    """Have the kernel kill this process when its parent dies, even where that is killed and can end nothing itself."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class RunShard(Shard):
    """Run one shard as a process that leads a group of its own; the whole group ends with the task, however that ends:
    it never works beside the task's next attempt."""

    _process: subprocess.Popen | None = None

    def run(self, context) -> tuple[int, list[str]]:
        process = self._process = subprocess.Popen(
            [sys.executable, *arguments_of(self.step, self.shard)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=PROJECT,
            env=worker_environment(besides=STEPS[self.step].needs.settings),
            process_group=0,
            preexec_fn=_end_with_parent,
        )
        threading.Thread(target=self._end_with_worker, args=[process, os.getppid()], daemon=True).start()
        last = deque(maxlen=5)
        try:
            for line in process.stdout or ():
                last.append(line.rstrip())
                self.log.info("%s", line.rstrip())
            return process.wait(), list(last)
        finally:
            self._signal(signal.SIGKILL)

    def _end_with_worker(self, process: subprocess.Popen, worker: int) -> None:
        """Kill the process once the worker that this task belongs to was killed: nobody would hear how it ended, and
        Airflow starts the next attempt."""
        while process.poll() is None:
            if os.getppid() != worker:
                self._signal(signal.SIGKILL)
            time.sleep(1)

    def on_kill(self) -> None:
        self._signal(signal.SIGTERM)
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
