"""Trajectories made by formula, whose facts are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fm_tasks.model import Direction, FactKind, Track, Trajectories
from fm_tasks.motion import direction_of

WIDTH, HEIGHT = 1280, 720
FRAME = np.array([WIDTH, HEIGHT]) / np.hypot(WIDTH, HEIGHT)
"""Size of the frame in diagonals, about (0.87, 0.49)."""

Path = Callable[[np.ndarray], np.ndarray]
"""Seconds, (n,), to centres in diagonals, (n, 2)."""

Said = tuple[FactKind, str | None]
"""What holds of one track: kind and value."""

F, D = FactKind, Direction
MIDDLE = FRAME / 2
RATES = (24000 / 1001, 30, 60, "irregular")
SPEEDS = {"slow": (0.06, 0.085), "medium": (0.12, 0.21), "fast": (0.3, 0.4)}


def heading(degrees: float) -> np.ndarray:
    """Unit vector in the image for an angle counted anticlockwise from the right, as the viewer sees it."""
    return np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])


def beside(x: float, y: float) -> np.ndarray:
    """A point so many diagonals right of, and below, the middle of the frame."""
    return MIDDLE + np.array([x, y])


def along(points: Sequence[np.ndarray], speed: float) -> tuple[Path, float]:
    """A path through ``points`` at one speed, and how many seconds it takes. A point given twice is a rest of 1.8 s."""
    steps = [np.hypot(*(b - a)) / speed or 1.8 for a, b in pairwise(points)]
    times = np.concatenate([[0], np.cumsum(steps)])
    x, y = np.transpose(points)
    return lambda t: np.column_stack([np.interp(t, times, x), np.interp(t, times, y)]), float(times[-1])


@dataclass(frozen=True)
class Mover:
    """One object: a path, how long it lasts, and everything that holds of it but where it is."""

    path: Path
    seconds: float
    holds: frozenset[Said]
    label: str = "person"
    size: tuple[float, float] = (0.05, 0.09)
    begins: float = 0.0


def clock(kind: object, seconds: float, rng: np.random.Generator) -> tuple[int, ...]:
    """Timestamps in microseconds from an arbitrary origin: at a steady rate, or 30 a second and irregular."""
    rate = 30 if kind == "irregular" else kind
    t = np.arange(round(seconds * rate) + 1) / rate
    if kind == "irregular":
        t = np.sort(t + rng.uniform(-0.45, 0.45, len(t)) / rate)
    return tuple(np.round(1e6 * (t - t[0] + 7.3)).astype(int).tolist())


def scene(movers: Sequence[Mover], rate: object = 30, jitter: float = 0.0, seed: int = 0) -> Trajectories:
    """The movers in one clip, as a tracker with ``jitter`` (standard deviation of each side, diagonals) sees them."""
    rng = np.random.default_rng(seed)
    times_us = clock(rate, max(m.begins + m.seconds for m in movers), rng)
    t = (np.array(times_us) - times_us[0]) / 1e6
    tracks = []
    for number, mover in enumerate(movers):
        rows = np.flatnonzero((t >= mover.begins) & (t <= mover.begins + mover.seconds + 1e-6))
        centres = mover.path(t[rows] - mover.begins)
        half = np.array(mover.size) / 2
        sides = np.hstack([centres - half, centres + half])
        sides += np.tile(rng.normal(0, jitter, centres.shape), 2) + rng.normal(0, jitter / 4, sides.shape)
        boxes = np.clip(sides / np.tile(FRAME, 2), 0, 1)
        seen = np.flatnonzero(((boxes[:, 2:] - boxes[:, :2]) * FRAME > 0.3 * np.array(mover.size)).all(axis=1))
        rows, boxes = rows[seen[0] : seen[-1] + 1], boxes[seen[0] : seen[-1] + 1]
        tracks.append(
            Track(
                id=10 * (number + 1) if mover.label == "person" else 1000 + number,
                label=mover.label,
                seen=tuple(rows.tolist()),
                sides=boxes.T.tolist(),
                scores=(0.9,) * len(rows),
            )
        )
    return Trajectories(width=WIDTH, height=HEIGHT, times_us=times_us, tracks=tuple(tracks))


def straight(rng: np.random.Generator, direction: Direction) -> Mover:
    pace = rng.choice(list(SPEEDS))
    way = heading(45 * list(D).index(direction)) * rng.uniform(0.25, 0.35)
    path, seconds = along([MIDDLE - way / 2, MIDDLE + way / 2], rng.uniform(*SPEEDS[pace]))
    return Mover(path, seconds, frozenset({(F.MOVES, direction), (F.SPEED, str(pace))}))


def stop_and_go(rng: np.random.Generator) -> Mover:
    angle = 45 * rng.integers(8)
    points = [MIDDLE + heading(angle) * s for s in (-0.16, 0, 0, 0.16)]
    path, seconds = along(points, rng.uniform(*SPEEDS["medium"]))
    pause = {(F.STOPS, None), (F.STARTS, None), (F.STATIONARY, None)}
    return Mover(path, seconds, frozenset({(F.MOVES, list(D)[angle // 45]), (F.SPEED, "medium"), *pause}))


def corner(rng: np.random.Generator, first: int, side: str, radius: float = 0.0) -> Mover:
    """A quarter turn from the direction ``first`` of eight, at a point or around an arc."""
    turn = 90 if side == "left" else -90
    into, out = heading(45 * first), heading(45 * first + turn)
    bend = [
        MIDDLE - radius * into + radius * out + radius * heading(45 * first - turn + turn * part)
        for part in np.linspace(0, 1, 12)
    ]
    points = [MIDDLE - 0.17 * into, *(bend if radius else [MIDDLE]), MIDDLE + 0.17 * out]
    path, seconds = along(points, rng.uniform(*SPEEDS["medium"]))
    moves = {(F.MOVES, list(D)[way % 8]) for way in (first, first + turn // 45)}
    return Mover(path, seconds, frozenset({*moves, (F.TURNS, side), (F.SPEED, "medium")}))


def about_turn(rng: np.random.Generator, first: int, side: str) -> Mover:
    """A half turn around an arc."""
    turn, radius = (90 if side == "left" else -90), 0.06
    into = heading(45 * first)
    centre = MIDDLE + 0.05 * into
    bend = [centre + radius * heading(45 * first - turn + 2 * turn * part) for part in np.linspace(0, 1, 24)]
    points = [bend[0] - 0.18 * into, *bend, bend[-1] - 0.18 * into]
    path, seconds = along(points, rng.uniform(*SPEEDS["medium"]))
    ways = (first, first + turn // 45, first + 4)
    said = {(F.MOVES, list(D)[way % 8]) for way in ways} | {(F.TURNS, side), (F.SPEED, "medium")}
    return Mover(path, seconds, frozenset(said))


def there_and_back(rng: np.random.Generator) -> Mover:
    first = rng.integers(8)
    way = 0.15 * heading(45 * first)
    path, seconds = along([MIDDLE - way, MIDDLE + way, MIDDLE - way], rng.uniform(*SPEEDS["medium"]))
    said = {(F.MOVES, list(D)[first]), (F.MOVES, list(D)[(first + 4) % 8]), (F.SPEED, "medium")}
    return Mover(path, seconds, frozenset(said))


def zigzag(rng: np.random.Generator) -> Mover:
    """To the right in legs of 45 degrees up and down."""
    cycles = int(rng.integers(2, 5))
    leg = 0.08
    points = [np.array([0.1 + leg * k, MIDDLE[1] + (k % 2 - 0.5) * leg]) for k in range(2 * cycles + 1)]
    path, seconds = along(points, rng.uniform(*SPEEDS["medium"]))
    said = {(F.MOVES, D.RIGHT), (F.OSCILLATES, "vertical"), (F.TURNS, "left"), (F.TURNS, "right"), (F.SPEED, "medium")}
    return Mover(path, seconds, frozenset(said))


def bounce(rng: np.random.Generator, cycles: int, axis: str) -> Mover:
    """Sine swings about the middle, from where it is fastest."""
    reach = rng.uniform(0.05, 0.09) * (np.array([1, 0]) if axis == "horizontal" else np.array([0, 1]))
    period = rng.uniform(1.0, 1.6)
    return Mover(
        lambda t: MIDDLE + np.sin(2 * np.pi * t / period)[:, None] * reach,
        cycles * period,
        frozenset({(F.OSCILLATES, axis)}),
    )


def passing(rng: np.random.Generator, edge: str, kind: FactKind) -> Mover:
    """Into view at an edge, or out of it."""
    outward = {"left": heading(180), "right": heading(0), "top": heading(90), "bottom": heading(-90)}[edge]
    outside, inside = MIDDLE + outward * (MIDDLE + 0.13), MIDDLE + outward * 0.05
    points = [outside, inside] if kind == F.ENTERS else [inside, outside]
    speed = rng.uniform(*SPEEDS["medium"])
    path, seconds = along(points, speed)
    way = outward if kind == F.LEAVES else -outward
    said = {(kind, edge), (F.MOVES, direction_of(*way)), (F.SPEED, "medium")}
    return Mover(path, seconds, frozenset(said), begins=0.6 if kind == F.ENTERS else 0.0)


def still(rng: np.random.Generator, place: np.ndarray = MIDDLE) -> Mover:
    return Mover(lambda t: np.tile(place, (len(t), 1)), rng.uniform(3, 6), frozenset({(F.STATIONARY, None)}), "car")


def everything(seed: int) -> list[Mover]:
    """One mover of every kind, different for each seed."""
    rng = np.random.default_rng(seed)
    return [
        *(straight(rng, direction) for direction in Direction),
        stop_and_go(rng),
        *(corner(rng, first, side) for first in range(8) for side in ("left", "right")),
        *(corner(rng, first, side, radius=0.08) for first in range(8) for side in ("left", "right")),
        *(about_turn(rng, first, side) for first in range(0, 8, 2) for side in ("left", "right")),
        there_and_back(rng),
        zigzag(rng),
        *(bounce(rng, cycles, axis) for cycles in (2, 3, 5) for axis in ("horizontal", "vertical")),
        *(passing(rng, edge, kind) for edge in ("left", "right", "top", "bottom") for kind in (F.ENTERS, F.LEAVES)),
        still(rng),
    ]
