"""The chat format of LLaMA-Factory: ``messages`` and ``videos``, one question an object, the answer its letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fm_tasks.dataset.exports import jsonl
from fm_tasks.dataset.record import ClipRecord, Content

NAME = "chat.jsonl"
CONTENT_TYPE = jsonl.CONTENT_TYPE
LETTERS = "ABCD"
INSTRUCTION = "Answer with the letter of the right option."


def write(path: Path, content: Content) -> int:
    """Write the questions of all clips and return how many they are."""
    return jsonl.write_lines(path, (sample for clip in content.clips for sample in samples(clip)))


def samples(clip: ClipRecord) -> Iterator[dict]:
    """The questions of ``clip`` as conversations about its file."""
    for question in clip.questions:
        options = (f"{letter}. {option}" for letter, option in zip(LETTERS, question.options, strict=True))
        text = "\n".join(_without_placeholders(line) for line in (question.text, *options))
        yield {
            "messages": [
                {"role": "user", "content": f"<video>{text}\n{INSTRUCTION}"},
                {"role": "assistant", "content": question.answer},
            ],
            "videos": [clip.clip.uri],
        }


def _without_placeholders(text: str) -> str:
    """``text`` without the marks for which a trainer would look for another file."""
    return re.sub(r"<(video|image|audio)>", r"\1", text)
