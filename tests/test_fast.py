"""`make test-fast` runs what needs no service, no encoder of video and no Airflow, and all of that."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from fm_tasks.settings import PROJECT

FOLDERS = ("tests/motion", "tests/gate", "tests/operations", "tests/orchestration", "tests/writing", "tests/tracking")


def collected(*options: str) -> Counter[str]:
    """How many tests of each module pytest would run."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider", *options, *FOLDERS]
    said = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    lines = (line.rpartition(": ") for line in said.splitlines() if line.startswith("tests/"))
    return Counter({module: int(number) for module, _, number in lines})


def test_the_fast_tests_are_those_without_services_video_and_airflow():
    every, fast = collected(), collected("--fast")
    assert fast <= every
    slow = {module for module in every if fast[module] < every[module]}
    assert {"tests/gate/test_gate.py", "tests/operations/test_status.py", "tests/orchestration/test_dags.py"} <= slow
    assert {"tests/motion/test_motion.py", "tests/writing/test_facts_writer.py", "tests/tracking/test_contact.py"} <= (
        fast.keys() - slow
    )
    assert not fast["tests/tracking/test_evidence.py"], "it encodes video"
    assert not fast["tests/orchestration/test_live.py"]
