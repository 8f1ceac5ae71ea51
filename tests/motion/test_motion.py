"""What the facts step finds in trajectories whose facts are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from trajectories import (
    FRAME,
    MIDDLE,
    RATES,
    Mover,
    Path,
    Said,
    about_turn,
    along,
    beside,
    bounce,
    corner,
    everything,
    passing,
    scene,
    still,
    stop_and_go,
    straight,
    there_and_back,
)

from fm_tasks.model import Direction, Fact, FactKind, Track, Trajectories
from fm_tasks.motion import DEFAULTS, facts, thresholds_for
from fm_tasks.motion.vocabulary import CELLS

F, D = FactKind, Direction
JUDGED = (F.MOVES, F.STATIONARY, F.ENTERS, F.LEAVES, F.STOPS, F.STARTS, F.TURNS, F.OSCILLATES, F.SPEED)


def said(found: Sequence[Fact], mover: Mover) -> set[Said]:
    """What is judged of one track; how fast a swing is on average has no simple truth."""
    judged = set(JUDGED) if any(kind == F.SPEED for kind, _ in mover.holds) else set(JUDGED) - {F.SPEED}
    return {(fact.kind, fact.value) for fact in found if fact.kind in judged}


def scores(seeds: Sequence[int], jitter: float) -> dict[FactKind, tuple[float, float, int]]:
    """Precision, recall and number of true facts of each kind."""
    right, wrong, true = Counter(), Counter(), Counter()
    for seed in seeds:
        for number, mover in enumerate(everything(seed)):
            found = said(facts(scene([mover], RATES[(seed + number) % 4], jitter, seed)), mover)
            right.update(kind for kind, _ in found & mover.holds)
            wrong.update(kind for kind, _ in found - mover.holds)
            true.update(kind for kind, _ in mover.holds)
    return {kind: (right[kind] / (right[kind] + wrong[kind]), right[kind] / true[kind], true[kind]) for kind in JUDGED}


def only(found: Sequence[Fact], *kinds: FactKind) -> list[Fact]:
    return [fact for fact in found if fact.kind in kinds]


def test_exact_on_clean_trajectories():
    assert {kind: score[:2] for kind, score in scores(range(3), jitter=0).items()} == dict.fromkeys(JUDGED, (1, 1))


def test_jitter_of_the_boxes_changes_little():
    for kind, (precision, recall, number) in scores(range(3), jitter=0.004).items():
        assert number >= 3
        assert precision >= 0.98 and recall >= 0.98, kind


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("first", range(8))
def test_turns_are_seen_from_the_actors_heading(first, side):
    for radius in (0, 0.08):
        mover = corner(np.random.default_rng(first), first, side, radius)
        (turn,) = only(facts(scene([mover], jitter=0.004)), F.TURNS)
        assert turn.value == side
        assert turn.amount == pytest.approx(90, abs=12)


def bend(rate: float, speed: float = 0.12) -> tuple[Path, float]:
    """A quarter of a round to the right, at ``rate`` degrees a second."""
    radius = speed / np.radians(rate)
    angles = np.radians(np.linspace(0, 90, 60))
    return along([beside(*(radius * np.array([np.sin(a) - 0.5, 0.5 - np.cos(a)]))) for a in angles], speed)


@pytest.mark.parametrize("rate", RATES)
def test_a_slow_bend_is_a_turn_and_a_slower_one_none(rate):
    for degrees, sides in ((22, ["right"]), (10, [])):
        path, seconds = bend(degrees)
        found = facts(scene([Mover(path, seconds, frozenset())], rate))
        assert [fact.value for fact in only(found, F.TURNS)] == sides, degrees


def test_a_turn_has_a_way_of_two_widths_before_it_and_after_it():
    """Who takes a step aside, to and fro, turns nowhere."""
    for way, count in ((0.07, 0), (0.15, 1)):
        path, seconds = along([beside(-way, 0), MIDDLE, beside(0, way)], 0.12)
        found = facts(scene([Mover(path, seconds, frozenset())]))
        assert len(only(found, F.TURNS)) == count, way


@pytest.mark.parametrize(
    ("label", "changes"), [("car", True), ("Police car", True), ("vehicle", True), ("person", False), ("object", False)]
)
def test_only_a_vehicle_changes_lane_and_makes_u_turns(label, changes):
    """What else goes aside, or turns back around an arc, does so, and there is no word for it."""
    turn = about_turn(np.random.default_rng(1), 0, "left")
    (turned,) = only(facts(scene([replace(turn, label=label)])), F.UTURNS) or [None]
    assert bool(turned) == changes
    assert only(facts(scene([replace(turn, label=label)])), F.TURNS)
    aside = [beside(0.12 * t - 0.3, 0.03 * np.tanh(2 * (t - 2.5))) for t in np.linspace(0, 5, 80)]
    path, seconds = along(aside, 0.12)
    found = only(facts(scene([Mover(path, seconds, frozenset(), label=label)])), F.SHIFTS)
    assert [fact.value for fact in found] == (["right"] if changes else [])


@pytest.mark.parametrize("rate", RATES)
def test_spans_and_amounts_do_not_depend_on_the_frame_rate(rate):
    points = [beside(x, 0) for x in (-0.2, 0, 0, 0.1)]
    path, seconds = along(points, 0.2)
    clip = scene([Mover(path, seconds, frozenset())], rate)
    found = {fact.kind: fact for fact in facts(clip)}
    at = [(us - clip.times_us[0]) / 1e6 for us in clip.times_us]
    assert [at[found[F.STOPS].start], at[found[F.STARTS].start]] == pytest.approx([1.0, 2.8], abs=0.05)
    assert found[F.SPEED].amount == pytest.approx(0.2, rel=0.1)
    assert [fact.amount for fact in only(facts(clip), F.MOVES)] == pytest.approx([0.2, 0.1], abs=0.02)


@pytest.mark.parametrize("axis", ["horizontal", "vertical"])
@pytest.mark.parametrize("cycles", range(2, 9))
def test_cycles_are_counted_exactly(cycles, axis):
    for seed, rate in enumerate(RATES):
        mover = bounce(np.random.default_rng(seed), cycles, axis)
        (found,) = only(facts(scene([mover], rate, 0.004, seed)), F.OSCILLATES)
        assert (found.value, found.amount) == (axis, cycles)


def test_one_way_back_is_no_oscillation():
    found = facts(scene([there_and_back(np.random.default_rng(1))]))
    assert not only(found, F.OSCILLATES, F.TURNS)


def test_a_slow_drift_is_a_movement_and_jitter_is_none():
    path, seconds = along([beside(-0.08, 0), beside(0.08, 0)], 0.02)
    assert [fact.value for fact in only(facts(scene([Mover(path, seconds, frozenset())])), F.MOVES)] == ["right"]
    for seed in range(20):
        found = facts(scene([still(np.random.default_rng(seed))], jitter=0.005, seed=seed))
        assert {fact.kind for fact in found} == {F.STATIONARY, F.LOCATED, F.COUNTS}


def test_what_moves_little_for_its_size_stays():
    """A face that fills the frame sways as far as a ball goes that is said to move."""
    path, seconds = along([beside(-0.03, 0), beside(0.03, 0)], 0.05)
    for size, kind in ((0.05, F.MOVES), (0.5, F.STATIONARY)):
        found = facts(scene([Mover(path, seconds, frozenset(), size=(size, size))]))
        assert only(found, F.MOVES, F.STATIONARY, F.SPEED)[0].kind == kind


@pytest.mark.parametrize("radii", [(0.025, 0.0), (0.025, 0.025)])
def test_what_sways_or_circles_within_its_size_stays(radii):
    def path(t: np.ndarray) -> np.ndarray:
        return MIDDLE + np.stack([np.cos(2 * t), np.sin(2 * t)], axis=1) * radii

    kinds = {}
    for size in (0.03, 0.1, 0.5):
        found = facts(scene([Mover(path, 10, frozenset(), size=(size, size))]))
        kinds[size] = {fact.kind for fact in only(found, F.OSCILLATES, F.CIRCLES, F.TURNS, F.STATIONARY)}
    assert kinds[0.03] == ({F.CIRCLES, F.TURNS} if all(radii) else {F.OSCILLATES})
    assert kinds[0.1] == (set() if all(radii) else {F.OSCILLATES}), "a round is as wide as two of what goes round"
    assert kinds[0.5] == {F.STATIONARY}


def test_what_is_not_twice_as_fast_as_the_camera_stays():
    slow, fast = (along([beside(-0.15, 0), beside(0.15, 0)], speed) for speed in (0.06, 0.12))
    trajectories = scene([Mover(path, seconds, frozenset()) for path, seconds in (slow, fast)])
    assert {fact.subject for fact in only(facts(trajectories), F.MOVES)} == {10, 20}
    assert facts(trajectories, thresholds_for(0.04, static_share=0.5)) == facts(trajectories), "the camera is still"
    found = facts(trajectories, thresholds_for(0.04, static_share=0.1))
    assert [(fact.subject, fact.value) for fact in only(found, F.MOVES)] == [(20, "right")]
    assert [fact.subject for fact in only(found, F.STATIONARY)] == [10]


def test_a_cut_box_moves_as_fast_as_what_it_shows():
    """A wide object comes in over seconds; its box's centre would go at half the speed, and jump where it is whole."""
    path, seconds = along([np.array([-0.1, 0.25]), np.array([0.6, 0.25])], 0.15)
    found = {fact.kind: fact for fact in facts(scene([Mover(path, seconds, frozenset(), size=(0.3, 0.1), begins=1)]))}
    assert found[F.SPEED].amount == pytest.approx(0.15, rel=0.03)
    assert found[F.ENTERS].value == "left"


