"""Who may know what: rules that the linters cannot state."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fm_tasks.settings import PROJECT

HEAVY = (
    "torch",
    "cv2",
    "av",
    "great_expectations",
    "openai",
    "openvino",
    "pandas",
    "pyarrow",
    "trackers",
    "scipy",
    "docker",
    "kubernetes",
)
PLUGINS = "from airflow.plugins_manager import _get_plugins; assert not _get_plugins()[1]"
"""What every component does at its start: import each file of the plugins folder, and find no error in any."""


def python_files(*folders: str):
    return [path for folder in folders for path in sorted((PROJECT / folder).rglob("*.py"))]


def test_only_settings_reads_the_environment_and_only_commands_read_settings():
    readers = [p.name for p in python_files("fm_tasks") if re.search(r"os\.environ|getenv", p.read_text())]
    assert readers == ["settings.py"]
    loaders = [
        p for p in python_files("fm_tasks") if re.search(r"settings\.load\(|settings import .*load", p.read_text())
    ]
    assert {p.parent.name if p.parent.name == "local" else p.name for p in loaders} == {"__main__.py", "local"}


@pytest.mark.parametrize("loading", ["sys.path.insert(0, 'plugins'); import dags.annotate", PLUGINS])
def test_dags_and_plugins_import_nothing_heavy(loading, tmp_path):
    code = f"import sys; {loading}; print([m for m in {HEAVY} if m in sys.modules])"
    environment = os.environ | {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    }
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_command_line_starts_without_heavy_imports():
    code = f"import sys, fm_tasks.__main__; print([m for m in (*{HEAVY}, 'airflow', 'sqlalchemy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["utils", "common", "helpers", "base"])
def test_no_module_is_a_drawer_for_everything(name):
    assert not [p for p in python_files("fm_tasks", "dags", "plugins") if p.stem == name or p.parent.name == name]


def test_no_test_module_imports_another():
    """What two of them need has a module of its own, such as tests/batches.py."""
    importing = re.compile(r"^\s*(?:from|import) (?:\w+\.)*test_\w+", re.MULTILINE)
    assert [p.name for p in python_files("tests") if importing.search(p.read_text())] == []


# --- the contracts ----------------------------------------------------------------------------------------------------

CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

FAULTS = [
    ("layers", "store.py", "import fm_tasks.gate.rules"),
    ("layers", "model.py", "import fm_tasks.errors"),
    ("layers", "drawer.py", ""),
    ("steps never import each other", "steps/verify.py", "from fm_tasks.steps import facts"),
    ("fm_tasks knows no Airflow", "steps/facts.py", "import airflow.sdk"),
    ("fm_tasks knows no Airflow", "runtime.py", "from foundry import steps"),
    ("pictures", "operations/show.py", "import cv2"),
    ("models", "steps/track.py", "def late():\n    import torch"),
    ("models", "steps/track.py", "def late():\n    import openvino"),
    ("stores", "dataset/publish.py", "import great_expectations"),
]
"""The contract that must break, the file of fm_tasks in which a fault is planted, and the fault."""


def test_every_contract_holds_and_is_known_to_break():
    assert {contract for contract, *_ in FAULTS} == {contract["name"] for contract in CONTRACTS}
    assert "BROKEN" not in linted(PROJECT)


@pytest.mark.parametrize(("contract", "file", "fault"), FAULTS)
def test_a_planted_fault_breaks_its_contract(contract, file, fault, tmp_path):
    shutil.copytree(PROJECT / "fm_tasks", tmp_path / "fm_tasks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    planted = tmp_path / "fm_tasks" / file
    planted.write_text(f"{planted.read_text() if planted.exists() else ''}\n\n{fault}\n")
    broken = re.findall(r"^(.+) BROKEN", linted(tmp_path), re.MULTILINE)
    assert broken == [contract]


def linted(folder: Path) -> str:
    """What the contracts say of the ``fm_tasks`` that lies in ``folder``."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True).stdout


# --- types ------------------------------------------------------------------------------------------------------------


def test_no_file_joins_those_that_are_not_typed_yet():
    """`make lint` checks the types of all others. Take a file from here, and from pyproject.toml, once it is typed."""
    untyped = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["basedpyright"]["ignore"]
    left = {
        "checking/caption_judge",
        "checking/claims",
        "checking/questions",
        "checking/reader",
        "checking/references",
        "checking/repeats",
        "synthetic/scenes",
        "tracking/boxes",
        "tracking/cpu",
        "tracking/detectors",
        "tracking/gpu",
        "tracking/kalman",
        "tracking/naming",
        "tracking/paper",
        "tracking/profiles",
        "tracking/sam2_video",
        "tracking/sam3",
        "tracking/ssd",
        "tracking/vitpose",
        "video/camera",
        "video/cutting",
        "video/decoding",
        "video/drawing",
        "video/features",
        "video/isolation",
        "video/surveying",
        "video/transnetv2",
        "writing/facts_writer/caption",
        "writing/facts_writer/fact_index",
        "writing/facts_writer/names",
        "writing/facts_writer/of_one",
        "writing/facts_writer/of_several",
        "writing/facts_writer/story",
        "writing/openai",
    }
    assert {name.removeprefix("fm_tasks/").removesuffix(".py") for name in untyped} <= left
    assert all((PROJECT / name).is_file() for name in untyped)
