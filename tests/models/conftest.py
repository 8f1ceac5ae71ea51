"""The GPU profiles through the real code of transformers and sam2, with tiny random weights: `make test-models`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]

if find_spec("torch"):
    import torch

    torch.set_num_threads(1)  # tiny matrices: threads only wait for each other
    if torch.version.cuda is None:
        # The published torchvision is built for CUDA; beside a CPU build of torch it misses these when it is imported.
        torchvision = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            torchvision.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


@pytest.fixture(scope="session")
def root(tmp_path_factory) -> Path:
    """A folder of weights."""
    return tmp_path_factory.mktemp("weights")
