"""Multi-object tracking by Kalman filters of constant velocity and the assignment of least cost, for sampled frames.

As in SORT (arXiv 1602.00763), but a detection is matched by how far its centre lies from the prediction, in standard
deviations of it, by its shape, its looks and whether it is a person, instead of by overlap: at 5 to 10 frames per
second a small fast object no longer overlaps its own prediction. How far it may lie follows from the time since it was
last seen, so that the sampling rate is no parameter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from fm_tasks.tracking import Detections, Fragment, personhood
from fm_tasks.tracking.appearance import LOOKS_DEVIATION
from fm_tasks.tracking.fragments import BORDER, LEFT_GAP

NOISE = 0.15
"""Standard deviation of a detected centre, in sizes of the object."""
START_SPEED = 0.6
"""Standard deviation of the velocity of an object that was seen once, diagonals per second."""
AGILITY = 1.0
"""Standard deviation of the acceleration: so many sizes of the object per second squared ..."""
IMPULSE = 4.0
"""... and so many times its speed per second."""
SHAPE = 0.3
"""Standard deviation of the logarithm of a width or height between two detections of an object."""
OTHERNESS = 60.0
"""Squared distance of what is surely a person from what is surely none."""
GATE = 16.0
"""Largest squared distance of a match, in standard deviations of position, shape and looks, and by what it is."""


class Kalman:
    """One clip's tracker. An object unseen for ``patience`` seconds is given up."""

    def __init__(self, patience: float):
        self._patience = patience

    def track(self, samples: Sequence[Detections], seconds: Sequence[float], size: tuple[int, int]) -> list[Fragment]:
        """Every detection of the samples, in fragments of one object each; ``size`` is the frame's width and height."""
        scale = np.tile(size, 2) / np.hypot(*size)
        filters = _Filters(samples[0].looks.shape[1] if samples else 0)
        members: list[list[tuple[int, int]]] = []
        for sample, (detections, time) in enumerate(zip(samples, seconds, strict=True)):
            sides = (detections.boxes * scale).reshape(-1, 2, 2)
            persons = personhood(detections.labels, detections.scores)
            seen = sides.mean(axis=1), np.log(sides[:, 1] - sides[:, 0]), detections.looks, persons
            filters.predict(time, self._patience, scale[:2])
            known, rows = filters.match(*seen)
            filters.correct(known, *(column[rows] for column in seen))
            for number, row in zip(filters.numbers[known], rows, strict=True):
                members[number].append((sample, row))
            new = np.setdiff1d(np.arange(len(sides)), rows)
            filters.add(len(members) + np.arange(len(new)), *(column[new] for column in seen))
            members += [[(sample, row)] for row in new]
        return [
            Fragment(
                samples=np.array([sample for sample, _ in rows]),
                boxes=np.array([samples[sample].boxes[row] for sample, row in rows]),
                scores=np.array([samples[sample].scores[row] for sample, row in rows]),
                labels=[samples[sample].labels[row] for sample, row in rows],
                looks=np.array([samples[sample].looks[row] for sample, row in rows]),
            )
            for rows in members
        ]


