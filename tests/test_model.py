"""What a document refuses, in words that name the fault."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from fm_tasks.model import Evidence, Flow, Track, Trajectories

NONE = Flow(dx=(0.0, 0.0), dy=(0.0, 0.0), scale=(1.0, 1.0), turn=(0.0, 0.0), corners=(0, 0))
SEEN = Evidence(frames=(0, 1, 2), camera=NONE, inside={1000: NONE}, moving=(0.3, 0.1), explained=(1.0, 0.2))
SIDES = ((0.1,) * 3, (0.1,) * 3, (0.2,) * 3, (0.2,) * 3)
CAR = Track(id=1000, label="car", seen=(0, 2), sides=SIDES, scores=(0.9,) * 3)
KNOWN = Trajectories(width=640, height=360, times_us=(7, 8, 9), tracks=(CAR,), evidence=SEEN)


def stored(**changed: object) -> str:
    """The trajectories as JSON, with changes to their evidence."""
    document = json.loads(KNOWN.model_dump_json())
    document["evidence"] |= changed
    return json.dumps(document)


def test_trajectories_are_read_as_they_were_written():
    assert Trajectories.model_validate_json(stored()) == KNOWN


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"moving": [0.3]}, "the columns of the evidence are not all of 2 steps"),
        ({"camera": NONE.model_dump() | {"turn": [0.0] * 3}}, "the columns of the evidence are not all of 2 steps"),
        (
            {"inside": {1000: NONE.model_dump() | {"corners": []}}},
            "the columns of the evidence are not all of 2 steps",
        ),
        ({"frames": [0, 2, 2]}, "the frames of the evidence do not ascend"),
        ({"frames": [0, 1, 3]}, "there is evidence of frames beyond the 3 of the clip"),
        ({"inside": {1001: NONE.model_dump()}}, r"there is evidence of tracks that are not there: \[1001\]"),
        ({"moving": [0.3, float("nan")]}, "finite number"),
    ],
)
def test_evidence_that_does_not_fit_its_tracks_is_refused(changed, said):
    with pytest.raises(ValidationError, match=said):
        Trajectories.model_validate_json(stored(**changed))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_have_is_in_no_document(value):
    with pytest.raises(ValidationError, match="finite number"):
        Track(id=1000, label="car", seen=(0,), sides=((0.1,), (0.1,), (value,), (0.2,)), scores=(0.9,))
