"""Write the caption of each clip from its motion facts: one sentence on the scene and seven motion dimensions.

Reads the result of ``facts``, and frames of the clip where a language model writes; writes rows of ``caption``, one a
sentence, and of ``doubt``. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.model import Batch, Call, Caption, Document, Dropped, Writer
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import execute
from fm_tasks.writing import requests
from fm_tasks.writing.requests import Request

VERSION = 6


class Result(Document):
    """The caption, who wrote it, what of it was dropped, and the calls that it took."""

    writer: Writer
    caption: Caption
    dropped: tuple[Dropped, ...] = ()
    calls: tuple[Call, ...] = ()


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current facts are saved."""
    return requests.plan("caption", db, batch, source)


def cost(request: Request, budget: Budget) -> Cost | None:
    """What answering may cost, where a language model is asked."""
    return requests.cost("caption", request, budget)


def run(request: Request, tools: Tools) -> Result:
    """Write the caption. Raises what ``requests.caption`` raises."""
    written = requests.caption(request, tools)
    return Result(writer=written.writer, caption=written.text, dropped=written.dropped, calls=written.calls)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The sentences, numbered as ``Caption.sentences`` lists them, and what the writer doubts."""
    writer = f"{result.writer.name} {result.writer.version}"
    sentences = [
        {"step_run": step_run_id, "n": n, "clip": item_id, "dimension": d, "text": sentence.text, "writer": writer}
        for n, (d, sentence) in enumerate(result.caption.sentences())
    ]
    execute(db, "insert_caption", sentences)
    doubts = [
        {"step_run": step_run_id, "n": n, "clip": item_id, **doubt.model_dump()}
        for n, doubt in enumerate(result.caption.doubts)
    ]
    if doubts:
        execute(db, "insert_doubt", doubts)
