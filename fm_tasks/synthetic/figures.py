"""Drawn persons: where their joints are in a posture, how they pass from one to the next, and how they look.

Lengths are those of the trunk; x to the right and y down in the picture, from the ground between the feet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass

import cv2
import numpy as np

from fm_tasks.model import JOINTS

SHOULDERS, HIPS, NECK = 0.36, 0.2, 0.52
"""From the middle to a shoulder and to a hip, and from there to the nose."""
UPPER_ARM, FOREARM, THIGH, SHIN = 0.56, 0.5, 0.82, 0.8


@dataclass(frozen=True)
class Posture:
    """How a person holds itself; angles in degrees from hanging straight down, away from the middle, and ``left`` is
    the person's own."""

    trunk: float = 1.0
    """How far the shoulders are above the hips; less for who bends to the camera."""
    turn: float = 0.0
    """0 for who faces the camera, 180 for who turns the back on it."""
    left_arm: float = 10.0
    right_arm: float = 10.0
    left_elbow: float = 0.0
    """By how much the forearm leads on from the arm."""
    right_elbow: float = 0.0
    left_leg: float = 4.0
    right_leg: float = 4.0
    left_knee: float = 0.0
    right_knee: float = 0.0
    seat: float = 0.0
    """By how much the thighs lead to the camera: 1 for who sits."""
    lift: float = 0.0
    """How far the feet are above the ground."""


def passing(*postures: tuple[float, Posture]) -> Callable[[float], Posture]:
    """From posture to posture, each at its time in seconds; before the first and after the last nothing changes."""
    t = [seconds for seconds, _ in postures]
    values = np.array([astuple(posture) for _, posture in postures])
    return lambda at: Posture(*(float(np.interp(at, t, column)) for column in values.T))


def joints(posture: Posture) -> np.ndarray:
    """Where the ``JOINTS`` are, (13, 2)."""
    facing = np.cos(np.radians(posture.turn))
    places = {"nose": np.array([0, -posture.trunk - NECK])}
    for side, sign in (("left", facing), ("right", -facing)):
        arm, elbow, leg, knee = (getattr(posture, f"{side}_{part}") for part in ("arm", "elbow", "leg", "knee"))
        shoulder, hip = np.array([sign * SHOULDERS, -posture.trunk]), np.array([sign * HIPS, 0])
        places[f"{side}_shoulder"], places[f"{side}_hip"] = shoulder, hip
        places[f"{side}_elbow"] = shoulder + UPPER_ARM * _down(sign, arm)
        places[f"{side}_wrist"] = places[f"{side}_elbow"] + FOREARM * _down(sign, arm + elbow)
        places[f"{side}_knee"] = hip + THIGH * (1 - posture.seat) * _down(sign, leg)
        places[f"{side}_ankle"] = places[f"{side}_knee"] + SHIN * _down(sign, leg + knee)
    ground = max(places["left_ankle"][1], places["right_ankle"][1]) + posture.lift
    return np.array([places[joint] for joint in JOINTS]) - np.array([0, ground])


def _down(sign: float, degrees: float) -> np.ndarray:
    return np.array([sign * np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])


MARGINS = np.array([[-0.18, -0.4], [0.18, 0.18]])
"""What is drawn beyond the outermost joints: on the left and above, on the right and below."""
SKIN, HAIR, TROUSERS, SHOES = (150, 175, 215), (30, 40, 60), (120, 80, 50), (40, 40, 40)
PARTS = 8
"""Places are drawn to an eighth of a pixel."""


def corners(places: np.ndarray, trunk: float) -> np.ndarray:
    """The box x1, y1, x2, y2 of a person whose joints are at ``places``, pixels, with a ``trunk`` so long."""
    return np.concatenate([places.min(axis=0) + MARGINS[0] * trunk, places.max(axis=0) + MARGINS[1] * trunk])


def draw(image: np.ndarray, places: np.ndarray, trunk: float, colour: tuple[int, int, int], behind: bool) -> None:
    """Draw a person into ``image``, float32 BGR (height, width, 3): the joints at ``places``, pixels (13, 2), a
    ``trunk`` so long, and a shirt of that ``colour``; ``behind``: seen from its back."""
    pen = _Pen(image, trunk)
    at: dict[str, np.ndarray] = dict(zip(JOINTS, places, strict=True))
    down = np.array([0, trunk])
    for side in ("left", "right"):
        hip, knee, ankle = (at[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        pen.limb(hip, knee, 0.17, 0.12, TROUSERS)
        pen.limb(knee, ankle, 0.12, 0.08, TROUSERS)
        pen.oval(ankle + 0.07 * down, 0.15, 0.075, SHOES)
    left, right = sorted((at["left_shoulder"], at["right_shoulder"]), key=lambda place: place[0])
    below = sorted((at["left_hip"], at["right_hip"]), key=lambda place: place[0])
    collar, waist = (left + right) / 2, 0.35 * (np.mean(below, axis=0) - (left + right) / 2)
    out = np.array([0.1 * trunk, 0])
    shirt = [left - out, collar - 0.1 * down, right + out, right + out * 0.2 + waist]
    hem = 0.06 * down
    pen.fill([*shirt, below[1] + out + hem, below[0] - out + hem, left - out * 0.2 + waist], colour)
    head = at["nose"] - 0.04 * down
    pen.limb(collar, head, 0.1, 0.1, SKIN)
    pen.oval(head - 0.05 * down, 0.235, 0.29, HAIR)
    if not behind:
        pen.oval(head, 0.2, 0.26, SKIN)
        for side in (-0.08, 0.08):
            pen.oval(head + np.array([side, -0.05]) * trunk, 0.03, 0.03, HAIR)
        pen.oval(head + 0.14 * down, 0.07, 0.02, (90, 90, 170))
    blue, green, red = (int(0.75 * value) for value in colour)
    for side in ("left", "right"):
        shoulder, elbow, wrist = (at[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist"))
        pen.limb(shoulder, elbow, 0.12, 0.09, (blue, green, red))
        pen.limb(elbow, wrist, 0.085, 0.06, SKIN)
        pen.oval(wrist + 0.2 * (wrist - elbow), 0.085, 0.085, SKIN)


@dataclass(frozen=True)
class _Pen:
    """Draws in lengths of a trunk."""

    image: np.ndarray
    trunk: float

    def fill(self, places: list[np.ndarray], colour: tuple[int, int, int]) -> None:
        cv2.fillPoly(self.image, [np.round(np.array(places) * PARTS).astype(np.int32)], colour, cv2.LINE_AA, 3)

    def oval(self, middle: np.ndarray, width: float, height: float, colour: tuple[int, int, int]) -> None:
        place = np.round(np.asarray(middle) * PARTS).astype(int).tolist()
        axes = np.round(np.array([width, height]) * self.trunk * PARTS).astype(int).tolist()
        cv2.ellipse(self.image, place, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, 3)

    def limb(
        self, one: np.ndarray, other: np.ndarray, wide: float, narrow: float, colour: tuple[int, int, int]
    ) -> None:
        way = other - one
        across = np.array([-way[1], way[0]]) / max(np.hypot(*way), 1e-6) * self.trunk
        self.fill([one + wide * across, other + narrow * across, other - narrow * across, one - wide * across], colour)
        for place, radius in ((one, wide), (other, narrow)):
            self.oval(place, radius, radius, colour)
