"""Hands: palms are found in the whole picture, and 21 points of a hand in a turned square about each palm.

The networks are BlazePalm and the hand landmark model of MediaPipe (Zhang et al., arXiv 2006.10214; Apache-2.0), which
lie in the package ``mediapipe``. A hand that was there in the sample before is looked for where it was, too: a palm
that is seen from its side, or holds a thing, is often not found as one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from fm_tasks.model import BOX_DECIMALS, Pose, Side, Track
from fm_tasks.tracking import Fragment
from fm_tasks.tracking.boxes import cover, iou
from fm_tasks.tracking.networks import lite, weights

PALM_SIDE, HAND_SIDE = 192, 224
"""Sides of the squares that the two networks are given, pixels."""
GRIDS = ((24, 2), (12, 6))
"""The anchors of a palm: cells in a row, and anchors in a cell."""
MIN_PALM = 0.5
"""Least score of a palm ..."""
MIN_PRESENCE = 0.5
"""... and of a hand in its square."""
SAME_PALM = 0.3
"""Of two palms whose boxes have a higher IoU, one is kept, ..."""
SAME_HAND = 0.5
"""... and of two hands of which so much of the smaller lies in the other."""
PALM_REACH, HAND_REACH = 2.6, 2.0
"""Side of the square about a hand, in longer sides of the box of its palm, and of the points of one seen before."""
PALM_SHIFT, HAND_SHIFT = 0.5, 0.1
"""How far the middle of the square lies from that of the box towards the fingers, in its longer sides."""
WRIST, KNUCKLES = 0, (5, 9, 9, 13)
"""The points that tell which way a hand points: from the wrist to the mean of these."""
BACK = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
"""The points of a hand that move least with its fingers."""
MARGIN = 0.1
"""What lies about the points of a hand and is still hand, in sides of their box."""


HAND = "hand"
"""The label of a hand."""
SURE_SIDE = 0.85
"""A hand is a right one where that is so sure over all of its track, and a left one where the contrary is."""
ITS_PERSON, PERSON_REACH = 0.5, 0.1
"""A hand is a person's where it is within the box for so much of its time; a box is grown by so much of its sides."""
LIES_IN, SEEN_AS = 0.6, 0.8
"""What has no name is a hand, or its arm, where so much of the smaller lies in the other, for so much of its time."""


