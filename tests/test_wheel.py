"""The product as a wheel, in an environment and a folder that know nothing of the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from fm_tasks import __version__, store
from fm_tasks.settings import PROJECT

Fm = Callable[..., subprocess.CompletedProcess]


def files(folder: Path) -> set[str]:
    """What a wheel must hold of a folder, by paths within it."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy: setuptools leaves its traces beside what it builds."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("fm_tasks", "sql", "requirements"):
        shutil.copytree(PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py"):
        shutil.copy(PROJECT / name, source)
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(built), str(source))
    return built / f"motion_foundry-{__version__}-py3-none-any.whl"


def pip(command: str, *arguments: str, python: Path = Path(sys.executable)) -> None:
    """Run pip, which may fetch nothing, for ``python``."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            f"--python={python}",
            "--isolated",
            command,
            "--no-index",
            "--no-deps",
            *arguments,
        ],
        check=True,
        capture_output=True,
        env={},
    )


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """The interpreter of an environment that holds the wheel, and of which every other package is the running one's."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip("install", str(wheel), python=folder / "bin" / "python")
    # A path in a .pth is looked into for modules and not for further .pth: the checkout that is installed there is not.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


@pytest.fixture
def fm(python, tmp_path) -> Fm:
    """Run `fm` in an empty folder, with no environment but what is given."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
        command = [python.with_name("fm"), *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def test_a_wheel_holds_all_that_the_package_and_sql_hold(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    sql = {f"fm_tasks/sql/{name}" for name in files(PROJECT / "sql") if "/" in name}
    assert held == {f"fm_tasks/{name}" for name in files(PROJECT / "fm_tasks")} | sql


def test_the_help_says_where_files_are_looked_for(fm):
    done = fm("--help")
    assert done.returncode == 0 and "in the current folder" in done.stdout


def test_an_empty_database_is_migrated(fm, database_url, services):
    with store.transaction(database_url) as db:
        db.execute(text("drop owned by current_user"))
    done = fm("migrate", FM_DATABASE_URL=database_url)
    assert done.returncode == 0 and done.stdout.startswith("applied 0001_core.sql"), done.stderr
    assert not store.pending(database_url)
    assert fm("migrate", FM_DATABASE_URL=database_url).stdout == "the schema is up to date\n"


def test_services_are_reached(fm, installation):
    environment = installation.settings.environment()
    done = fm("buckets", **environment)
    assert (done.returncode, done.stdout.split()[0]) == (0, "buckets:"), done.stderr
    shard = f"s3://{installation.objects.work}/shards/none.json"
    done = fm("run", "cut", "--shard", shard, **environment)
    assert done.returncode == 64 and shard in done.stderr and "Traceback" not in done.stderr
    done = fm("show", "nothing", **environment)
    assert done.returncode == 64 and "nothing" in done.stderr and "Traceback" not in done.stderr


def test_files_of_a_user_lie_in_the_current_folder(fm, tmp_path):
    done = fm("sources")
    assert done.returncode == 64 and str(tmp_path / "sources.yaml") in done.stderr
    (tmp_path / ".fm").mkdir()
    (tmp_path / ".fm" / "env").write_text(f"FM_SOURCES={PROJECT / 'sources.yaml'}\n")
    assert fm("sources").stdout == fm("sources", FM_SOURCES=str(PROJECT / "sources.yaml")).stdout != ""
    assert str(tmp_path / ".fm" / "weights") in fm("weights", "verify").stderr


@pytest.mark.parametrize("action", ["up", "down", "status", "demo"])
def test_local_services_need_a_checkout(fm, action, tmp_path):
    done = fm("local", action)
    assert done.returncode == 64 and "needs a checkout" in done.stderr
    assert list(tmp_path.iterdir()) == []
