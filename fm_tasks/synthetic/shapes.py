"""How things and hands are drawn: each shape into a picture of its own, and that into the frame."""

from __future__ import annotations

import cv2
import numpy as np

ASPECTS = {"car": 0.5, "ball": 1.0, "crate": 1.0, "bottle": 2.4, "hand": 1.2}
"""Height over width of each shape."""
FINE = 4
"""Shapes are drawn so many times as large as they are shown, and then shrunk."""


def texture(size: tuple[int, int], scale: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth random grey in about -1..1 with features of ``scale`` pixels; ``size`` is (width, height)."""
    coarse = rng.normal(0, 0.5, (size[1] // scale + 2, size[0] // scale + 2)).astype(np.float32)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def surface(extent: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """What is uneven on a thing that is shown in ``extent`` (width, height), grey levels, fine."""
    width, height = (FINE * n for n in extent)
    return 22 * texture((width, height), max(2, width // 10), rng)


def sprite(shape: str, colour: tuple[int, int, int], uneven: np.ndarray) -> np.ndarray:
    """A thing as float32 BGRA, colour 0..255 premultiplied by alpha 0..1; the shape touches all four sides."""
    canvas = np.array(colour, np.float32) + uneven[..., None]
    alpha = np.zeros(uneven.shape, np.float32)
    DRAW[shape](canvas, alpha, _dark(colour))
    return _shrunk(canvas, alpha)


def hand(points: np.ndarray, width: float, colour: tuple[int, int, int], uneven: np.ndarray) -> np.ndarray:
    """As `sprite`, a hand whose 21 ``points`` (21, 2), pixels, lie in a picture that ends ``FLESH`` beyond them; the
    open hand is ``width`` pixels wide."""
    places = FINE * (points - points.min(axis=0) + FLESH * width)
    size = np.ceil(places.max(axis=0) + FINE * FLESH * width).astype(int)
    canvas = np.array(colour, np.float32) + cv2.resize(uneven, tuple(size.tolist()))[..., None]
    alpha = np.zeros(canvas.shape[:2], np.float32)
    _draw_hand(canvas, alpha, _dark(colour), np.round(places).astype(np.int32), FINE * width)
    return _shrunk(canvas, alpha)


def _dark(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    blue, green, red = (int(value * 0.45) for value in colour)
    return blue, green, red


def _shrunk(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    drawn = np.dstack([np.clip(colour, 0, 255) * alpha[..., None], alpha])
    size = (round(alpha.shape[1] / FINE), round(alpha.shape[0] / FINE))
    return cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)


def turned(corners: np.ndarray, degrees: float) -> np.ndarray:
    """The box x1, y1, x2, y2 about the box ``corners`` that is turned about its middle, clockwise."""
    if not degrees:
        return corners
    middle, half = (corners[:2] + corners[2:]) / 2, (corners[2:] - corners[:2]) / 2
    reach = np.abs(_rotation(degrees)) @ half
    return np.concatenate([middle - reach, middle + reach])


def _rotation(degrees: float) -> np.ndarray:
    """The matrix (2, 2) that turns clockwise in a picture, whose y leads down."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, -sin], [sin, cos]])


def paint(image: np.ndarray, drawn: np.ndarray, corners: np.ndarray, degrees: float) -> None:
    """Blend the premultiplied BGRA ``drawn`` into ``image``, in the box ``corners`` turned by ``degrees``, to a
    fraction of a pixel."""
    box = turned(corners, degrees)
    left, top = np.floor(box[:2]).astype(int)
    own = np.diag((corners[2:] - corners[:2]) / (drawn.shape[1], drawn.shape[0]))
    linear = _rotation(degrees) @ own if degrees else own
    middle = (box[:2] + box[2:]) / 2 - (left, top)
    shift = np.column_stack([linear, middle - linear @ np.array([drawn.shape[1], drawn.shape[0]]) / 2])
    size = tuple(round(side) + 1 for side in (box[2:] - box[:2]).tolist())
    patch = cv2.warpAffine(drawn, shift, size)
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + patch.shape[1], image.shape[1]), min(top + patch.shape[0], image.shape[0])
    if x1 < x2 and y1 < y2:
        seen = patch[y1 - top : y2 - top, x1 - left : x2 - left]
        image[y1:y2, x1:x2] = image[y1:y2, x1:x2] * (1 - seen[..., 3:]) + seen[..., :3]


