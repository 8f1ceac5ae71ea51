"""The lines and the picture of ``fm inspect``: what the one decode saw, and why each span is a clip or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np

from fm_tasks.steps.cut import Request
from fm_tasks.video import Survey
from fm_tasks.video.spans import Span

matplotlib.use("agg")
from matplotlib import pyplot

KEPT, REFUSED, TRANSITION, BLUE = "#2e8b57", "#c0504d", "#8064a2", "#1f4e79"


def lines(found: Survey, spans: Sequence[Span]) -> Iterator[str]:
    """The video in a line, and a line for each span; ``moves`` is the share of its moments that a copy would be known
    by (``video.near_duplicates``)."""
    seconds = found.duration_us / 1e6
    yield (
        f"{found.container.split(',')[0]}, {found.codec}, {found.width}x{found.height}, {len(found.times_us)} frames "
        f"in {seconds:.2f} s; shots: {len(found.shots)}, gradual transitions: {len(found.transitions)}"
    )
    columns = {"frames": 13, "from": 8, "camera": 13, "at rest": 7, "zoom": 5, "dead": 4, "blurred": 7, "moves": 5}
    yield "  ".join(f"{name:>{width}}" for name, width in columns.items())
    for span in spans:
        moves = sum(motion is not None for motion in span.motions) / max(1, sum(one is not None for one in span.hashes))
        verdict = f"refused as {span.refusal.code}: {span.refusal.detail}" if span.refusal else "kept"
        yield (
            f"{span.first:6}-{span.last:<6}  {(span.times_us[0] - found.times_us[0]) / 1e6:6.2f} s  "
            f"{span.camera.speed:9.3f} d/s  {span.camera.static_share:7.0%}  {span.camera.scale:5.2f}  "
            f"{span.dead_share:4.0%}  {span.blurred_share:7.0%}  {moves:5.0%}  {verdict}"
        )


def chart(found: Survey, spans: Sequence[Span], request: Request, out: Path) -> None:
    """One picture: thumbnails along the time, the spans with their verdicts, the camera's motion in each, with its
    median and the limits that it is judged by, dead and blurred."""
    times = (np.array(found.times_us) - found.times_us[0]) / 1e6
    ends = np.append(times[1:], found.duration_us / 1e6)
    figure, (strip, verdicts, speed, static, defects) = pyplot.subplots(
        5, 1, sharex=True, figsize=(16, 9), height_ratios=[1.1, 1.2, 2, 1.4, 0.8], layout="constrained"
    )
    width = ends[-1] / 8
    marks = np.array([times[mark.frame] for mark in found.marks])
    for slot in range(8):
        mark = found.marks[int(np.abs(marks - (slot + 0.5) * width).argmin())]
        picture = np.asarray(cv2.imdecode(np.frombuffer(mark.jpeg, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]
        strip.imshow(picture, extent=(slot * width, (slot + 1) * width, 0, 1), aspect="auto")
    strip.set(yticks=[], ylim=(0, 1), ylabel="picture")
    for span in spans:
        begins, lasts = times[span.first], ends[span.last] - times[span.first]
        colour, word = KEPT, "kept"
        if span.refusal:
            word = span.refusal.code.value
            colour = TRANSITION if (span.first, span.last) in found.transitions else REFUSED
        verdicts.barh(0, lasts, left=begins, color=colour, edgecolor="white", height=1)
        if lasts > ends[-1] / 60:
            label, upright = f"{word}\n{span.first}-{span.last}", lasts < ends[-1] / 16
            place = {"ha": "center", "va": "center", "rotation": 90 if upright else 0}
            verdicts.text(begins + lasts / 2, 0, label, size=8, color="white", **place)
    verdicts.set(yticks=[], ylim=(-0.5, 0.5), ylabel="spans")
    for axis, name, limit in (
        (speed, "speed", request.max_speed),
        (static, "static_share", request.min_static_share),
    ):
        for span in spans:
            # A step from one span into the next tells of the cut, not of the camera.
            steps = [step for step in found.steps if span.first <= step.first and step.last <= span.last]
            axis.plot([times[step.last] for step in steps], [getattr(step, name) for step in steps], color=BLUE, lw=1)
            axis.hlines(getattr(span.camera, name), times[span.first], ends[span.last], color=BLUE, lw=5, alpha=0.25)
        axis.axhline(limit, color=REFUSED, ls="--", lw=1)
    speed.set(ylabel="camera speed,\ndiagonals/s", ylim=(0, 5 * request.max_speed))
    static.set(ylabel="share of corners\nat rest", ylim=(-0.05, 1.05))
    rule = "refused where the median of a span (broad) lies above this limit"
    speed.text(ends[-1], request.max_speed, f"{rule} ", size=8, color=REFUSED, ha="right", va="bottom")
    static.text(ends[-1], request.min_static_share, "and below this ", size=8, color=REFUSED, ha="right", va="bottom")
    seen = [times[sample.frame] for sample in found.samples]
    for row, (name, shown) in enumerate(
        {
            "black": [sample.black for sample in found.samples],
            "frozen": [sample.frozen for sample in found.samples],
            "blurred": [sample.blurred for sample in found.samples],
        }.items()
    ):
        defects.fill_between(seen, row, row + 0.9, where=shown, step="pre", color=REFUSED)
        defects.text(0, row + 0.45, f" {name}", va="center", size=8)
    defects.set(yticks=[], ylim=(0, 3), xlim=(0, ends[-1]), xlabel="seconds", ylabel="defects")
    figure.suptitle(next(lines(found, spans)), size=10)
    figure.savefig(out, dpi=100)
    pyplot.close(figure)
