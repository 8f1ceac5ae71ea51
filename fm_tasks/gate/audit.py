"""The precision of what a batch says, as auditors find it who look at the frames of a sample.

The views draw the sample and reckon: ``audit_sample`` and ``audit_precision`` say how.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from fm_tasks.gate.report import Precision
from fm_tasks.printable import plain
from fm_tasks.store import rows


def precisions(db: Connection, batch: str) -> tuple[Precision, ...]:
    """What the audit of ``batch`` found of each kind that was judged, and last of all; empty where nobody judged."""
    return tuple(Precision.model_validate(row._mapping) for row in rows(db, "audit_precision", batch=batch))


def told(audit: Sequence[Precision]) -> str:
    """What an audit found of all statements, in words, such as ``precision 0.933 (0.787 to 0.982): 28 of 30 statements
    are true, by Ada``; ``not audited`` where nobody judged."""
    if not audit:
        return "not audited"
    of_all = audit[-1]
    left = of_all.drawn - of_all.judged
    rest = f"; {left} are not judged" if left else ""
    return f"{_found(of_all)}, by {', '.join(map(plain, of_all.auditors))}{rest}"


def lines(audit: Sequence[Precision]) -> list[str]:
    """What an audit found, a line a kind and last one of all."""
    return [f"{one.kind:<13} {_found(one)}" for one in audit]


def _found(one: Precision) -> str:
    unclear = f", {one.unclear} unclear" if one.unclear else ""
    if one.precision is None:
        return f"no precision: nothing is true or false{unclear}"
    statements = f"{one.true} of {one.true + one.false} statements are true"
    return f"precision {one.precision:.3f} ({one.low:.3f} to {one.high:.3f}): {statements}{unclear}"
