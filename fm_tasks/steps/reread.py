"""Have a language model read the texts of each clip back into claims, without knowing what they were written from.

Reads results of ``caption`` and ``ask``; writes rows of ``second_reading``, one at least for each text. Refuses
nothing. Only clips of sources whose texts a language model writes are asked about. A clip for which no usable answer
comes is a failure here, and ``verify`` goes on without.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fm_tasks.checking import second_reading
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.model import Batch, Call, Caption, Document, Question
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import execute, rows

VERSION = 1


class Request(Document):
    """The texts of one clip, by their keys, the model, and the seed with which it is asked."""

    caption_key: str
    ask_key: str
    seed: int
    asked: second_reading.RereadOptions


class Result(Document):
    """What each text says, sentences first, and the calls that it took."""

    texts: tuple[second_reading.TextRead, ...]
    calls: tuple[Call, ...]


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch that has a caption and questions, where a language model writes them."""
    if "reread" not in source.models:
        return
    asked = second_reading.options_for(source.models["reread"])
    for clip in rows(db, "clips_with_texts", batch=batch.id):
        keys = {"caption_key": clip.caption_key, "ask_key": clip.ask_key}
        yield clip.clip_id, Request(**keys, seed=int(clip.sha256[:8], 16), asked=asked)


def cost(request: Request, budget: Budget) -> Cost:
    """What reading may cost."""
    return second_reading.cost(request.asked, budget)


def run(request: Request, tools: Tools) -> Result:
    """Raises what ``llm.Endpoint.complete`` and ``llm.inquire`` raise."""
    caption = Caption.model_validate(tools.objects.result("caption", request.caption_key)["caption"])
    questions = [Question.model_validate(q) for q in tools.objects.result("ask", request.ask_key)["questions"]]
    told = second_reading.told(caption, questions)
    texts, calls = second_reading.read_again(request.asked, told, request.seed, tools.llm, tools.objects)
    return Result(texts=texts, calls=calls)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """A row for each claim, beside the text that makes it; one without a kind for a text that makes none."""
    keys = {"caption_key": request.caption_key, "ask_key": request.ask_key}
    texts = rows(db, "texts_of_runs", item=item_id, **keys)
    said = [
        {
            "step_run": step_run_id,
            "text_run": of.step_run_id,
            "text_n": of.n,
            "n": n,
            "clip": item_id,
            "unclear": text.unclear,
            **(claim.model_dump() if claim else dict.fromkeys(second_reading.ClaimInWords.model_fields)),
        }
        for of, text in zip(texts, result.texts, strict=True)
        for n, claim in enumerate(text.claims or [None])
    ]
    execute(db, "insert_second_reading", said)
