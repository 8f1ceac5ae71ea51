"""Run every benchmark of this folder and write docs/benchmarks.md: ``python -m benchmarks``, or ``make bench``."""

from __future__ import annotations

import ast
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from fm_tasks.settings import PROJECT

HERE = Path(__file__).resolve().parent
PAGE = PROJECT / "docs" / "benchmarks.md"


def main() -> None:
    """Ends with the exit status of the first benchmark that fails; the page is then left as it was."""
    areas = [path for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("__")]
    parts = [f"{HEAD}\nMeasured on {machine()}, {datetime.now(UTC):%Y-%m-%d}.\n"]
    parts += [section(path, measured(path.stem)) for path in areas]
    PAGE.write_text("\n".join(parts))
    print(f"\nwritten: {PAGE.relative_to(PROJECT)}")


HEAD = """# Benchmarks

Written by `make bench`. Every number is a ratio to a limit that was measured in the same run, on the same data and the
same machine, and is steadier than seconds; while others use the machine it still varies. Where the target is blank, the
row tells where the time goes.
"""


def machine() -> str:
    """This machine in words: cores, processor, memory and system."""
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), {gib:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def measured(area: str) -> dict[str, dict]:
    """The ratios of one area, by name; what it prints is shown as it comes."""
    command = [sys.executable, "-m", f"benchmarks.{area}", "--json"]
    line = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
    if process.returncode:
        sys.exit(process.returncode)
    return json.loads(line)


def section(path: Path, ratios: dict[str, dict]) -> str:
    """The area's table below what its module says of itself."""
    title, _, about = ast.get_docstring(ast.parse(path.read_text())).replace("``", "`").partition("\n")
    lines = [f"## {title.partition(':')[0]}", "", title, about, ""]
    lines += ["| ratio | target | measured | | measured against |", "| --- | --- | --- | --- | --- |"]
    for name, one in ratios.items():
        verdict = {True: "met", False: "missed", None: ""}[one["met"]]
        lines.append(f"| `{name}` | {one['target'] or ''} | {one['measured']:.3f} | {verdict} | {one['against']} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
