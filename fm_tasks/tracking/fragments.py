"""From a tracker's fragments to whole objects: merged boxes taken out, pieces of one object put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import median_filter
from scipy.optimize import linear_sum_assignment

from fm_tasks.model import LONGEST_UNSEEN
from fm_tasks.tracking import Fragment, personhood
from fm_tasks.tracking.appearance import LOOKS_DEVIATION

NEIGHBOURS = 21
"""How many detections, the one itself included, tell the usual size of an object at that time: 2 s of 10 a second."""
PACE = 5
"""How many detections at the end of a fragment tell its velocity."""
MAX_MISS = 2.0
"""Two fragments may be joined where the later begins this near to where it is expected, in sizes of their boxes, and as
near in looks."""
MAX_OTHERNESS = 0.05
"""Two fragments are not joined where one is a person and the other not, with so much certainty of both multiplied."""
MAX_GROWTH = 2.0
"""Two fragments are not joined where one is this many times the other's size."""
BORDER = 0.02
"""The border cuts a box that is this near to it, as a share of the frame's width or height."""
LEFT_GAP = 0.3
"""Seconds after which what went out at a border of the frame has left: what comes in there is another."""
FEW, FEW_GAP = 3, 0.5
"""Of what was sighted fewer times it is not known where it goes: it is not joined to anything after so many seconds."""
MERGED_SHARE = 0.5
"""What holds two others in so much of its time is no object."""


def of_one_size(fragment: Fragment, max_swell: float) -> Fragment:
    """The fragment without boxes whose area is over ``max_swell`` of the usual one about that time, since while two
    objects touch, one box may hold both; nor those that are smaller by as much, of what another object hides in part.
    Where the border of the frame cuts it, an object is as small as it is seen."""
    area = np.prod(fragment.boxes[:, 2:] - fragment.boxes[:, :2], axis=1)
    usual = median_filter(area, NEIGHBOURS, mode="mirror")
    cut = ((fragment.boxes < BORDER) | (fragment.boxes > 1 - BORDER)).any(axis=1)
    keep = np.flatnonzero((area <= max_swell * usual) & ((area >= usual / max_swell) | cut))
    return Fragment(
        fragment.samples[keep],
        fragment.boxes[keep],
        fragment.scores[keep],
        [fragment.labels[k] for k in keep],
        fragment.looks[keep],
    )


def joined(
    fragments: Sequence[Fragment], seconds: Sequence[float], size: tuple[int, int], max_gap: float
) -> list[Fragment]:
    """Fragments put together end to start: over gaps of up to ``max_gap`` seconds, where positions, velocities, sizes
    and looks agree, and so that all the misses together are least. ``seconds`` are the times of the samples."""
    times = np.asarray(seconds)
    shapes = [_in_diagonals(fragment.boxes, size) for fragment in fragments]
    leaving = [_leaves(fragment, times[fragment.samples]) for fragment in fragments]

    def miss(a: int, b: int) -> float:
        early, late = fragments[a].samples, fragments[b].samples
        known = max_gap if min(len(early), len(late)) >= FEW else FEW_GAP
        if times[late[0]] - times[early[-1]] > (LEFT_GAP if leaving[a] else known):
            return np.inf
        return _miss(shapes[a], times[early], shapes[b], times[late])

    return _chains(fragments, miss)


def uncovered(
    objects: Sequence[Fragment], hands: Sequence[Fragment], seconds: Sequence[float], size: tuple[int, int]
) -> list[Fragment]:
    """As `joined`, of what is lost at one of the ``hands`` and found at it again within ``LONGEST_UNSEEN``: the hand
    hid it, and it went where the hand went, or stayed."""
    times = np.asarray(seconds)

    def miss(a: int, b: int) -> float:
        early, late = objects[a], objects[b]
        gap = times[late.samples[0]] - times[early.samples[-1]]
        if gap > (LEFT_GAP if _leaves(early, times[early.samples]) else LONGEST_UNSEEN):
            return np.inf
        ways = (_hidden_by(hand, early, late) for hand in hands)
        last, first = _in_diagonals(np.array([early.boxes[-1], late.boxes[0]]), size)
        found = (_miss_of_held(last, first, _in_diagonals(way, size)) for way in ways if way is not None)
        return min(found, default=np.inf)

    return _chains(objects, miss)


def _chains(fragments: Sequence[Fragment], miss: Callable[[int, int], float]) -> list[Fragment]:
    """The fragments, put together where one begins after another ends, both may be one by what they are, and the
    ``miss`` of their places, in sizes of their boxes, and that of their looks are small."""
    looks = [np.median(fragment.looks, axis=0) for fragment in fragments]
    persons = [personhood(fragment.labels, fragment.scores).mean() for fragment in fragments]
    misses = np.full((len(fragments), len(fragments)), np.inf)
    for a, early in enumerate(fragments):
        for b, late in enumerate(fragments):
            if early.samples[-1] < late.samples[0] and persons[a] * persons[b] >= -MAX_OTHERNESS:
                misses[a, b] = np.hypot(miss(a, b), np.linalg.norm(looks[a] - looks[b]) / LOOKS_DEVIATION)
    pairs = zip(*linear_sum_assignment(np.minimum(misses, 1e6)), strict=True)
    follows = {a: b for a, b in pairs if misses[a, b] <= MAX_MISS}
    chains = []
    for first in sorted(set(range(len(fragments))) - set(follows.values())):
        chain = [first]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        chains.append(_chained([fragments[n] for n in chain]))
    return chains


