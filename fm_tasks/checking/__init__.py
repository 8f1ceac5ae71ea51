"""What a text says of motion, read from its words, and the verdict of the facts on it.

``reader`` reads words alone: it asks no model and trusts no claim that comes with a text. ``references`` finds whom the
words may mean, ``proof`` holds one claim against the facts, ``claims`` gives the verdict on a text, ``repeats`` finds
what is asked twice. ``caption_judge`` scores captions and decides nothing.

A text is rewritten step by step. Verbs get their plain form, one for all that mean the same (``travelled`` is ``go``);
ways, places and swings become tokens (``up and to the right`` is ``<way:up_right>``); what names an object becomes the
tracks that it may mean. Then each clause gives what its verbs say of them. Words that are not understood are passed
over: what is read is said, but not all that is said is read.
"""

from __future__ import annotations

from fm_tasks.checking.questions import read_answer, statement
from fm_tasks.checking.reader import Order, Read, read
from fm_tasks.checking.references import BORNE_OUT, Cast, Reading, says
from fm_tasks.english.lexicon import NUMBER, plain

__all__ = [
    "BORNE_OUT",
    "NUMBER",
    "Cast",
    "Order",
    "Read",
    "Reading",
    "plain",
    "read",
    "read_answer",
    "says",
    "statement",
]
