"""The formats of a partition: a module each, and the one table of them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from fm_tasks.dataset.exports import chat, jsonl, parquet
from fm_tasks.dataset.record import Content


class Export(Protocol):
    """A module that writes one file of a partition. Equal content gives equal bytes."""

    @property
    def NAME(self) -> str:
        """Of its file, within the partition."""
        ...

    @property
    def CONTENT_TYPE(self) -> str:
        """Of its file, as S3 keeps it."""
        ...

    def write(self, path: Path, content: Content) -> int:
        """Write the file to ``path`` and return how many rows it has."""
        ...


EXPORTS: tuple[Export, ...] = (jsonl, parquet, chat)
"""In the order in which the manifest lists their files."""
