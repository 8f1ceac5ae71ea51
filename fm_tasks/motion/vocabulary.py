"""The vocabulary of motion: of each kind of fact its words, values, unit, tolerance and opposite, one row a kind.

What a kind means, and what its amount is, ``FactKind`` says; when it holds, the docstring of what finds it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from fm_tasks.model import ContactState, Direction
from fm_tasks.model import FactKind as F

DIRECTIONS = tuple(Direction)
SIDES = ("left", "right")
LIMBS = (*SIDES, "both")
AXES = ("horizontal", "vertical")
ROTATIONS = ("clockwise", "anticlockwise")
PACES = ("slow", "medium", "fast")

EDGES = ("left", "top", "right", "bottom")
"""Names of the frame's edges, in the order of a box's sides x1, y1, x2, y2."""

CELLS = ("top_left", "top", "top_right", "left", "center", "right", "bottom_left", "bottom", "bottom_right")
"""Names of the cells of a 3 x 3 grid over the frame, row by row."""

RELATIONS = ("left_of", "right_of", "above", "below")
"""How one track lies to another, as the viewer sees it."""

RIVALS = ("overtaking", "oncoming", "crossing", "standing")
"""What a pass is, by what the track that is passed does: it goes the same way, comes along, goes across, stands."""

VEHICLES = {
    "vehicle", "car", "truck", "bus", "van", "train", "tram", "motorcycle", "motorbike", "bicycle", "bike", "scooter",
    "lorry", "taxi", "tractor",
}  # fmt: skip
"""Last words of the labels of vehicles: what goes in lanes and makes U-turns."""

OF_PERSONS = {
    *(F.BENDS, F.STRAIGHTENS, F.RAISES, F.LOWERS, F.SITS, F.STANDS, F.JUMPS, F.KICKS, F.TURNS_ROUND, F.THROWS),
}  # fmt: skip
"""What the joints of a person tell. Those of the largest persons alone are known: who has none may do it as well."""

REPEATED = (F.OSCILLATES, F.CIRCLES, F.JUMPS, F.WAVES, F.TAPS)
"""What is done so many times: its amount is how often."""

NOT_OF_HANDS = {F.TURNS, F.VEERS, F.UTURNS, F.CIRCLES, F.SHIFTS, F.GROWS, F.SHRINKS, F.PASSES}
"""What is not told of hands: they have no heading, show their side or their back as they go, and who passes a thing
gives it."""

EVENTS = (
    *(F.ENTERS, F.LEAVES, F.STOPS, F.STARTS, F.TURNS, F.UTURNS),
    *(F.SHIFTS, F.REVERSES, F.GRASPS, F.RELEASES, F.LIFTS, F.PLACES),
    *(F.BENDS, F.STRAIGHTENS, F.RAISES, F.LOWERS, F.SITS, F.STANDS, F.KICKS, F.THROWS),
)
"""The kinds that have a moment, and so an order: what `before` is about. `passes` has none: two things are level with
each other for a while, and each passes the other."""

ORDERS = tuple(f"{first}_{second}" for first in EVENTS for second in EVENTS)


class Kind(NamedTuple):
    """What is known of a kind of fact."""

    phrase: str
    """What its track does, in words that its value or its other track may follow."""
    values: frozenset[str] | None = frozenset()
    """The values that its facts may have: empty where they have none, None where any label is one."""
    unit: str = ""
    """Of its amount, as it is shown."""
    tolerance: tuple[float, float] | None = None
    """How far a claimed amount may be off, in the kind's unit and as a share of the fact's, whichever is more; None
    where it has no amount."""
    opposite: F | None = None
    """The kind that excludes it, where neither has a value (``OPPOSITE_VALUES``)."""
    view: Literal["frame", "scene"] = "scene"
    """Where it holds: in the ``frame``, as the viewer sees it, or in the ``scene``, with the camera's motion taken
    out."""


VOCABULARY = {
    F.MOVES: Kind("moves", values=frozenset(DIRECTIONS), unit="diagonals", tolerance=(0.05, 0.2)),
    F.STATIONARY: Kind("is stationary", unit="s", tolerance=(0.5, 0.2)),
    F.ENTERS: Kind("enters", values=frozenset(EDGES), view="frame"),
    F.LEAVES: Kind("leaves", values=frozenset(EDGES), view="frame"),
    F.STOPS: Kind("stops", opposite=F.STARTS),
    F.STARTS: Kind("starts", opposite=F.STOPS),
    F.TURNS: Kind("turns", values=frozenset(SIDES), unit="degrees", tolerance=(15.0, 0.2)),
    F.VEERS: Kind("turns and then goes", values=frozenset(DIRECTIONS), unit="degrees", tolerance=(15.0, 0.2)),
    F.UTURNS: Kind("makes a U-turn to the", values=frozenset(SIDES), unit="degrees", tolerance=(15.0, 0.2)),
    F.CIRCLES: Kind("circles", values=frozenset(ROTATIONS), unit="rounds", tolerance=(0.0, 0.0)),
    F.SHIFTS: Kind("changes lane to the", values=frozenset(SIDES), unit="diagonals", tolerance=(0.03, 0.2)),
    F.REVERSES: Kind("reverses"),
    F.ACCELERATES: Kind("accelerates", unit="diagonals per second", tolerance=(0.03, 0.3), opposite=F.SLOWS),
    F.SLOWS: Kind("slows", unit="diagonals per second", tolerance=(0.03, 0.3), opposite=F.ACCELERATES),
    F.OSCILLATES: Kind("oscillates", values=frozenset(AXES), unit="cycles", tolerance=(0.0, 0.0)),
    F.FREQUENCY: Kind("goes to and fro at a frequency", values=frozenset(AXES), unit="Hz", tolerance=(0.1, 0.15)),
    F.AMPLITUDE: Kind(
        "goes to and fro with an amplitude", values=frozenset(AXES), unit="diagonals", tolerance=(0.02, 0.2)
    ),
    F.TREMBLES: Kind("trembles", values=frozenset(AXES), unit="Hz", tolerance=(0.5, 0.0)),
    F.GROWS: Kind("grows", unit="times", tolerance=(0.2, 0.2), opposite=F.SHRINKS),
    F.SHRINKS: Kind("shrinks", unit="times", tolerance=(0.2, 0.2), opposite=F.GROWS),
    F.SPEED: Kind(
        "moves at a speed that is", values=frozenset(PACES), unit="diagonals per second", tolerance=(0.02, 0.2)
    ),
    F.RANK: Kind("has a rank by speed", tolerance=(0.0, 0.0)),
    F.FASTEST: Kind("is the fastest", unit="diagonals per second", tolerance=(0.02, 0.2)),
    F.LOCATED: Kind("is located at", values=frozenset(CELLS), view="frame"),
    F.APPROACHES: Kind("approaches", unit="diagonals", tolerance=(0.05, 0.2), opposite=F.RECEDES),
    F.RECEDES: Kind("recedes from", unit="diagonals", tolerance=(0.05, 0.2), opposite=F.APPROACHES),
    F.PASSES: Kind("passes", values=frozenset(RIVALS), unit="diagonals", tolerance=(0.03, 0.2)),
    F.OVERLAPS: Kind("overlaps", tolerance=(0.2, 0.0), view="frame"),
    F.LIES: Kind("lies", values=frozenset(RELATIONS), view="frame"),
    F.BECOMES: Kind("becomes", values=frozenset(RELATIONS), view="frame"),
    F.REACHES: Kind("reaches for", unit="diagonals", tolerance=(0.05, 0.2), view="frame"),
    F.TOUCHES: Kind("touches", values=frozenset(ContactState), unit="s", tolerance=(0.5, 0.2), view="frame"),
    F.GRASPS: Kind("grasps", view="frame"),
    F.RELEASES: Kind("releases", view="frame"),
    F.LIFTS: Kind("lifts", unit="diagonals", tolerance=(0.05, 0.2)),
    F.CARRIES: Kind("carries", values=frozenset(DIRECTIONS), unit="diagonals", tolerance=(0.05, 0.2)),
    F.PLACES: Kind("puts down", view="frame"),
    F.TILTS: Kind("tilts", unit="degrees", tolerance=(15.0, 0.2)),
    F.WAVES: Kind("waves", unit="times", tolerance=(0.0, 0.0)),
    F.TAPS: Kind("taps with thumb and index finger", unit="times", tolerance=(0.0, 0.0)),
    F.OPENS: Kind("opens"),
    F.GIVES: Kind("gives something to", view="frame"),
    F.BENDS: Kind("bends", opposite=F.STRAIGHTENS),
    F.STRAIGHTENS: Kind("straightens up", opposite=F.BENDS),
    F.RAISES: Kind("raises an arm", values=frozenset(LIMBS)),
    F.LOWERS: Kind("lowers an arm", values=frozenset(LIMBS)),
    F.SITS: Kind("sits down", opposite=F.STANDS),
    F.STANDS: Kind("stands up", opposite=F.SITS),
    F.JUMPS: Kind("jumps", unit="times", tolerance=(0.0, 0.0)),
    F.KICKS: Kind("kicks with the leg", values=frozenset(SIDES)),
    F.TURNS_ROUND: Kind("turns round"),
    F.THROWS: Kind("throws"),
    F.BEFORE: Kind("before", values=frozenset(ORDERS), unit="s", tolerance=(0.5, 0.2), view="frame"),
    F.COUNTS: Kind("counts", values=None, tolerance=(0.0, 0.0), view="frame"),
}
"""Every kind."""

OPPOSITE_VALUES = {
    **dict(zip(DIRECTIONS, (*DIRECTIONS[4:], *DIRECTIONS[:4]), strict=True)),
    **{"left": "right", "right": "left", "top": "bottom", "bottom": "top"},
    **{"clockwise": "anticlockwise", "anticlockwise": "clockwise"},
    **{"horizontal": "vertical", "vertical": "horizontal"},
    **{"left_of": "right_of", "right_of": "left_of", "above": "below", "below": "above"},
}
"""Values that exclude each other, within one kind."""
