"""The second reading: a language model translates the texts of a clip into claims, and knows nothing but the texts.

It is told no facts, no tracks, no pictures, and not what a text declares, so it can only tell what the words say. Its
claims name things in words, in which ``Cast`` finds tracks as the reader does. The texts are data: an answer is JSON of
a fixed schema, of which claims alone are taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated

from pydantic import Field, StringConstraints, WithJsonSchema

from fm_tasks import llm
from fm_tasks.checking.reader import DONE_SO_OFTEN, TOWARDS, Order, Read, named
from fm_tasks.checking.references import NOBODY, Cast, Mention, Reading
from fm_tasks.llm import Endpoint, Problem, parsed
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.model import Call, Caption, Document, FactKind, Question
from fm_tasks.motion.vocabulary import EVENTS, VOCABULARY
from fm_tasks.objects import Objects

MAX_CLAIMS = 12
"""Of one text."""
MAX_CHARACTERS = 80
"""Of the words that name a thing or a value, where the form of the answer is enforced."""
TOKENS_IN, TOKENS_OUT = 2500, 1500
"""Of one call, about the texts of a clip of two or three objects; what calls turn out to cost corrects it."""

Words = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$"),  # PostgreSQL's text cannot hold all others
    WithJsonSchema({"type": "string", "pattern": rf'^[^\\"\n]{{1,{MAX_CHARACTERS}}}$'}),
]


class ClaimInWords(Document):
    """One claim that a text makes, with the things that it is about in words."""

    kind: FactKind
    subject: Words | None
    object: Words | None
    value: Words | None
    amount: float | None
    negated: bool


class TextRead(Document):
    """What one text says, by its number."""

    n: int
    unclear: bool
    """Whether some of it says what no claim can say, or cannot be translated."""
    claims: list[ClaimInWords] = Field(max_length=MAX_CLAIMS)


class RereadAnswer(Document):
    """The form of the translation of all texts of a clip."""

    texts: list[TextRead]


class RereadOptions(Document):
    """What a model is asked with: everything that changes its answer, beside the texts and the seed."""

    model: str
    prompt: str
    """The digest of the prompt's files and of the form of the answer."""
    max_tokens: int = 10000


@cache
def instructions() -> str:
    """What the model is told to do, with every kind that it may name."""
    return llm.prompt("reread", kinds="\n".join(map(_explained, VOCABULARY)), most=MAX_CLAIMS)


def _explained(kind: FactKind) -> str:
    """A kind as the prompt lists it."""
    known = VOCABULARY[kind]
    if kind == FactKind.BEFORE:
        values = f"`<kind>_<kind>`, the earlier first, of {', '.join(EVENTS)}"
    else:
        values = kind.values if known.values is None else ", ".join(sorted(known.values))
    parts = (("value", values), ("amount", known.tolerance and kind.amount), ("object", kind.object))
    told = "".join(f"; {name}: {what}" for name, what in parts if what)
    return f"- `{kind}`: {kind.meaning}{told}"


@cache
def prompt_digest() -> str:
    """Of everything that the model is told, whatever the texts, and of the form of its answer."""
    return llm.prompt_digest(instructions(), "texts", RereadAnswer)


def options_for(model: str) -> RereadOptions:
    """With what ``model`` is asked."""
    return RereadOptions(model=model, prompt=prompt_digest())


def cost(asked: RereadOptions, budget: Budget) -> Cost:
    """What reading the texts of a clip may cost. Raises ``BadConfig`` for a model without a price."""
    return Cost(asked.model, budget.price_of(asked.model).of(TOKENS_IN, TOKENS_OUT))


def told(caption: Caption, questions: Sequence[Question]) -> list[dict[str, str]]:
    """The texts of a clip, in the order that numbers them from 1: sentences, then questions with their right answer."""
    sentences = ({"sentence": sentence.text} for _, sentence in caption.sentences())
    asked = ({"question": one.text, "answer": one.options["ABCD".index(one.answer)]} for one in questions)
    return [*sentences, *asked]


def read_again(
    asked: RereadOptions, texts: Sequence[dict[str, str]], seed: int, server: Endpoint, objects: Objects
) -> tuple[tuple[TextRead, ...], tuple[Call, ...]]:
    """What each of ``texts`` says, in their order, and the calls that it took. Raises what ``llm.inquire`` raises."""
    lines = (json.dumps({"n": n, **one}, ensure_ascii=False) for n, one in enumerate(texts, 1))
    inquiry = llm.Inquiry(
        step="reread",
        model=asked.model,
        prompt=asked.prompt,
        max_tokens=asked.max_tokens,
        form=RereadAnswer,
        instructions=instructions(),
        template="texts",
        told=llm.prompt("texts", texts="[\n" + ",\n".join(lines) + "\n]"),
        shown=(),
        pictures=list,
    )
    return llm.inquire(server, objects, inquiry, lambda text: _read(text, len(texts)), seed)


