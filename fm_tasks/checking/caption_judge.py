"""The ``openai`` judge: a language model behind the OpenAI API scores the captions of a clip by its frames, blindly.

It sees captions under letters. Their order is drawn by lot, and is another one in each run. Nothing tells it who wrote
a caption, from what, or which caption is today's. The words of captions are data: an answer is JSON of a fixed schema,
of which only scores are taken.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Annotated

from pydantic import Field, WithJsonSchema, create_model

from fm_tasks import llm, video
from fm_tasks.llm import Endpoint, Problem, Unusable, parsed
from fm_tasks.llm.budget import Budget, Cost
from fm_tasks.llm.frames import pictures
from fm_tasks.model import Call, Caption, ClipFile, Criterion, Document
from fm_tasks.objects import Objects

RUNS = 3
"""As the paper has it (arXiv 2512.10927, table 2)."""
LETTERS = "ABCDEF"
"""At most so many captions are compared."""
TEMPERATURE = 0.7
"""So that runs differ in more than the order, and how far they lie apart tells how sure the judge is."""
TOKENS_IN, TOKENS_A_CAPTION, TOKENS_OUT = 700, 400, 45
"""Of one call: without captions and pictures; for each caption; in the answer for each caption. What calls turn out to
cost corrects it."""

Letter = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^[{LETTERS}]$"})]
Score = Annotated[int, Field(strict=True, ge=0, le=10)]

Scored = create_model(
    "Scored",
    __base__=Document,
    __doc__="The form of the scores of one caption.",
    letter=(Letter, ...),
    **{criterion.value: (Score, ...) for criterion in Criterion},
)


class JudgeAnswer(Document):
    """The form of the scores of all captions of a clip."""

    captions: list[Scored] = Field(min_length=1, max_length=len(LETTERS))


class JudgeOptions(Document):
    """What a judge is asked with: everything that changes its answer, beside the captions and the seed."""

    model: str
    prompt: str
    """The digest of the prompt's files and of the form of the answer."""
    clip: ClipFile
    fps: float = 2.0
    side: int = 512
    """Pixels of the longer side of a frame."""
    max_tokens: int = 2000


class Judgement(Document):
    """What one run says of one caption: the letter under which it was shown, and its scores."""

    run: int
    caption: str
    letter: str
    scores: dict[Criterion, int]


@cache
def prompt_digest() -> str:
    """Of everything that a judge is told, whatever the clip, and of the form of its answer."""
    return llm.prompt_digest(llm.prompt("judge"), "captions", JudgeAnswer)


def options_for(clip: ClipFile, model: str) -> JudgeOptions:
    """With what ``model`` is asked about a clip."""
    return JudgeOptions(model=model, prompt=prompt_digest(), clip=clip)


def cost(asked: JudgeOptions, captions: int, budget: Budget) -> Cost:
    """What judging so many captions may cost. Raises ``BadConfig`` for a model without a price."""
    price = budget.price_of(asked.model)
    told = TOKENS_IN + captions * TOKENS_A_CAPTION + len(sampled(asked)) * price.picture
    return Cost(asked.model, RUNS * price.of(told, captions * TOKENS_OUT))


def sampled(asked: JudgeOptions) -> list[int]:
    """The frames that the judge sees."""
    return video.sample(asked.clip.times_us, asked.fps)


def judge(
    asked: JudgeOptions, captions: Mapping[str, Caption], seed: int, server: Endpoint, objects: Objects, scratch: Path
) -> tuple[tuple[Judgement, ...], tuple[Call, ...]]:
    """The scores of ``captions``, at most ``len(LETTERS)`` by any name, in every run, and the calls that they took.

    The captions are shuffled by ``seed`` and shown from another one on in each run, so that each stands in as many
    places as there are. Raises what ``llm.inquire`` raises; ``Unusable`` tells the calls of all runs.
    """
    rng = random.Random(seed)
    order = sorted(captions, key=lambda name: json.dumps(_words(captions[name])))  # whatever their names
    rng.shuffle(order)
    seen = cache(lambda: pictures(asked.clip, sampled(asked), asked.side, [None], objects, scratch))
    judgements: list[Judgement] = []
    calls: list[Call] = []
    for run in range(RUNS):
        first = run % len(order)
        shown = dict(zip(LETTERS, order[first:] + order[:first], strict=False))
        inquiry = llm.Inquiry(
            step="judge",
            model=asked.model,
            prompt=asked.prompt,
            max_tokens=asked.max_tokens,
            form=JudgeAnswer,
            instructions=llm.prompt("judge"),
            template="captions",
            told=told(asked, {letter: captions[name] for letter, name in shown.items()}),
            shown=({"clip": asked.clip.sha256, "side": asked.side}, sampled(asked)),
            pictures=seen,
        )
        read = partial(_read, letters=shown)
        try:
            scores, bought = llm.inquire(server, objects, inquiry, read, rng.getrandbits(31), TEMPERATURE)
        except Unusable as error:
            raise Unusable(str(error), (*calls, *error.calls)) from error
        calls += bought
        judgements += [
            Judgement(run=run + 1, caption=name, letter=letter, scores=scores[letter]) for letter, name in shown.items()
        ]
    return tuple(judgements), tuple(calls)


def told(asked: JudgeOptions, captions: Mapping[str, Caption]) -> str:
    """What the judge is told of a clip and of its captions by their letters, but for the pictures."""
    lines = (f"{json.dumps(letter)}: {json.dumps(_words(one), ensure_ascii=False)}" for letter, one in captions.items())
    seconds = (asked.clip.times_us[-1] - asked.clip.times_us[0]) / 1e6
    return llm.prompt("captions", seconds=round(seconds, 2), captions="{" + ",\n".join(lines) + "}")


def _words(caption: Caption) -> dict[str, list[str]]:
    """The sentences by dimension, without what they claim, which tells what they were written from."""
    words = defaultdict(list)
    for dimension, sentence in caption.sentences():
        words[dimension].append(sentence.text)
    return words


def _read(text: str, letters: Collection[str]) -> dict[str, dict[Criterion, int]]:
    said = parsed(JudgeAnswer, text).captions
    if sorted(one.letter for one in said) != sorted(letters):
        raise Problem(f"scores are wanted once for each of {', '.join(letters)}")
    return {one.letter: {criterion: getattr(one, criterion) for criterion in Criterion} for one in said}
