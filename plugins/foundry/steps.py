"""The tasks of a batch. Airflow sees shards and outcomes; items, keys and reasons live in Postgres.

Every task after ``discover`` runs whatever happened before it and reads the truth from Postgres, so good clips go on
beside a lost shard; the gate's first check is completeness, so a loss is never published over.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import BaseOperator, ExceptionRetryPolicy, RetryAction, RetryRule, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

from fm_tasks.errors import BadRequest, FoundryError, GateBlocked, NotDiscovered, Unavailable
from fm_tasks.model import Window, batch_id
from fm_tasks.settings import PROJECT, load, worker_environment
from fm_tasks.sources import Source

RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=BadRequest, action=RetryAction.FAIL, reason="the request is wrong; asking again cannot help"
        ),
        RetryRule(exception=GateBlocked, action=RetryAction.FAIL, reason="the gate said no; mend the data first"),
        RetryRule(
            exception=Unavailable,
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=20),
            reason="a service did not answer",
        ),
    ]
)


def window_of(
    source: Source, params, data_interval_start: datetime | None, data_interval_end: datetime | None
) -> Window:
    """The window of a run: params ``from`` and ``to`` where given, else its data interval.

    A time without a zone is in the source's zone. Raises ``BadRequest`` where there is neither, or where the window is
    empty.
    """
    given = [params.get("from"), params.get("to")]
    if any(given) and not all(given):
        raise BadRequest("give both `from` and `to`, or neither")
    if all(given):
        start, end = (_aware(text, source.zone) for text in given)
    elif data_interval_start and data_interval_end:
        start, end = data_interval_start, data_interval_end
    else:
        raise BadRequest("a manual run needs the params `from` and `to`: the window of time whose videos it takes")
    if start >= end:
        raise BadRequest(f"the window is empty: {start.isoformat()} is not before {end.isoformat()}")
    return Window(start=start, end=end)


def _aware(text: str, zone: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


@contextmanager
def _skip_undiscovered():
    """Where `discover` failed there is nothing to do; the gate, which does not skip, keeps the run red."""
    try:
        yield
    except NotDiscovered as error:
        raise AirflowSkipException(str(error)) from error


class RunShard(BaseOperator):
    """Run one shard of a step as a process of its own, without the database's password.

    The process leads its own group, which ends with the task. Raises the error whose exit code the process gave.
    """

    template_fields = ("shard",)

    def __init__(self, *, step: str, shard: str, **kwargs):
        super().__init__(**kwargs)
        self.step = step
        self.shard = shard
        self._process: subprocess.Popen | None = None

    def execute(self, context) -> None:
        command = [sys.executable, "-m", "fm_tasks", "run", self.step, "--shard", self.shard]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=PROJECT,
            env=worker_environment(),
            process_group=0,
        )
        lines = []
        for line in self._process.stdout:
            lines = [*lines[-4:], line.rstrip()]
            self.log.info("%s", line.rstrip())
        code = self._process.wait()
        if code:
            by_code = {kind.exit_code: kind for kind in (BadRequest, Unavailable)}
            raise by_code.get(code, FoundryError)(f"{self.step} ended with exit code {code}: {' | '.join(lines)}")

    def on_kill(self) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)


def tasks_of(source: Source):
    """The task factories of one source's batch: ``discover``, ``step``, ``gate`` and ``publish``."""

    def batch(params, data_interval_start, data_interval_end) -> str:
        return batch_id(source.id, window_of(source, params, data_interval_start, data_interval_end))

    @task.short_circuit(ignore_downstream_trigger_rules=True)
    def discover(params=None, data_interval_start=None, data_interval_end=None):
        """Claim the videos of the window; without any, the rest of the run is skipped."""
        from fm_tasks.objects import Objects
        from fm_tasks.steps.discover import discover as find

        settings = load()
        window = window_of(source, params, data_interval_start, data_interval_end)
        return find(settings.require("database_url"), Objects(settings), source, window).videos > 0

    def step(name: str, *, shard_size: int, pool: str, timeout: timedelta):
        @task_group(group_id=name)
        def life_cycle():
            @task(trigger_rule="all_done")
            def plan(params=None, data_interval_start=None, data_interval_end=None) -> list[str]:
                """Write a shard document for the items that lack this step."""
                from fm_tasks import runtime
                from fm_tasks.objects import Objects

                settings = load()
                of = batch(params, data_interval_start, data_interval_end)
                with _skip_undiscovered():
                    return runtime.plan(
                        settings.require("database_url"), Objects(settings), name, of, source, shard_size
                    )

            @task(trigger_rule="all_done")
            def save(params=None, data_interval_start=None, data_interval_end=None) -> None:
                """Copy results into rows, an item at a time."""
                from fm_tasks import runtime
                from fm_tasks.objects import Objects

                settings = load()
                of = batch(params, data_interval_start, data_interval_end)
                with _skip_undiscovered():
                    runtime.save(settings.require("database_url"), Objects(settings), name, of)

            shards = plan()
            run = RunShard.partial(
                task_id="run", step=name, pool=pool, execution_timeout=timeout, do_xcom_push=False,
                map_index_template="{{ task.shard.rsplit('/', 1)[-1][:8] }}",
            ).expand(shard=shards)  # fmt: skip
            run >> save()

        return life_cycle()

    @task(trigger_rule="all_done")
    def gate(params=None, data_interval_start=None, data_interval_end=None) -> str:
        """Judge the batch; a critical failure is red and nothing is published."""
        from fm_tasks.runtime import batch_of
        from fm_tasks.steps import gate
        from fm_tasks.store import transaction

        database_url = load().require("database_url")
        with transaction(database_url) as db:
            of = batch_of(db, batch(params, data_interval_start, data_interval_end))
            report = gate.judge(db, of, database_url)
        if report.verdict == "blocked":
            failed = [check.expectation for check in report.checks if not check.success]
            raise GateBlocked(f"batch {of.id} is blocked: {'; '.join(failed)}; the log above names the rows")
        return report.verdict

    @task
    def publish(verdict: str, params=None, data_interval_start=None, data_interval_end=None) -> None:
        """Write the partition of a batch that passed."""
        if verdict != "pass":
            raise AirflowSkipException(f"the gate's verdict is {verdict}: nothing to publish")
        from fm_tasks.objects import Objects
        from fm_tasks.runtime import batch_of
        from fm_tasks.steps import gate, publish
        from fm_tasks.store import transaction

        settings = load()
        with transaction(settings.require("database_url")) as db:
            of = batch_of(db, batch(params, data_interval_start, data_interval_end))
            publish.run(db, Objects(settings), of, gate.present_report(db, of.id))

    return discover, step, gate, publish
