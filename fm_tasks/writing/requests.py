"""The common part of the steps ``caption`` and ``ask``: the writer, its request, and what it may cost.

Both steps ask for every clip that has facts. The writer that the source names phrases the facts itself, or has a
language model do it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Literal

from sqlalchemy import Connection

from fm_tasks.backends import backend
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.model import Batch, Caption, Document, MotionFacts, Question, Writer
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import clip_file, rows
from fm_tasks.writing import FactsWriter, Written, openai

TextStep = Literal["caption", "ask"]


class Request(Document):
    """The key of the ``facts`` result to write from, who writes, and the seed of all that is drawn by lot."""

    facts_key: str
    writer: Writer
    seed: int
    asked: openai.ModelOptions | None = None
    """With what a language model is asked, where one writes."""


def plan(step: TextStep, db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current facts are saved. Clips with the same content are given the same seed."""
    for row in rows(db, "clips_with_facts", batch=batch.id):
        asked = openai.options_for(step, clip_file(row), row.tracks_key, source)
        writer = openai.writer_of(asked) if asked else backend(source.writer).writer
        yield row.id, Request(facts_key=row.facts_key, writer=writer, seed=int(row.sha256[:8], 16), asked=asked)


def cost(step: TextStep, request: Request, budget: Budget) -> Cost | None:
    """What answering may cost, where a language model is asked."""
    return openai.cost(step, request.asked, budget) if request.asked else None


def caption(request: Request, tools: Tools) -> Written[Caption]:
    """The caption. Raises what ``llm.Endpoint.complete`` and ``OpenAIWriter`` raise."""
    found = _facts(request, tools)
    if request.asked:
        return _model(request.asked, found, tools).caption(request.seed)
    writer: FactsWriter = backend(request.writer.name)()
    text = writer.caption(found, random.Random(request.seed))
    return Written(writer.writer, text)


def questions(request: Request, tools: Tools) -> Written[tuple[Question, ...]]:
    """The questions. Raises what ``llm.Endpoint.complete`` and ``OpenAIWriter`` raise."""
    found = _facts(request, tools)
    if request.asked:
        return _model(request.asked, found, tools).questions(request.seed)
    writer: FactsWriter = backend(request.writer.name)()
    text = writer.questions(found, random.Random(request.seed))
    return Written(writer.writer, text)


def _facts(request: Request, tools: Tools) -> MotionFacts:
    return MotionFacts.model_validate(tools.objects.result("facts", request.facts_key))


def _model(options: openai.ModelOptions, found: MotionFacts, tools: Tools) -> openai.OpenAIWriter:
    return openai.OpenAIWriter(options, found, tools.llm, tools.objects, tools.scratch)
