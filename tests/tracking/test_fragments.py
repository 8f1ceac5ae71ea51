from __future__ import annotations

import numpy as np

from fm_tasks.model import UNNAMED
from fm_tasks.tracking import Fragment
from fm_tasks.tracking.fragments import joined, of_one_size, uncovered, unmerged

SECONDS = np.arange(100) / 10
SIZE = (640, 360)


def fragment(
    first: int, last: int, start: float, speed: float, label: str = "car", side: float = 0.1, colour: float = 0
) -> Fragment:
    """An object that is at x = ``start`` in sample 0 and moves by ``speed`` per second, seen in ``first..last``."""
    samples = np.arange(first, last + 1)
    x = start + speed * SECONDS[samples]
    boxes = np.column_stack([x - side / 2, 0 * x + 0.4, x + side / 2, 0 * x + 0.4 + side])
    looks = np.full((len(samples), 3), colour)
    return Fragment(samples, boxes, np.full(len(samples), 0.7), [label] * len(samples), looks)


def test_pieces_of_one_path_become_one_object_in_order():
    pieces = [fragment(40, 60, 0.1, 0.1), fragment(0, 18, 0.1, 0.1), fragment(19, 30, 0.1, 0.1)]
    (whole,) = joined(pieces, SECONDS, SIZE, max_gap=1.0)
    assert whole.samples.tolist() == [*range(31), *range(40, 61)]
    assert len(whole.labels) == len(whole.boxes) == len(whole.scores) == 52


def test_two_objects_that_meet_are_joined_along_their_own_ways():
    right = [fragment(0, 20, 0.1, 0.1, "right"), fragment(26, 45, 0.1, 0.1, "right")]
    left = [fragment(0, 20, 0.6, -0.11, "left"), fragment(26, 45, 0.6, -0.11, "left")]
    whole = joined([*right, *left], SECONDS, SIZE, max_gap=1.0)
    assert sorted(one.labels[0] for one in whole) == ["left", "right"]
    assert all(len(set(one.labels)) == 1 for one in whole)


def test_a_person_is_no_piece_of_a_thing_but_may_be_of_what_has_no_name():
    person = fragment(0, 20, 0.1, 0, "person")
    for label, count in (("bicycle", 2), (UNNAMED, 1), ("person", 1)):
        assert len(joined([person, fragment(22, 60, 0.1, 0, label)], SECONDS, SIZE, max_gap=1.0)) == count


def test_what_is_too_late_too_far_of_another_size_or_colour_is_another_object():
    early = fragment(0, 20, 0.1, 0)
    late = [fragment(40, 60, 0.1, 0), fragment(22, 60, 0.5, 0), fragment(22, 60, 0.1, 0, side=0.3)]
    late.append(fragment(22, 60, 0.1, 0, colour=60))
    for other in late:
        assert len(joined([early, other], SECONDS, SIZE, max_gap=1.0)) == 2


def test_what_was_sighted_once_is_not_joined_over_long():
    long = fragment(0, 20, 0.1, 0)
    for gap, count in ((3, 1), (8, 2)):
        sighting = fragment(20 + gap, 20 + gap, 0.1, 0)
        assert len(joined([long, sighting], SECONDS, SIZE, max_gap=1.0)) == count


def test_pieces_seen_at_the_same_time_are_two_objects():
    assert len(joined([fragment(0, 20, 0.1, 0), fragment(20, 40, 0.1, 0)], SECONDS, SIZE, max_gap=1.0)) == 2


def test_what_a_hand_hides_goes_where_the_hand_goes_or_stays():
    lost, hand = fragment(0, 20, 0.2, 0), fragment(0, 60, 0.2, 0, "hand", side=0.15)
    going = hand._replace(boxes=hand.boxes + np.clip(hand.samples - 20, 0, 10)[:, None] * [0.04, 0, 0.04, 0])
    carried, left, elsewhere = (fragment(30, 60, x, 0) for x in (0.6, 0.2, 0.85))
    assert len(uncovered([lost, carried], [going], SECONDS, SIZE)) == 1
    assert len(uncovered([lost, left], [hand], SECONDS, SIZE)) == 1
    assert len(uncovered([lost, elsewhere], [going], SECONDS, SIZE)) == 2
    assert len(uncovered([lost, carried], [hand], SECONDS, SIZE)) == 2, "the hand is not where it is found"
    assert len(uncovered([lost, carried], [], SECONDS, SIZE)) == 2
    assert len(uncovered([lost, fragment(37, 60, 0.6, 0)], [going], SECONDS, SIZE)) == 2, "it is away for too long"
    assert len(uncovered([lost, fragment(30, 60, 0.6, 0, side=0.25)], [going], SECONDS, SIZE)) == 2


def test_nothing_is_joined_to_nothing():
    assert joined([], SECONDS, SIZE, max_gap=1.0) == []


def test_two_that_are_seen_as_one_while_they_touch_are_two():
    one, other = fragment(0, 60, 0.2, 0.1), fragment(0, 60, 0.8, -0.1)
    touching = (one.boxes[:, 2] > other.boxes[:, 0]) & (other.boxes[:, 2] > one.boxes[:, 0])
    both = np.hstack([np.minimum(one.boxes, other.boxes)[:, :2], np.maximum(one.boxes, other.boxes)[:, 2:]])
    merged = one._replace(samples=one.samples[touching], boxes=both[touching])
    seen = [Fragment(*(np.array(column)[~touching] for column in thing)) for thing in (one, other)]
    assert [id(kept) for kept in unmerged([*seen, merged])] == [*map(id, seen)]
    assert len(unmerged([one, other, merged])) == 3
    assert len(unmerged([seen[0], merged])) == 2


def test_a_box_that_holds_two_objects_for_a_while_is_taken_out():
    one = fragment(0, 50, 0.1, 0.1)
    one.boxes[20:25, 2] += 0.1
    assert of_one_size(one, max_swell=1.5).samples.tolist() == [*range(20), *range(25, 51)]


def test_the_first_and_the_last_box_are_held_against_their_neighbours_too():
    one = fragment(0, 50, 0.1, 0.1)
    one.boxes[[0, 1, 50], 2] += 0.2
    assert of_one_size(one, max_swell=1.5).samples.tolist() == [*range(2, 50)]


def test_what_is_half_hidden_for_a_while_is_taken_out():
    one = fragment(0, 50, 0.1, 0.1)
    one.boxes[20:25, 2] -= 0.06
    assert of_one_size(one, max_swell=1.5).samples.tolist() == [*range(20), *range(25, 51)]


def test_an_object_that_enters_slowly_keeps_its_small_boxes():
    one = fragment(0, 50, 0.0, 0.05)
    clipped = one._replace(boxes=np.clip(one.boxes, 0, 1))
    whole = np.prod(clipped.boxes[:, 2:] - clipped.boxes[:, :2], axis=1) > 0
    assert of_one_size(clipped, max_swell=1.5).samples.tolist() == clipped.samples[whole].tolist()
