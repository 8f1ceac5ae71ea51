"""Give a verdict on every claim of the caption and the questions of a clip, and on what their words say besides.

Reads the results of ``track``, ``caption`` and ``ask``, and of ``reread`` where a language model writes; writes rows of
``claim``, one at least for each text. A text that says nothing of motion has a row without a kind. Refuses nothing. The
facts are recomputed from the trajectories, so a text is never checked against what it was written from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sqlalchemy import Connection

from fm_tasks import motion
from fm_tasks.checking import Cast, claims, second_reading
from fm_tasks.model import Batch, Caption, Claim, Document, Question, Trajectories, Verdict
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import copy_rows, rows

VERSION = 10

Text = Literal["caption", "ask"]
"""The step that wrote a text."""

COLUMNS = (
    *("step_run_id", "text_run_id", "text_n", "n", "clip_id", "kind", "subject", "object", "value", "amount"),
    *("negated", "verdict", "reason", "start_frame", "end_frame", "witnessed"),
)


class Request(Document):
    """The trajectories and the texts of one clip, by their keys, and where the words for motion begin and end."""

    tracks_key: str
    caption_key: str
    ask_key: str
    reread_key: str | None = None
    """Of what a language model read in the texts; None where none was asked, or none gave a usable answer."""
    thresholds: motion.Thresholds = motion.DEFAULTS


class Checked(Document):
    """Claim ``n`` of sentence or question ``text_n``, declared or read in its words, and what was found.

    ``claim`` is None where the text makes none.
    """

    text: Text
    text_n: int
    n: int
    claim: Claim | None
    finding: claims.Finding
    witnessed: bool
    """Whether it is supported, and the picture was looked at inside the boxes of its tracks."""


class Result(Document):
    """Every claim of the clip's texts, one at least of each."""

    checked: tuple[Checked, ...]


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch that has a caption and questions. Where a language model reads them back, a clip waits
    for that, unless the model gave no usable answer: then the reader judges alone."""
    is_reread = "reread" in source.models
    second = {row.clip_id: row.key for row in rows(db, "second_readings", batch=batch.id)} if is_reread else {}
    for clip in rows(db, "clips_with_texts", batch=batch.id):
        if is_reread and clip.clip_id not in second:
            continue
        yield (
            clip.clip_id,
            Request(
                tracks_key=clip.tracks_key,
                caption_key=clip.caption_key,
                ask_key=clip.ask_key,
                reread_key=second.get(clip.clip_id),
                thresholds=motion.thresholds_for(clip.camera_speed, clip.camera_static_share),
            ),
        )


def run(request: Request, tools: Tools) -> Result:
    """Raises ``Unavailable`` where the trajectories, a text or its second reading cannot be read."""
    trajectories = Trajectories.model_validate(tools.objects.result("track", request.tracks_key))
    caption = Caption.model_validate(tools.objects.result("caption", request.caption_key)["caption"])
    questions = [Question.model_validate(q) for q in tools.objects.result("ask", request.ask_key)["questions"]]
    cast = Cast(
        motion.facts(trajectories, request.thresholds),
        {track.id: track.label for track in trajectories.tracks},
        motion.complete(trajectories, request.thresholds),
    )
    sentences = [sentence for _, sentence in caption.sentences()]
    second = [None] * (len(sentences) + len(questions))
    if request.reread_key:
        texts = tools.objects.result("reread", request.reread_key)["texts"]
        second = [second_reading.understood_as(second_reading.TextRead.model_validate(one), cast) for one in texts]
    found_of: dict[Text, list[list[claims.ClaimFinding]]] = {
        "caption": claims.of_sentences(sentences, cast, second[: len(sentences)]),
        "ask": [
            claims.of_question(question, cast, again)
            for question, again in zip(questions, second[len(sentences) :], strict=True)
        ],
    }
    return Result(
        checked=tuple(
            Checked(
                text=text,
                text_n=text_n,
                n=n,
                claim=claim,
                finding=finding,
                witnessed=claim is not None
                and finding.verdict == Verdict.SUPPORTED
                and motion.looked_at(trajectories, claim.subject, claim.object),
            )
            for text, found in found_of.items()
            for text_n, claimed in enumerate(found)
            for n, (claim, finding) in enumerate(claimed)
        )
    )


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """One row of `claim` for each, beside the text that makes it."""
    asked = {"item": item_id, "caption_key": request.caption_key, "ask_key": request.ask_key}
    text_runs = {run.step: run.id for run in rows(db, "text_runs", **asked)}
    values = (
        (
            *(step_run_id, text_runs[one.text], one.text_n, one.n, item_id),
            *(getattr(one.claim, name, None) for name in ("kind", "subject", "object", "value", "amount")),
            one.claim is not None and one.claim.negated,
            *(one.finding.verdict, one.finding.reason, one.finding.start, one.finding.end, one.witnessed),
        )
        for one in result.checked
    )
    copy_rows(db, "claim", COLUMNS, values)
