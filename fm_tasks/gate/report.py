"""The report on a batch: the result of each check. People and `publish` read it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from sqlalchemy import Connection

from fm_tasks.model import Document, Severity, digest_of
from fm_tasks.store import rows


class Waiver(Document):
    """Who lets the failures of a rule pass, why, and through which day (UTC)."""

    person: str
    reason: str
    until: date


class CheckResult(Document):
    """What one expectation found: how many rows break it, and the first of them in words.

    ``examples`` quote the data, which may be hostile: whoever shows them must escape them. ``waiver`` is None where
    the rule holds, or where its failure counts.
    """

    suite: str
    rule: str
    expectation: str
    severity: Severity
    success: bool
    failing: int
    examples: tuple[str, ...]
    waiver: Waiver | None = None


class Precision(Document):
    """What the audit found of the statements of one kind, or of ``all``: how many were drawn, and how they were judged.

    ``precision`` is the share of the true among the true and false, 0..1; ``low`` and ``high`` are its bounds at 95 %.
    All three are None where nothing is true or false.
    """

    kind: str
    drawn: int
    judged: int
    true: int
    false: int
    unclear: int
    precision: float | None
    low: float | None
    high: float | None
    auditors: tuple[str, ...]
    """Whose judgements they are: names of persons, and models with the digest of their prompt."""


Verdict = Literal["pass", "held", "blocked", "all_rejected"]
"""What the gate makes of a batch."""


class Report(Document):
    """What the gate found in one batch. ``counts`` are rows by what they are, ``rejections`` refusals by code.

    ``content`` is the digest of what was judged (``content_of``), ``id`` that of the content, the rules, the findings
    and the waivers that applied. ``audit`` has the kinds that were audited and, last, all; it is empty where nobody
    audited.
    """

    id: str
    batch: str
    content: str
    verdict: Verdict
    counts: dict[str, int]
    rejections: dict[str, int]
    checks: tuple[CheckResult, ...]
    audit: tuple[Precision, ...] = ()


def content_of(db: Connection, batch: str) -> str:
    """The digest of what a batch holds: every item that it owes, how it stands and the request that it answers; and
    every judgement of its audit that counts.

    Rows follow from requests and judgements, so two contents with one digest have the same rows.
    """
    held = [*rows(db, "gate_items", batch=batch), *rows(db, "judged_statements", batch=batch)]
    return digest_of([list(row) for row in held])
