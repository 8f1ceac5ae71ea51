"""From the boxes of models to tracks: boxes are kept or dropped, matched, and put together. No model is needed here.

Boxes are ``x1 y1 x2 y2`` in pixels of the frame here, because the thresholds of the method are; what two share is the
same in any unit. Only ``track`` writes them in 0..1. The rules are those of FoundationMotion (arXiv 2512.10927) and its
published code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from fm_tasks.model import (
    BOX_DECIMALS,
    FIRST_OBJECT,
    HAND_OFFSETS,
    PERSON_STEP,
    Contact,
    ContactState,
    Document,
    Side,
    Track,
)

Size = tuple[int, int]
"""Width and height of the frame, pixels."""

KEYPOINTS = {Side.LEFT: slice(91, 112), Side.RIGHT: slice(112, 133)}
"""Of the hands, among the 133 of COCO-WholeBody (Jin et al., ECCV 2020)."""


class Found(NamedTuple):
    """N objects of one frame: ``boxes`` (N, 4) float in pixels, ``scores`` (N,) float in 0..1, N ``labels``."""

    boxes: np.ndarray
    scores: np.ndarray
    labels: list[str]

    def only(self, keep: np.ndarray) -> Found:
        """Those that ``keep`` names, by position or as (N,) bool."""
        positions = np.arange(len(self.scores))[keep]
        return Found(self.boxes[positions], self.scores[positions], [self.labels[n] for n in positions])


NOTHING = Found(np.empty((0, 4)), np.empty(0), [])


def together(parts: Iterable[Found]) -> Found:
    """All of ``parts`` in one."""
    parts = [NOTHING, *parts]
    boxes, scores = np.vstack([part.boxes for part in parts]), np.concatenate([part.scores for part in parts])
    return Found(boxes, scores, [label for part in parts for label in part.labels])


def area(boxes: np.ndarray) -> np.ndarray:
    """Square pixels of boxes (…, 4)."""
    return np.prod(np.clip(boxes[..., 2:] - boxes[..., :2], 0, None), axis=-1)


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union, 0..1, of every box of ``a`` (N, 4) with every box of ``b`` (M, 4): (N, M)."""
    shared = _shared(a, b)
    return shared / np.maximum(area(a)[:, None] + area(b)[None, :] - shared, 1e-9)