def _read(text: str, many: int) -> tuple[TextRead, ...]:
    found = sorted(parsed(RereadAnswer, text).texts, key=lambda one: one.n)
    if [one.n for one in found] != [*range(1, many + 1)]:
        raise Problem(f"each of the texts 1 to {many} is wanted once, and no other")
    return tuple(found)


# --- whom the words mean ----------------------------------------------------------------------------------------------


class _Unclear(Exception):
    """A claim that is none of the vocabulary, or is about nothing that its words name."""


def understood_as(text: TextRead, cast: Cast) -> Read:
    """The claims of a text as readings of the tracks that their words may mean; ``lost`` is why not all of it is clear.

    What cannot be resolved is left out: that is not clear, and nothing against the text.
    """
    said: list[Reading | Order] = []
    lost = ["the second reading finds it unclear"] if text.unclear else []
    for claim in text.claims:
        try:
            said.append(_reading(claim, cast))
        except _Unclear as unclear:
            lost.append(str(unclear))
    readings = tuple(one for one in said if isinstance(one, Reading))
    return Read(readings, tuple(one for one in said if isinstance(one, Order)), "; ".join(lost))


def _reading(claim: ClaimInWords, cast: Cast) -> Reading | Order:
    kind, known = claim.kind, VOCABULARY[claim.kind]
    if claim.value is not None and known.values is not None and claim.value not in known.values:
        raise _Unclear(f"{claim.value!r} is no value of {kind}")
    if claim.amount is not None and known.tolerance is None and kind not in DONE_SO_OFTEN:
        raise _Unclear(f"{kind} has no amount")
    if kind == FactKind.COUNTS:
        return _count(claim, cast)
    if kind == FactKind.BEFORE:
        return _order(claim, cast)
    who = _mention(claim.subject, cast) if claim.subject else Mention(NOBODY, words="nothing", none=True)
    if who.none and not claim.subject and not claim.negated:
        raise _Unclear(f"{kind} is said of nobody")
    if claim.object and not (kind.object or kind == FactKind.FASTEST):
        raise _Unclear(f"{kind} is about one thing, not two")
    others = _mention(claim.object, cast).tracks if claim.object else None
    if others is None and kind in TOWARDS and len(who.tracks) > 1:
        others, who = who.tracks, replace(who, each=False)  # towards each other
    if others is None and kind in (FactKind.LIES, FactKind.BECOMES):
        raise _Unclear(f"{kind} names no second thing")
    is_often = known.tolerance is None
    return Reading(
        kind,
        who.tracks,
        others,
        claim.value,
        amount=None if is_often else claim.amount,
        times=claim.amount if is_often else None,
        exactly=who.number if who.exactly else None,
        denied=claim.negated or who.none,
        each=who.each,
        called=who.words,
    )


def _count(claim: ClaimInWords, cast: Cast) -> Reading:
    """How many there are of what a value names; none, where that is negated."""
    who = _mention(claim.value or claim.subject or "", cast)
    if not who.noun:
        raise _Unclear("nothing is named that is counted")
    if claim.negated and claim.amount is not None:
        raise _Unclear("a number is denied")
    return Reading(FactKind.COUNTS, who.tracks, value=who.noun, amount=0.0 if claim.negated else claim.amount)


def _order(claim: ClaimInWords, cast: Cast) -> Order:
    if not (claim.value and claim.subject and claim.object) or claim.negated:
        raise _Unclear("an order names no two events")
    earlier, later = (
        Reading(FactKind(kind), who.tracks, each=who.each, called=who.words)
        for kind, who in zip(
            claim.value.split("_"), (_mention(words, cast) for words in (claim.subject, claim.object)), strict=True
        )
    )
    return Order(earlier, later, claim.amount)


def _mention(words: str, cast: Cast) -> Mention:
    """Whom words may mean. Raises ``_Unclear`` where they name nothing that is known, or tell it apart by what nothing
    bears out."""
    if re.fullmatch(r"\W*(?:nothing|nobody|no one|none)\W*", words, re.I):
        return Mention(NOBODY, words="nothing", none=True)
    who = named(words, cast)
    if who is None:
        raise _Unclear(f"{words!r} names nothing that is known")
    if not all(cast.matches(reading) for reading in who.said):
        raise _Unclear(f"nothing is as {words!r} tells it")
    return who
