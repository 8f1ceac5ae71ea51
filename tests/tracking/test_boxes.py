"""Thresholds, merging, hands, contact and ids on boxes made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fm_tasks.model import ContactState, Side
from fm_tasks.tracking import boxes
from fm_tasks.tracking.boxes import KEYPOINTS, NOTHING, Found, ObjectRules

SIZE = 640, 360
RULES = ObjectRules()
NO, OBJECT = (ContactState.NO_CONTACT, None), ContactState.OBJECT_CONTACT


def found(*things: tuple[str, float, tuple[float, ...]]) -> Found:
    labels, scores, corners = zip(*things, strict=True)
    return Found(np.array(corners, float), np.array(scores, float), list(labels))


def box(*corners: float) -> np.ndarray:
    return np.array(corners, float)


def test_overlap_of_two_boxes_by_hand():
    a, b = box(0, 0, 10, 10)[None], np.array([[5, 0, 15, 10], [10, 0, 20, 10], [0, 0, 10, 10]], float)
    assert boxes.iou(a, b)[0].tolist() == pytest.approx([50 / 150, 0, 1])
    assert boxes.iou(a, np.empty((0, 4))).shape == (1, 0)


@pytest.mark.parametrize(
    ("score", "corners"),
    [
        (np.nan, (10, 10, 50, 50)),
        (0.9, (np.nan, 10, 50, 50)),
        (0.9, (np.inf, 10, 50, 50)),
        (0.9, (700, 10, 800, 50)),
        (0.9, (-90, 10, -5, 50)),
        (0.9, (50, 10, 10, 50)),
        (0.9, (50, 10, 50, 50)),
    ],
)
def test_what_is_no_box_in_the_frame_is_left_out(score, corners):
    kept = boxes.sound(found(("cup", score, corners), ("ball", 0.5, (10, 10, 50, 50))), SIZE)
    assert kept.labels == ["ball"]


def test_a_box_over_the_edge_is_cut_off_there():
    assert boxes.sound(found(("cup", 0.9, (-20, 300, 40, 400))), SIZE).boxes.tolist() == [[0, 300, 40, 360]]


@pytest.mark.parametrize(
    ("score", "corners", "kept"),
    [
        (0.31, (100, 100, 120, 120), True),
        (0.3, (100, 100, 120, 120), False),
        (0.9, (100, 100, 110, 300), False),
        (0.9, (100, 100, 112, 116), False),
        (0.9, (100, 100, 115, 115), True),
        (0.9, (0, 0, 600, 300), True),
        (0.9, (0, 0, 620, 320), False),
    ],
)
def test_scores_and_sizes_of_objects(score, corners, kept):
    assert bool(boxes.objects(found(("cup", score, corners)), SIZE, RULES).labels) == kept


def test_two_names_of_one_box_are_the_surer_one():
    both = found(("mug", 0.5, (100, 100, 200, 200)), ("cup", 0.8, (105, 100, 205, 200)))
    kept = boxes.objects(both, SIZE, RULES)
    assert (kept.labels, kept.scores.tolist()) == (["cup"], [0.8])


@pytest.mark.parametrize(("other", "apart", "kept"), [("cup", 49, 1), ("cup", 51, 2), ("mug", 49, 2)])
def test_one_name_twice_within_fifty_pixels_is_one_object(other, apart, kept):
    both = found(("cup", 0.8, (100, 100, 130, 130)), (other, 0.7, (100 + apart, 100, 130 + apart, 130)))
    assert len(boxes.objects(both, SIZE, RULES).labels) == kept


def test_a_chain_of_overlaps_keeps_its_ends():
    chain = found(*(("cup", 0.9 - n / 10, (100 + 60 * n, 100, 300 + 60 * n, 200)) for n in range(3)))
    assert boxes.apart(chain, 0.5).scores.tolist() == pytest.approx([0.9, 0.7])


def test_three_hundred_objects_of_a_frame_are_kept_apart():
    grid = [("thing", 0.5 + n / 1000, (30 * (n % 20), 20 * (n // 20), 30 * (n % 20) + 18, 20 * (n // 20) + 18))
            for n in range(300)]  # fmt: skip
    kept = boxes.objects(found(*grid, *grid), SIZE, ObjectRules(same_distance=10))
    assert len(kept.labels) == 300
    assert boxes.iou(kept.boxes, kept.boxes).sum() == pytest.approx(300)
    surest, left = boxes.surest(kept, 50)
    assert surest.scores.tolist() == kept.scores[:50].tolist() and left == {"thing": 250}


def test_nothing_is_nothing():
    assert boxes.objects(NOTHING, SIZE, RULES).labels == []
    assert boxes.persons(NOTHING, SIZE, 0.8, 100, 0.5).labels == []
    assert boxes.touches({}, {}, 0.1) == {} and boxes.matched({}, NOTHING, 0.3) == {}
    assert boxes.together([]).boxes.shape == (0, 4)


def test_the_surest_persons_are_taken_and_the_others_counted():
    crowd = found(*(("person", 0.7 + n / 40, (60 * n, 0, 60 * n + 50, 100)) for n in range(10)))
    kept, left = boxes.surest(boxes.persons(crowd, SIZE, min_score=0.8, min_area=100, max_iou=0.5), 4)
    assert kept.scores.tolist() == pytest.approx([0.925, 0.9, 0.875, 0.85])
    assert left == {"person": 1} and not boxes.surest(kept, 4)[1]


def test_only_what_was_not_followed_enters():
    seen = box(0, 0, 100, 100)[None]
    new = boxes.entrants(found(("cup", 1, (5, 0, 100, 100)), ("ball", 1, (200, 0, 300, 100))), seen, 0.5)
    assert new.labels == ["ball"]


# --- hands ------------------------------------------------------------------------------------------------------------


def body(side: Side, count: int, score: float = 0.9, middle: tuple[float, float] = (100, 100)) -> np.ndarray:
    """133 keypoints of which ``count`` of one hand are seen, within 20 x 10 pixels about ``middle``."""
    points = np.zeros((133, 3))
    part = points[KEYPOINTS[side]]
    part[:count] = np.column_stack([np.linspace(-10, 10, count), np.resize([-5, 5], count), np.full(count, score)])
    part[:count, :2] += middle
    return points


def regions(points: np.ndarray) -> dict[int, np.ndarray]:
    return boxes.hand_regions({20: points}, SIZE, min_score=0.5, min_points=3, scale=1.5)


def test_a_hand_is_one_and_a_half_times_its_keypoints():
    assert {n: one.tolist() for n, one in regions(body(Side.LEFT, 4)).items()} == {21: [85, 92.5, 115, 107.5]}
    assert list(regions(body(Side.RIGHT, 21))) == [24]
    assert regions(body(Side.LEFT, 4, middle=(0, 100)))[21].tolist() == [0, 92.5, 15, 107.5]


@pytest.mark.parametrize(("count", "score"), [(3, 0.9), (21, 0.5), (21, np.nan)])
def test_too_few_sure_keypoints_are_no_hand(count, score):
    assert regions(body(Side.LEFT, count, score)) == {}


def test_keypoints_on_one_spot_are_no_hand():
    points = body(Side.LEFT, 8)
    points[:, :2] = 50
    assert regions(points) == {}


def test_a_hand_must_be_detected_and_each_detection_is_one_hand():
    there = {1: box(0, 0, 20, 20), 11: box(2, 0, 22, 20), 14: box(300, 0, 320, 20)}
    hands = found(("hand", 0.9, (2, 0, 21, 20)), ("hand", 0.9, (100, 0, 120, 20)))
    assert list(boxes.matched(there, hands, 0.3)) == [11]
    again = found(("hand", 0.9, (2, 0, 21, 20)), ("hand", 0.9, (0, 0, 19, 20)))
    assert set(boxes.matched(there, again, 0.3)) == {1, 11}


def test_a_hand_touches_what_is_most_like_its_own_box():
    hand, table, cup = box(100, 100, 120, 120), box(0, 0, 640, 360), box(105, 100, 130, 120)
    assert boxes.touches({1: hand}, {1000: table}, 0.1) == {1: NO}
    assert boxes.touches({1: hand}, {1000: table, 1001: cup}, 0.1) == {1: (OBJECT, 1001)}
    assert boxes.touches({1: hand, 4: hand + 5}, {}, 0.1)[1] == (ContactState.SELF_CONTACT, 4)
    assert boxes.touches({1: hand, 11: hand + 5}, {}, 0.1)[11] == (ContactState.OTHER_PERSON_CONTACT, 1)


def test_what_a_hand_touches_half_of_the_time_is_held_by_one_hand():
    touching = {0: {1: (OBJECT, 1000), 4: (OBJECT, 1000)}, 5: {1: (OBJECT, 1000), 4: NO}, 10: {4: (OBJECT, 1001)}}
    assert boxes.held(touching, {1000: 3, 1001: 3}, 0.5) == {1000: 1}
    assert boxes.held(touching, {1000: 3, 1001: 2}, 0.5) == {1000: 1, 1001: 4}
    assert boxes.held(touching, {1000: 9, 1001: 9}, 0.5) == {}


def test_contacts_last_until_the_next_key_frame_and_skip_what_was_not_seen():
    touching = {0: {1: (OBJECT, 1000)}, 5: {1: (OBJECT, 1000)}, 10: {4: NO}, 15: {1: NO}}
    spans = boxes.contacts(touching, 1, [0, 5, 10, 15], 20)
    assert [(one.state, one.object, one.start, one.end) for one in spans] == [(OBJECT, 1000, 0, 9), (*NO, 15, 19)]
    assert all(one.inferred for one in spans)


# --- tracks -----------------------------------------------------------------------------------------------------------


def test_a_track_is_filled_in_between_and_says_so():
    seen = {4: (box(64, 36, 128, 72), 0.9), 6: (box(192, 36, 256, 72), 0.7)}
    one = boxes.track(11, "left hand", seen, SIZE, parent=10, side=Side.LEFT)
    assert (one.seen, one.frames, one.scores) == ((4, 6), range(4, 7), (0.9, 0.8, 0.7))
    assert one.boxes[1] == (0.2, 0.1, 0.3, 0.2)
    assert (one.parent, one.side) == (10, Side.LEFT)


def test_a_track_of_one_frame_is_a_track():
    assert boxes.track(0, "person", {0: (box(0, 0, 640, 360), 1.0)}, SIZE).boxes == ((0, 0, 1, 1),)


def test_one_object_found_twice_is_the_one_seen_longer():
    cup = {k: (box(10 * k, 0, 10 * k + 100, 100), 0.9) for k in range(10)}
    mug = {k: (box(10 * k + 5, 0, 10 * k + 100, 100), 0.9) for k in range(3, 8)}
    crossing = {k: (box(90 - 10 * k, 0, 190 - 10 * k, 100), 0.9) for k in range(10)}
    assert boxes.distinct({1: mug, 2: cup, 3: crossing, 4: {}}, 0.7) == {2: cup, 3: crossing}
    assert boxes.distinct({1: mug, 2: cup}, 0.99) == {1: mug, 2: cup}
