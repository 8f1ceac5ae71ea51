"""Texts on clips whose truth is known, with the claims that come with them: true ones, and ones corrupted by a seed.

``clips`` has the clips and what may be true of them, ``wordings`` how things are said, and ``telling`` makes sentences
and questions of them. None takes part in a verdict.
"""

from __future__ import annotations

from benchmarks.corruption.clips import Clip, clip
from benchmarks.corruption.telling import Text, texts

__all__ = ["Clip", "Text", "clip", "texts"]
