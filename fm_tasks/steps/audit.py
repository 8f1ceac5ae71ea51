"""Have a language model judge the statements that are drawn of a batch, by frames of their clips.

Reads ``audit_sample`` and frames of the clips; writes rows of ``judgement``. Refuses nothing, and the gate does not
wait for it: what is not judged is not audited. Only clips of sources that declare an auditor, and of which a statement
is drawn, are asked about.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fm_tasks.checking import auditor
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.model import Batch, Call, Document, Truth
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import clip_file, execute, rows

VERSION = 1


class Request(Document):
    """The statements, the auditor, and the seed of the order in which they are shown."""

    statements: tuple[str, ...]
    seed: int
    asked: auditor.AuditOptions


class Result(Document):
    """What was found of each statement, and the calls that it took."""

    found: dict[str, Truth]
    calls: tuple[Call, ...]


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch with statements that are drawn, where the source has an auditor. In which answers they
    lie is not in the request: the same words on a clip are not asked about anew."""
    if not source.auditor:
        return
    for row in rows(db, "clips_to_audit", batch=batch.id):
        asked = auditor.options_for(clip_file(row), source.auditor)
        yield row.id, Request(statements=row.statements, seed=int(row.sha256[:8], 16), asked=asked)


def cost(request: Request, budget: Budget) -> Cost:
    """What judging may cost."""
    return auditor.cost(request.asked, len(request.statements), budget)


def run(request: Request, tools: Tools) -> Result:
    """Raises what ``llm.Endpoint.complete`` and ``auditor.audit`` raise."""
    found, calls = auditor.audit(
        request.asked, request.statements, request.seed, tools.llm, tools.objects, tools.scratch
    )
    return Result(found=found, calls=calls)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """A judgement for each statement."""
    by = {"clip": item_id, "person": None, "model": f"{request.asked.model}, prompt {request.asked.prompt[:8]}"}
    said = ({"text": words, "verdict": truth.value, "note": ""} for words, truth in result.found.items())
    execute(db, "insert_judgement", [by | one for one in said])