class _Filters:
    """N filters at one time.

    * ``states`` (N, 2, 2): position and velocity, each as x and y, in diagonals and seconds;
    * ``covariances`` (N, 2, 2): of position and velocity along an axis, alike for both axes;
    * ``shapes`` (N, 2): logarithms of width and height; ``looks`` (N, D); ``persons`` (N,): as ``personhood``;
    * ``seen`` (N,): time of the last detection; ``numbers`` (N,): which fragment it is.
    """

    def __init__(self, dimensions: int):
        self.time = 0.0
        self.states, self.covariances = np.zeros((0, 2, 2)), np.zeros((0, 2, 2))
        self.shapes, self.looks = np.zeros((0, 2)), np.zeros((0, dimensions))
        self.persons, self.seen, self.numbers = np.zeros(0), np.zeros(0), np.zeros(0, int)

    def predict(self, time: float, patience: float, frame: np.ndarray) -> None:
        """Go on to a later ``time``, without those unseen for more than ``patience`` seconds, and those that have left
        the ``frame``, whose width and height are in diagonals, for more than ``LEFT_GAP``."""
        half = np.exp(self.shapes) / 2
        before = (self.states[:, 0] - half < BORDER * frame) & (self.states[:, 1] < 0)
        beyond = (self.states[:, 0] + half > (1 - BORDER) * frame) & (self.states[:, 1] > 0)
        leaving = (before | beyond).any(axis=1)
        kept = time - self.seen <= np.where(leaving, min(LEFT_GAP, patience), patience)
        for name in ("states", "covariances", "shapes", "looks", "persons", "seen", "numbers"):
            setattr(self, name, getattr(self, name)[kept])
        step, self.time = time - self.time, time
        acceleration = AGILITY * _sizes(self.shapes) + IMPULSE * np.hypot(*self.states[:, 1].T)
        onward = np.array([[1, step], [0, 1]])
        gained = np.array([step**2 / 2, step])  # position and velocity, by a steady acceleration of one
        self.states = onward @ self.states
        self.covariances = onward @ self.covariances @ onward.T
        self.covariances += np.square(acceleration)[:, None, None] * np.outer(gained, gained)

    def match(
        self, centres: np.ndarray, shapes: np.ndarray, looks: np.ndarray, persons: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which filters and which detections are one object: the likeliest of all matches within the gate."""
        variances = self.covariances[:, :1, 0] + np.square(NOISE * _sizes(shapes))
        distances = np.square(centres - self.states[:, None, 0]).sum(axis=2) / variances
        distances += np.square((shapes - self.shapes[:, None]) / SHAPE).sum(axis=2)
        distances += np.square((looks - self.looks[:, None]) / LOOKS_DEVIATION).sum(axis=2)
        distances += OTHERNESS * np.maximum(-persons * self.persons[:, None], 0)
        inside = distances <= GATE
        cost = distances + 2 * np.log(variances)  # twice the negative logarithm of the likelihood, but for a constant
        known, rows = linear_sum_assignment(np.where(inside, cost, 1e6))
        matched = inside[known, rows]
        return known[matched], rows[matched]

    def correct(
        self, known: np.ndarray, centres: np.ndarray, shapes: np.ndarray, looks: np.ndarray, persons: np.ndarray
    ) -> None:
        """Those ``known`` were seen."""
        covariances = self.covariances[known]
        gains = covariances[:, :, :1] / (covariances[:, :1, :1] + np.square(NOISE * _sizes(shapes))[:, None, None])
        self.states[known] += gains * (centres - self.states[known, 0])[:, None]
        self.covariances[known] -= gains * covariances[:, :1]
        self.shapes[known] += (shapes - self.shapes[known]) / 2
        self.looks[known] += (looks - self.looks[known]) / 5
        self.persons[known] += (persons - self.persons[known]) / 5
        self.seen[known] = self.time

    def add(
        self, numbers: np.ndarray, centres: np.ndarray, shapes: np.ndarray, looks: np.ndarray, persons: np.ndarray
    ) -> None:
        """Objects seen for the first time: where they are is known, but not how they move."""
        covariances = np.zeros((len(numbers), 2, 2))
        covariances[:, 0, 0], covariances[:, 1, 1] = np.square(NOISE * _sizes(shapes)), START_SPEED**2
        self.states = np.concatenate([self.states, np.stack([centres, np.zeros_like(centres)], axis=1)])
        self.covariances = np.concatenate([self.covariances, covariances])
        self.shapes = np.concatenate([self.shapes, shapes])
        self.looks = np.concatenate([self.looks, looks])
        self.persons = np.concatenate([self.persons, persons])
        self.seen = np.concatenate([self.seen, np.full(len(numbers), self.time)])
        self.numbers = np.concatenate([self.numbers, numbers])


def _sizes(shapes: np.ndarray) -> np.ndarray:
    """Geometric mean of width and height."""
    return np.exp(shapes.mean(axis=1))