def _draw_car(colour: np.ndarray, alpha: np.ndarray, dark: tuple[int, int, int]) -> None:
    height, width = alpha.shape
    points = np.array([(0, 0.45), (0.18, 0.4), (0.3, 0), (0.72, 0), (0.86, 0.4), (1, 0.48), (1, 0.8), (0, 0.8)])
    cv2.fillPoly(alpha, [(points * np.array([width - 1, height - 1])).astype(np.int32)], 1.0)
    for x1, x2 in ((0.28, 0.48), (0.53, 0.74)):
        pane = np.array([(x1 + 0.05, 0.1), (x2 - 0.04, 0.1), (x2, 0.4), (x1, 0.4)])
        cv2.fillPoly(colour, [(pane * np.array([width, height])).astype(np.int32)], (225, 215, 200))
    cv2.rectangle(colour, (0, int(0.66 * height)), (width, int(0.72 * height)), dark, -1)
    radius = int(0.21 * height)
    for x in (0.22, 0.78):
        hub = int(x * width), height - 1 - radius
        cv2.circle(alpha, hub, radius, 1.0, -1)
        cv2.circle(colour, hub, radius, (35, 35, 35), -1)
        cv2.circle(colour, hub, radius // 2, (190, 190, 190), -1)


def _draw_ball(colour: np.ndarray, alpha: np.ndarray, dark: tuple[int, int, int]) -> None:
    height, width = alpha.shape
    centre, radius = (width // 2, height // 2), width // 2
    cv2.circle(alpha, centre, radius, 1.0, -1)
    for angle in (20, 80, 140):
        cv2.ellipse(colour, centre, (radius, radius // 3), angle, 0, 360, dark, max(2, width // 22))


def _draw_crate(colour: np.ndarray, alpha: np.ndarray, dark: tuple[int, int, int]) -> None:
    height, width = alpha.shape
    alpha[:] = 1.0
    line = width // 14
    cv2.rectangle(colour, (0, 0), (width - 1, height - 1), dark, 2 * line)
    cv2.line(colour, (0, 0), (width, height), dark, line)
    cv2.line(colour, (0, height), (width, 0), dark, line)


def _draw_bottle(colour: np.ndarray, alpha: np.ndarray, dark: tuple[int, int, int]) -> None:
    height, width = alpha.shape
    outline = np.array([(0.36, 0), (0.64, 0), (0.64, 0.2), (1, 0.38), (1, 1), (0, 1), (0, 0.38), (0.36, 0.2)])
    cv2.fillPoly(alpha, [(outline * np.array([width - 1, height - 1])).astype(np.int32)], 1.0)
    cv2.rectangle(colour, (0, 0), (width, int(0.08 * height)), dark, -1)
    cv2.rectangle(colour, (0, int(0.55 * height)), (width, int(0.85 * height)), tuple(int(0.8 * c) for c in dark), -1)
    for line in (0.62, 0.7, 0.78):
        start, end = (int(0.2 * width), int(line * height)), (int(0.8 * width), int(line * height))
        cv2.line(colour, start, end, dark, max(2, width // 16))


HAND_POINTS = np.array([
    (0.54, 0.95), (0.36, 0.87), (0.24, 0.73), (0.15, 0.62), (0.07, 0.53), (0.36, 0.53), (0.33, 0.35), (0.31, 0.24),
    (0.29, 0.13), (0.51, 0.50), (0.51, 0.30), (0.51, 0.17), (0.51, 0.05), (0.65, 0.53), (0.67, 0.35), (0.69, 0.23),
    (0.70, 0.12), (0.77, 0.59), (0.83, 0.47), (0.87, 0.38), (0.92, 0.30),
])  # fmt: skip
"""The 21 points of a drawn hand, an open left one seen from its palm, as shares of its extent: the wrist, and each
finger from its root to its tip, the thumb first."""
FINGERS = tuple(tuple(range(first, first + 4)) for first in range(1, 21, 4))
FLESH = 1 / 16
"""How far a hand reaches beyond its points, in widths of the open hand."""


def _draw_hand(
    colour: np.ndarray, alpha: np.ndarray, dark: tuple[int, int, int], points: np.ndarray, width: float
) -> None:
    thick = round(2 * FLESH * width)
    palm = cv2.convexHull(points[[0, 1, 5, 9, 13, 17]])
    cv2.fillConvexPoly(alpha, palm, 1.0)
    cv2.polylines(alpha, [palm], True, 1.0, thick)
    for finger in FINGERS:
        cv2.polylines(alpha, [points[list(finger)]], False, 1.0, thick)
    edge = cv2.erode(alpha, np.ones((3, 3), np.uint8), iterations=max(round(width) // 60, 1)) < alpha
    colour[edge] = dark
    for one, other in ((5, 17), (1, 9)):
        end = ((points[other] * 4 + points[0]) // 5).tolist()
        cv2.line(colour, points[one].tolist(), end, dark, max(round(width) // 80, 1))


DRAW = {"car": _draw_car, "ball": _draw_ball, "crate": _draw_crate, "bottle": _draw_bottle}
