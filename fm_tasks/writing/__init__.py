"""Captions and questions, written from motion facts by the writer that a source names."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from fm_tasks.model import Call, Caption, Dropped, Fact, Question, Writer

Text = TypeVar("Text", Caption, tuple[Question, ...])


class Written(NamedTuple, Generic[Text]):
    """What a writer wrote of a clip and, of a language model, what of it was dropped and the calls that it took."""

    writer: Writer
    text: Text
    dropped: tuple[Dropped, ...] = ()
    calls: tuple[Call, ...] = ()


class FactsWriter(Protocol):
    """Writes from the facts of one clip alone: ``labels`` names the class of each track by id, ``seconds`` is the
    clip's length. The same of all, and of ``rng``, give the same text."""

    writer: Writer

    def caption(self, facts: Sequence[Fact], labels: Mapping[int, str], seconds: float, rng: random.Random) -> Caption:
        """One sentence on the scene and, along each of the seven dimensions, one to four sentences."""
        ...

    def questions(
        self, facts: Sequence[Fact], labels: Mapping[int, str], seconds: float, rng: random.Random
    ) -> tuple[Question, ...]:
        """Questions of the five types."""
        ...
