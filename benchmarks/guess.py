"""Guesses of a language model: how far one gets with the writer's questions that is not shown the clip.

The `facts` writer asks of the scenes of `choreography`. The model that `FM_BENCH_MODEL` names, behind
`FM_LLM_BASE_URL`, is given the words of some of these questions and their options, and nothing else; an answer that is
anything but one letter is wrong. Chance is 0.25. Where no model is named, none is asked and there is no row.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import NamedTuple

from scipy.stats import binomtest

from benchmarks import Ratio, choreography, main, timed
from fm_tasks import motion, settings
from fm_tasks.llm import Endpoint
from fm_tasks.llm.budget import Budget
from fm_tasks.model import MotionFacts, Question
from fm_tasks.synthetic import scenes
from fm_tasks.writing.facts_writer import FactsWriter

SAMPLE = 300
"""Questions that are asked."""
SEEDS = range(3)
INSTRUCTIONS = (
    "You are asked about the motion in a video that you cannot see. Guess. "
    "Answer with the letter of the likeliest option, A, B, C or D, and nothing else."
)


class Guessed(NamedTuple):
    """How many of the questions were answered rightly, by which model, and what it cost in USD."""

    right: int
    questions: int
    snapshot: str
    usd: Decimal

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        low, high = binomtest(self.right, self.questions).proportion_ci(method="wilson")
        return low, high

    @property
    def ratio(self) -> Ratio:
        surely = "95 % from {:.3f} to {:.3f}, chance 0.25".format(*self.interval)
        asked = f"{self.questions} questions, {self.snapshot}, {self.usd:.4f} USD"
        return Ratio("guessed_by_model", self.right / self.questions, None, f"{asked}; {surely}")


def guessed(server: Endpoint, budget: Budget, model: str, questions: Sequence[Question]) -> Guessed:
    """What ``model`` makes of the questions. Raises ``BadConfig`` for a model without a price, and what
    ``Endpoint.complete`` raises."""
    price = budget.price_of(model)
    with ThreadPoolExecutor(server.at_once) as pool:
        replies = list(pool.map(lambda question: server.complete(body(model, question)), questions))
    right = sum(reply.text.strip() == question.answer for reply, question in zip(replies, questions, strict=True))
    usd = sum((price.of(reply.tokens_in, reply.tokens_out) for reply in replies), Decimal(0))
    return Guessed(right, len(questions), replies[0].snapshot, usd)


def body(model: str, question: Question) -> dict:
    """The request: the words of the question and of its options."""
    options = "\n".join(f"{letter}. {option}" for letter, option in zip("ABCD", question.options, strict=True))
    told = [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": f"{question.text}\n\n{options}"}]
    return {"model": model, "messages": told, "temperature": 0.0, "seed": 1, "max_completion_tokens": 16}


def sample(most: int) -> list[Question]:
    """So many of the questions on the scenes, drawn by lot, or all."""
    asked = []
    for seed, name in ((seed, name) for seed in SEEDS for name in choreography.SCENES):
        scene = choreography.scene(name, seed)
        known = scenes.truth(scene)
        labels = {track.id: track.label for track in known.tracks}
        asked += FactsWriter().questions(
            MotionFacts(facts=motion.facts(known), labels=labels, seconds=scene.seconds), random.Random(seed)
        )
    return random.Random(1).sample(asked, min(most, len(asked)))


def measure() -> list[Ratio]:
    """The one ratio, or none."""
    model = os.environ.get("FM_BENCH_MODEL")
    if not model:
        print("not configured: FM_BENCH_MODEL names no model, so none was asked")
        return []
    config, questions = settings.load(), sample(SAMPLE)
    with timed(f"{len(questions)} questions to {model}"):
        found = guessed(Endpoint.of(config), Budget.of(config), model, questions)
    return [found.ratio]


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
