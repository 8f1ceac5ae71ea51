"""Write the caption of each clip from its motion facts: one sentence on the scene and seven motion dimensions.

Reads the result of ``facts``; writes rows of ``caption``, one a sentence. Refuses nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from fm_tasks.backends import backend
from fm_tasks.model import Batch, Caption, Document, MotionFacts, Writer
from fm_tasks.objects import Objects
from fm_tasks.sources import Source
from fm_tasks.store import execute, rows

VERSION = 1
WRITER = "facts"


class Request(Document):
    """The key of the ``facts`` result to write from, who writes, and the seed of the choice of words."""

    facts_key: str
    writer: Writer
    seed: int


class Result(Document):
    """The caption and who wrote it."""

    writer: Writer
    caption: Caption


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current facts are saved. Clips with the same content are given the same seed."""
    writer = backend(WRITER).writer
    for row in rows(db, "clips_with_facts", batch=batch.id):
        yield row.clip_id, Request(facts_key=row.facts_key, writer=writer, seed=int(row.sha256[:8], 16))


def run(request: Request, objects: Objects, scratch: Path) -> Result:
    """Write the caption."""
    writer = backend(request.writer.name)()
    found = MotionFacts.model_validate(objects.result("facts", request.facts_key))
    caption = writer.caption(found.facts, found.labels, found.seconds, random.Random(request.seed))
    return Result(writer=writer.writer, caption=caption)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The sentences, numbered as ``Caption.sentences`` lists them."""
    writer = f"{result.writer.name} {result.writer.version}"
    sentences = [
        {"step_run": step_run_id, "n": n, "clip": item_id, "dimension": d, "text": sentence.text, "writer": writer}
        for n, (d, sentence) in enumerate(result.caption.sentences())
    ]
    execute(db, "insert_caption", sentences)
