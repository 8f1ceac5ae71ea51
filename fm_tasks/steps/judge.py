"""Have a language model score the captions of each clip by its frames, without knowing who wrote them.

Reads results of ``caption``, the present one and others that the clip has, and frames of the clip; writes rows of
``caption_score``. Refuses nothing and decides nothing: scores compare writers. Only clips of sources that declare a
judge are asked about.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fm_tasks.checking import caption_judge
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.model import Batch, Call, Caption, Document
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import clip_file, execute, rows

VERSION = 1


class Request(Document):
    """The keys of the captions, the judge, and the seed of the order in which they are shown."""

    caption_keys: tuple[str, ...]
    seed: int
    asked: caption_judge.JudgeOptions


class Result(Document):
    """What was said of each caption in each run, and the calls that it took."""

    judgements: tuple[caption_judge.Judgement, ...]
    calls: tuple[Call, ...]


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose texts are verified, where the source has a judge. Which caption is the present one
    is not in the request: it is not asked about anew where only that changes."""
    if not source.judge:
        return
    for row in rows(db, "clips_to_judge", batch=batch.id, most=len(caption_judge.LETTERS)):
        asked = caption_judge.options_for(clip_file(row), source.judge)
        yield row.id, Request(caption_keys=row.caption_keys, seed=int(row.sha256[:8], 16), asked=asked)


def cost(request: Request, budget: Budget) -> Cost:
    """What judging may cost."""
    return caption_judge.cost(request.asked, len(request.caption_keys), budget)


def run(request: Request, tools: Tools) -> Result:
    """Raises what ``llm.Endpoint.complete`` and ``caption_judge.judge`` raise."""
    captions = {
        key: Caption.model_validate(tools.objects.result("caption", key)["caption"]) for key in request.caption_keys
    }
    said, calls = caption_judge.judge(request.asked, captions, request.seed, tools.llm, tools.objects, tools.scratch)
    return Result(judgements=said, calls=calls)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """A row for each run, caption and criterion, beside the caption."""
    judge = f"{request.asked.model}, prompt {request.asked.prompt[:8]}"
    runs = {row.key: row.id for row in rows(db, "caption_runs", item=item_id, keys=list(request.caption_keys))}
    scores = [
        {
            "step_run": step_run_id,
            "caption_run": runs[one.caption],
            "run": one.run,
            "criterion": criterion.value,
            "clip": item_id,
            "letter": one.letter,
            "score": score,
            "judge": judge,
        }
        for one in result.judgements
        for criterion, score in one.scores.items()
    ]
    execute(db, "insert_caption_score", scores)
