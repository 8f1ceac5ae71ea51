"""What lies in a hand: which pixels are the hand and the arm behind it, and what is left of what moves.

A hand is where its points are, its arm what has the colour of its palm and hangs together with it. The bounds of what
skin looks like, of any tone, in YCrCb are those of Chai and Ngan (1999), widened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from fm_tasks.tracking.hands import KNUCKLES, WRIST, Hand

PALM = (0, 1, 5, 9, 13, 17)
"""The points about the palm."""
ROOTS = (1, 5, 9, 13, 17)
"""Where the fingers begin; each has four points."""
THICK = 0.3
"""How thick a finger is, palms, from the wrist to the root of the middle finger."""
ANY_SKIN = ((40, 133, 77), (255, 180, 130))
"""Least and largest Y, Cr, Cb of skin."""
SHOWS = 0.3
"""The colour of a palm is told where so much of it looks like skin: else a thing lies before it."""
ALIKE, LEAST = 3.0, (12, 3, 3)
"""An arm is of the palm's colour to so many deviations of it, which are so large at least."""
ARM = 5.0
"""How long an arm is looked for, palms."""
SOLID = 0.5
"""Parts at one hand are one thing where they and the hand fill so much of the box about them."""


class Reaching(NamedTuple):
    """A hand in a picture (height, width)."""

    whole: np.ndarray
    """Whether a pixel is the hand's or its arm's, uint8."""
    grip: np.ndarray
    """Whether it is of the palm or of a finger, and not of the wrist, uint8."""
    wrist: np.ndarray
    """Pixels, (2,)."""
    way: np.ndarray
    """From the wrist towards the fingers, pixels, (2,)."""

    def holds(self, part: np.ndarray) -> bool:
        """Whether a part of what moves, bool (height, width), is at the palm or the fingers, and not behind."""
        return self._is_before(part) and _at(part, self.grip)

    def has_as_arm(self, part: np.ndarray) -> bool:
        """Whether a part is what is left of the arm: a sleeve, say."""
        return not self._is_before(part) and _at(part, self.whole)

    def _is_before(self, part: np.ndarray) -> bool:
        middle = np.argwhere(part)[:, ::-1].mean(axis=0)
        return bool((middle - self.wrist) @ self.way > 0)


class Thing(NamedTuple):
    """What moves, in one part or, where a hand lies before it, in several."""

    mask: np.ndarray
    """Which pixels of the picture are its own, bool (height, width)."""
    hands: frozenset[int]
    """The hands that it lies in."""

    @property
    def sides(self) -> np.ndarray:
        """x1, y1, x2, y2 in pixels."""
        x, y = (np.flatnonzero(self.mask.any(axis=axis)) for axis in (0, 1))
        return np.array([x[0], y[0], x[-1] + 1, y[-1] + 1])

    @property
    def box(self) -> np.ndarray:
        """x1, y1, x2, y2 as shares of the picture."""
        return self.sides / np.tile(self.mask.shape[::-1], 2)


def things(parts: Sequence[np.ndarray], hands: Sequence[Reaching]) -> list[Thing]:
    """The things that move in a picture from the connected ``parts`` of what moves in it, bool (height, width), without
    the ``hands``."""
    found: list[Thing] = []
    for part in parts:
        if any(hand.has_as_arm(part) for hand in hands):
            continue
        thing = Thing(part, frozenset(n for n, hand in enumerate(hands) if hand.holds(part)))
        for other in found:
            if shared := thing.hands & other.hands:
                both = Thing(thing.mask | other.mask, thing.hands | other.hands)
                x1, y1, x2, y2 = both.sides
                filled = np.any([both.mask, *(hands[n].grip for n in shared)], axis=0)
                if filled[y1:y2, x1:x2].mean() >= SOLID:
                    found = [one for one in found if one is not other]
                    thing = both
        found.append(thing)
    return found


def nearness(image: np.ndarray) -> int:
    """How near two parts of a picture lie that are one, pixels; odd, so that closing does not shift."""
    return 2 * round(0.006 * np.hypot(*image.shape[:2])) + 1


def _at(part: np.ndarray, own: np.ndarray) -> bool:
    """Whether a part is as near to a hand as parts of one thing are, and what lies between hand and part."""
    size = nearness(own) + 6
    return bool(part[cv2.dilate(own, np.ones((size, size), np.uint8)) > 0].any())


def reaching(bgr: np.ndarray, hand: Hand) -> Reaching:
    """Where ``hand`` is in a picture, uint8 BGR (height, width, 3)."""
    places = hand.points * bgr.shape[1::-1]
    points = np.round(places).astype(np.int32)
    palm = max(float(np.hypot(*(places[KNUCKLES[1]] - places[WRIST]))), 1.0)
    thick = max(int(THICK * palm), 3)
    core = np.zeros(bgr.shape[:2], np.uint8)
    cv2.fillConvexPoly(core, cv2.convexHull(points[list(PALM)]), 1)
    grip = core.copy()
    for root in ROOTS:
        cv2.polylines(grip, [points[root : root + 4]], False, 1, thick)
    whole = cv2.polylines(grip.copy(), [cv2.convexHull(points[list(PALM)])], True, 1, thick)
    near = cv2.circle(np.zeros_like(core), points[WRIST].tolist(), int(ARM * palm), 1, -1)
    skin = (_of_its_colour(bgr, core > 0) & near) | whole
    _, numbers = cv2.connectedComponents(cv2.morphologyEx(skin, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)))
    own = np.unique(numbers[whole > 0])
    return Reaching(
        whole=np.isin(numbers, own[own > 0]).astype(np.uint8),
        grip=grip,
        wrist=places[WRIST],
        way=places[list(KNUCKLES)].mean(axis=0) - places[WRIST],
    )


def _of_its_colour(bgr: np.ndarray, palm: np.ndarray) -> np.ndarray:
    """Whether a pixel is of the colour of a ``palm``, uint8; none is where too little of that looks like skin."""
    colours = cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb)
    skin = cv2.inRange(colours, *map(np.array, ANY_SKIN)) > 0
    shown = colours[palm & skin].astype(np.float32)
    if len(shown) == 0 or len(shown) < SHOWS * palm.sum():
        return np.zeros(palm.shape, np.uint8)
    middle = np.median(shown, axis=0)
    deviation = np.maximum(1.48 * np.median(np.abs(shown - middle), axis=0), LEAST)
    return (skin & (np.abs(colours - middle) < ALIKE * deviation).all(axis=2)).astype(np.uint8)
