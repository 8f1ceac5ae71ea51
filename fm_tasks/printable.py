"""Text of strangers, escaped for lines that a person reads."""

from __future__ import annotations


def plain(text: str) -> str:
    """The text on one line, control characters escaped."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