def test_what_is_there_at_the_clips_ends_neither_enters_nor_leaves():
    path, seconds = along([np.array([0.01, 0.25]), FRAME - [0.01, 0.25]], 0.2)
    assert not only(facts(scene([Mover(path, seconds, frozenset())])), F.ENTERS, F.LEAVES)


def test_what_appears_in_the_middle_does_not_enter():
    path, seconds = along([MIDDLE, beside(0.2, 0)], 0.1)
    movers = [Mover(path, seconds, frozenset(), begins=1), still(np.random.default_rng(0))]
    assert not only(facts(scene(movers)), F.ENTERS, F.LEAVES)


def test_a_pair_approaches_by_whose_motion_it_is():
    path, seconds = along([beside(-0.3, 0), MIDDLE], 0.12)
    found = facts(scene([Mover(path, seconds, frozenset()), still(np.random.default_rng(0), beside(0.1, 0.05))]))
    assert [(f.kind, f.subject, f.object) for f in only(found, F.APPROACHES, F.RECEDES)] == [(F.APPROACHES, 10, 1001)]


def test_crossing_tracks_approach_and_then_recede():
    one, seconds = along([beside(-0.3, 0), beside(0.3, 0)], 0.15)
    other, _ = along([beside(0.3, 0.06), beside(-0.3, 0.06)], 0.15)
    clip = scene([Mover(one, seconds, frozenset()), Mover(other, seconds, frozenset())], jitter=0.004)
    found = only(facts(clip), F.APPROACHES, F.RECEDES)
    expected = {(F.APPROACHES, 10, 20), (F.APPROACHES, 20, 10), (F.RECEDES, 10, 20), (F.RECEDES, 20, 10)}
    assert {(f.kind, f.subject, f.object) for f in found} == expected
    middle = len(clip.times_us) / 2
    assert [f.end if f.kind == F.APPROACHES else f.start for f in found] == pytest.approx([middle] * 4, abs=5)
    assert [f.amount for f in found] == pytest.approx([np.hypot(0.6, 0.06) - 0.06] * 4, abs=0.02)


