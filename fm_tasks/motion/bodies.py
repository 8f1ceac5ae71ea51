"""Facts of posture: what a person does with trunk, arms and legs, by its joints. A function for each kind, whose
docstring is its definition.

Lengths are those of the person's own trunk, from the middle of the shoulders to that of the hips, as it was longest
about the time, and grown as arms and legs have since: who comes closer does not stretch. Heights are those in the
picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

import numpy as np

from fm_tasks.english.words import CLASSES, noun_of
from fm_tasks.model import JOINTS, Fact, FactKind
from fm_tasks.motion.kinematics import Motion, Span, runs, zigzag
from fm_tasks.motion.pairs import Pair
from fm_tasks.motion.poses import GAP, Change, Posed

ABOUT = 2.0
"""Seconds before and after within which the trunk is longest; a tenth of what is seen may be wrong."""
LEVEL = 0.02
"""What changes less from one row to the next is level."""
STRAIGHT = 0.9
"""From hip to ankle a straight leg has at least this share of the way over its knee."""
SETTLED, BRIEFLY = 2.0, 0.5
"""Seconds for which who sits down stays so, as who stands up did before, and for which that one stands then: who squats
is up again sooner."""
SIDES = ("left", "right")
BONES = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
WIDTHS = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))
EVENED = 0.5
"""Seconds before and after over which the size of a person is evened out."""
LEAP = 1.0
"""What goes so far from one row to the next, trunks, is another person ..."""
SWAPPED = 0.3
"""... and so are joints that are so much nearer to those of the other side, trunks."""
BUSY, BUSY_TIME = 2, 1.0
"""An arm that changes more often than that within so many seconds before and after swings, as who runs has it."""
CARRIED = 0.8
"""Share of the time in hand for which a thing keeps its place by the wrist."""
UP = 0.3
"""An arm that was raised stays up for so many seconds, and was up for as many before it is lowered."""
TOGETHER = 0.3
"""What the two arms do at one time begins within so many seconds."""
FRONTAL = 0.5
"""Who has the shoulders so far apart faces the camera, and leans to a side where the trunk does."""


class Body(Posed):
    """The joints of one person; heights grow upwards."""

    def __init__(self, motion: Motion):
        super().__init__(motion)
        trunk = np.hypot(*(self.middle("shoulder") - self.middle("hip")).T) / self.size
        longest = _about(self.t, trunk, ABOUT, lambda rows: np.nanpercentile(rows, 90, axis=1))
        self.scale = np.where(longest > 0, longest, np.nan) * self.size

    def __getitem__(self, joint: str) -> np.ndarray:
        """The places of a joint, diagonals, (m, 2)."""
        return self.places[:, JOINTS.index(joint)]

    @cached_property
    def size(self) -> np.ndarray:
        """How large the person is in the picture, as a share of its usual size, (m,): by the upper quartile of its
        bones and widths, since what points to the camera is shorter; 1 where none is seen."""
        bones = [(f"{side}_{a}", f"{side}_{b}") for side in SIDES for a, b in BONES] + [*WIDTHS]
        lengths = np.array([np.hypot(*(self[a] - self[b]).T) for a, b in bones])
        seen = lengths[(~np.isnan(lengths)).sum(axis=1) > 0]
        shares = seen / np.maximum(np.nanmedian(seen, axis=1, keepdims=True), 1e-9)
        known = ~np.isnan(shares).all(axis=0)
        if not known.any():
            return np.ones(len(self.t))
        sizes = np.interp(self.t, self.t[known], np.nanpercentile(shares[:, known], 75, axis=0))
        return np.maximum(_about(self.t, sizes, EVENED, lambda rows: np.nanmedian(rows, axis=1)), 1e-3)

    @cached_property
    def breaks(self) -> np.ndarray:
        """Whether a row shows another person than the row before, or left taken for right, (m,)."""
        found = np.zeros(len(self.t), bool)
        pairs = np.array([[self[f"{side}_{part}"] for side in SIDES] for part in ("shoulder", "hip", "knee")])
        here, before = pairs[:, :, 1:], pairs[:, :, :-1]
        went, crossed = (np.hypot(*np.moveaxis(here - to, 3, 0)) for to in (before, before[:, ::-1]))
        trunks = np.hypot(*(self.middle("shoulder") - self.middle("hip")).T)
        trunk = np.nan if np.isnan(trunks).all() else np.nanmedian(trunks)
        seen = (~np.isnan(went)).any(axis=(0, 1))
        far = np.full(went.shape[2], np.nan)
        if seen.any():
            far[seen] = np.nanmedian(went[:, :, seen].reshape(-1, seen.sum()), axis=0)
        nearer = np.nansum(went - crossed, axis=(0, 1)) / np.maximum((~np.isnan(went)).sum(axis=(0, 1)), 1)
        found[1:] = (far > LEAP * trunk) | (nearer > SWAPPED * trunk)
        return found

    def changes(self, values: np.ndarray, least: float, shortest: float = 0.0) -> Iterator[Change]:
        """As ``Posed.changes``, while the person keeps its size in the picture."""
        for change in super().changes(values, least, shortest):
            sizes = self.size[change.first : change.last + 1]
            if sizes.max() <= self.motion.thresholds.resized * sizes.min():
                yield change

    def off_vertical(self, upper: str, lower: str) -> np.ndarray:
        """The angle between the way from one part to another and the vertical, degrees, (m,)."""
        way = self.middle(lower) - self.middle(upper)
        return np.degrees(np.arctan2(np.abs(way[:, 0]), way[:, 1]))

    def middle(self, part: str) -> np.ndarray:
        """The middle of the two joints of a part, (m, 2); NaN where one of them is not in sight."""
        return (self[f"left_{part}"] + self[f"right_{part}"]) / 2

    @property
    def place(self) -> np.ndarray:
        """Where the person is: the middle of hips and feet, diagonals, (m, 2); NaN where they are not in sight. An arm
        or a back that bends moves a box, and not these."""
        return (self.middle("hip") + self.middle("ankle")) / 2

    def way(self, span: Span) -> np.ndarray | None:
        """How far its place comes from the first to the last row of a span of the track, diagonals, (2,); None where it
        is not seen near both ends."""
        places = self.place
        known = np.flatnonzero(~np.isnan(places).any(axis=1))
        if not len(known):
            return None
        ends = [known[np.abs(self.rows[known] - row).argmin()] for row in span]
        far = np.abs(self.motion.t[self.rows[ends]] - self.motion.t[list(span)])
        return places[ends[1]] - places[ends[0]] if far.max() <= GAP else None

    def height(self, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """How far the one is above the other, lengths of the trunk, (m,)."""
        return (lower[:, 1] - upper[:, 1]) / self.scale


def _about(t: np.ndarray, values: np.ndarray, seconds: float, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """For each row what ``of`` makes of the values within ``seconds`` before and after, (m,); NaN where none is."""
    rows = np.where(np.abs(t[:, None] - t) <= seconds, values, np.nan)
    known = ~np.isnan(rows).all(axis=1)
    found = np.full(len(t), np.nan)
    found[known] = of(rows[known])
    return found


@lru_cache(maxsize=16)
def body_of(motion: Motion) -> Body | None:
    """The joints of a person; None of what has none. Several kinds ask for the same."""
    return Body(motion) if motion.points is not None and not motion.track.is_hand else None


def of_body(motion: Motion) -> Iterator[Fact]:
    """Every fact of posture of a person; none of what has no joints."""
    if body := body_of(motion):
        yield from (fact for find in BODIES.values() for fact in find(body))


def bends(body: Body) -> Iterator[Fact]:
    """The middle of the shoulders sinks towards that of the hips, from ``upright`` or more above these to ``bent`` or
    less, by ``bend`` or more, in ``posture_least`` to ``posture_time``; the feet stay below the hips, to ``lean``, and
    who faces the camera does not lean to a side by more. Nothing is told of who is ``resized`` meanwhile, as of the
    other kinds."""
    yield from (fact for fact in _bending(body) if fact.kind == FactKind.BENDS)


def straightens(body: Body) -> Iterator[Fact]:
    """As `bends`, the other way: by ``bend``, from ``bent`` or less to ``upright`` or more."""
    yield from (fact for fact in _bending(body) if fact.kind == FactKind.STRAIGHTENS)


def _bending(body: Body) -> Iterator[Fact]:
    of = body.motion.thresholds
    # The hips of who has no knee in sight are a guess.
    knee = ~np.isnan(body["left_knee"] + body["right_knee"]).any(axis=1)
    trunk = np.where(knee, body.height(body.middle("shoulder"), body.middle("hip")), np.nan)
    legs, back = body.off_vertical("hip", "ankle"), body.off_vertical("shoulder", "hip")
    wide = np.abs(body["left_shoulder"] - body["right_shoulder"])[:, 0] >= FRONTAL * body.scale
    for change in body.changes(trunk, of.bend, of.posture_least):
        low, high = sorted((change.before, change.after))
        rows = slice(change.first, change.last + 1)
        upside = (legs[rows] > of.lean).any() or (wide[rows] & (back[rows] > of.lean)).any()
        if low <= of.bent and high >= of.upright and not upside:
            kind = FactKind.BENDS if change.after == low else FactKind.STRAIGHTENS
            yield body.motion.fact(kind, body.span(change.first, change.last))


def raises(body: Body) -> Iterator[Fact]:
    """A wrist rises by its shoulder by ``arm`` or more, to ``arm_up`` below it or higher, within ``posture_time``, and
    in half of ``posture_least`` or more, while the trunk is upright to ``lean``. The value is whose: two that rise at
    one time are both, and one is told where the other is seen. Arms that swing, the one up as the other goes down, or
    again and again, are not raised."""
    yield from (fact for fact in _arms(body) if fact.kind == FactKind.RAISES)


def lowers(body: Body) -> Iterator[Fact]:
    """As `raises`, the other way: a wrist sinks by ``arm`` or more from ``arm_up`` below its shoulder or higher."""
    yield from (fact for fact in _arms(body) if fact.kind == FactKind.LOWERS)


def _arms(body: Body) -> Iterator[Fact]:
    of = body.motion.thresholds
    found: dict[FactKind, list[tuple[str, Span]]] = {FactKind.RAISES: [], FactKind.LOWERS: []}
    back = body.off_vertical("shoulder", "hip")
    hidden = {side: np.isnan(body[f"{side}_wrist"][:, 0]) for side in SIDES}
    heights = {side: body.height(body[f"{side}_wrist"], body[f"{side}_shoulder"]) for side in SIDES}
    changes = {side: [*body.changes(heights[side], of.arm, of.posture_least / 2)] for side in SIDES}
    for side, other in (SIDES, SIDES[::-1]):
        for change in changes[side]:
            kind = FactKind.RAISES if change.after > change.before else FactKind.LOWERS
            near = sum(abs(body.t[one.first] - body.t[change.first]) <= BUSY_TIME for one in changes[side])
            swings = near - 1 > BUSY or any(
                (one.after > one.before) != (change.after > change.before)
                and abs(body.t[one.first] - body.t[change.first]) <= TOGETHER
                for one in changes[other]
            )
            leans = (back[change.first : change.last + 1] > of.lean).any()
            begin, sign = (change.last, 1) if kind == FactKind.RAISES else (change.first, -1)
            while_up = (sign * (body.t - body.t[begin]) >= 0) & (sign * (body.t - body.t[begin]) <= UP)
            stays = not (heights[side][while_up] < -of.arm_up - LEVEL * 5).any()
            if max(change.before, change.after) >= -of.arm_up and stays and not (swings or leans):
                found[kind].append((side, (change.first, change.last)))
    for kind, arms in found.items():
        told = list(arms)
        for one, other in ((one, other) for one in arms for other in arms):
            (_, (a, b)), (_, (c, d)) = one, other
            together = min(b, d) - max(a, c) >= min(b - a, d - c) / 2
            if (one[0], other[0]) == SIDES and together and one in told and other in told:
                told = [*(arm for arm in told if arm not in (one, other)), ("both", (min(a, c), max(b, d)))]
        for value, (first, last) in sorted(told, key=lambda arm: arm[1]):
            other, up = SIDES[value == "left"], kind == FactKind.RAISES
            begins = [body.t[one.first] for one in changes[other] if (one.after > one.before) == up]
            alone = not any(abs(begin - body.t[first]) <= TOGETHER for begin in begins)
            if value != "both" and (hidden[other][first : last + 1].any() or not alone):
                continue
            yield body.motion.fact(kind, body.span(first, last), value=value)


def sits(body: Body) -> Iterator[Fact]:
    """The hips sink from ``standing`` or more above the knees to ``sitting`` or less, in ``posture_least`` to
    ``posture_time``, and stay there for two seconds, the knees above the ankles and the trunk upright."""
    of = body.motion.thresholds
    hips, down = _seats(body)
    for change in body.changes(hips, of.standing - of.sitting, of.posture_least):
        if change.before >= of.standing and change.after <= of.sitting and body.holds(down, change.last, SETTLED):
            yield body.motion.fact(FactKind.SITS, body.span(change.first, change.last))


def stands(body: Body) -> Iterator[Fact]:
    """The hips rise from ``sitting`` or less above the knees, where they were for two seconds, to ``standing`` or more,
    in ``posture_least`` to ``posture_time``, and stay there for half a second."""
    of = body.motion.thresholds
    hips, down = _seats(body)
    for change in body.changes(hips, of.standing - of.sitting, of.posture_least):
        sat = change.before <= of.sitting and body.holds(down, change.first, -SETTLED)
        if sat and change.after >= of.standing and body.holds(hips >= of.sitting, change.last, BRIEFLY):
            yield body.motion.fact(FactKind.STANDS, body.span(change.first, change.last))


def _seats(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """How far the hips are above the knees, and whether who has them so low might sit, (m,)."""
    of = body.motion.thresholds
    hips = body.height(body.middle("hip"), body.middle("knee"))
    shins = body.height(body.middle("knee"), body.middle("ankle"))
    trunk = body.height(body.middle("shoulder"), body.middle("hip"))
    between = (of.standing + of.sitting) / 2
    return hips, (np.abs(hips) <= between) & (shins >= of.sitting) & (trunk >= of.bent)


def jumps(body: Body) -> Iterator[Fact]:
    """The body, the median of its joints, rises by ``jump`` or more and sinks again by as much within ``jump_time``;
    the feet leave the ground by as much, and the middle of the box rises by half of it. The amount is how many jumps
    follow each other within so long."""
    of = body.motion.thresholds
    heights = -body.places[:, :, 1] / body.scale[:, None]
    heights = heights[:, ~np.isnan(heights).all(axis=0)]
    known = ~np.isnan(heights).all(axis=1)
    whole = np.full(len(heights), np.nan)
    whole[known] = np.nanmedian((heights - np.nanmedian(heights, axis=0))[known], axis=1) if known.any() else np.nan
    feet = -np.maximum(body["left_ankle"][:, 1], body["right_ankle"][:, 1]) / body.scale
    box = -body.motion.raw[body.rows, 1] / body.scale
    leaps: list[Span] = []
    for piece in body.pieces(whole):
        x = whole[piece]
        points = zigzag(x, of.jump)
        for a, b, c in zip(points, points[1:], points[2:], strict=False):
            if x[b] < x[a]:
                continue
            low = x[a : c + 1] <= x[b] - of.jump
            off, on = a + int(np.flatnonzero(low[: b - a])[-1]), b + int(low[b - a :].argmax())
            top = piece[max(b - 1, 0) : b + 2]
            rise = min(x[b] - x[[off, on]].max(), *(2 * np.nanmax(box[top]) - 2 * box[piece[[off, on]]]))
            lifted = np.nanmax(feet[top], initial=-np.inf) - np.nanmin(feet[piece[[off, on]]], initial=np.inf)
            seconds = body.t[piece[[off, b, on]]]
            if min(rise, lifted) >= of.jump and np.diff(seconds).max() <= of.jump_time / 2:
                leaps.append((int(piece[_foot(x, off, -1)]), int(piece[_foot(x, on, 1)])))
    groups: list[list[Span]] = []
    for leap in leaps:
        if groups and body.t[leap[0]] - body.t[groups[-1][-1][1]] <= of.jump_time:
            groups[-1].append(leap)
        else:
            groups.append([leap])
    for group in groups:
        yield body.motion.fact(FactKind.JUMPS, body.span(group[0][0], group[-1][1]), amount=len(group))


def _foot(x: np.ndarray, row: int, step: int) -> int:
    """Where a slope ends that leads down from ``row``."""
    while 0 <= row + step < len(x) and x[row + step] < x[row] - LEVEL:
        row += step
    return row


def kicks(body: Body) -> Iterator[Fact]:
    """A straight leg swings from ``planted`` or less off the vertical to ``kick`` or more within ``kick_time``, its
    foot ``kick_height`` above the other, while the other leg stays within ``planted``, and is no longer up than that.
    The value is which leg."""
    of = body.motion.thresholds
    legs = {side: leg(body, side) for side in SIDES}
    for side, other in (SIDES, SIDES[::-1]):
        angles, straight = legs[side]
        up = (angles >= of.kick) & straight & (legs[other][0] <= of.planted)
        above = body.height(body[f"{side}_ankle"], body[f"{other}_ankle"])
        for first, last in runs(up):
            if np.nanmax(above[first : last + 1]) < of.kick_height or body.t[last] - body.t[first] > of.kick_time:
                continue
            before = (body.t >= body.t[first] - of.kick_time) & (body.t < body.t[first]) & (angles <= of.planted)
            if last > first and before.any():
                yield body.motion.fact(FactKind.KICKS, body.span(np.flatnonzero(before)[-1], last), value=side)


def leg(body: Body, side: str) -> tuple[np.ndarray, np.ndarray]:
    """The angle of a leg from the vertical, degrees, and whether it is straight, (m,)."""
    hip, knee, ankle = (body[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    way = ankle - hip
    over = np.hypot(*(knee - hip).T) + np.hypot(*(ankle - knee).T)
    return np.degrees(np.arctan2(np.abs(way[:, 0]), way[:, 1])), np.hypot(*way.T) >= STRAIGHT * over


def turns_round(body: Body) -> Iterator[Fact]:
    """Left and right shoulder change sides in the picture, as the hips do, in ``posture_least`` to ``posture_time``:
    from ``shoulders`` apart, for ``facing`` seconds, to as much the other way, for as long."""
    of = body.motion.thresholds
    widths = [(body[f"left_{part}"] - body[f"right_{part}"])[:, 0] / body.scale for part in ("shoulder", "hip")]
    for change in body.changes(widths[0], 2 * of.shoulders, of.posture_least):
        way = np.sign(change.after)
        before, after = (way * sign * widths[0] >= of.shoulders / 2 for sign in (-1, 1))
        hips = way * (widths[1][change.last] - widths[1][change.first])
        apart = min(-way * change.before, way * change.after) >= of.shoulders
        if (
            apart
            and hips > 0
            and body.holds(before, change.first, -of.facing)
            and body.holds(after, change.last, of.facing)
        ):
            yield body.motion.fact(FactKind.TURNS_ROUND, body.span(change.first, change.last))


def throws(pair: Pair) -> Iterator[Fact]:
    """A thing that was ``in_hand`` of a wrist for ``hold_time``, and went with it, goes ``thrown`` away from it within
    ``throw_time``, the most of that by its own motion and not downwards, and the wrist moved at ``arm_speed`` by its
    shoulder within as long before. Persons, hands, vehicles and animals are no things."""
    body, thing, of = body_of(pair.one), pair.other, pair.one.thresholds
    if body is None or noun_of(thing.track.label) in ("person", "hand", *CLASSES):
        return
    offset = pair.one.track.frames.start - thing.track.frames.start
    its = body.rows + offset
    there = (its >= 0) & (its < len(thing.t))
    boxes = thing.as_seen[np.clip(its, 0, len(thing.t) - 1)]
    for side in SIDES:
        wrist = body[f"{side}_wrist"]
        out = np.maximum(np.maximum(boxes[:, :2] - wrist, wrist - boxes[:, 2:]), 0)
        apart = np.where(there, np.hypot(*out.T), np.nan) / body.scale
        swing = (wrist - body[f"{side}_shoulder"]) / body.scale[:, None]
        speed = np.hypot(*np.diff(swing, axis=0).T) / np.diff(body.t)
        for first, last in runs(apart <= of.in_hand):
            held = slice(first, last + 1)
            to_it = (boxes[held].reshape(-1, 2, 2).mean(axis=1) - wrist[held]) / body.scale[last]
            off = np.hypot(*(to_it - np.median(to_it, axis=0)).T)
            carried = (off <= of.in_hand / 2).mean() >= CARRIED
            if body.t[last] - body.t[first] < of.hold_time or not carried:
                continue
            after = np.flatnonzero((body.t > body.t[last]) & (body.t <= body.t[last] + of.throw_time))
            before = np.flatnonzero((body.t[1:] >= body.t[last] - of.throw_time) & (body.t[1:] <= body.t[last] + GAP))
            ways = thing.path[np.clip(its[after], 0, len(thing.t) - 1)] - thing.path[its[last]]
            own, falls = np.hypot(*ways.T), ways[:, 1] > np.abs(ways[:, 0])
            gone = after[(apart[after] >= of.thrown) & (own >= of.thrown / 2 * body.scale[after]) & ~falls]
            if len(gone) and len(before) and np.nanmax(speed[before], initial=0) >= of.arm_speed:
                yield pair.one.fact(FactKind.THROWS, body.span(last, int(gone[0])), object=thing.track.id)
                return  # the other hand was at it too


BODIES: dict[FactKind, Callable[[Body], Iterator[Fact]]] = {
    FactKind.BENDS: bends,
    FactKind.STRAIGHTENS: straightens,
    FactKind.RAISES: raises,
    FactKind.LOWERS: lowers,
    FactKind.SITS: sits,
    FactKind.STANDS: stands,
    FactKind.JUMPS: jumps,
    FactKind.KICKS: kicks,
    FactKind.TURNS_ROUND: turns_round,
}
