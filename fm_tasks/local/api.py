"""Airflow's REST API, as far as a person's clicks in its UI go: unpause a DAG, backfill a window, look at a run."""

from __future__ import annotations

from datetime import datetime

import httpx

from fm_tasks.errors import Unavailable

DONE = {"success", "failed"}


class Airflow:
    """A logged-in client. Every method raises ``Unavailable`` where Airflow does not answer or says no."""

    def __init__(self, address: str, user: str, password: str):
        self._http = httpx.Client(base_url=address, timeout=30)
        token = self._ask("POST", "/auth/token", json={"username": user, "password": password})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _ask(self, method: str, path: str, **kwargs) -> dict:
        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            raise Unavailable(f"Airflow at {self._http.base_url} does not answer: {error}") from error
        if answer.is_error:
            raise Unavailable(f"Airflow refused {method} {path} ({answer.status_code}): {answer.text[:400]}")
        return answer.json()

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files that could not be read."""
        return [error["stack_trace"] for error in self._ask("GET", "/api/v2/importErrors")["import_errors"]]

    def dags(self) -> set[str]:
        """The ids of the DAGs that were read."""
        return {dag["dag_id"] for dag in self._ask("GET", "/api/v2/dags", params={"limit": 100})["dags"]}

    def unpause(self, dag: str) -> None:
        """Let the scheduler run the DAG."""
        self._ask("PATCH", f"/api/v2/dags/{dag}", json={"is_paused": False})

    def backfill(self, dag: str, start: datetime, end: datetime) -> dict:
        """Have the scheduler run every date of ``start..end``, both included, those that ran before again; return the
        backfill as Airflow describes it."""
        body = {
            "dag_id": dag,
            "from_date": start.isoformat(),
            "to_date": end.isoformat(),
            "reprocess_behavior": "completed",
            "max_active_runs": 2,
            "run_backwards": False,
            "dag_run_conf": {},
        }
        return self._ask("POST", "/api/v2/backfills", json=body)

    def backfill_done(self, backfill: int) -> bool:
        """Whether every run of the backfill has ended."""
        return self._ask("GET", f"/api/v2/backfills/{backfill}")["completed_at"] is not None

    def run_of(self, dag: str, logical_date: datetime) -> dict | None:
        """The run of ``dag`` for ``logical_date``, as Airflow describes it."""
        at = logical_date.isoformat()
        params = {"logical_date_gte": at, "logical_date_lte": at}
        runs = self._ask("GET", f"/api/v2/dags/{dag}/dagRuns", params=params)["dag_runs"]
        return runs[0] if runs else None

    def tasks_of(self, dag: str, run: str) -> list[dict]:
        """Every task instance of a run, in no order."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances"
        return self._ask("GET", path, params={"limit": 1000})["task_instances"]

    def log_of(self, dag: str, run: str, task: str, attempt: int, map_index: int = -1) -> str:
        """The log of one attempt of a task."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}"
        lines = self._ask("GET", path, params={"map_index": map_index, "full_content": True})["content"]
        return "\n".join(line if isinstance(line, str) else line.get("event", "") for line in lines)
