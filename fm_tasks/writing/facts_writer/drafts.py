"""Drafts of questions: text, right option and wrong options, before they are drawn and shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from fm_tasks.model import Fact
from fm_tasks.model import FactKind as Kind
from fm_tasks.motion.vocabulary import EVENTS
from fm_tasks.writing.facts_writer.names import Name
from fm_tasks.writing.facts_writer.story import Story

MAIN = 4
"""So many objects, those that move most, are asked about in pairs."""
SELDOM = 0.25
"""How often, 0..1, is asked what has the usual answer: that two stay on one side, or meet and part."""
MOMENTS = (*EVENTS, Kind.ACCELERATES, Kind.SLOWS)
"""The kinds that begin at a moment that a viewer can tell."""


class Draft(NamedTuple):
    """A question before its options are drawn: the first three of ``wrong`` that differ are used, None is skipped.

    ``names`` are those of which the text or the answer makes use, ``facts`` prove the answer; ``amount`` is set where
    the answer has their number. A ``plain`` question is one whose answer is guessed by who has not seen the clip: that
    nothing special happens, or that what is there does it rather than what is not.
    """

    text: str
    right: str
    wrong: Sequence[str | None]
    names: Sequence[Name]
    facts: Sequence[Fact]
    amount: bool = False
    plain: bool = False


Form = Callable[[Story], Iterator[Draft]]


def square(say: Callable[..., str], one: Sequence[object], other: Sequence[object]) -> tuple[str, list[str]]:
    """The right option and three wrong ones: two things that hold, the first of each pair, beside what excludes them.

    Every one of the four shares each half with another option, so none stands out by its words, and nothing but the
    clip tells which half holds.
    """
    right, *wrong = (say(a, b) for a in one for b in other)
    return right, wrong
