"""Waivers: a person lets the failures of one rule pass for one source, for a reason, through a day.

A waived failure no longer decides the verdict. It stays in the report, with the waiver. What the product promises
cannot be waived.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection

from fm_tasks.errors import BadRequest
from fm_tasks.gate.report import Waiver
from fm_tasks.gate.rules import RULES
from fm_tasks.printable import plain
from fm_tasks.store import execute, rows


def waive(db: Connection, source: str, rule: str, waiver: Waiver, at: datetime) -> None:
    """Let the failures of ``rule`` pass for ``source`` from ``at`` on, in place of an earlier waiver of the two.

    Raises ``BadRequest`` for an unknown source or rule, a rule that cannot be waived, a day that is over, and where
    nobody or no reason is named.
    """
    if not rows(db, "known_source", source=source):
        raise BadRequest(f"no batch of a source {source!r} was ever discovered; `fm sources` lists the sources")
    promises = {one.name: one.promise for one in RULES}
    if rule not in promises:
        can = ", ".join(sorted(name for name, promise in promises.items() if not promise))
        raise BadRequest(f"there is no rule {rule!r}; those that can be waived are {can}")
    if promises[rule]:
        raise BadRequest(f"{rule} cannot be waived, the product promises it: {promises[rule]}")
    if not (waiver.person.strip() and waiver.reason.strip()):
        raise BadRequest("a waiver names a person and a reason: give --person and --reason")
    if waiver.until < at.astimezone(UTC).date():
        raise BadRequest(f"{waiver.until} is over; give the last day on which the waiver counts")
    what = {"source": source, "rule": rule, "at": at, **waiver.model_dump()}
    execute(db, "end_waiver", what)
    execute(db, "waive", what)


def end(db: Connection, source: str, rule: str, person: str, at: datetime) -> None:
    """Let the failures of ``rule`` count again for ``source``.

    Raises ``BadRequest`` where there is no such waiver, and where nobody is named.
    """
    if not person.strip():
        raise BadRequest("whoever ends a waiver is named: give --person")
    if not execute(db, "end_waiver", {"source": source, "rule": rule, "person": person, "at": at}):
        raise BadRequest(f"{rule} is not waived for {source}; `fm waivers` lists every waiver")


def in_force(db: Connection, source: str, at: datetime) -> dict[str, Waiver]:
    """The waivers of ``source`` that count at ``at``, by the name of their rule."""
    found = rows(db, "waivers_in_force", source=source, day=at.astimezone(UTC).date())
    return {row.rule: Waiver(person=row.person, reason=row.reason, until=row.until) for row in found}


def lines(db: Connection, at: datetime) -> Iterator[str]:
    """Every waiver, one a line for a person, the latest first."""
    for row in rows(db, "waivers"):
        if row.ended_at:
            state = f"ended by {plain(row.ended_by)}"
        else:
            state = "expired" if row.until < at.astimezone(UTC).date() else "in force"
        why = f"by {plain(row.person)}: {plain(row.reason)}"
        yield f"{row.source:<20} {row.rule:<20} until {row.until}, {state}, {why}"
