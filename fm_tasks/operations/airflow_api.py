"""Airflow's REST API, as far as a person's clicks in its UI go: unpause a DAG, backfill a window, look at a run."""

from __future__ import annotations

from datetime import datetime

import httpx

from fm_tasks.errors import BadConfig, Unavailable

DONE = {"success", "failed"}


class Airflow:
    """A client, logged in where a user is given; without one only ``health`` answers.

    Every method raises ``Unavailable`` where Airflow does not answer or says no, ``BadConfig`` where it does not know
    the user or does not let them.
    """

    def __init__(self, address: str, user: str = "", password: str = ""):
        self.address, self.user = address, user
        self._http = httpx.Client(base_url=address, timeout=30)
        if user:
            token = self._ask("POST", "/auth/token", json={"username": user, "password": password})["access_token"]
            self._http.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def at(cls, url: str) -> Airflow:
        """The client for an address that holds its login, ``http://user:password@host:port``.

        Raises ``BadConfig`` for what is no address.
        """
        try:
            found = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise BadConfig("FM_AIRFLOW_URL is no address such as http://user:password@host:port") from error
        return cls(str(found.copy_with(userinfo=b"")), found.username, found.password)

    def _ask(self, method: str, path: str, **kwargs) -> dict:
        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            raise Unavailable(f"Airflow at {self.address} does not answer: {error}") from error
        if answer.status_code in (401, 403):
            raise BadConfig(f"Airflow at {self.address} does not let this user {method} {path}; check FM_AIRFLOW_URL")
        if answer.is_error:
            raise Unavailable(f"Airflow refused {method} {path} ({answer.status_code}): {answer.text[:400]}")
        return answer.json()

    def health(self) -> dict[str, dict]:
        """For each part of Airflow its ``status`` and, where it has one, the time of its last heartbeat."""
        return self._ask("GET", "/api/v2/monitor/health")

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files that could not be read."""
        return [error["stack_trace"] for error in self._ask("GET", "/api/v2/importErrors")["import_errors"]]

    def dag(self, dag: str) -> dict | None:
        """A DAG as Airflow describes it; None where it was not read."""
        found = self._ask("GET", "/api/v2/dags", params={"dag_id_pattern": dag, "limit": 100})["dags"]
        return next((one for one in found if one["dag_id"] == dag), None)

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

    def run_again(self, dag: str, start: datetime, end: datetime) -> str:
        """Have the scheduler run the window ``start..end`` again, and return the id of the run: the scheduled run or
        backfill of just that window, cleared, or else a new one by hand.

        Raises ``Unavailable`` where that run has not ended.
        """
        run = self.run_of(dag, start)
        if not run or datetime.fromisoformat(run["data_interval_end"]) != end:
            window = {"from": start.isoformat(), "to": end.isoformat()}
            made = self._ask("POST", f"/api/v2/dags/{dag}/dagRuns", json={"logical_date": None, "conf": window})
            return made["dag_run_id"]
        if run["state"] not in DONE:
            raise Unavailable(f"the run {run['dag_run_id']} of {dag} is {run['state']}: wait until it has ended")
        self._ask("POST", f"/api/v2/dags/{dag}/dagRuns/{run['dag_run_id']}/clear", json={"dry_run": False})
        return run["dag_run_id"]

    def tasks_of(self, dag: str, run: str) -> list[dict]:
        """Every task instance of a run, in no order."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances"
        return self._ask("GET", path, params={"limit": 1000})["task_instances"]

    def log_of(self, dag: str, run: str, task: str, attempt: int, map_index: int = -1) -> str:
        """The log of one attempt of a task."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}"
        lines = self._ask("GET", path, params={"map_index": map_index, "full_content": True})["content"]
        return "\n".join(line if isinstance(line, str) else line.get("event", "") for line in lines)


HEALTH = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}
"""The parts that report a heartbeat, and their names on the API server's page of health."""
