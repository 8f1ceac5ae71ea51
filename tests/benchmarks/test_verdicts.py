"""Texts in words that no writer of ours uses, on scenes whose truth is known: true ones kept, false ones caught."""

from __future__ import annotations

import pytest

from benchmarks.verdicts import CAUGHT, KEPT, Judged, judged, shares
from fm_tasks.model import FactKind

CORRUPTIONS = (
    *("flipped", "wrong count", "swapped actors", "wrong order", "invented object", "other deed", "denied"),
    *("claim of another text", "wrong answer"),
)


@pytest.fixture(scope="module")
def found() -> list[Judged]:
    """Of two seeds; what comes to the camera in the one goes from it in the other."""
    return list(judged((1, 3), 1))


def shown(found: list[Judged], name: str) -> list[str]:
    return [repr(one.text.said) for one in found if name in (one.group, one.text.kind) and not one.right]


def test_true_texts_are_kept_and_false_ones_caught_whatever_was_done_to_them(found):
    groups = shares((one.group, one.right) for one in found)
    assert {name.partition(":")[0] for name in groups} == {"true", *CORRUPTIONS}
    for name, (share, number) in groups.items():
        bound = KEPT if name.startswith("true") else CAUGHT
        assert number >= 40 and share >= bound, (name, share, number, shown(found, name))


def test_every_kind_of_fact_is_told_truly_and_falsely(found):
    caught = shares((one.text.kind, one.right) for one in found if one.text.done and not one.text.said.claims)
    kept = shares((one.text.kind, one.right) for one in found if not one.text.done)
    assert caught.keys() == kept.keys() == {*FactKind}
    for kind in FactKind:
        assert kept[kind][0] >= 0.95 and caught[kind][0] >= 0.9, (kind, kept[kind], caught[kind], shown(found, kind))


def test_most_true_texts_are_not_only_kept_but_understood(found):
    bare = [one for one in found if not one.text.done and not one.text.said.claims]
    assert sum(one.understood for one in bare) >= 0.97 * len(bare)
