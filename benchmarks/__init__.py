"""Ratios of the product's speed to the physical limit, both measured in the same run on the same data.

Seconds depend on the machine, ratios far less. ``python -m benchmarks.<area>`` prints one area's table, with
``--json`` one JSON object of its ratios as the last line; ``python -m benchmarks`` (``make bench``) runs them all.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from fm_tasks import settings
from fm_tasks.local import stack
from fm_tasks.settings import Settings


class Ratio(NamedTuple):
    """One measured ratio. ``target`` is None where the ratio only tells where the time goes."""

    name: str
    measured: float
    target: str | None
    against: str

    @property
    def met(self) -> bool | None:
        """Whether the target, ``">= x"`` or ``"<= x"``, is reached."""
        if self.target is None:
            return None
        bound, value = self.target.split()
        return self.measured >= float(value) if bound == ">=" else self.measured <= float(value)

    @property
    def document(self) -> dict:
        """What ``--json`` prints under the ratio's name."""
        return {"measured": round(self.measured, 4), "target": self.target, "met": self.met, "against": self.against}


def main(measure: Callable[..., Sequence[Ratio]], what: str, **paths: str) -> None:
    """The command line of one area: measure, print the table and, where ``--json`` is given, the JSON object.
    ``paths`` are further options, each with its help: ``measure`` is called with their paths, or None."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--json", action="store_true", help="end with one line: a JSON object of the ratios")
    for name, meaning in paths.items():
        parser.add_argument(f"--{name}", type=Path, help=meaning)
    given = vars(parser.parse_args())
    as_json = given.pop("json")
    ratios = measure(**given)
    print(f"\n{'ratio':26} {'measured':>8}  {'target':8} {'':6}  against")
    for one in ratios:
        verdict = {True: "met", False: "MISSED", None: ""}[one.met]
        print(f"{one.name:26} {one.measured:8.3f}  {one.target or '':8} {verdict:6}  {one.against}")
    if as_json:
        print(json.dumps({one.name: one.document for one in ratios}))


@contextmanager
def services() -> Iterator[Settings]:
    """PostgreSQL and an S3 server of one's own, empty, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        home = Path(folder) / "fm"
        try:
            stack.up(home, airflow=False)
            yield settings.load({"FM_ENV_FILE": str(home / "env")})
        finally:
            stack.erase(home)


@contextmanager
def timed(what: str) -> Iterator[Callable[[], float]]:
    """Print how long the block took; the value it gives returns these seconds, once the block is left."""
    began, ended = time.perf_counter(), []
    yield lambda: ended[0] - began
    ended.append(time.perf_counter())
    print(f"{ended[0] - began:8.2f} s  {what}", flush=True)
