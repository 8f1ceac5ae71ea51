"""JSON Lines: one clip an object, with everything that is said of it and the proof (``record.ClipRecord``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from fm_tasks.dataset.record import Content

NAME = "clips.jsonl"
CONTENT_TYPE = "application/jsonl"


def write(path: Path, content: Content) -> int:
    """Write the clips and return how many they are."""
    return write_lines(path, (clip.model_dump(mode="json") for clip in content.clips))


def write_lines(path: Path, documents: Iterable[Mapping]) -> int:
    """Write ``documents``, a line each, and return how many they were. Equal documents give equal bytes.

    Plain ASCII: a reader that breaks lines at U+2028 or U+0085 would tear a text that holds one. Raises
    ``ValueError`` for a number that JSON cannot hold.
    """
    count = 0
    with path.open("w", encoding="ascii", newline="\n") as out:
        for document in documents:
            out.write(json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n")
            count += 1
    return count
