"""Judge a batch before anything of it is published.

Reads the truth from Postgres, through the views ``gate_…`` of ``sql/views``, and the waivers of its source;
writes ``quality_report``, ``quality_check`` and the outcome of the batch. A failure elsewhere needs no message to get
here: what was lost is still owed, and a batch that owes anything is blocked.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import Connection

from fm_tasks.errors import GateBlocked
from fm_tasks.gate import audit, checks, waivers
from fm_tasks.gate.approval import RELEASED, ruling
from fm_tasks.gate.report import CheckResult, Report, Verdict, content_of
from fm_tasks.gate.rules import RULES
from fm_tasks.model import Batch, Outcome, Severity, digest_of
from fm_tasks.store import execute, rows

log = logging.getLogger(__name__)

COMPLETENESS = tuple(rule for rule in RULES if rule.view == "gate_item")


def evaluate(db: Connection, batch: Batch, database_url: str, at: datetime) -> Report:
    """The report on ``batch``, saved; the same content judged again changes no row. ``at`` is when it is judged, which
    tells the waivers that are in force.

    Nothing is judged where every video or clip was refused. A batch that is not complete is judged for that alone:
    its other rows are still on their way. Raises ``GateBlocked`` where the gate could not show anything.
    """
    standing = rows(db, "gate_standing", batch=batch.id)[0]
    counts = {row.what: row.n for row in rows(db, "gate_counts", batch=batch.id)}
    rejections = {row.code: row.n for row in rows(db, "gate_rejections", batch=batch.id)}
    if not standing.items:
        raise GateBlocked(f"batch {batch.id} has no videos: there is nothing to judge")
    if standing.open_items:
        found = checks.check(db, database_url, batch.id, COMPLETENESS)
    elif standing.verified_clips:
        found = checks.check(db, database_url, batch.id)
    else:
        found = ()
    in_force = waivers.in_force(db, batch.source, at)
    found = tuple(one if one.success else one.model_copy(update={"waiver": in_force.get(one.rule)}) for one in found)
    content = content_of(db, batch.id)
    evaluated = [batch.id, content, counts, rejections, checks.definitions() if found else []]
    report = Report(
        id=digest_of([*evaluated, *(one.model_dump(mode="json") for one in found)]),
        batch=batch.id,
        content=content,
        verdict=verdict_of(found),
        counts=counts,
        rejections=rejections,
        checks=found,
        audit=audit.precisions(db, batch.id),
    )
    _save(db, report)
    held = ", ".join(f"{n} {what}" for what, n in counts.items())
    log.info("batch %s: %s, %s; %s", batch.id, report.verdict, held, audit.told(report.audit))
    for one in found:
        if not one.success:
            severity = f"waived by {one.waiver.person}" if one.waiver else one.severity
            log.warning("%s, %s: %d rows, such as %r", severity, one.expectation, one.failing, one.examples)
    return report


def present_report(db: Connection, batch: str) -> Report:
    """The report of what ``batch`` holds now. Raises ``GateBlocked`` where it was never judged."""
    found = rows(db, "present_report", batch=batch)
    if not found:
        raise GateBlocked(f"batch {batch} was never judged: run its gate")
    return Report.model_validate(found[0].document)


def verdict_of(checks: tuple[CheckResult, ...]) -> Verdict:
    """What the checks make of a batch: the gravest failure that is not waived decides."""
    failed = {check.severity for check in checks if not check.success and not check.waiver}
    if not checks:
        return "all_rejected"
    if Severity.CRITICAL in failed:
        return "blocked"
    return "held" if failed else "pass"


def _save(db: Connection, report: Report) -> None:
    document = report.model_dump_json()
    entry = {"report": report.id, "batch": report.batch, "verdict": report.verdict, "document": document}
    if execute(db, "insert_quality_report", entry):
        execute(
            db,
            "insert_quality_check",
            [
                {
                    **{"report": report.id, "n": n, **check.model_dump(mode="json")},
                    "waiver": check.waiver and check.waiver.model_dump_json(),
                }
                for n, check in enumerate(report.checks, 1)
            ],
        )
    execute(db, "judge_batch", {"batch": report.batch, "report": report.id})
    if ruling(db, report) not in RELEASED:  # what is released is published next
        execute(db, "end_batch", {"batch": report.batch, "outcome": Outcome(report.verdict).value})
