"""The tasks of a batch. Airflow sees shards and outcomes; items, keys and reasons live in Postgres.

Every task after ``discover`` runs whatever happened before it and reads the truth from Postgres, so good clips go on
beside a lost shard; the gate's first check is completeness, so a loss is never published over.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

from fm_tasks.errors import BadRequest, GateBlocked, NotDiscovered, Unavailable
from fm_tasks.model import Window, batch_id
from fm_tasks.settings import load
from fm_tasks.sources import Source
from fm_tasks.step import STEPS
from foundry.runners import operator

RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=BadRequest, action=RetryAction.FAIL, reason="the request is wrong; asking again cannot help"
        ),
        RetryRule(exception=GateBlocked, action=RetryAction.FAIL, reason="the gate said no; mend the data first"),
        RetryRule(exception=Unavailable, action=RetryAction.RETRY, reason="a service did not answer"),
    ]
)

DEFAULTS = {
    "owner": "motion-foundry",
    "retries": 2,
    "retry_policy": RETRIES,
    "execution_timeout": timedelta(minutes=30),
}
"""Of every task that says nothing else."""


def window_of(source: Source, params, dag_run) -> Window:
    """The window of a run: its data interval, or the params `from` and `to`, which a manual run must have.

    A time without a zone is in the source's zone. The interval that Airflow infers for a manual run is not taken: it is
    the day before the date that a person typed. Raises ``BadRequest`` where there is no window, or an empty one.
    """
    given = [params.get("from"), params.get("to")]
    if all(given):
        start, end = (_aware(text, source.zone) for text in given)
    elif any(given):
        raise BadRequest("give both `from` and `to`, or neither")
    elif dag_run.run_type == "manual" or not dag_run.data_interval_start:
        raise BadRequest("a manual run needs the params `from` and `to`: the window of time whose videos it takes")
    else:
        start, end = dag_run.data_interval_start, dag_run.data_interval_end
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


def tasks_of(source: Source):
    """The task factories of one source's batch: ``discover``, ``step``, ``gate`` and ``publish``."""

    def batch(params, dag_run) -> str:
        return batch_id(source.id, window_of(source, params, dag_run))

    @task.short_circuit(ignore_downstream_trigger_rules=True)
    def discover(params=None, dag_run=None):
        """Claim the videos of the window; without any, the rest of the run is skipped."""
        from fm_tasks.discover import discover as find
        from fm_tasks.objects import Objects

        settings = load()
        window = window_of(source, params, dag_run)
        return find(settings.require("database_url"), Objects(settings), source, window).videos > 0

    def step(name: str):
        @task_group(group_id=name)
        def life_cycle():
            @task(trigger_rule="all_done")
            def plan(params=None, dag_run=None) -> list[str]:
                """Write a shard document for the items that lack this step.

                The list is never shorter than when the run was executed before: Airflow removes mapped tasks beyond
                the end of a list, and does not bring them back when a later execution needs them.
                """
                from fm_tasks import runtime

                worker = runtime.Worker.of(load())
                of = batch(params, dag_run)
                with _skip_undiscovered():
                    shards = runtime.plan(worker, name, of, source, STEPS[name].shard_size)
                    return shards + [""] * (runtime.width(worker, of, name, len(shards)) - len(shards))

            @task(trigger_rule="all_done")
            def save(params=None, dag_run=None) -> None:
                """Copy results into rows, an item at a time."""
                from fm_tasks import runtime

                worker = runtime.Worker.of(load())
                of = batch(params, dag_run)
                with _skip_undiscovered():
                    runtime.save(worker, name, of)

            run = operator(name, source).expand(shard=plan())
            run >> save()

        return life_cycle()

    @task(trigger_rule="all_done")
    def gate(params=None, dag_run=None) -> dict[str, str]:
        """Judge the batch; a critical failure is red and nothing is published."""
        from fm_tasks.gate import gate
        from fm_tasks.gate.approval import ruling
        from fm_tasks.runtime import batch_of
        from fm_tasks.store import transaction

        database_url = load().require("database_url")
        with transaction(database_url) as db:
            of = batch_of(db, batch(params, dag_run))
            report = gate.evaluate(db, of, database_url, datetime.now(UTC))
            ruled = ruling(db, report)
        if report.verdict == "blocked":
            failed = [check.expectation for check in report.checks if not check.success and not check.waiver]
            raise GateBlocked(f"batch {of.id} is blocked: {'; '.join(failed)}; the log above names the rows")
        return {"batch": of.id, "report": report.id, "ruling": ruled}

    # A held batch that nobody could be asked about ends the run as it would have; the task that failed to ask is red.
    @task(trigger_rule="one_success")
    def publish(ruled: str, params=None, dag_run=None) -> None:
        """Write the partition of a batch that passed, or that a person approved."""
        from fm_tasks.gate.approval import RELEASED

        if ruled not in RELEASED:
            raise AirflowSkipException(f"the batch is {ruled}: nothing to publish")
        from fm_tasks.dataset import publish
        from fm_tasks.gate import gate
        from fm_tasks.objects import Objects
        from fm_tasks.runtime import batch_of
        from fm_tasks.store import transaction

        settings = load()
        with transaction(settings.require("database_url")) as db:
            of = batch_of(db, batch(params, dag_run))
            publish.run(db, Objects(settings), of, gate.present_report(db, of.id))

    return discover, step, gate, publish
