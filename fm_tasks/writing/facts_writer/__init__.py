"""The ``facts`` writer: captions and questions phrased from motion facts alone, without any language model.

It says nothing that it does not find in the facts. Sentences carry no track id, no metric unit and no pixel. Objects
are told apart in words (see ``names_of``). A sentence or question declares the claims that its words rest on, those of
the names included. A sentence that says that something is absent declares none.
"""

from __future__ import annotations

import random

from fm_tasks.model import Caption, MotionFacts, Question, Writer
from fm_tasks.writing.facts_writer.caption import caption_of
from fm_tasks.writing.facts_writer.questions import questions_on
from fm_tasks.writing.facts_writer.story import Story


class FactsWriter:
    """Writes from facts. The same facts and state of ``rng`` give the same text."""

    writer = Writer(name="facts", version="7")

    def caption(self, found: MotionFacts, rng: random.Random) -> Caption:
        """One sentence on the scene, a paragraph, and up to four sentences along each of the seven dimensions."""
        return caption_of(Story(found, rng))

    def questions(self, found: MotionFacts, rng: random.Random) -> tuple[Question, ...]:
        """Up to ten questions of the five types: six at least where something can be told from its like."""
        return questions_on(Story(found, rng))
