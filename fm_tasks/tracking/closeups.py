"""A second look: what a detector says of a thing that it is shown from near, several times over its track.

A detector that sees a thing small, among others, takes a car from above for a telephone. Shown the same from near and
from less near, at several moments, it stands by what is right and contradicts itself in what is not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product

import numpy as np

from fm_tasks.english.words import CLASSES
from fm_tasks.model import UNNAMED
from fm_tasks.tracking import Detector, Fragment
from fm_tasks.tracking.boxes import iou

MOMENTS = 4
"""At so many moments of a track it is looked at."""
SIDES = (1.3, 2.0)
"""Sides of the squares that are looked at, in longer sides of the box."""
OVERLAP = 0.4
"""What is found is the thing itself where the two boxes share so much of what both cover."""
AGREED = 0.8
"""A name is believed where so many of the looks agree in it ..."""
SURE = 0.55
"""... with this score, on average over all looks."""

STEADY = 0.9
"""... and where so many of the track's own detections have it, of those that have a name."""


def name_of(fragment: Fragment, images: Sequence[np.ndarray], detector: Detector) -> str:
    """The name in which the looks agree, else the class of what they say, else none; ``images`` are the samples."""
    rows = np.unique(np.linspace(0, len(fragment.samples) - 1, MOMENTS + 2).round().astype(int)[1:-1])
    looks, found = list(product(rows, SIDES)), []
    for row, side in looks:
        found.append(_seen(images[int(fragment.samples[row])], fragment.boxes[row], side, detector))
        agreed = Counter(label for name, _ in found for label in {name, CLASSES.get(name, UNNAMED)} - {UNNAMED})
        if max(agreed.values(), default=0) + len(looks) - len(found) < AGREED * len(looks):
            return UNNAMED  # whatever else is seen, no name can be agreed on any more
    for label_of in (lambda name: name, lambda name: CLASSES.get(name, UNNAMED)):
        scores: dict[str, list[float]] = defaultdict(list)
        for name, score in found:
            scores[label_of(name)].append(score)
        scores.pop(UNNAMED, None)
        label = max(scores, key=lambda name: sum(scores[name]), default=UNNAMED)
        score = sum(scores.get(label, ())) / len(found)
        seen = [label_of(name) == label for name in fragment.labels if name != UNNAMED]
        stands = not seen or np.mean(seen) >= STEADY
        if len(scores.get(label, ())) >= AGREED * len(found) and score >= SURE and stands:
            return label
    return UNNAMED


def _seen(image: np.ndarray, box: np.ndarray, side: float, detector: Detector) -> tuple[str, float]:
    """The name of a thing in a square about its box, and its score."""
    size = np.array(image.shape[1::-1])
    corners = box.reshape(2, 2) * size
    half = side * max(corners[1] - corners[0]) / 2
    middle = corners.mean(axis=0)
    (x1, y1), (x2, y2) = np.clip(np.round([middle - half, middle + half]), 0, size).astype(int)
    if min(x2 - x1, y2 - y1) < 4:
        return UNNAMED, 0.0
    found = detector.detect(image[y1:y2, x1:x2])
    boxes = found.boxes * np.tile((x2 - x1, y2 - y1), 2) + np.tile((x1, y1), 2)
    own = np.flatnonzero(iou(boxes, corners.reshape(1, 4))[:, 0] > OVERLAP)
    if not len(own):
        return UNNAMED, 0.0
    best = own[found.scores[own].argmax()]
    return found.labels[best], float(found.scores[best])
