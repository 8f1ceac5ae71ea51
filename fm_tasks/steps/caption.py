"""Write the caption of each clip from its motion facts: one sentence on the scene and seven motion dimensions.

Reads the result of ``facts``, and frames of the clip where a language model writes; writes rows of ``caption``, one a
sentence, and of ``llm_call``. Refuses nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from fm_tasks import budget, llm
from fm_tasks.backends import backend, openai_writer
from fm_tasks.model import Batch, Call, Caption, Document, Dropped, MotionFacts, Writer
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.store import clip_file, execute, rows

VERSION = 2

at_once = llm.at_once


class Request(Document):
    """The key of the ``facts`` result to write from, who writes, and the seed of the choice of words."""

    facts_key: str
    writer: Writer
    seed: int
    asked: openai_writer.Asked | None = None
    """With what a language model is asked, where one writes."""


class Result(Document):
    """The caption, who wrote it, what of it was dropped, and the calls that it took."""

    writer: Writer
    caption: Caption
    dropped: tuple[Dropped, ...] = ()
    calls: tuple[Call, ...] = ()


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current facts are saved. Clips with the same content are given the same seed."""
    for row in rows(db, "clips_with_facts", batch=batch.id):
        asked = openai_writer.asked("caption", clip_file(row), row.tracks_key, source)
        writer = openai_writer.writer_of(asked) if asked else backend(source.writer).writer
        yield row.id, Request(facts_key=row.facts_key, writer=writer, seed=int(row.sha256[:8], 16), asked=asked)


def cost(request: Request) -> budget.Cost | None:
    """What answering may cost, where a language model is asked."""
    return openai_writer.cost("caption", request.asked) if request.asked else None


def run(request: Request, objects: Objects, scratch: Path) -> Result:
    """Write the caption. Raises what ``llm.Endpoint.complete`` and ``OpenAIWriter.caption`` raise."""
    found = MotionFacts.model_validate(objects.result("facts", request.facts_key))
    if request.asked:
        model = openai_writer.OpenAIWriter(request.asked, found, llm.endpoint(), objects, scratch)
        written = model.caption(request.seed)
        return Result(writer=request.writer, caption=written.text, dropped=written.dropped, calls=written.calls)
    writer = backend(request.writer.name)()
    caption = writer.caption(found.facts, found.labels, found.seconds, random.Random(request.seed))
    return Result(writer=writer.writer, caption=caption)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The sentences, numbered as ``Caption.sentences`` lists them, and the calls."""
    writer = f"{result.writer.name} {result.writer.version}"
    sentences = [
        {"step_run": step_run_id, "n": n, "clip": item_id, "dimension": d, "text": sentence.text, "writer": writer}
        for n, (d, sentence) in enumerate(result.caption.sentences())
    ]
    execute(db, "insert_caption", sentences)
    budget.account(db, step_run_id, result.calls)
