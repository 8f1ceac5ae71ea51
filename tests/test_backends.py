from __future__ import annotations

import subprocess
import sys

import pytest

from fm_tasks.backends import BACKENDS, backend


@pytest.mark.parametrize("name", BACKENDS)
def test_every_name_of_the_table_is_a_class(name):
    assert isinstance(backend(name), type)


def test_the_table_imports_no_model():
    code = "import sys, fm_tasks.backends; print([m for m in ('cv2', 'trackers', 'supervision') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
