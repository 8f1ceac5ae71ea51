"""What `make test` runs: lint, then the tests marked `live` beside all others, and at the end what came of each.

The live tests are the longest chain and mostly wait for Airflow, so a core is theirs whenever they want one; the others
are nice, and fill what is left.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

PYTEST = (sys.executable, "-m", "pytest")
LIVE = (*PYTEST, "-m", "live and not siege")
REST = (
    "nice",
    "-n",
    "3",
    *PYTEST,
    "-m",
    "not (live or containers or models or language_model)",
    "-n",
    "3",
    "--dist",
    "worksteal",
)
"""Three workers for two cores: one or the other waits for a service."""


def main() -> int:
    """Run every part; whether one failed."""
    began = time.monotonic()
    if subprocess.run(["make", "--no-print-directory", "lint"]).returncode:
        return 1
    said = [f"lint passed in {time.monotonic() - began:.0f} s"]
    with tempfile.TemporaryDirectory(prefix="fm-reports-") as folder:
        reports, log = [Path(folder, f"{name}.xml") for name in ("live", "rest")], Path(folder, "live.log")
        with log.open("wb") as kept:
            live, rest = (
                # Out of reach of the keyboard: a second Ctrl-C would cut short what ends the services.
                subprocess.Popen([*command, f"--junitxml={report}"], stdout=out, stderr=out, start_new_session=True)
                for command, report, out in zip((LIVE, REST), reports, (kept, None), strict=True)
            )
        try:
            codes = [rest.wait()]
            print("waiting for the tests marked live", flush=True)
            codes.append(live.wait())
        except KeyboardInterrupt:
            for part in (live, rest):
                part.send_signal(signal.SIGINT)
            for part in (live, rest):
                part.wait()
            return 128 + signal.SIGINT
        print(log.read_text())
        said += [f"{report.stem} {counted(report)}" for report in reports]
    print("; ".join(said))
    return int(any(codes))


def counted(report: Path) -> str:
    """What a report of pytest counts, and the seconds that it took."""
    if not report.is_file():
        return "ended without a report"
    (suite,) = ElementTree.parse(report).getroot()
    counts = {"failed": int(suite.get("failures"))} | {name: int(suite.get(name)) for name in ("errors", "skipped")}
    passed = int(suite.get("tests")) - sum(counts.values())
    others = "".join(f", {count} {name}" for name, count in counts.items() if count)
    return f"{passed:,} passed{others} in {float(suite.get('time')):.0f} s"


if __name__ == "__main__":
    for interrupt in (signal.SIGINT, signal.SIGTERM):  # the first is ignored where a script started this beside itself
        signal.signal(interrupt, signal.default_int_handler)
    sys.exit(main())
