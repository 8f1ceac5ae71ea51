"""Airflow's own scheduler on the shared services, used as a person uses it: backfill, trigger, clear, look."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fm_tasks.errors import Unavailable
from fm_tasks.local import stack
from fm_tasks.model import Window
from fm_tasks.operations.airflow_api import DONE, Airflow


@dataclass(frozen=True)
class Scheduler:
    """One running Airflow, and the DAGs ``annotate__<source>`` in it."""

    home: Path
    airflow: Airflow

    def enable(self, source: str) -> None:
        """Wait until the source's DAG was read, and unpause it."""
        dag = f"annotate__{source}"
        self.until(lambda: dag in self.airflow.dags(), f"{dag} is read", seconds=120)
        self.airflow.unpause(dag)

    def backfill(self, source: str, first: datetime, last: datetime) -> dict[str, dict]:
        """Have every date of ``first..last`` executed, those that ran before again; return the runs by date."""
        job = self.airflow.backfill(f"annotate__{source}", first, last)["id"]
        # Airflow calls a backfill completed that has no runs of its own, only those of an earlier one to execute again.
        self.until(lambda: self.airflow.backfill_done(job) and self.ended(source), f"the backfill of {source}")
        return {one["logical_date"][:10]: one for one in self.runs(source) if one["run_type"] == "backfill"}

    def trigger(self, source: str, window: Window) -> str:
        """Start a manual run of ``window``; return its id."""
        conf = {"from": window.start.isoformat(), "to": window.end.isoformat()}
        body = {"logical_date": None, "conf": conf}
        return self.airflow._ask("POST", f"/api/v2/dags/annotate__{source}/dagRuns", json=body)["dag_run_id"]

    def clear(self, source: str, run: str) -> None:
        """What the button *Clear* of a run does: every task of it is executed again."""
        body = {"dry_run": False, "dag_run_id": run, "only_failed": False, "reset_dag_runs": True}
        self.airflow._ask("POST", f"/api/v2/dags/annotate__{source}/clearTaskInstances", json=body)

    def runs(self, source: str) -> list[dict]:
        """Every run of the source."""
        return self.airflow._ask("GET", f"/api/v2/dags/annotate__{source}/dagRuns", params={"limit": 100})["dag_runs"]

    def ended(self, source: str) -> bool:
        """Whether no run of the source is left to do."""
        return all(one["state"] in DONE for one in self.runs(source))

    def states(self, source: str, run: str) -> dict[str, str]:
        """The state of each task of a run; of a mapped one, that of its last shard."""
        return {one["task_id"]: one["state"] for one in self.airflow.tasks_of(f"annotate__{source}", run)}

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 1200) -> None:
        """Wait for ``condition``. Raises ``Unavailable`` where it does not come in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise Unavailable(f"{what}: not within {seconds:.0f} s; see {self.home / 'logs'}")
            time.sleep(0.5)


def start(home: Path) -> Scheduler:
    """Start Airflow where it does not run."""
    stack.up(home)
    return Scheduler(home, Airflow(*stack.airflow_login(home)))
