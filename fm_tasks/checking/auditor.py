"""The ``openai`` auditor: a language model behind the OpenAI API judges statements on a clip by its frames, blindly.

It sees plain frames, and numbered statements in an order that is drawn by lot. Nothing tells it who made them, from
what, or what was found of them. The words of statements are data: an answer is JSON of a fixed schema, of which only
verdicts are taken.
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated

from pydantic import Field

from fm_tasks import llm, video
from fm_tasks.llm import Endpoint, Problem, parsed
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.llm.frames import pictures
from fm_tasks.model import Call, ClipFile, Document, Truth
from fm_tasks.objects import Objects

FRAMES = 24
"""That an auditor sees, be it a person or a model: of the whole clip, evenly in time."""
TOKENS_IN, TOKENS_A_STATEMENT, TOKENS_OUT = 500, 40, 12
"""Of one call: without statements and pictures; for each statement; in the answer for each. What calls turn out to cost
corrects it."""


class Judged(Document):
    """The form of what is said of one statement."""

    number: Annotated[int, Field(strict=True, ge=1)]
    verdict: Truth


class AuditAnswer(Document):
    """The form of what is said of all statements on a clip."""

    statements: list[Judged] = Field(min_length=1)


class AuditOptions(Document):
    """What an auditor is asked with: everything that changes its answer, beside the statements and the seed."""

    model: str
    prompt: str
    """The digest of the prompt's files and of the form of the answer."""
    clip: ClipFile
    frames: int = FRAMES
    side: int = 512
    """Pixels of the longer side of a frame."""
    max_tokens: int = 4000


@cache
def prompt_digest() -> str:
    """Of everything that an auditor is told, whatever the clip, and of the form of its answer."""
    return llm.prompt_digest(llm.prompt("audit"), "statements", AuditAnswer)


def options_for(clip: ClipFile, model: str) -> AuditOptions:
    """With what ``model`` is asked about a clip."""
    return AuditOptions(model=model, prompt=prompt_digest(), clip=clip)


def cost(asked: AuditOptions, statements: int, budget: Budget) -> Cost:
    """What judging so many statements may cost. Raises ``BadConfig`` for a model without a price."""
    price = budget.price_of(asked.model)
    told = TOKENS_IN + statements * TOKENS_A_STATEMENT + len(_sampled(asked)) * price.picture
    return Cost(asked.model, price.of(told, statements * TOKENS_OUT))


def audit(
    asked: AuditOptions, statements: Sequence[str], seed: int, server: Endpoint, objects: Objects, scratch: Path
) -> tuple[dict[str, Truth], tuple[Call, ...]]:
    """What is found of each of ``statements``, no two of which are equal, and the calls that it took.

    They are shuffled by ``seed``. Raises what ``llm.inquire`` raises.
    """
    rng = random.Random(seed)
    order = sorted(statements)
    rng.shuffle(order)
    numbered = dict(enumerate(order, 1))
    inquiry = llm.Inquiry(
        step="audit",
        model=asked.model,
        prompt=asked.prompt,
        max_tokens=asked.max_tokens,
        form=AuditAnswer,
        instructions=llm.prompt("audit"),
        template="statements",
        told=told(asked, numbered),
        shown=({"clip": asked.clip.sha256, "side": asked.side}, _sampled(asked)),
        pictures=lambda: pictures(asked.clip, _sampled(asked), asked.side, [None], objects, scratch),
    )
    found, calls = llm.inquire(server, objects, inquiry, partial(_read, numbers=numbered), rng.getrandbits(31))
    return {numbered[number]: truth for number, truth in found.items()}, calls


def told(asked: AuditOptions, numbered: Mapping[int, str]) -> str:
    """What the auditor is told of a clip and of its statements by their numbers, but for the pictures."""
    lines = (f'"{number}": {json.dumps(words, ensure_ascii=False)}' for number, words in numbered.items())
    seconds = (asked.clip.times_us[-1] - asked.clip.times_us[0]) / 1e6
    return llm.prompt("statements", seconds=round(seconds, 2), statements="{" + ",\n".join(lines) + "}")


def _sampled(asked: AuditOptions) -> list[int]:
    return video.evenly(asked.clip.times_us, asked.frames)


def _read(text: str, numbers: Collection[int]) -> dict[int, Truth]:
    said = parsed(AuditAnswer, text).statements
    if sorted(one.number for one in said) != sorted(numbers):
        raise Problem(f"a verdict is wanted once for each of the statements 1 to {len(numbers)}, and for no other")
    return {one.number: one.verdict for one in said}
