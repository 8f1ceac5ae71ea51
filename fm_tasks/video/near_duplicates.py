"""Near duplicates: clips of one film that was encoded, scaled or wrapped again, begun later, at another frame rate or
divided elsewhere.

A clip is known by two hashes of 64 bits in each tenth of a second (``video.features``): of its picture, and of what
moved in the half second before. Pictures of a still camera are all alike, so the motion decides and the picture
only confirms: it tells one moving emblem over two films apart. Where nothing moves there is no hash of motion, so
nothing is a copy of a black or a motionless clip.

Distances are mean bits of 64. On clips of two squares, a road and a belt, each under one still camera, copies in five
forms are 0.5 to 15 from their original; different clips are nearest where a car or a person goes the way of another:
5 where that lasts 2 s, 17 for 3.5 s, 22 for 5 s. Hence a limit that rises with what there is to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np

MOMENT_US = 100_000
"""A moment. Moments are counted from the zero of a video's own timestamps, and a frame of each is hashed: a copy that
begins elsewhere is hashed at most half a moment beside the original."""

MIN_COMPARED_SHARE = 0.6
"""Least of a clip's moments with motion that must lie within what is compared, ..."""

MIN_COMPARED_MOMENTS = 8
"""... and how many moments with motion these are at least."""

MAX_MOTION_BITS, MOMENTS_PER_BIT = 14.0, 4
"""Motion is the same where it is at most so many bits apart, and at most one for each so many moments compared, ..."""

LONE_MOMENT_BITS = 32
"""... where a moment in which something moves in only one of the two counts as so many, as strangers are, ..."""

MAX_PICTURE_BITS = 20.0
"""... and the pictures of the moments are at most so many."""

BANDS, BITS = 3, 21
"""Parts of a hash of motion by which it is looked up: of copies some are the same to the last bit."""


class Hashes(NamedTuple):
    """Moments (n,) int64, and the hash in each, (n,) uint64."""

    at: np.ndarray
    bits: np.ndarray

    @classmethod
    def of(cls, start: int, hashes: Sequence[int | None]) -> Self:
        """Of signed hashes, one for each moment from ``start`` on, None where there is none."""
        known = [n for n, one in enumerate(hashes) if one is not None]
        bits = np.array([hashes[n] for n in known], np.int64).view(np.uint64)
        return cls(start + np.array(known, np.int64), bits)


class Signature(NamedTuple):
    """What a clip, or the clips of a video together, are known by."""

    pictures: Hashes
    motions: Hashes

    @classmethod
    def of(cls, first_us: int, pictures: Sequence[int | None], motions: Sequence[int | None]) -> Self:
        """Of a clip that begins at ``first_us``, with a hash of each kind for each moment from that time on."""
        start = first_us // MOMENT_US
        return cls(Hashes.of(start, pictures), Hashes.of(start, motions))

    @classmethod
    def joined(cls, parts: Iterable[Signature]) -> Self:
        """Of several clips of one video, each at its own time."""
        both = zip(*parts, strict=True)
        return cls(*(Hashes(*map(np.concatenate, zip(*hashes, strict=True))) for hashes in both))


class Match(NamedTuple):
    """How well a clip is known again in an earlier video."""

    shift_us: int
    """What a moment of the clip has to be put back by, in time, to meet its like."""
    share: float
    """Of the moments in which something moves, 0..1, those that meet one."""
    apart: float
    """Mean bits, of 64, between the motion of moments that meet."""


def bands(motions: Iterable[int | None]) -> list[int]:
    """The parts, each numbered by its place, of hashes of motion: two clips that share none are no copies."""
    parts = {
        band << BITS | motion >> band * BITS & (1 << BITS) - 1
        for motion in motions
        if motion is not None
        for band in range(BANDS)
    }
    return sorted(parts)


def match(clip: Signature, earlier: Signature) -> Match | None:
    """Where in ``earlier`` the clip is seen again, at the shift in time at which its motion is nearest, or None."""
    if not (len(clip.motions.at) and len(earlier.motions.at)):
        return None
    mine, its = clip.pictures.at, earlier.pictures.at
    shifts = range(mine.min() - its.max(), mine.max() - its.min() + 1)
    bits = np.bitwise_count(clip.motions.bits[:, None] ^ earlier.motions.bits)
    both = _meetings(clip.motions, earlier.motions, shifts)
    compared = _meetings(clip.motions, earlier.pictures, shifts)
    either = compared + _meetings(clip.pictures, earlier.motions, shifts) - both
    apart = _meetings(clip.motions, earlier.motions, shifts, bits) + LONE_MOMENT_BITS * (either - both)
    apart /= np.maximum(either, 1)
    enough = compared >= max(MIN_COMPARED_MOMENTS, MIN_COMPARED_SHARE * len(clip.motions.at))
    near = enough & (apart <= np.minimum(MAX_MOTION_BITS, either / MOMENTS_PER_BIT))
    if not near.any():
        return None
    best = int(np.where(near, apart, np.inf).argmin())
    shift = shifts[best]
    _, mine, its = np.intersect1d(mine - shift, its, return_indices=True)
    if np.bitwise_count(clip.pictures.bits[mine] ^ earlier.pictures.bits[its]).mean() > MAX_PICTURE_BITS:
        return None
    return Match(shift * MOMENT_US, float(compared[best] / len(clip.motions.at)), float(apart[best]))


def _meetings(clip: Hashes, earlier: Hashes, shifts: range, weights: np.ndarray | float = 1.0) -> np.ndarray:
    """How many moments of the two meet at each of ``shifts``, or the sum of the ``weights`` (n, m) of those that do."""
    at = clip.at[:, None] - earlier.at - shifts.start
    return np.bincount(at.ravel(), np.broadcast_to(weights, at.shape).ravel(), len(shifts))
