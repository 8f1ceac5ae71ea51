"""How the objects of a clip are found, named and followed from its first to its last frame.

* a detector finds and names the objects of one frame, whatever it shows; it is made once per process;
* a proposer is made from the sampled frames of one clip and finds what moves in it, unnamed;
* a tracker is made anew for every clip, so that nothing passes between clips;
* a stack does all of this by itself, from the file of a clip to its trajectories; it is made once per process.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from fm_tasks.model import UNNAMED, Box, ClipFile, Trajectories

if TYPE_CHECKING:
    from fm_tasks.tracking.held import Reaching


class Detections(NamedTuple):
    """N objects of one frame: ``boxes`` (N, 4) float in 0..1, ``scores`` (N,) float in 0..1, N ``labels``.

    A tracker is given ``looks`` too, (N, D), the nearer to each other the more alike two objects look; D may be 0.
    """

    boxes: np.ndarray
    scores: np.ndarray
    labels: list[str]
    looks: np.ndarray | None = None


class Proposals(NamedTuple):
    """What moves in one frame, unnamed: ``seen``, and ``held`` (N,) bool, which of it lies in a hand."""

    seen: Detections
    held: np.ndarray


class Fragment(NamedTuple):
    """K detections that are one object: ``samples`` (K,) rising indices into the sampled frames, and a row for each."""

    samples: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    labels: list[str]
    looks: np.ndarray


def personhood(labels: Sequence[str], scores: np.ndarray) -> np.ndarray:
    """For each label how sure it is that this is a person, 0..1, or how sure that it is not, 0..-1; 0 for the unnamed.

    Detectors take a car for a truck, but hardly a person for a thing.
    """
    return scores * [(label == "person") - (label not in ("person", UNNAMED)) for label in labels]


class Stack(Protocol):
    def trajectories(self, path: Path, clip: ClipFile) -> Trajectories:
        """Every track of the clip that lies at ``path``. Raises ``Rejected`` where there is none."""
        ...


class Detector(Protocol):
    def detect(self, bgr: np.ndarray, tiles: Sequence[Box] = ()) -> Detections:
        """The objects of one frame, uint8 (height, width, 3), searched as a whole and in each of ``tiles``."""
        ...


class Proposer(Protocol):
    def propose(self, bgr: np.ndarray, hands: Sequence[Reaching] = ()) -> Proposals:
        """What moves in one frame, uint8 (height, width, 3), but for the ``hands`` that are known in it."""
        ...


class Tracker(Protocol):
    def track(self, samples: Sequence[Detections], seconds: Sequence[float], size: tuple[int, int]) -> list[Fragment]:
        """Every detection of the samples, in fragments of one object each; ``size`` is the frame's width and height."""
        ...
