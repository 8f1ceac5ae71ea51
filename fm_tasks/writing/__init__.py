"""Captions and questions, written from motion facts by the writer that a source names."""

from __future__ import annotations

from typing import NamedTuple

from fm_tasks.model import Call, Caption, Dropped, Question, Writer


class Written(NamedTuple):
    """What a writer wrote of a clip and, of a language model, what of it was dropped and the calls that it took."""

    writer: Writer
    text: Caption | tuple[Question, ...]
    dropped: tuple[Dropped, ...] = ()
    calls: tuple[Call, ...] = ()
