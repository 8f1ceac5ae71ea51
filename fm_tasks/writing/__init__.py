"""Captions and questions, written from motion facts by the writer that a source names."""

from __future__ import annotations

import random
from typing import Generic, NamedTuple, Protocol, TypeVar

from fm_tasks.model import Call, Caption, Dropped, MotionFacts, Question, Writer

Text = TypeVar("Text", Caption, tuple[Question, ...])


class Written(NamedTuple, Generic[Text]):
    """What a writer wrote of a clip and, of a language model, what of it was dropped and the calls that it took."""

    writer: Writer
    text: Text
    dropped: tuple[Dropped, ...] = ()
    calls: tuple[Call, ...] = ()


class FactsWriter(Protocol):
    """Writes from the facts of one clip alone. The same facts, and the same state of ``rng``, give the same text."""

    writer: Writer

    def caption(self, found: MotionFacts, rng: random.Random) -> Caption:
        """One sentence on the scene, a paragraph, and up to four sentences along each of the seven dimensions."""
        ...

    def questions(self, found: MotionFacts, rng: random.Random) -> tuple[Question, ...]:
        """Questions of the five types."""
        ...
