"""Scenes that differ from seed to seed, and everything that is true of them.

``SCENES`` has an author for each: given a source of chance it decides how large, quick, noisy and swaying its scene is,
and declares every fact that follows, from its own plan of the motion. No code that finds facts takes part in that, so
``scoring.compare`` says how often that code is right. A kind that a scene does not decide is named in ``undecided``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks import postures
from benchmarks.stage import CLOSE, PACE, WHERE, F, Stage, heading, mutual, ranked, way_of
from fm_tasks.synthetic.scenes import Expected, Scene, Touch


def scene(name: str, seed: int) -> Scene:
    """The scene ``name`` as ``seed`` has it."""
    return SCENES[name](Stage(name, np.random.default_rng([seed, *name.encode()])))


def straight(stage: Stage) -> Scene:
    """From one side of the frame to the other, and out."""
    speed, width = stage.between(0.12, 0.2), stage.between(0.08, 0.12)
    angle = stage.rng.choice([0.0, 180.0])
    row, rise = [("top_", -1), ("", 0), ("bottom_", 1)][stage.rng.integers(3)]
    across, box = stage.frame[0], width * stage.frame[0]
    plan = stage.plan("ball", *(-heading(angle) * (across + box) / 2), angle)
    plan.at = plan.at + np.array([0, rise * stage.frame[1] / 3])
    plan.points = [(0, *plan.at), (0.8, *plan.at)]
    plan.t, begins = 0.8, 0.8
    plan.go(across + box, speed).arrive().paced()
    first, last = ("left", "right") if angle == 0 else ("right", "left")
    third = (across / 3 + box / 2) / speed
    plan.says(F.ENTERS, first, begins=begins)
    plan.says(F.LEAVES, last, ends=plan.t)
    for n, column in enumerate((first, row.strip("_") or "center", last)):
        cell = column if n == 1 or not row else row + column
        plan.says(F.LOCATED, cell, begins=begins + (0, third, third + across / 3 / speed)[n])
    return stage.scene([plan], [stage.mover(plan, "ball", width)], seconds=plan.t + 0.8)


def stop_and_go(stage: Stage) -> Scene:
    """A pause on the way."""
    speed, angle = stage.between(0.12, 0.2), stage.angle()
    plan = stage.plan("car", *(-0.15 * heading(angle)), angle)
    plan.go(0.15, speed).rest(stage.between(1.4, 2.2)).go(0.15, speed).arrive().paced()
    return stage.scene([plan], [stage.mover(plan, "car")], WHERE)


def _turning(stage: Stage, change: float) -> Scene:
    speed, angle = stage.between(0.12, 0.18), stage.angle()
    radius = stage.between(0.05, 0.08)
    plan = stage.plan("car", *(-0.15 * heading(angle) - 0.05 * heading(angle + np.sign(change) * 90)), angle)
    plan.go(0.15, speed).arc(change, radius, speed).go(0.15, speed).arrive().paced()
    return stage.scene([plan], [stage.mover(plan, "crate", 0.08)], WHERE)


def right_turn(stage: Stage) -> Scene:
    """Around a corner to its own right."""
    return _turning(stage, -90)


def left_turn(stage: Stage) -> Scene:
    """Around a corner to its own left."""
    return _turning(stage, 90)


def u_turn(stage: Stage) -> Scene:
    """Around and back."""
    return _turning(stage, stage.rng.choice([-180, 180]))


def lane_change(stage: Stage) -> Scene:
    """Sideways by a lane, on a straight way."""
    speed, angle = stage.between(0.13, 0.18), stage.rng.choice([0.0, 180.0])
    offset, seconds = stage.between(0.05, 0.07), stage.between(1.4, 1.8)
    side = stage.rng.choice([-1, 1])
    plan = stage.plan("car", *(-0.3 * heading(angle) - side * offset / 2 * heading(angle + 90)), angle)
    plan.go(speed * 1.3, speed)
    begins, start = plan.t, plan.at
    for n in range(1, 49):
        share = n / 48
        lateral = offset * (1 - np.cos(np.pi * share)) / 2
        forward = speed * seconds * share
        plan.to(start + forward * heading(angle) + side * lateral * heading(angle + 90), seconds / 48)
    plan.says(F.SHIFTS, "left" if side > 0 else "right", amount=offset, begins=begins, ends=plan.t)
    plan.go(speed * 1.3, speed).arrive().paced()
    return stage.scene([plan], [stage.mover(plan, "car", 0.1)], WHERE)


def overtaking(stage: Stage) -> Scene:
    """The faster goes past the slower, beside it."""
    slow, fast, lane = stage.between(0.035, 0.05), stage.between(0.12, 0.14), 0.09
    angle, seconds = stage.rng.choice([0.0, 180.0]), 4.4
    side = stage.rng.choice([-1, 1])
    relative = fast - slow
    behind = relative * seconds / 2
    first = stage.plan("car", *(-(behind + slow * seconds / 2) * heading(angle) + [0, side * lane / 2]), angle)
    second = stage.plan("crate", *(-slow * seconds / 2 * heading(angle) - [0, side * lane / 2]), angle)
    first.go(fast * seconds, fast).arrive().paced()
    second.go(slow * seconds, slow).arrive().paced()
    middle, change = seconds / 2, float(np.hypot(behind, lane) - lane)
    back, front = ("left_of", "right_of") if angle == 0 else ("right_of", "left_of")
    beside = "below" if side > 0 else "above"
    near, far = (middle - lane / 1.25 / relative, middle + lane * 1.25 / relative)
    more = [
        Expected("car", F.PASSES, "overtaking", "crate", amount=lane, begins=middle - 0.05 / relative),
        Expected("car", F.APPROACHES, None, "crate", amount=change, begins=0, ends=middle),
        Expected("car", F.RECEDES, None, "crate", amount=change, begins=middle, ends=seconds),
        *mutual("car", "crate", back, begins=0, ends=near),
        *mutual("car", "crate", beside, begins=near, ends=far),
        *mutual("car", "crate", front, begins=far, ends=seconds),
        *mutual("car", "crate", beside, F.BECOMES, begins=near),
        *mutual("car", "crate", front, F.BECOMES, begins=far),
        *ranked([first, second]),
    ]
    movers = [stage.mover(second, "crate", 0.07), stage.mover(first, "car", 0.1)]
    return stage.scene([first, second], movers, {F.LOCATED}, more=more)


def crossing(stage: Stage) -> Scene:
    """Two go past each other, and one hides the other."""
    seconds, offset = 4.2, 0.015
    speeds = stage.between(0.11, 0.12), stage.between(0.15, 0.17)
    one, other = (
        stage.plan(name, x, y, angle)
        for name, x, y, angle in (
            ("ball", -speeds[0] * seconds / 2, offset / 2, 0.0),
            ("crate", speeds[1] * seconds / 2, -offset / 2, 180.0),
        )
    )
    for plan, speed in ((one, speeds[0]), (other, speeds[1])):
        plan.go(speed * seconds, speed).arrive().paced()
    middle, relative = seconds / 2, sum(speeds)
    change, box = relative * seconds / 2, 0.09 * stage.frame[0]
    covered = box * 0.9 / relative
    more = [
        *mutual("ball", "crate", "oncoming", F.PASSES, amount=offset, begins=middle - 0.05 / relative),
        *mutual("ball", "crate", None, F.APPROACHES, amount=change, begins=0, ends=middle),
        *mutual("ball", "crate", None, F.RECEDES, amount=change, begins=middle, ends=seconds),
        *mutual("ball", "crate", None, F.OVERLAPS, begins=middle - covered, ends=middle + covered),
        *mutual("ball", "crate", "left_of", begins=0, ends=middle),
        *mutual("ball", "crate", "right_of", begins=middle, ends=seconds),
        *mutual("ball", "crate", "right_of", F.BECOMES, begins=middle),
        *ranked([one, other]),
    ]
    movers = [stage.mover(other, "crate", 0.09), stage.mover(one, "ball", 0.09)]
    return stage.scene([one, other], movers, {F.LOCATED}, more=more)


def passing(stage: Stage) -> Scene:
    """One goes past another that stands."""
    speed, lane, seconds = stage.between(0.13, 0.17), stage.between(0.1, 0.13), 3.6
    angle = stage.rng.choice([0.0, 180.0])
    plan = stage.plan("ball", *(-speed * seconds / 2 * heading(angle) + [0, lane / 2]), angle)
    plan.go(speed * seconds, speed).arrive().paced()
    parked = stage.plan("crate", 0, -lane / 2)
    parked.says(F.STATIONARY, amount=seconds)
    middle, change = seconds / 2, float(np.hypot(speed * seconds / 2, lane) - lane)
    more = [
        Expected("ball", F.PASSES, "standing", "crate", amount=lane, begins=middle - 0.05 / speed),
        Expected("ball", F.APPROACHES, None, "crate", amount=change, begins=0, ends=middle),
        Expected("ball", F.RECEDES, None, "crate", amount=change, begins=middle, ends=seconds),
        Expected("ball", F.FASTEST, amount=speed),
    ]
    return stage.scene(
        [plan, parked], [stage.mover(parked, "crate", 0.08), stage.mover(plan, "ball", 0.08)], WHERE, more=more
    )


def approach_to_the_camera(stage: Stage) -> Scene:
    """Larger and larger where it is, or smaller and smaller."""
    factor, seconds = stage.between(1.8, 2.6), stage.between(3, 4)
    plan = stage.plan("ball", 0, 0)
    plan.t = seconds
    comes = bool(stage.rng.random() < 0.5)
    first, last = (1, factor) if comes else (factor, 1)
    plan.says(F.GROWS if comes else F.SHRINKS, amount=factor)
    plan.says(F.LOCATED, "center", begins=0, ends=seconds)
    return stage.scene(
        [plan],
        [stage.mover(plan, "ball", 0.08, size=lambda t: float(first * (last / first) ** min(t / seconds, 1)))],
    )


def circling(stage: Stage) -> Scene:
    """Round and round."""
    radius, period, rounds = stage.between(0.055, 0.065), stage.between(2.4, 2.8), int(stage.rng.integers(2, 4))
    side = stage.rng.choice([-1, 1])
    plan = stage.plan("ball", 0, radius * side)
    for n in range(1, 48 * rounds + 1):
        plan.to(radius * heading(side * (360 * n / 48 - 90)), period / 48)
    change = 360.0 * rounds
    plan.says(F.TURNS, "left" if side > 0 else "right", amount=change)
    plan.says(F.CIRCLES, "anticlockwise" if side > 0 else "clockwise", amount=rounds)
    plan.says(F.LOCATED, "center", begins=0, ends=plan.t)
    plan.paced()
    return stage.scene([plan], [stage.mover(plan, "ball", 0.08)], {F.MOVES})


def zigzag(stage: Stage) -> Scene:
    """Legs up and down, on the whole to one side."""
    cycles, leg, speed = int(stage.rng.integers(2, 4)), stage.between(0.11, 0.12), stage.between(0.12, 0.14)
    base = stage.rng.choice([0.0, 180.0])
    half = leg * np.sin(np.pi / 4)
    plan = stage.plan("ball", *(-cycles * half * heading(base) + [0, half / 2]), base + 45 * np.cos(np.radians(base)))
    start = plan.at
    for n in range(2 * cycles):
        plan.go(leg, speed)
        if n < 2 * cycles - 1:
            plan.corner(90.0 * (-1 if (n % 2 == 0) == (base == 0) else 1))
    plan.legs = []
    plan.says(F.MOVES, way_of(base), amount=float(np.hypot(*(plan.at - start))), begins=0, ends=plan.t)
    for kind, amount in ((F.OSCILLATES, cycles), (F.FREQUENCY, speed / leg / 2), (F.AMPLITUDE, half / 2)):
        plan.says(kind, "vertical", amount=amount, begins=0, ends=plan.t)
    plan.paced()
    return stage.scene([plan], [stage.mover(plan, "ball", 0.05)], WHERE)


def bounce(stage: Stage) -> Scene:
    """Up and down in one place."""
    plan = stage.plan("ball", 0, 0)
    plan.swing("vertical", stage.between(0.04, 0.06), stage.between(0.6, 1.0), int(stage.rng.integers(3, 6)))
    plan.says(F.LOCATED, "center", begins=0, ends=plan.t)
    return stage.scene([plan], [stage.mover(plan, "ball", 0.08)], PACE)


def wave(stage: Stage) -> Scene:
    """A hand that rests, waves and rests."""
    plan = stage.plan("hand", 0, 0)
    plan.rest(1.5, first=True)
    begins, cycles = plan.t, int(stage.rng.integers(3, 7))
    plan.swing("horizontal", stage.between(0.03, 0.05), stage.between(1.0, 2.0), cycles)
    plan.says(F.WAVES, amount=cycles, begins=begins, ends=plan.t)
    plan.rest(1.5, last=True)
    plan.says(F.LOCATED, "center", begins=0, ends=plan.t)
    return stage.scene([plan], [stage.mover(plan, "hand", 0.1, hand=11)], PACE)


def tremor(stage: Stage) -> Scene:
    """A hand that trembles about five times a second."""
    axis, hertz, amplitude = stage.rng.choice(["horizontal", "vertical"]), stage.between(4.4, 5.6), 0.008
    seconds = stage.between(4, 6)
    plan = stage.plan("hand", 0, 0)
    reach = amplitude * (np.array([1, 0]) if axis == "horizontal" else np.array([0, 1]))
    for n in range(1, round(seconds * 500)):
        plan.to(np.sin(2 * np.pi * hertz * n / 500) * reach, 1 / 500)
    plan.says(F.TREMBLES, str(axis), amount=hertz, begins=0, ends=plan.t)
    plan.says(F.LOCATED, "center", begins=0, ends=plan.t)
    return stage.scene([plan], [stage.mover(plan, "hand", 0.1, hand=11)])


def there_and_back(stage: Stage) -> Scene:
    """Straight there, and on the spot back again."""
    speed, angle, way = stage.between(0.13, 0.18), stage.angle(), stage.between(0.2, 0.24)
    plan = stage.plan("car", *(-way / 2 * heading(angle)), angle)
    plan.go(way, speed).arrive()
    plan.says(F.REVERSES, begins=plan.t)
    plan.go(way, speed, angle + 180).arrive().paced()
    return stage.scene([plan], [stage.mover(plan, "car", 0.08)], WHERE)


def change_of_pace(stage: Stage) -> Scene:
    """Slow, fast and slow again, or the other way round, in one line."""
    low, high, angle = stage.between(0.06, 0.075), stage.between(0.17, 0.2), stage.rng.choice([0.0, 180.0])
    speeds = (low, high, low) if stage.rng.random() < 0.5 else (high, low, high)
    way = [speed * 1.8 for speed in speeds]
    plan = stage.plan("car", *(-sum(way) / 2 * heading(angle)), angle)
    for before, distance, speed in zip((None, *speeds[:2]), way, speeds, strict=True):
        if before:
            kind = F.ACCELERATES if speed > before else F.SLOWS
            plan.says(kind, amount=abs(speed - before), begins=plan.t - 0.2, ends=plan.t + 0.2)
        plan.go(distance, speed)
    plan.arrive()
    return stage.scene([plan], [stage.mover(plan, "car", 0.1)], WHERE | PACE)


def pick_and_place(stage: Stage) -> Scene:
    """A hand reaches for a thing, carries it elsewhere, lets go and goes back."""
    speed, pause = stage.between(0.13, 0.18), 0.8
    side = stage.rng.choice([-1, 1])
    spots = [np.array([-0.2 * side, 0.09]), np.array([0.0, 0.05]), np.array([0.2 * side, 0.07])]
    ways = [b - a for a, b in ((spots[0], spots[1]), (spots[1], spots[2]), (spots[2], spots[0]))]
    angles = [float(np.degrees(np.arctan2(-way[1], way[0]))) for way in ways]
    lengths = [float(np.hypot(*way)) for way in ways]
    hand = stage.plan("hand", *spots[0])
    hand.rest(0.8, first=True)
    reach = hand.t
    hand.go(lengths[0], speed, angles[0])
    grasp = hand.t + 0.3
    hand.rest(pause)
    carry = hand.t
    hand.go(lengths[1], speed, angles[1])
    placed, release = hand.t, hand.t + 0.4
    hand.rest(pause)
    hand.go(lengths[2], speed, angles[2]).arrive()
    thing = stage.plan("ball", *spots[1])
    thing.rest(carry, first=True).go(lengths[1], speed, angles[1]).rest(hand.t - placed, last=True)
    hand.says(F.REACHES, object="ball", amount=lengths[0], begins=reach, ends=grasp)
    hand.says(F.GRASPS, object="ball", begins=grasp)
    hand.says(F.TOUCHES, "object_contact", object="ball", amount=release - grasp, begins=grasp, ends=release)
    hand.says(F.RELEASES, object="ball", begins=release)
    hand.takes("ball", ways[1], begins=carry, ends=placed)
    hand.says(F.PLACES, object="ball", begins=placed, ends=release)
    movers = [
        stage.mover(thing, "ball", 0.06),
        stage.mover(hand, "hand", 0.08, hand=11, touches=(Touch("ball", grasp, release),)),
    ]
    return stage.scene([hand.paced(), thing.paced()], movers, WHERE | CLOSE | {F.RANK, F.FASTEST})


def lift_and_carry(stage: Stage) -> Scene:
    """A hand comes to a thing, takes it up and then to one side, and keeps it."""
    speed, pause = stage.between(0.13, 0.18), 0.8
    sideways = 0.0 if stage.rng.random() < 0.5 else 180.0
    way, spot = stage.between(0.16, 0.2), np.array([0.0, 0.1])
    hand = stage.plan("hand", *(spot - 0.22 * heading(sideways)), sideways)
    hand.rest(0.8, first=True)
    reach = hand.t
    hand.go(0.22, speed)
    grasp = hand.t + 0.3
    hand.rest(pause)
    up = hand.t
    hand.go(way, speed, 90.0)
    held = hand.t
    hand.rest(pause)
    aside = hand.t
    hand.go(way, speed, sideways)
    there = hand.t
    hand.rest(pause, last=True)
    thing = stage.plan("ball", *spot)
    thing.rest(up, first=True).go(way, speed, 90.0).rest(pause).go(way, speed, sideways).rest(pause, last=True)
    hand.says(F.REACHES, object="ball", amount=0.22, begins=reach, ends=grasp)
    hand.says(F.GRASPS, object="ball", begins=grasp)
    hand.says(F.TOUCHES, "object_contact", object="ball", amount=hand.t - grasp, begins=grasp, ends=hand.t)
    hand.takes("ball", way * heading(90.0), begins=up, ends=held)
    hand.takes("ball", way * heading(sideways), begins=aside, ends=there)
    movers = [
        stage.mover(thing, "ball", 0.06),
        stage.mover(hand, "hand", 0.08, hand=11, touches=(Touch("ball", grasp, 99),)),
    ]
    return stage.scene([hand.paced(), thing.paced()], movers, WHERE | CLOSE | {F.RANK, F.FASTEST})


def hand_over(stage: Stage) -> Scene:
    """A hand brings a thing, another takes it and carries it on."""
    speed, side = stage.between(0.13, 0.18), stage.rng.choice([-1, 1])
    out, back = (0.0, 180.0) if side > 0 else (180.0, 0.0)
    way = stage.between(0.2, 0.24)
    giver = stage.plan("giver", *(-way * heading(out)), out)
    giver.go(way, speed)
    met = giver.t
    taken, left = met + 0.4, met + 0.8
    giver.rest(1.2).go(way, speed, back).arrive()
    taker = stage.plan("taker", *(way * heading(out) + [0, 0.03]), back)
    taker.go(way, speed).rest(1.2).go(way, speed, out).arrive()
    thing = stage.plan("ball", *(-way * heading(out) + [0, 0.02]), out)
    thing.go(way, speed).rest(1.2).go(way, speed, out).arrive()
    giver.says(F.TOUCHES, "object_contact", object="ball", amount=left, begins=0, ends=left)
    giver.says(F.RELEASES, object="ball", begins=left)
    giver.says(F.GIVES, object="taker", begins=taken, ends=left)
    giver.takes("ball", way * heading(out), begins=0, ends=met)
    taker.takes("ball", way * heading(out), begins=met + 1.2, ends=taker.t)
    taker.says(F.TOUCHES, "object_contact", object="ball", amount=taker.t - taken, begins=taken, ends=taker.t)
    taker.says(F.GRASPS, object="ball", begins=taken)
    taker.says(F.REACHES, object="ball", amount=way, begins=0, ends=taken)
    movers = [
        stage.mover(thing, "ball", 0.05),
        stage.mover(giver, "hand", 0.08, hand=11, touches=(Touch("ball", 0, left),), label="hand", name="giver"),
        stage.mover(taker, "hand", 0.08, hand=24, touches=(Touch("ball", taken, 99),), label="hand", name="taker"),
    ]
    plans = [plan.paced() for plan in (giver, taker, thing)]
    return stage.scene(plans, movers, WHERE | CLOSE | {F.RANK, F.FASTEST})


def crowd_of_eight(stage: Stage) -> Scene:
    """Eight at once, each in its own part of the frame: some go, some stay."""
    plans, movers, seconds = [], [], 3.0
    for n in range(8):
        place = stage.frame * [(n % 4 + 0.5) / 4 - 0.5, (n // 4 + 0.5) / 2 - 0.5]
        plan = stage.plan(f"ball {n}", *place)
        if stage.rng.random() < 0.7:
            angle, speed = stage.angle(), stage.between(0.028, 0.032) * 1.3
            plan = stage.plan(f"ball {n}", *(place - speed * seconds / 2 * heading(angle)), angle)
            plan.go(speed * seconds, speed).arrive().paced()
        else:
            plan.says(F.STATIONARY, amount=seconds, begins=0, ends=seconds)
        plans.append(plan)
        movers.append(stage.mover(plan, "ball", 0.05, label="ball", name=plan.name))
    return stage.scene(plans, movers, WHERE | CLOSE | {F.RANK, F.FASTEST}, seconds=seconds + 0.01)


def nothing_moves(stage: Stage) -> Scene:
    """Three things in a row, or one above the other."""
    seconds, upright = stage.between(3, 5), bool(stage.rng.random() < 0.5)
    names = ["crate", "ball", "car"]
    cells = ("top", "center", "bottom") if upright else ("left", "center", "right")
    plans, more = [], []
    for n, (name, cell) in enumerate(zip(names, cells, strict=True)):
        place = stage.frame * ([0, (n - 1) / 3] if upright else [(n - 1) / 3, 0])
        plan = stage.plan(name, *place)
        plan.t = seconds
        plan.says(F.STATIONARY, amount=seconds)
        plan.says(F.LOCATED, cell)
        plans.append(plan)
        for before in names[:n]:
            more += mutual(before, name, "above" if upright else "left_of")
    return stage.scene(plans, [stage.mover(plan, plan.name, 0.09) for plan in plans], more=more)


SCENES: dict[str, Callable[[Stage], Scene]] = {
    make.__name__: make
    for make in (
        *(straight, stop_and_go, right_turn, left_turn, u_turn, lane_change, overtaking, crossing, passing),
        *(approach_to_the_camera, circling, zigzag, bounce, wave, tremor, there_and_back, change_of_pace),
        *(pick_and_place, hand_over, crowd_of_eight, nothing_moves, lift_and_carry),
        *postures.SCENES,
    )
}
"""What makes each scene."""
