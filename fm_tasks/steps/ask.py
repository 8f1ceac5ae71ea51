"""Write multiple-choice questions on the motion in each clip, from its motion facts.

Reads the result of ``facts``; writes rows of ``qa``, one a question. Refuses nothing: a clip of which nothing sound can
be asked has no questions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from fm_tasks.backends import backend
from fm_tasks.model import Batch, Document, MotionFacts, Question, Writer
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.store import execute, rows

VERSION = 1
WRITER = "facts"


class Request(Document):
    """The key of the ``facts`` result to ask about, who writes, and the seed that picks and shuffles."""

    facts_key: str
    writer: Writer
    seed: int


class Result(Document):
    """The questions in their order, and who wrote them."""

    writer: Writer
    questions: tuple[Question, ...]


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current facts are saved. Clips with the same content are given the same seed."""
    writer = backend(WRITER).writer
    for row in rows(db, "clips_with_facts", batch=batch.id):
        yield row.clip_id, Request(facts_key=row.facts_key, writer=writer, seed=int(row.sha256[:8], 16))


def run(request: Request, objects: Objects, scratch: Path) -> Result:
    """Write the questions."""
    writer = backend(request.writer.name)()
    found = MotionFacts.model_validate(objects.result("facts", request.facts_key))
    questions = writer.questions(found.facts, found.labels, found.seconds, random.Random(request.seed))
    return Result(writer=writer.writer, questions=questions)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The questions, numbered in their order."""
    writer = f"{result.writer.name} {result.writer.version}"
    questions = [
        {
            "step_run": step_run_id,
            "n": n,
            "clip": item_id,
            "type": question.type.value,
            "text": question.text,
            "options": list(question.options),
            "answer": question.answer,
            "evidence": list(question.evidence),
            "writer": writer,
        }
        for n, question in enumerate(result.questions)
    ]
    execute(db, "insert_question", questions)
