"""Write multiple-choice questions on the motion in each clip, from its motion facts.

Reads the result of ``facts``, and frames of the clip where a language model writes; writes rows of ``qa``, one a
question, and of ``near_question``, one for each that asks again what another asks. Refuses nothing: a clip of which
nothing sound can be asked has no questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection

from fm_tasks.checking import repeats
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.model import Batch, Call, Document, Dropped, Question, Repeat, Writer
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import execute, rows
from fm_tasks.writing import requests
from fm_tasks.writing.requests import Request

VERSION = 5


class Result(Document):
    """The questions in their order, who wrote them, what of them was dropped, and the calls that they took."""

    writer: Writer
    questions: tuple[Question, ...]
    dropped: tuple[Dropped, ...] = ()
    calls: tuple[Call, ...] = ()


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch whose current facts are saved."""
    return requests.plan("ask", db, batch, source)


def cost(request: Request, budget: Budget) -> Cost | None:
    """What answering may cost, where a language model is asked."""
    return requests.cost("ask", request, budget)


def run(request: Request, tools: Tools) -> Result:
    """Write the questions. Raises what ``requests.questions`` raises."""
    written = requests.questions(request, tools)
    return Result(writer=written.writer, questions=written.text, dropped=written.dropped, calls=written.calls)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """The questions, numbered in their order, and what each repeats that is asked again."""
    writer = f"{result.writer.name} {result.writer.version}"
    labels = {row.track_id: row.label for row in rows(db, "shown_tracks", clip=item_id)}
    meanings = [repeats.meaning(question, labels) for question in result.questions]
    found = _repeats(db, item_id, result.questions, meanings)
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
            "meaning": None if n in found else meanings[n],
        }
        for n, question in enumerate(result.questions)
    ]
    execute(db, "insert_question", questions)
    execute(db, "insert_near_question", [{"step_run": step_run_id, "n": n, **row} for n, row in found.items()])


def _repeats(db: Connection, clip: str, questions: tuple[Question, ...], meanings: list[str]) -> dict[int, dict]:
    """What each question repeats that asks again what is asked of the clip, of a clip with the same content, or of as
    many clips as ``repeats.MAX_QUESTIONS_PER_MEANING``; columns of ``near_question``, by its number."""
    execute(db, "lock_questions", {})
    kept: dict[str, list[tuple[str, int]]] = defaultdict(list)
    copied: dict[str, tuple[str, int]] = {}
    for row in rows(db, "kept_questions", clip=clip, meanings=meanings):
        kept[row.meaning].append((row.clip_id, row.n))
        if row.same_content:
            copied.setdefault(row.meaning, (row.clip_id, row.n))
    reworded, found = repeats.reworded(questions), {}
    for n, meaning in enumerate(meanings):
        if n in reworded:
            code, of = Repeat.REWORDED, (clip, reworded[n])
            detail = f"asks question {of[1]} in other words: {questions[of[1]].text}"
        elif meaning in copied:
            code, of = Repeat.SAME_CONTENT, copied[meaning]
            detail = f"asks question {of[1]} of clip {of[0]}, which is the same to the byte"
        elif len(kept[meaning]) >= repeats.MAX_QUESTIONS_PER_MEANING:
            code, of = Repeat.TOO_OFTEN, kept[meaning][0]
            detail = f"was asked {len(kept[meaning])} times, first as question {of[1]} of clip {of[0]}"
        else:
            kept[meaning].append((clip, n))
            continue
        found[n] = {"code": code.value, "detail": detail, "of_clip": of[0], "of_n": of[1]}
    return found
