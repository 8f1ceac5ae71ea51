"""Scenes of persons and hands that stay where they are: what they do with trunk, arms, legs and fingers.

Of these, nothing is said of what boxes do: an arm that goes up is no movement, and the plan does not say how far the
box of its person grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.stage import F, Stage
from fm_tasks.model import JOINTS
from fm_tasks.motion import bodies
from fm_tasks.motion import fingers as of_fingers
from fm_tasks.synthetic import scenes
from fm_tasks.synthetic.figures import Posture, joints, passing
from fm_tasks.synthetic.scenes import Expected, Mover, Scene, Touch
from fm_tasks.synthetic.shapes import FINGERS, HAND_POINTS

TOLD = {*bodies.BODIES, *of_fingers.FINGERS, F.THROWS, F.TILTS, F.COUNTS}
UNDECIDED = frozenset(F) - TOLD
TRUNK = 0.1
"""How long a trunk is, widths of the frame."""
GROUND = 0.92
"""Where persons stand, heights of the frame."""


class Script:
    """What one person does, one thing after the other; it begins and ends at rest."""

    def __init__(self, stage: Stage):
        self.stage, self.t, self.posture = stage, 0.0, Posture()
        self.steps: list[tuple[float, Posture]] = [(0.0, self.posture)]
        self.expects: list[Expected] = []
        self.stays(stage.between(1.0, 1.6))

    def stays(self, seconds: float) -> Script:
        """As it is."""
        return self.goes(self.posture, seconds)

    def goes(self, posture: Posture, seconds: float) -> Script:
        """Into another posture; nothing is said of it."""
        self.t, self.posture = self.t + seconds, posture
        self.steps.append((self.t, posture))
        return self

    def does(self, kind: F, posture: Posture, seconds: float, value: str | None = None, **fields: object) -> Script:
        """Into another posture, which is a deed; then it stays so."""
        begins = self.t
        self.goes(posture, seconds)
        self.expects.append(Expected("person", kind, value, begins=begins, ends=self.t, **fields))
        return self.stays(self.stage.between(1.2, 1.6))

    def scene(self, *others: Mover, **fields: object) -> Scene:
        """The scene of this person, and of ``others`` beside it."""
        stage = self.stage
        place = (stage.between(0.4, 0.6), GROUND)
        given = {"path": lambda _: place, "width": TRUNK * stage.between(0.8, 1.1)} | fields
        person = Mover("person", "person", scenes.RED, posture=passing(*self.steps), **given)
        return stage.scene([], [person, *others], UNDECIDED, seconds=self.t, more=self.expects)


def arms_up_and_down(stage: Stage) -> Scene:
    """One arm, then the other or both, up and down again."""
    script, high = Script(stage), stage.between(95, 170)
    for side in stage.rng.permutation(["left", "right", "both"])[:2].tolist():
        arms = {f"{one}_arm": high for one in ("left", "right") if side in (one, "both")}
        script.does(F.RAISES, Posture(**arms), stage.between(0.4, 0.9), side)
        script.does(F.LOWERS, Posture(), stage.between(0.4, 0.9), side)
    return script.scene()


def bow(stage: Stage) -> Scene:
    """Down and up again; a nod before is none."""
    script = Script(stage)
    script.goes(Posture(trunk=0.88), 0.4).goes(Posture(), 0.4).stays(1.0)
    script.does(F.BENDS, Posture(trunk=stage.between(0.3, 0.6)), stage.between(0.5, 1.2))
    script.does(F.STRAIGHTENS, Posture(), stage.between(0.5, 1.2))
    return script.scene()


def sit_down_and_stand_up(stage: Stage) -> Scene:
    """On a chair and up again."""
    script = Script(stage)
    script.does(F.SITS, Posture(seat=stage.between(0.85, 1.0)), stage.between(0.6, 1.2)).stays(0.5)
    script.does(F.STANDS, Posture(), stage.between(0.6, 1.2))
    return script.scene()


def jumping(stage: Stage) -> Scene:
    """Up and down, several times; a stretch of the knees between is no jump."""
    script, high = Script(stage), stage.between(0.4, 0.7)
    for times in (int(stage.rng.integers(2, 4)), int(stage.rng.integers(4, 11))):
        begins, half = script.t, stage.between(0.2, 0.3)
        for _ in range(times):
            script.goes(Posture(lift=high), half).goes(Posture(), half)
        script.expects.append(Expected("person", F.JUMPS, amount=times, begins=begins, ends=script.t))
        script.stays(2.0).goes(Posture(left_leg=25, left_knee=-40, right_leg=25, right_knee=-40), 0.4)
        script.goes(Posture(), 0.4).stays(1.5)
    return script.scene()


def kicking(stage: Stage) -> Scene:
    """With one leg, then with the other."""
    script, high = Script(stage), stage.between(65, 85)
    for side in stage.rng.permutation(["left", "right"]).tolist():
        begins = script.t
        script.goes(Posture(**{f"{side}_leg": high}), 0.3).goes(Posture(**{f"{side}_leg": high}), 0.15)
        script.goes(Posture(), 0.3)
        script.expects.append(Expected("person", F.KICKS, side, begins=begins, ends=script.t))
        script.stays(stage.between(1.2, 1.6))
    return script.scene()


def turning_round(stage: Stage) -> Scene:
    """The back to the camera, and the face again; half a turn and back is none."""
    script = Script(stage)
    script.goes(Posture(turn=80), 0.6).stays(0.4).goes(Posture(), 0.6).stays(1.2)
    script.does(F.TURNS_ROUND, Posture(turn=180), stage.between(0.7, 1.4))
    script.does(F.TURNS_ROUND, Posture(), stage.between(0.7, 1.4))
    return script.scene()


def walking(stage: Stage) -> Scene:
    """Towards the camera or across, with arms and legs that swing: none of it is a deed."""
    script, step = Script(stage), stage.between(0.45, 0.6)
    for n in range(10):
        arms = {"left_arm": 25.0 * (n % 2), "right_arm": 25.0 * (1 - n % 2)}
        legs = {"left_leg": 18.0 * (n % 2), "right_leg": 18.0 * (1 - n % 2)}
        script.goes(Posture(**arms, **legs, left_elbow=15, right_elbow=15), step)
    script.goes(Posture(), step)
    total, factor = script.t, stage.between(1.0, 1.7)
    path = scenes.through((0, 0.3, 0.8), (total, 0.6, GROUND))
    return script.scene(path=path, size=lambda t: factor ** min(t / total, 1), width=0.07)


def throwing(stage: Stage) -> Scene:
    """A ball that is held up, and leaves the hand as the arm swings."""
    script, side = Script(stage), "left" if stage.rng.random() < 0.5 else "right"
    held = Posture(**{f"{side}_arm": 150.0})
    script.does(F.RAISES, held, 0.6, side)
    begins = script.t
    script.goes(Posture(**{f"{side}_arm": 80.0}), 0.2)
    script.expects.append(Expected("person", F.LOWERS, side, begins=begins, ends=begins + 0.4))
    script.expects.append(Expected("person", F.THROWS, object="ball", begins=script.t - 0.1, ends=script.t + 0.2))
    left = script.t
    script.goes(Posture(), 0.3).stays(1.5)
    place, posture = (0.5, GROUND), passing(*script.steps)

    def hand(t: float) -> np.ndarray:
        wrist = joints(posture(t))[JOINTS.index(f"{side}_wrist")] * TRUNK
        return np.array(place) + wrist * [1, stage.size[0] / stage.size[1]]

    way = np.array([1.0 if side == "left" else -1.0, -0.3]) * stage.between(0.5, 0.8)
    ball = Mover("ball", "ball", scenes.BLUE, 0.04, lambda t: tuple(hand(min(t, left)) + way * max(t - left, 0)))
    return script.scene(ball, path=lambda _: place, width=TRUNK)


# --- hands ------------------------------------------------------------------------------------------------------------


def _hand(stage: Stage, fingers: Callable[[float], np.ndarray], **fields: object) -> Mover:
    """A hand that stays where it is."""
    place = stage.between(0.4, 0.6), stage.between(0.4, 0.6)
    return Mover("hand", "hand", scenes.RED, 0.12, lambda _: place, hand=11, fingers=fingers, **fields)


def _curled(share: float, fingers: Sequence[tuple[int, ...]] = FINGERS) -> np.ndarray:
    """The points of a hand whose ``fingers`` are bent to their roots by a share, 0..1."""
    points = HAND_POINTS.copy()
    for root, *rest in fingers:
        points[rest] = points[root] + (1 - share) * (points[rest] - points[root])
    return points


def fist_that_opens(stage: Stage) -> Scene:
    """A closed hand that opens and closes; halfway is not open."""
    begins, seconds = stage.between(3.0, 3.5), stage.between(0.3, 0.8)
    t = (1.0, 1.4, 1.8, begins, begins + seconds, begins + seconds + 1.2, begins + 2 * seconds + 1.2)
    curl = (1.0, 0.6, 1.0, 1.0, 0.0, 0.0, 1.0)
    hand = _hand(stage, lambda at: _curled(float(np.interp(at, t, curl))))
    opens = Expected("hand", F.OPENS, begins=begins, ends=begins + seconds)
    return stage.scene([], [hand], UNDECIDED, seconds=t[-1] + 1, more=[opens])


def finger_tapping(stage: Stage) -> Scene:
    """Thumb and index finger meet several times."""
    times, hertz = int(stage.rng.integers(3, 9)), stage.between(1.2, 2.5)
    thumb, index = FINGERS[:2]

    def fingers(at: float) -> np.ndarray:
        points, phase = HAND_POINTS.copy(), (at - 1.0) * hertz
        near = np.sin(np.pi * phase) ** 2 if 0 <= phase <= times else 0.0
        meet = (points[thumb[-1]] + points[index[-1]]) / 2
        for finger in (thumb, index):
            points[finger[-1]] += near * (meet - points[finger[-1]])
        return points

    begins, ends = 1.0 + 0.5 / hertz, 1.0 + (times - 0.5) / hertz
    taps = Expected("hand", F.TAPS, amount=times, begins=begins, ends=ends)
    return stage.scene([], [_hand(stage, fingers)], UNDECIDED, seconds=2 + times / hertz, more=[taps])


def pouring(stage: Stage) -> Scene:
    """A hand that holds a cup tilts it, and sets it upright again."""
    degrees, seconds = stage.between(55, 100) * stage.rng.choice([-1, 1]), stage.between(0.6, 1.4)
    t = (1.5, 1.5 + seconds, 3.0 + seconds, 3.0 + 2 * seconds)

    def fingers(at: float) -> np.ndarray:
        angle = np.radians(np.interp(at, t, (0, degrees, degrees, 0)))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        stretch = np.array([1, 1.2])  # a hand's box is higher than wide
        return (HAND_POINTS - 0.5) * stretch @ turn.T / stretch + 0.5

    hand = _hand(stage, fingers, touches=(Touch("cup", 0, 99),))
    x, y = hand.path(0)
    cup = Mover("cup", "crate", scenes.GREEN, 0.08, lambda _: (x + 0.04, y))
    more = [
        Expected("hand", F.TILTS, object="cup", amount=abs(degrees), begins=begins, ends=begins + seconds)
        for begins in (t[0], t[2])
    ]
    return stage.scene([], [cup, hand], UNDECIDED, seconds=t[-1] + 1, more=more)


SCENES = (
    *(arms_up_and_down, bow, sit_down_and_stand_up, jumping, kicking, turning_round, walking, throwing),
    *(fist_that_opens, finger_tapping, pouring),
)
