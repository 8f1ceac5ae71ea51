"""A person lets a held batch through or not: the question, and the answer.

An answer is about one report, that is about one content judged by one set of rules and waivers. A batch that is judged
anew is asked about anew. An approval is final, so that the nightly run finds its batch published and leaves it so.
After a rejection, or where nobody answered in time, the batch stays held, and may be asked about again.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Connection

from fm_tasks.gate import audit
from fm_tasks.gate.report import CheckResult, Report
from fm_tasks.model import Answer, Document
from fm_tasks.printable import plain
from fm_tasks.store import execute, rows

RELEASED = ("pass", "approved")
"""Rulings after which a batch is published."""


class Decision(Document):
    """An answer; ``person`` is None where nobody gave one in time."""

    answer: Answer
    at: datetime
    person: str | None
    note: str


def decide(db: Connection, report: str, decision: Decision) -> None:
    """Record the answer to the report with id ``report``; the same answer again changes no row."""
    execute(db, "decide", {"report": report, **decision.model_dump()})


def approval_of(db: Connection, report: Report) -> Decision | None:
    """The decision that lets ``report`` through, None where nobody approved it."""
    for row in rows(db, "decisions", report=report.id):
        if row.answer == Answer.APPROVED:
            return Decision.model_validate(row._mapping)
    return None


def ruling(db: Connection, report: Report) -> str:
    """What is to become of a batch so judged: the verdict, or ``approved`` where a person let a held one through."""
    return "approved" if report.verdict == "held" and approval_of(db, report) else report.verdict


def question(report: Report) -> str:
    """What a person is asked about a held batch, in Markdown; what it quotes of the data is escaped."""
    counts = report.counts
    failed = [check for check in report.checks if not check.success]
    return "\n".join(
        [
            f"Batch `{report.batch}`: {counts['clips']} clips with {counts['sentences']} sentences and "
            f"{counts['questions']} questions; {_escaped(audit.told(report.audit))}.\n",
            "Nothing blocks the batch. The gate holds it because of:\n",
            *(_failure(check) for check in sorted(failed, key=lambda check: check.waiver is not None)),
            "**Approve** publishes the batch as it is now. **Reject** publishes nothing, and what was published of it "
            "before stays. No answer in time is a rejection.\n",
            f"`fm status {report.batch}` tells more. This is about report `{report.id}` alone.",
        ]
    )


def _failure(check: CheckResult) -> str:
    lines = [f"**{_escaped(check.expectation)}** (rule `{check.rule}`)"]
    if waiver := check.waiver:
        lines += [f"waived by {_escaped(waiver.person)} until {waiver.until}: {_escaped(waiver.reason)}"]
    lines += [f"rows that break it: {check.failing}, such as\n"]
    return "\n".join([*lines, *(f"- {_escaped(example)}" for example in check.examples), ""])


def _escaped(text: str) -> str:
    """The text as Markdown that shows it and does nothing else (CommonMark, "Backslash escapes")."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", plain(text))
