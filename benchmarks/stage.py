"""What scenes of known truth are made on: the plan of each object, the stage, and what is true by a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from fm_tasks.model import Direction, FactKind
from fm_tasks.motion import DEFAULTS, direction_of
from fm_tasks.synthetic import scenes
from fm_tasks.synthetic.scenes import Expected, Mover, Scene

F = FactKind
WHERE = frozenset({F.LOCATED, F.LIES, F.BECOMES})
"""The kinds that say where things are; undecided where the plan leads through many places."""
CLOSE = frozenset({F.APPROACHES, F.RECEDES, F.OVERLAPS, F.PASSES})
PACE = frozenset({F.SPEED, F.RANK, F.FASTEST})
SLOP = 0.5
"""Seconds by which a fact may begin or end elsewhere than declared."""
COLOURS = (scenes.RED, scenes.BLUE, scenes.GREEN, scenes.YELLOW, scenes.PURPLE)


def heading(degrees: float) -> np.ndarray:
    """Unit vector in the image for an angle counted anticlockwise from the right, as the viewer sees it."""
    return np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])


def way_of(degrees: float) -> Direction:
    """The direction of an angle that is a multiple of 45 degrees."""
    return list(Direction)[round(degrees / 45) % 8]


@dataclass
class Plan:
    """What one object does, one thing after the other: lengths in diagonals from the middle of the frame, seconds.

    Every step adds points to the path, and to ``expects`` what is true by it.
    """

    name: str
    at: np.ndarray
    angle: float = 0.0
    """The heading, degrees."""
    t: float = 0.0
    points: list[tuple[float, float, float]] = field(default_factory=list)
    expects: list[Expected] = field(default_factory=list)
    legs: list[tuple[float, np.ndarray]] = field(default_factory=list)
    """Where each leg of the present movement begins."""
    travelled: float = 0.0
    driven: float = 0.0
    """Way and seconds of all movements."""

    def __post_init__(self):
        self.points.append((self.t, *self.at))

    def says(self, kind: FactKind, value: str | None = None, **fields: object) -> None:
        """A fact that holds of it."""
        self.expects.append(Expected(self.name, kind, value, **fields))

    def takes(self, thing: str, way: np.ndarray, begins: float, ends: float) -> None:
        """A hand takes what it holds along ``way``, diagonals."""
        direction = direction_of(*way)
        lifted = direction.startswith("up")
        kind, value = (F.LIFTS, None) if lifted else (F.CARRIES, direction)
        self.says(kind, value, object=thing, amount=float(np.hypot(*way)), begins=begins, ends=ends)

    def to(self, place: np.ndarray, seconds: float) -> None:
        """Straight to ``place``; nothing is said of it."""
        self.travelled += float(np.hypot(*(place - self.at)))
        self.driven += seconds
        self.t, self.at = self.t + seconds, place
        self.points.append((self.t, *place))

    def go(self, distance: float, speed: float, angle: float | None = None) -> Plan:
        """Straight on, or along ``angle``."""
        self.angle = self.angle if angle is None else angle
        self.legs = self.legs or [(self.t, self.at)]
        self.to(self.at + distance * heading(self.angle), distance / speed)
        return self

    def arc(self, change: float, radius: float, speed: float) -> Plan:
        """A turn by ``change`` degrees, to the left where positive; legs end in the middle of each quarter."""
        begins, side = self.t, np.sign(change)
        centre, first = self.at + radius * heading(self.angle + 90 * side), self.angle - 90 * side
        steps, quarters = 48, max(round(abs(change) / 90), 1)
        cuts = {round(steps * (n + 0.5) / quarters) for n in range(quarters)}
        for n in range(1, steps + 1):
            place = centre + radius * heading(first + change * n / steps)
            self.to(place, radius * np.radians(abs(change)) / steps / speed)
            if n in cuts:
                self.legs.append((self.t, self.at))
        self.angle += change
        self.turned(change, begins)
        return self

    def corner(self, change: float) -> Plan:
        """A turn on the spot."""
        self.legs.append((self.t, self.at))
        self.angle += change
        self.turned(change, self.t)
        return self

    def turned(self, change: float, begins: float) -> None:
        """What is true by a turn."""
        span = {"amount": abs(change), "begins": begins, "ends": self.t}
        side = "left" if change > 0 else "right"
        self.says(F.TURNS, side, **span)
        if abs(change) < DEFAULTS.circle:
            self.says(F.VEERS, way_of(self.angle), **span)
        if DEFAULTS.uturn <= abs(change) < DEFAULTS.circle:
            self.says(F.UTURNS, side, **span)

    def arrive(self) -> Plan:
        """The movement ends: each leg led somewhere."""
        ends = [*self.legs[1:], (self.t, self.at)][: len(self.legs)]
        for (begins, start), (end, stop) in zip(self.legs, ends, strict=True):
            way = stop - start
            if np.hypot(*way) >= DEFAULTS.displacement:
                self.says(F.MOVES, direction_of(*way), amount=float(np.hypot(*way)), begins=begins, ends=end)
        self.legs = []
        return self

    def rest(self, seconds: float, first: bool = False, last: bool = False) -> Plan:
        """A pause, after a movement but for the ``first``, before another but for the ``last``."""
        begins = self.t
        if not first:
            self.arrive()
        self.points.append((self.t + seconds, *self.at))
        self.t += seconds
        if not first:
            self.says(F.STOPS, begins=begins, ends=self.t)
        if not last:
            self.says(F.STARTS, begins=self.t)
        if seconds > DEFAULTS.stationary:
            self.says(F.STATIONARY, amount=seconds, begins=begins, ends=self.t)
        return self

    def swing(self, axis: str, amplitude: float, hertz: float, cycles: int) -> Plan:
        """Sine swings about where it is, from the middle."""
        begins, middle = self.t, self.at
        reach = amplitude * (np.array([1, 0]) if axis == "horizontal" else np.array([0, 1]))
        for n in range(1, 48 * cycles + 1):
            self.to(middle + np.sin(2 * np.pi * n / 48) * reach, 1 / 48 / hertz)
        for kind, amount in ((F.OSCILLATES, cycles), (F.FREQUENCY, hertz), (F.AMPLITUDE, amplitude)):
            self.says(kind, axis, amount=amount, begins=begins, ends=self.t)
        return self

    @property
    def speed(self) -> float:
        """Mean speed while it moves."""
        return self.travelled / self.driven

    def paced(self) -> Plan:
        """Says how fast it is."""
        names = ("slow", "medium", "fast")
        name = names[int(np.digitize(self.speed, [DEFAULTS.medium_speed, DEFAULTS.fast_speed]))]
        self.says(F.SPEED, name, amount=self.speed)
        return self


@dataclass
class Stage:
    """What a scene is made on: its shape, its camera and its source of chance."""

    name: str
    rng: np.random.Generator

    def __post_init__(self):
        self.size = [(640, 360), (480, 360), (512, 288)][self.rng.integers(3)]
        self.fps = int(self.rng.choice([24, 25, 30, 50]))
        self.noise = float(self.rng.uniform(1, 5))
        self.rng.random()  # a draw that no scene reads any more: without it every seeded scene would be another
        sway, turn = self.rng.uniform(0, 0.0015), self.rng.uniform(0.2, 0.6)
        self.sway = lambda t: (sway * np.sin(2 * np.pi * turn * t), sway * np.sin(2 * np.pi * turn * 0.7 * t))
        self.frame = np.array(self.size) / np.hypot(*self.size)

    def between(self, low: float, high: float) -> float:
        """A number from ``low`` to ``high``."""
        return float(self.rng.uniform(low, high))

    def angle(self) -> float:
        """One of the eight directions, degrees."""
        return 45.0 * int(self.rng.integers(8))

    def plan(self, name: str, x: float, y: float, angle: float = 0.0) -> Plan:
        """A plan that begins so many diagonals right of, and below, the middle."""
        return Plan(name, np.array([x, y], float), angle)

    def mover(self, plan: Plan, shape: str, width: float = 0.0, **fields: object) -> Mover:
        """The object that follows a plan; it rests at its end."""
        t, x, y = np.transpose(plan.points)
        path = scenes.through(*zip(t, x / self.frame[0] + 0.5, y / self.frame[1] + 0.5, strict=True))
        colour = COLOURS[self.rng.integers(len(COLOURS))]
        name = {"label": plan.name, "name": ""} | fields
        return Mover(shape=shape, colour=colour, width=width or self.between(0.07, 0.12), path=path, **name)

    def scene(
        self,
        plans: Iterable[Plan],
        movers: Iterable[Mover],
        undecided: Iterable[FactKind] = (),
        seconds: float = 0.0,
        more: Iterable[Expected] = (),
    ) -> Scene:
        """The scene of these plans; it ends with the last of them, or after ``seconds``."""
        movers, plans = tuple(movers), list(plans)
        labels = Counter(mover.label for mover in movers)
        expects = [one for plan in plans for one in plan.expects] + list(more)
        expects += [Expected(None, F.COUNTS, label, amount=number) for label, number in labels.items()]
        return Scene(
            name=self.name,
            fps=self.fps,
            seconds=seconds or max(plan.t for plan in plans) + 1.01 / self.fps,
            size=self.size,
            movers=movers,
            expects=tuple(expects),
            undecided=frozenset(undecided),
            noise=self.noise,
            sway=self.sway,
        )


def mutual(one: str, other: str, value: str | None, kind: FactKind = F.LIES, **fields: object) -> list[Expected]:
    """A relation of one to another, and the other's to the one."""
    back = {"left_of": "right_of", "right_of": "left_of", "above": "below", "below": "above"}.get(value, value)
    return [Expected(one, kind, value, other, **fields), Expected(other, kind, back, one, **fields)]


def ranked(plans: Iterable[Plan]) -> list[Expected]:
    """Who is first, second and so on by speed."""
    order = sorted(plans, key=lambda plan: -plan.speed)
    fastest = Expected(order[0].name, F.FASTEST, amount=order[0].speed)
    return [fastest, *(Expected(plan.name, F.RANK, amount=place) for place, plan in enumerate(order, 1))]
