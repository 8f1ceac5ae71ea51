"""Things that move before a still camera: differences from the median of the clip's own frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from fm_tasks.model import UNNAMED
from fm_tasks.tracking import Detections, Proposals
from fm_tasks.tracking.held import Reaching, nearness, things

MIN_AREA = 4e-4
"""Smallest proposal, as a share of the frame's area."""
MAX_SHARE = 0.4
"""Where more of the frame differs than this, the light or the camera has changed, and nothing is proposed."""
BACKGROUND_FRAMES = 25
"""How many frames, evenly spread, make the background."""
SCORE = 0.5
"""The score of a proposal: it is seen, but nobody has named it."""

SHADOW_WINDOW = 9
"""Side of the square in which a shadow is told by what it lies on, pixels."""
SHADOW_LIGHT = (0.2, 0.95)
"""Share of the light that a shadow leaves."""
SHADOW_LIKENESS = 0.75
"""Least correlation of what lies in a shadow with the same place without it ..."""
SHADOW_TEXTURE = 3.0
"""... which has at least so much to compare: standard deviation of its grey levels."""
SHADOW_SHARE = 0.5
"""A difference of which so much is told to be a shadow is one. Less of it may be glass, or a dark thing's edge."""


class MedianBackground:
    """Proposals against the per-pixel median of ``frames``, uint8 (height, width, 3) each, of one still clip.

    A pixel differs where it is far from the median by an absolute step and by several times the pixel's own median
    deviation, so that leaves and screens, which never rest, are not proposed. What stands still for most of the clip
    is in the median; the hole it leaves while it is away shows what is behind it, and the background is mended there.
    """

    def __init__(self, frames: Sequence[np.ndarray], min_step: float = 18, min_deviations: float = 5):
        chosen = np.linspace(0, len(frames) - 1, min(len(frames), BACKGROUND_FRAMES)).astype(int)
        stack = np.stack([_smooth(frames[k]) for k in chosen])
        self._background = np.median(stack, axis=0).astype(np.uint8)
        deviation = np.median([cv2.absdiff(image, self._background) for image in stack], axis=0)
        self._step = np.maximum(min_step, min_deviations * deviation).astype(np.uint8)
        self._mend(stack)

    def propose(self, bgr: np.ndarray, hands: Sequence[Reaching] = ()) -> Proposals:
        """The moving things of one frame, all of them unnamed. A shadow is none; nor are a hand and its arm, which hide
        a part of what lies in the hand."""
        image, parts = _smooth(bgr), []
        shadow = _shadow(image, self._background)
        for (x, y, w, h), part, hole in self._parts(image, [hand.whole for hand in hands]):
            window = np.s_[y : y + h, x : x + w]
            if not hole and shadow[window][part > 0].mean() < SHADOW_SHARE:
                parts.append(np.zeros(bgr.shape[:2], bool))
                parts[-1][window] = part
        found = things(parts, hands)
        boxes = np.reshape([thing.box for thing in found], (-1, 4))
        seen = Detections(boxes, np.full(len(found), SCORE), [UNNAMED] * len(found))
        return Proposals(seen, np.array([bool(thing.hands) for thing in found], bool))

    def _parts(
        self, image: np.ndarray, known: Sequence[np.ndarray] = ()
    ) -> Iterator[tuple[tuple[int, int, int, int], np.ndarray, bool]]:
        """Each connected difference without what is ``known``, masks: left, top, width, height in pixels, its mask
        there, and whether it is a hole."""
        mask = (cv2.absdiff(image, self._background) > self._step).any(axis=2).astype(np.uint8)
        if mask.mean() > MAX_SHARE:
            return
        for own in known:
            mask[cv2.dilate(own, np.ones((5, 5), np.uint8)) > 0] = 0
        reach = nearness(image)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
        _, numbers, stats, _ = cv2.connectedComponentsWithStats(mask)
        for n, (x, y, w, h, area) in enumerate(stats[1:], start=1):
            if area >= MIN_AREA * mask.size:
                window = np.s_[y : y + h, x : x + w]
                part = (numbers[window] == n).astype(np.uint8)
                yield (x, y, w, h), part, _edge(self._background[window], part) > _edge(image[window], part)

    def _mend(self, stack: np.ndarray) -> None:
        """Put what is seen in the holes, the median over the frames that show it, in the place of what stood there."""
        seen = np.zeros(stack.shape[:3], np.uint8)
        for image, holes in zip(stack, seen, strict=True):
            for (x, y, w, h), part, hole in self._parts(image):
                if hole:
                    holes[y : y + h, x : x + w] |= part
            cv2.dilate(holes, np.ones((7, 7), np.uint8), dst=holes)
        times = seen.sum(axis=0, dtype=np.uint8)
        # A hole and the object that comes near it are one part for a while: the hole itself is what is seen most often.
        _, numbers = cv2.connectedComponents((times > 0).astype(np.uint8))
        most = np.zeros(numbers.max() + 1, np.uint8)
        np.maximum.at(most, numbers, times)
        behind = (times >= 3) & (times > most[numbers] / 2)
        values = np.where(seen[:, behind, None], stack[:, behind].astype(np.float32), np.nan)
        self._background[behind] = np.nanmedian(values, axis=0).astype(np.uint8)


def _shadow(image: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Where ``image`` shows the background with less light: what lies there is seen as before, by the normalised
    correlation of the one with the other (Jacques, Jung, Musse, SIBGRAPI 2005). A plain ground tells nothing."""
    here, there = (cv2.cvtColor(one, cv2.COLOR_BGR2GRAY).astype(np.float32) for one in (image, background))

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (SHADOW_WINDOW, SHADOW_WINDOW))

    light, full = mean(here), mean(there)
    spread = np.maximum(mean(there * there) - full * full, 1e-3)
    varied = np.maximum(mean(here * here) - light * light, 1e-3)
    likeness = (mean(here * there) - light * full) / np.sqrt(spread * varied)
    least, most = SHADOW_LIGHT
    dark = (light > least * full) & (light < most * full)
    core = (dark & (likeness > SHADOW_LIKENESS) & (spread > SHADOW_TEXTURE**2)).astype(np.uint8)
    core = cv2.morphologyEx(core, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    # What is told from within a window ends half a window before the border of the shadow.
    return cv2.dilate(core, np.ones((SHADOW_WINDOW, SHADOW_WINDOW), np.uint8)) > 0


def _edge(image: np.ndarray, part: np.ndarray) -> float:
    """The mean gradient of ``image`` along the outline of ``part``: higher in the picture that holds the object."""
    outline = cv2.morphologyEx(np.pad(part, 2), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))[2:-2, 2:-2] > 0
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))[outline].mean()


def _smooth(bgr: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(bgr, (5, 5), 0)