def _leaves(fragment: Fragment, times: np.ndarray) -> bool:
    """Whether a fragment ends at a border of the frame, towards which it goes."""
    box, way = fragment.boxes[-1], _velocity(fragment.boxes[-PACE:], times[-PACE:])
    return bool((((box[:2] < BORDER) & (way < 0)) | ((box[2:] > 1 - BORDER) & (way > 0))).any())


def unmerged(objects: Sequence[Fragment]) -> list[Fragment]:
    """The objects without those that are others seen as one: while two touch, one box may hold both, and neither is
    seen by itself."""
    kept = []
    for whole in objects:
        held = np.zeros(len(whole.samples), int)
        for part in objects:
            within = (part.samples[0] < whole.samples) & (whole.samples < part.samples[-1])
            held += within & ~np.isin(whole.samples, part.samples) & _inside(part, whole)
        if np.mean(held >= 2) < MERGED_SHARE:
            kept.append(whole)
    return kept


def _inside(part: Fragment, whole: Fragment) -> np.ndarray:
    """In which of the samples of ``whole`` the box of ``part``, interpolated, lies mostly in its own."""
    boxes = np.column_stack([np.interp(whole.samples, part.samples, side) for side in part.boxes.T])
    shared = np.minimum(boxes[:, 2:], whole.boxes[:, 2:]) - np.maximum(boxes[:, :2], whole.boxes[:, :2])
    return np.clip(shared, 0, None).prod(axis=1) > 0.5 * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)


def _hidden_by(hand: Fragment, early: Fragment, late: Fragment) -> np.ndarray | None:
    """How far a hand goes from the end of ``early`` to the beginning of ``late``, (2,), where it is at both, and seen
    in half of what lies between; None of another."""
    ends = early.samples[-1], late.samples[0]
    between = ((hand.samples > ends[0]) & (hand.samples < ends[1])).sum()
    if not hand.samples[0] <= ends[0] or not ends[1] <= hand.samples[-1] or 2 * between < ends[1] - ends[0] - 1:
        return None
    there = np.column_stack([np.interp(ends, hand.samples, side) for side in hand.boxes.T])
    boxes = np.array([early.boxes[-1], late.boxes[0]])
    if not ((there[:, :2] < boxes[:, 2:]) & (there[:, 2:] > boxes[:, :2])).all():
        return None
    first, last = _centres(there)
    return np.asarray(last - first)


def _miss_of_held(last: np.ndarray, first: np.ndarray, way: np.ndarray) -> float:
    """As `_miss`, of what goes ``way`` with a hand, or stays where it is."""
    sizes = np.array([np.hypot(*(box[2:] - box[:2])) for box in (last, first)])
    if sizes.max() > MAX_GROWTH * sizes.min():
        return np.inf
    apart = _centres(first[None])[0] - _centres(last[None])[0]
    return float(min(np.hypot(*apart), np.hypot(*(apart - way))) / sizes.mean())


def _in_diagonals(shares: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Boxes or ways, (…, 2 or 4), shares of the frame, in its diagonals."""
    return shares * np.tile(size, shares.shape[-1] // 2) / np.hypot(*size)


def _miss(early: np.ndarray, early_times: np.ndarray, late: np.ndarray, late_times: np.ndarray) -> float:
    """How far the end of ``early`` and the start of ``late`` are apart, in sizes of their boxes, both carried on to the
    middle of the gap at their own velocities, or left where they are if that is nearer."""
    last, first = early[-1], late[0]
    sizes = np.array([np.hypot(*(box[2:] - box[:2])) for box in (last, first)])
    if sizes.max() > MAX_GROWTH * sizes.min():
        return np.inf
    half = (late_times[0] - early_times[-1]) / 2
    apart = _centres(first[None])[0] - _centres(last[None])[0]
    carried = apart - half * (_velocity(early[-PACE:], early_times[-PACE:]) + _velocity(late[:PACE], late_times[:PACE]))
    return min(np.hypot(*apart), np.hypot(*carried)) / sizes.mean()


def _centres(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _velocity(boxes: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The slope of a line through the centres, per second; nothing where two detections are too few to tell."""
    if len(boxes) < 3:
        return np.zeros(2)
    return np.polyfit(times - times[0], _centres(boxes), 1)[0]


def _chained(parts: Sequence[Fragment]) -> Fragment:
    return Fragment(
        samples=np.concatenate([part.samples for part in parts]),
        boxes=np.concatenate([part.boxes for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        labels=[label for part in parts for label in part.labels],
        looks=np.concatenate([part.looks for part in parts]),
    )
