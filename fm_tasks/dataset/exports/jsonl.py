"""JSON Lines: one clip an object, with everything that is said of it and the proof.

=============  ====================================================================================================
field          holds
=============  ====================================================================================================
``id``         the clip
``video``      source, key, ETag, SHA-256 and licence of the video; first and last of its frames, and the time of each
``clip``       address, SHA-256, width, height, frames and mean frames per second of the clip's file
``camera``     how the camera moved (``model.CameraMotion``)
``tracks``     what was tracked, a summary each; the boxes are in ``trajectories.parquet``
``facts``      what moved how, over which frames of the clip
``caption``    sentences by dimension, each with its claims
``questions``  multiple-choice questions, each with the letter of the answer, its tracks and its claims
``keys``       the request that each step answered
=============  ====================================================================================================

A claim has a verdict and its evidence: frames of the clip, frames of the video, and their times in microseconds. A text
that says nothing of motion has one without a kind, which is not checkable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path


def write(path: Path, records: Iterable[Mapping]) -> int:
    """Write ``records`` and return how many they were. Equal records give equal bytes.

    Plain ASCII: a reader that breaks lines at U+2028 or U+0085 would tear a text that holds one. Raises
    ``ValueError`` for a number that JSON cannot hold.
    """
    count = 0
    with path.open("w", encoding="ascii", newline="\n") as out:
        for record in records:
            out.write(json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n")
            count += 1
    return count
