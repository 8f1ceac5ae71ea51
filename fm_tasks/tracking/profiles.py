"""The tracking profiles that a source may name, each with every parameter, and the function that tracks with one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from fm_tasks.backends import backend
from fm_tasks.model import LONGEST_UNSEEN, ClipFile, Model, Trajectories
from fm_tasks.tracking import Detector, Stack, cpu, detr, paper, sam3
from fm_tasks.tracking.evidence import witnessed

AnyProfile = Annotated[cpu.Profile | detr.Profile | paper.Profile | sam3.Profile, Field(discriminator="name")]

CPU = cpu.Profile(
    name="cpu",
    sample_fps=10,
    width=640,
    detector="ssd",
    min_score=0.2,
    min_tiled_score=0.3,
    tiled_below=0.12,
    proposer="median",
    still_speed=0.005,
    max_cover=0.3,
    tracker="kalman",
    patience=LONGEST_UNSEEN,
    max_gap=LONGEST_UNSEEN,
    max_swell=2.0,
    min_seconds=0.6,
    min_share=0.6,
    min_presence=0.85,
)
DETR = detr.Profile.model_validate(
    dict(CPU)
    | {
        "name": "detr",
        "detector": Model(name="ustc-community/dfine-small-coco", revision="f79e65b5fbb33ceb9d3ebba042955d7410c608f8"),
        # It is surer of what it finds, and finds things of a third of the size.
        "min_score": 0.3,
        "min_tiled_score": 0.4,
        "tiled_below": 0.04,
    }
)
PROFILES = {
    "cpu": CPU,
    "detr": DETR,
    "paper": paper.Profile(),
    "sam3": sam3.Profile(),
}
"""The profiles that a source may name."""


def followed(path: Path, clip: ClipFile, profile: AnyProfile, weights: Path) -> Trajectories:
    """Track the clip that lies at ``path`` with any profile, with what its frames show of the tracks' motion;
    ``weights`` is the folder of their weights. Raises ``Rejected`` where no object can be followed."""
    if isinstance(profile, cpu.Rules):
        found = cpu.trajectories(path, clip, profile, _detector(profile, weights))
        return witnessed(path, found.model_copy(update={"models": profile.models}))
    return witnessed(path, _stack(profile, weights).trajectories(path, clip))


@cache
def _detector(profile: cpu.Profile | detr.Profile, weights: Path) -> Detector:
    if isinstance(profile, detr.Profile):
        return backend(profile.name)(profile.detector, weights, profile.min_score)
    return backend(profile.detector)(profile.min_score)


@cache
def _stack(profile: AnyProfile, weights: Path) -> Stack:
    return backend(profile.name)(profile, weights)