@pytest.mark.parametrize("cell", range(9))
def test_cells(cell):
    place = FRAME * [(cell % 3) / 3 + 1 / 6, (cell // 3) / 3 + 1 / 6]
    (found,) = only(facts(scene([still(np.random.default_rng(0), place)], jitter=0.004)), F.LOCATED)
    assert found.value == CELLS[cell]


def test_a_border_between_cells_is_crossed_once():
    path, seconds = along([FRAME * [0.1, 0.5], FRAME * [0.9, 0.5]], 0.08)
    found = only(facts(scene([Mover(path, seconds, frozenset())], jitter=0.004)), F.LOCATED)
    assert [fact.value for fact in found] == ["left", "center", "right"]


def test_the_fastest_is_clearly_faster_than_a_second_one():
    def clip(*speeds: float) -> Trajectories:
        paths = [along([beside(-0.2, 0), beside(0.2, 0)], speed) for speed in speeds]
        return scene([Mover(path, seconds, frozenset()) for path, seconds in paths])

    assert [fact.subject for fact in only(facts(clip(0.1, 0.3, 0.2)), F.FASTEST)] == [20]
    assert not only(facts(clip(0.2, 0.205)), F.FASTEST)
    assert not only(facts(clip(0.2)), F.FASTEST)


def test_labels_are_counted():
    rng = np.random.default_rng(0)
    clip = scene([straight(rng, D.UP), straight(rng, D.LEFT), still(rng)])
    assert [(f.value, f.amount) for f in only(facts(clip), F.COUNTS)] == [("car", 1), ("person", 2)]


def _chained(pairs: set) -> set:
    """The pairs, and those that a chain of them gives."""
    chained = set(pairs)
    while more := {(a, d) for a, b in chained for c, d in pairs if b == c} - chained:
        chained |= more
    return chained


def test_chains_of_before_give_exactly_the_clear_orders():
    rng = np.random.default_rng(5)
    movers = [passing(rng, edge, kind) for edge in ("left", "top", "right") for kind in (F.ENTERS, F.LEAVES)]
    movers += [stop_and_go(rng) for _ in range(3)] + [corner(rng, k, "left") for k in range(4)]
    movers = [Mover(m.path, m.seconds, m.holds, begins=m.begins + rng.uniform(0, 3)) for m in movers]
    clip = scene(movers)
    found = facts(clip)
    first = {}
    for event in sorted(only(found, F.ENTERS, F.LEAVES, F.STOPS, F.STARTS, F.TURNS), key=lambda f: f.start):
        first.setdefault((event.subject, event.kind), clip.times_us[event.start])
    frames = {track.id: track.frames for track in clip.tracks}
    clear = {(a, b) for a in first for b in first if first[b] - first[a] >= DEFAULTS.gap * 1e6}
    # What has left may be what comes in later: an order of the two alone would say that they are two.
    clear = _chained({(a, b) for a, b in clear if frames[b[0]].start < frames[a[0]].stop})
    listed = set()
    for fact in only(found, F.BEFORE):
        one, other = fact.value.split("_")
        listed.add(((fact.subject, F(one)), (fact.object, F(other))))
        assert fact.amount == pytest.approx((clip.times_us[fact.end] - clip.times_us[fact.start]) / 1e6, abs=1e-4)
    assert len(first) >= 15
    assert _chained(listed) == clear
    assert len(listed) < len(clear) / 2


def test_spans_are_clip_frames_of_the_track():
    clip = scene(everything(3)[::7], jitter=0.004)
    frames = {track.id: track.frames for track in clip.tracks}
    for fact in facts(clip):
        assert 0 <= fact.start <= fact.end < len(clip.times_us)
        if fact.subject is not None and fact.kind != F.BEFORE:
            assert frames[fact.subject][0] <= fact.start and fact.end <= frames[fact.subject][-1]


def test_the_shortest_track_has_a_place_and_nothing_else():
    track = Track(id=10, label="person", seen=(4,), sides=((0.4,), (0.4,), (0.6,), (0.6,)), scores=(1,))
    clip = Trajectories(width=640, height=360, times_us=tuple(range(0, 400_000, 40_000)), tracks=(track,))
    assert [fact.kind for fact in facts(clip)] == [F.LOCATED, F.COUNTS]