def cover(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How much of the smaller of two lies in the other, 0..1, of every box of ``a`` (N, 4) and ``b`` (M, 4): (N, M)."""
    return _shared(a, b) / np.maximum(np.minimum(area(a)[:, None], area(b)[None, :]), 1e-9)


def _shared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    corners = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    return area(np.concatenate(corners, axis=-1))


def sound(found: Found, size: Size) -> Found:
    """What lies in the frame, cut off at its edges: nothing without a score or a side, nothing inverted or outside."""
    boxes = np.clip(found.boxes.reshape(-1, 4), 0, np.tile(size, 2))  # NaN stays NaN
    known = np.isfinite(boxes).all(axis=1) & np.isfinite(found.scores)
    return found._replace(boxes=boxes).only(known & (boxes[:, 2:] > boxes[:, :2]).all(axis=1))


def apart(found: Found, max_iou: float, same_label_distance: float = 0) -> Found:
    """Greedy suppression: from the highest score on, what overlaps something kept by more than ``max_iou``, or has the
    label of something kept whose centre is nearer than ``same_label_distance`` pixels, is dropped."""
    centres, labels = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2, np.array(found.labels, object)
    kept: list[int] = []
    for n in np.argsort(-found.scores, kind="stable"):
        twin = (labels[kept] == labels[n]) & (np.hypot(*(centres[kept] - centres[n]).T) < same_label_distance)
        if not (twin | (iou(found.boxes[[n]], found.boxes[kept])[0] > max_iou)).any():
            kept.append(n)
    return found.only(np.array(kept, int))


# --- what is followed -------------------------------------------------------------------------------------------------


class ObjectRules(Document):
    """Which boxes of named things are objects; the defaults are the method's."""

    query_score: float = 0.25
    """What the detector itself leaves out."""
    min_area: float = 100
    max_share: float = 0.8
    """Square pixels of the smallest box, and the share of the frame of the largest."""
    min_side: float = 10
    max_iou: float = 0.5
    """Two boxes that overlap more are one object, whatever their names."""
    final_area: float = 200
    final_score: float = 0.3
    """What holds of an object after its rivals are gone."""
    same_distance: float = 50
    """Two boxes of one name with centres nearer than so many pixels are one object."""


def objects(found: Found, size: Size, rules: ObjectRules) -> Found:
    """The objects among all that was found of all names, the surest first."""
    found = sound(found, size)
    sides, areas = found.boxes[:, 2:] - found.boxes[:, :2], area(found.boxes)
    fits = (areas > rules.min_area) & (areas < rules.max_share * size[0] * size[1])
    found = found.only(fits & (sides > rules.min_side).all(axis=1) & (found.scores > rules.query_score))
    found = apart(found, rules.max_iou)
    found = found.only((area(found.boxes) > rules.final_area) & (found.scores > rules.final_score))
    return apart(found, rules.max_iou, rules.same_distance)


def persons(found: Found, size: Size, min_score: float, min_area: float, max_iou: float) -> Found:
    """The persons: those of a score over ``min_score`` and an area over ``min_area``, the surest first."""
    found = sound(found, size)
    found = found.only((found.scores > min_score) & (area(found.boxes) > min_area))
    return apart(found, max_iou)


def surest(found: Found, places: int) -> tuple[Found, Counter[str]]:
    """The first ``places`` of what is in the order of its scores, and how many of each label are left over."""
    return found.only(slice(places)), Counter(found.labels[places:])


def entrants(found: Found, known: np.ndarray, max_iou: float) -> Found:
    """What overlaps none of the ``known`` boxes (K, 4) by more than ``max_iou``: it was not followed before."""
    return found.only(iou(found.boxes, known).max(axis=1, initial=0) <= max_iou)


# --- hands ------------------------------------------------------------------------------------------------------------


def hand_regions(
    keypoints: Mapping[int, np.ndarray], size: Size, min_score: float, min_points: int, scale: float
) -> dict[int, np.ndarray]:
    """By id, the box of each hand of the persons whose 133 keypoints, (133, 3) with x, y and score, are given by id: it
    has more than ``min_points`` keypoints of a score over ``min_score``, and its box is ``scale`` times theirs."""
    regions = {}
    for person, points in keypoints.items():
        for number, side in HAND_OFFSETS.items():
            hand = points[KEYPOINTS[side]]
            seen = hand[hand[:, 2] > min_score, :2]
            if len(seen) > min_points:
                low, high = seen.min(axis=0), seen.max(axis=0)
                middle, half = (low + high) / 2, (high - low) / 2 * scale
                regions[person + number] = np.concatenate([middle - half, middle + half])
    clipped = sound(Found(np.reshape([*regions.values()], (-1, 4)), np.ones(len(regions)), [*regions]), size)
    return dict(zip(clipped.labels, clipped.boxes, strict=True))


def matched(regions: Mapping[int, np.ndarray], hands: Found, min_iou: float) -> dict[int, np.ndarray]:
    """The regions that a detected hand confirms. The pair that overlaps most is taken first; a detection confirms one
    region, so that one hand in the picture is the left or the right hand of one person only."""
    names = list(regions)
    shared = iou(np.reshape([*regions.values()], (-1, 4)), hands.boxes)
    confirmed = {}
    while shared.size and shared.max() > min_iou:
        region, hand = np.unravel_index(shared.argmax(), shared.shape)
        confirmed[names[region]] = regions[names[region]]
        shared[region, :] = shared[:, hand] = 0
    return confirmed


Touch = tuple[ContactState, int | None]
"""What a hand does at one moment, and the id of what it touches."""


def touches(hands: Mapping[int, np.ndarray], things: Mapping[int, np.ndarray], min_iou: float) -> dict[int, Touch]:
    """What each hand of a frame touches, as far as boxes tell: that whose box overlaps its own most, by ``min_iou`` or
    more. Something much larger than a hand, as a table under it, does not overlap it so."""
    touching = {}
    for hand, box in hands.items():
        near = {n: iou(box[None], other[None])[0, 0] for n, other in {**things, **hands}.items() if n != hand}
        what = max(near, key=near.get, default=None)
        if what is None or near[what] < min_iou:
            touching[hand] = ContactState.NO_CONTACT, None
        elif what >= FIRST_OBJECT:
            touching[hand] = ContactState.OBJECT_CONTACT, what
        elif what // PERSON_STEP == hand // PERSON_STEP:
            touching[hand] = ContactState.SELF_CONTACT, what
        else:
            touching[hand] = ContactState.OTHER_PERSON_CONTACT, what
    return touching


Touching = Mapping[int, Mapping[int, Touch]]
"""What each hand touches, by key frame."""


def held(touching: Touching, times_seen: Mapping[int, int], min_share: float) -> dict[int, int]:
    """The hand that holds an object, by the object: it touches it in ``min_share`` or more of the key frames in which
    the object is seen. A hand holds one object, an object is held by one hand; the longest contact comes first."""
    counts = Counter(
        (what, hand)
        for hands in touching.values()
        for hand, (state, what) in hands.items()
        if state == ContactState.OBJECT_CONTACT
    )
    owners: dict[int, int] = {}
    for (thing, hand), count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        if thing not in owners and hand not in owners.values() and count >= min_share * times_seen[thing]:
            owners[thing] = hand
    return owners


def contacts(touching: Touching, hand: int, key_frames: Sequence[int], frames: int) -> tuple[Contact, ...]:
    """What ``hand`` touches, in spans: what holds at a key frame holds until the next one. Where the hand is not seen
    at a key frame nothing is said of it."""
    ends = [*(frame - 1 for frame in key_frames[1:]), frames - 1]
    known = ((touching.get(frame, {}).get(hand), frame, end) for frame, end in zip(key_frames, ends, strict=True))
    spans = []
    for touch, run in groupby(known, key=lambda one: one[0]):
        if touch is not None:
            span = list(run)
            spans.append(Contact(state=touch[0], object=touch[1], inferred=True, start=span[0][1], end=span[-1][2]))
    return tuple(spans)


# --- tracks -----------------------------------------------------------------------------------------------------------

Seen = Mapping[int, tuple[np.ndarray, float]]
"""Box and score of one object in each frame in which it is seen."""
Boxes = dict[int, dict[int, tuple[np.ndarray, float]]]
"""The same of every object, by its id."""


def distinct(found: Boxes, max_iou: float) -> Boxes:
    """Without what lies on something that is seen longer, by more than ``max_iou`` on average over its own frames: one
    object that was found twice, under one name or two."""
    kept: Boxes = {}
    for number, at in sorted(found.items(), key=lambda one: (-len(one[1]), one[0])):
        alike = ([iou(at[k][0][None], other[k][0][None])[0, 0] for k in at if k in other] for other in kept.values())
        if at and all(sum(shared) / len(at) <= max_iou for shared in alike):
            kept[number] = at
    return kept


def track(number: int, label: str, seen: Seen, size: Size, **of) -> Track:
    """A box and a score for every frame from first to last seen, interpolated between and rounded here, before anything
    reads them. ``of`` are further fields of the track."""
    at = sorted(seen)
    frames = np.arange(at[0], at[-1] + 1)
    columns = np.column_stack([np.stack([seen[frame][0] for frame in at]) / np.tile(size, 2), [seen[f][1] for f in at]])
    *sides, scores = np.round(
        np.clip([np.interp(frames, at, column) for column in columns.T], 0, 1), BOX_DECIMALS
    ).tolist()
    return Track(id=number, label=label, seen=at, sides=sides, scores=scores, **of)
