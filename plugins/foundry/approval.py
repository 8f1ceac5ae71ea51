"""The tasks of approval: a held batch is asked about in a run of its own, and nothing waits inside a nightly run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

from fm_tasks.errors import BadRequest, GateBlocked
from fm_tasks.settings import load


class RequestApproval(TriggerDagRunOperator):
    """Start `approve_partition` for the report of a held batch, once; skipped unless the batch is held.

    ``judged`` is what the task `gate` returns.
    """

    template_fields = ("judged",)

    def __init__(self, *, judged: Any, **kwargs):
        super().__init__(
            trigger_dag_id="approve_partition",
            logical_date=None,
            skip_when_already_exists=True,
            fail_when_dag_is_paused=True,
            **kwargs,
        )
        self.judged = judged

    def execute(self, context) -> None:
        if self.judged["ruling"] != "held":
            self.operator_extra_links = ()  # there is no run to lead to, and Airflow would log that as an error
            raise AirflowSkipException(f"the batch is not held: {self.judged['ruling']}")
        self.conf = {name: self.judged[name] for name in ("batch", "report")}
        self.trigger_run_id = "--".join(self.conf.values())
        super().execute(context)


@task
def held(params=None) -> str:
    """The report that a person is asked about, which is that of what the batch holds now."""
    from fm_tasks.runtime import batch_of
    from fm_tasks.store import transaction

    asked = dict(params or {})
    with transaction(load().require("database_url")) as db:
        report = _present(db, batch_of(db, asked["batch"]).id, asked["report"])
    if report.verdict != "held":
        raise BadRequest(f"batch {report.batch} is not held: the verdict of its gate is {report.verdict}")
    return report.id


class AskPerson(ApprovalOperator):
    """Wait for a person's answer to the report with id ``report``, and record it; one that was approved is not asked.

    The param `hours` is how long. While it waits the task uses no worker.
    """

    template_fields = ("report",)

    def __init__(self, *, report: Any, **kwargs):
        super().__init__(subject="", defaults=self.REJECT, response_timeout=timedelta(hours=1), **kwargs)
        self.report = report

    def execute(self, context) -> None:
        from fm_tasks.gate.approval import approval_of, question
        from fm_tasks.store import transaction

        params = dict(context.get("params") or {})
        with transaction(load().require("database_url")) as db:
            report = _present(db, params["batch"], self.report)
            if approval_of(db, report):
                self.log.info("report %s was approved before", report.id)
                return
        self.subject = f"Publish {report.batch}?"
        self.body = question(report)
        self.response_timeout = timedelta(hours=params["hours"])
        super().execute(context)

    def execute_complete(self, context, event: dict):
        from fm_tasks.gate.approval import Decision, decide
        from fm_tasks.model import Answer
        from fm_tasks.store import transaction

        person = event["responded_by_user"]
        if event["chosen_options"] == [self.APPROVE]:
            answer = Answer.APPROVED
        else:
            answer = Answer.REJECTED if person else Answer.TIMED_OUT
        decision = Decision(
            answer=answer,
            at=event["responded_at"],
            person=person and (person["name"] or person["id"]),
            note=event["params_input"].get("note", ""),
        )
        with transaction(load().require("database_url")) as db:
            decide(db, self.report, decision)
        self.log.info("report %s: %s", self.report, decision)
        return super().execute_complete(context, event)


@task
def publish(report: str, params=None) -> None:
    """Publish what was approved, if the batch is still what the person was asked about."""
    from fm_tasks.dataset import publish
    from fm_tasks.objects import Objects
    from fm_tasks.runtime import batch_of
    from fm_tasks.store import transaction

    settings = load()
    with transaction(settings.require("database_url")) as db:
        of = batch_of(db, dict(params or {})["batch"])
        publish.run(db, Objects(settings), of, _present(db, of.id, report))


def _present(db, batch: str, asked: str | None):
    """The report of what ``batch`` holds now. Raises ``GateBlocked`` where it is not the report that is asked about."""
    from fm_tasks.gate import gate

    report = gate.present_report(db, batch)
    if asked and asked != report.id:
        raise GateBlocked(
            f"batch {batch} changed and was judged anew: its report is {report.id}, not {asked}; nothing is published"
        )
    return report
