"""What the workers of one test run share: a folder, and locks in it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
"""Which worker of the test run this is, ``gw0`` and so on; empty where the run has no workers."""
RUN = Path(os.environ["TEST_RUN"] if WORKER else tempfile.mkdtemp(prefix="fm-tests-"))
"""The folder of the whole test run."""
os.environ["TEST_RUN"] = str(RUN)


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Within the block, no other worker of the run is at the same."""
    with (RUN / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
