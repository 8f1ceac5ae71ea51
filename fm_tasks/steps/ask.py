"""Write multiple-choice questions on the motion in each clip, from its motion facts.

Reads the result of ``facts``, and frames of the clip where a language model writes; writes rows of ``qa``, one a
question, and of ``llm_call``. Refuses nothing: a clip of which nothing sound can
be asked has no questions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from fm_tasks import budget, llm
from fm_tasks.backends import backend, openai_writer
from fm_tasks.model import Batch, Call, Document, Dropped, MotionFacts, Question, Writer
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.store import clip_file, execute, rows

VERSION = 2

at_once = llm.at_once


class Request(Document):
    """The key of the ``facts`` result to ask about, who writes, and the seed that picks and shuffles."""

    facts_key: str
    writer: Writer
    seed: int
    asked: openai_writer.Asked | None = None
    """With what a language model is asked, where one writes."""


class Result(Document):
    """The questions in their order, who wrote them, what of them was dropped, and the calls that they took."""

    writer: Writer
    questions: tuple[Question, ...]
    dropped: tuple[Dropped, ...] = ()
    calls: tuple[Call, ...] = ()


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current facts are saved. Clips with the same content are given the same seed."""
    for row in rows(db, "clips_with_facts", batch=batch.id):
        asked = openai_writer.asked("ask", clip_file(row), row.tracks_key, source)
        writer = openai_writer.writer_of(asked) if asked else backend(source.writer).writer
        yield row.id, Request(facts_key=row.facts_key, writer=writer, seed=int(row.sha256[:8], 16), asked=asked)


def cost(request: Request) -> budget.Cost | None:
    """What answering may cost, where a language model is asked."""
    return openai_writer.cost("ask", request.asked) if request.asked else None


def run(request: Request, objects: Objects, scratch: Path) -> Result:
    """Write the questions. Raises what ``llm.Endpoint.complete`` and ``OpenAIWriter.questions`` raise."""
    found = MotionFacts.model_validate(objects.result("facts", request.facts_key))
    if request.asked:
        model = openai_writer.OpenAIWriter(request.asked, found, llm.endpoint(), objects, scratch)
        written = model.questions(request.seed)
        return Result(writer=request.writer, questions=written.text, dropped=written.dropped, calls=written.calls)
    writer = backend(request.writer.name)()
    questions = writer.questions(found.facts, found.labels, found.seconds, random.Random(request.seed))
    return Result(writer=writer.writer, questions=questions)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The questions, numbered in their order, and the calls."""
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
    budget.account(db, step_run_id, result.calls)
