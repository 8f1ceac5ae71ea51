"""Run the benchmarks of this folder and write docs/benchmarks.md: ``python -m benchmarks``, or ``make bench``."""

from __future__ import annotations

import argparse
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
    """Write each section as it is measured, none where nothing was; ends with the exit status of the first benchmark
    that fails."""
    areas = [path.stem for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("__")]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, and write docs/benchmarks.md.")
    parser.add_argument("area", nargs="*", help=f"the only sections to measure anew, of {', '.join(areas)}")
    parser.add_argument("--data", type=Path, help="a folder of real videos, for `near` alone")
    arguments = parser.parse_args()
    chosen, options = arguments.area or areas, ["--data", str(arguments.data)] if arguments.data else []
    if unknown := set(chosen) - set(areas):
        parser.error(f"there is no area {', '.join(sorted(unknown))}; the areas are {', '.join(areas)}")
    for area in chosen:
        ratios = measured(area, options)
        if not ratios:
            continue
        written = {text.partition("\n")[0]: text for text in PAGE.read_text().split("\n## ")[1:]}
        written[heading(area)] = section(area, ratios)
        PAGE.write_text("\n## ".join([HEAD, *(written[h] for h in map(heading, areas) if h in written)]))
    print(f"\nwritten: {PAGE.relative_to(PROJECT)}")


HEAD = """# Benchmarks

Written by `make bench`. Every number is a ratio to a limit that was measured in the same run, on the same data and the
same machine, and is steadier than seconds; while others use the machine it still varies. Where the target is blank, the
row tells where the time goes. `make bench AREAS="cut shots"` measures only these sections anew.
"""


def machine() -> str:
    """This machine in words: cores, processor, memory and system."""
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), {gib:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def measured(area: str, options: list[str]) -> dict[str, dict]:
    """The ratios of one area, by name; what it prints is shown as it comes."""
    command = [sys.executable, "-m", f"benchmarks.{area}", "--json", *options]
    line = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
    if process.returncode:
        sys.exit(process.returncode)
    return json.loads(line)


def about(area: str) -> list[str]:
    """What the area's module says of itself, in paragraphs."""
    return ast.get_docstring(ast.parse((HERE / f"{area}.py").read_text())).replace("``", "`").split("\n\n")


def heading(area: str) -> str:
    return about(area)[0].partition(":")[0]


def section(area: str, ratios: dict[str, dict]) -> str:
    """The area's heading, what its module says of itself, and the table."""
    measured_on = f"Measured on {machine()}, {datetime.now(UTC):%Y-%m-%d}."
    paragraphs = "\n\n".join([heading(area), *about(area), measured_on])
    lines = ["| ratio | target | measured | | measured against |", "| --- | --- | --- | --- | --- |"]
    for name, one in ratios.items():
        verdict = {True: "met", False: "missed", None: ""}[one["met"]]
        lines.append(f"| `{name}` | {one['target'] or ''} | {one['measured']:.3f} | {verdict} | {one['against']} |")
    return "\n".join([paragraphs, "", *lines, ""])


if __name__ == "__main__":
    main()
