"""The benchmark of the GPU profiles, with tiny models."""

from __future__ import annotations

import pytest

from benchmarks import gpu

pytestmark = pytest.mark.models


def test_every_stage_has_its_share_of_a_clip():
    shares = {one.name.removeprefix("paper_"): one.measured for one in gpu.ratios(tiny=True)}
    assert shares.keys() == {*gpu.STAGES, "frames", "memory"}
    assert all(0 < shares[stage] < 1 for stage in gpu.STAGES)
    assert sum(shares[stage] for stage in gpu.STAGES) <= 1


def test_the_detector_of_detr_is_timed():
    rate = gpu.detector_rate(tiny=True)
    assert rate.name == "detr_detector" and rate.measured > 0 and "10 samples" in rate.against