class Hand(NamedTuple):
    """A hand in one picture: its 21 ``points`` (21, 2) as shares of the picture, and how sure it is, 0..1, that it is a
    hand, and that it is a right one."""

    points: np.ndarray
    presence: float
    right: float

    @property
    def box(self) -> np.ndarray:
        """x1, y1, x2, y2 as shares of the picture."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return np.concatenate([low - MARGIN * (high - low), high + MARGIN * (high - low)])


class HandTrack(NamedTuple):
    """One hand through a clip: ``fragment`` has its boxes, and ``hands`` what was seen in each of its samples."""

    fragment: Fragment
    hands: list[Hand]

    @property
    def side(self) -> Side | None:
        """Which hand it is; None where that is not sure."""
        right = np.mean([hand.right for hand in self.hands])
        return Side.RIGHT if right >= SURE_SIDE else Side.LEFT if right <= 1 - SURE_SIDE else None

    def by_frame(self, sampled: Sequence[int]) -> dict[int, Hand]:
        """What was seen of it by frame; ``sampled`` are the frames of the samples."""
        return dict(zip(np.asarray(sampled)[self.fragment.samples].tolist(), self.hands, strict=True))

    def person(self, persons: Sequence[Track], sampled: Sequence[int]) -> Track | None:
        """The person within whose box the hand's middle lies most of the time, the smallest of several; none where it
        lies in none for half of its time. ``sampled`` are the frames of the samples."""
        frames = np.asarray(sampled)[self.fragment.samples].tolist()
        middles = self.fragment.boxes.reshape(-1, 2, 2).mean(axis=1)
        found = []
        for person in persons:
            rows = [n for n, frame in enumerate(frames) if frame in person.frames]
            if len(rows) >= ITS_PERSON * len(frames):
                boxes = np.array(person.sides).T[[frames[n] - person.frames.start for n in rows]]
                reach = PERSON_REACH * (boxes[:, 2:] - boxes[:, :2])
                held = (middles[rows] > boxes[:, :2] - reach) & (middles[rows] < boxes[:, 2:] + reach)
                share = held.all(axis=1).sum() / len(frames)
                area = np.median((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))
                found += [(-round(share, 1), area, person)] if share >= ITS_PERSON else []
        return min(found, key=lambda one: one[:2], default=(0, 0, None))[2]

    def is_seen_as(self, other: Fragment) -> bool:
        """Whether a track without a name is this hand, or its arm: nearly all the time the one lies in the other. What
        a hand only takes for a while is another thing."""
        _, mine, its = np.intersect1d(self.fragment.samples, other.samples, return_indices=True)
        together = np.diagonal(cover(self.fragment.boxes[mine], other.boxes[its])) >= LIES_IN
        return bool(together.sum() >= SEEN_AS * len(other.samples))


def followed(
    tracks: Sequence[HandTrack], pictures: Iterable[tuple[int, np.ndarray]], sampled: Sequence[int]
) -> list[Pose]:
    """The points of each hand in its samples, and between two that follow each other: there it is looked for where it
    was in the picture before, and is found there or not at all. ``pictures`` are numbered as the frames ``sampled``
    are, uint8 BGR (height, width, 3)."""
    found = [track.by_frame(sampled) for track in tracks]
    for frame, bgr in pictures:
        before = bisect_left(sampled, frame)
        if 0 < before < len(sampled) and sampled[before] != frame:
            around, rgb = sampled[before - 1 : before + 1], cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
            for hands in found:
                if all(sample in hands for sample in around):
                    last = hands[max(known for known in hands if known < frame)]
                    hand = _hand(rgb, _about_hand(last.points * rgb.shape[1::-1]))
                    if hand.presence >= MIN_PRESENCE and np.isfinite(hand.points).all() and _among(hand, [last]):
                        hands[frame] = hand
    return [_pose(hands) for hands in found]


def _pose(hands: Mapping[int, Hand]) -> Pose:
    frames = sorted(hands)
    points = (np.round(hands[frame].points.ravel(), BOX_DECIMALS).tolist() for frame in frames)
    return Pose(frames=tuple(frames), points=tuple(map(tuple, points)))


def nearest(hands: Sequence[Hand], box: np.ndarray) -> Hand:
    """The hand whose box ``box`` is, of those of one picture."""
    return min(hands, key=lambda hand: np.abs(np.clip(hand.box, 0, 1) - box).sum())


class Square(NamedTuple):
    """A turned square in pixels of a picture: in it, a hand points upwards."""

    middle: np.ndarray
    side: float
    turn: float
    """Radians, clockwise."""


def hands_in(pictures: Sequence[np.ndarray]) -> list[list[Hand]]:
    """The hands in each of ``pictures``, uint8 BGR (height, width, 3), one after the other in time; the surest first.
    Raises ``BadConfig`` where the weights are not installed."""
    found: list[list[Hand]] = []
    for bgr in pictures:
        rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        hands = _apart(_hand(rgb, square) for square in _palms(rgb))
        lost = [hand for hand in (found[-1] if found else ()) if not _among(hand, hands)]
        again = (_hand(rgb, _about_hand(hand.points * rgb.shape[1::-1])) for hand in lost)
        found.append(_apart([*hands, *again]))
    return found


def _anchors() -> np.ndarray:
    """The middles of the anchors as shares of the square, (2016, 2)."""
    grids = []
    for cells, count in GRIDS:
        y, x = np.mgrid[:cells, :cells]
        grids.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]) + 0.5, count, axis=0) / cells)
    return np.concatenate(grids)


ANCHORS = _anchors()


def _palms(rgb: np.ndarray) -> Iterator[Square]:
    """The squares about the hands whose palms are found in a picture."""
    height, width = rgb.shape[:2]
    scale = PALM_SIDE / max(height, width)
    small = cv2.resize(rgb, (max(round(width * scale), 1), max(round(height * scale), 1)), interpolation=cv2.INTER_AREA)
    top, left = (PALM_SIDE - small.shape[0]) // 2, (PALM_SIDE - small.shape[1]) // 2
    square = np.zeros((1, PALM_SIDE, PALM_SIDE, 3), np.float32)
    square[0, top : top + small.shape[0], left : left + small.shape[1]] = small / np.float32(255)
    raw, scores = lite(weights("mediapipe", "modules", "palm_detection", "palm_detection_full.tflite"))(square)
    scores = 1 / (1 + np.exp(-np.clip(scores[0, :, 0], -100, 100)))
    rows = np.flatnonzero(scores >= MIN_PALM)
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    # A middle, a size and seven points, of which the middle and the points are told from the anchor.
    values = raw[0, rows].reshape(-1, 9, 2).astype(float)
    values[:, [0, *range(2, 9)]] += ANCHORS[rows, None] * PALM_SIDE
    sizes = values[:, 1] / scale
    middles, wrists, knuckles = (np.moveaxis(values[:, [0, 2, 4]], 1, 0) - (left, top)) / scale
    boxes, kept = np.hstack([middles - sizes / 2, middles + sizes / 2]), []
    for n in range(len(rows)):
        if not (iou(boxes[[n]], boxes[kept]) > SAME_PALM).any():
            kept.append(n)
    for n in kept:
        yield _square(middles[n], sizes[n].max(), knuckles[n] - wrists[n], PALM_SHIFT, PALM_REACH)


def _about_hand(points: np.ndarray) -> Square:
    """The square about a hand whose points are known, (21, 2) pixels."""
    way = points[list(KNUCKLES)].mean(axis=0) - points[WRIST]
    turned = _turn(way)
    back = points[BACK] @ turned.T
    low, high = back.min(axis=0), back.max(axis=0)
    return _square(turned.T @ ((low + high) / 2), (high - low).max(), way, HAND_SHIFT, HAND_REACH)


def _square(middle: np.ndarray, side: float, way: np.ndarray, shift: float, reach: float) -> Square:
    """The square about a box with a middle and a longer side, of a hand that points along ``way``."""
    turn = float(np.arctan2(way[0], -way[1]))
    return Square(middle + shift * side * np.array([np.sin(turn), -np.cos(turn)]), max(side, 1.0) * reach, turn)


def _turn(way: np.ndarray) -> np.ndarray:
    """The rotation (2, 2) that turns ``way`` upwards."""
    turn = np.arctan2(way[0], -way[1])
    return np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def _hand(rgb: np.ndarray, square: Square) -> Hand:
    """What is seen in a square, a hand or not."""
    turned = _turn(np.array([np.sin(square.turn), -np.cos(square.turn)])) * HAND_SIDE / square.side
    matrix = np.column_stack([turned, HAND_SIDE / 2 - turned @ square.middle])
    shown = cv2.warpAffine(rgb, matrix, (HAND_SIDE, HAND_SIDE), flags=cv2.INTER_LINEAR)
    network = lite(weights("mediapipe", "modules", "hand_landmark", "hand_landmark_full.tflite"))
    points, presence, right, _ = network(shown[None] / np.float32(255))
    places = (points.reshape(21, 3)[:, :2] - matrix[:, 2]) @ np.linalg.inv(turned).T
    return Hand(places / rgb.shape[1::-1], presence.item(), right.item())


def _apart(hands: Iterable[Hand]) -> list[Hand]:
    """Each hand once, the surest first, and nothing that is none."""
    kept: list[Hand] = []
    for hand in sorted(hands, key=lambda hand: -hand.presence):
        if hand.presence >= MIN_PRESENCE and np.isfinite(hand.points).all() and not _among(hand, kept):
            kept.append(hand)
    return kept


def _among(hand: Hand, others: Sequence[Hand]) -> bool:
    """Whether one of ``others`` lies where ``hand`` does."""
    there = np.reshape([other.box for other in others], (-1, 4))
    return bool((cover(hand.box[None], there) > SAME_HAND).any())
