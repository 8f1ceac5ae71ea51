"""The fate of a batch, a video or a clip, in lines for a person. PostgreSQL alone knows it.

The lines quote object keys and messages of programs, so whatever could steer a terminal is shown escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import groupby

from sqlalchemy import Connection, Row

from fm_tasks.errors import BadRequest
from fm_tasks.gate import audit
from fm_tasks.gate.report import Report
from fm_tasks.model import Outcome
from fm_tasks.printable import plain
from fm_tasks.step import STEPS
from fm_tasks.store import rows

NEXT_STEPS = {
    "incomplete": "it is not judged or not published yet; if its run in Airflow has ended, Clear that",
    Outcome.BLOCKED: "mend what the critical checks name, then Clear its run in Airflow; what is published stays",
    Outcome.HELD: "a person decides in Airflow, in a run of approve_partition (trigger one to be asked again); "
    "`fm show` shows a clip that a warning names, with what proves it",
    Outcome.ALL_REJECTED: "nothing, each video and clip was refused with a code; `fm why` tells of one",
    Outcome.EMPTY: "nothing, no video lies in this window; the source's `keys` in sources.yaml say where they should",
}
"""What a person does about a batch in which nothing is open, by its outcome."""


def recent(db: Connection) -> Iterator[str]:
    """The twenty batches discovered last, one a line, the latest first."""
    for row in rows(db, "recent_batches"):
        yield f"{row.id:<60} {row.outcome or 'incomplete':<13} {row.videos} videos, {row.clips or 0} clips published"


def status(db: Connection, batch: str) -> Iterator[str]:
    """How a batch stands: its outcome, a line a step, a line a cause of what was refused, failed or blocked, and what
    to do next.

    Raises ``BadRequest`` where there is no such batch.
    """
    found = rows(db, "batch", batch=batch)
    if not found:
        raise BadRequest(f"there is no batch {batch!r}; `fm status` lists the latest")
    videos = rows(db, "count_videos", batch=batch)[0].videos
    outcome = found[0].outcome or "incomplete"
    yield f"batch {batch}: {outcome}, {videos} videos"
    standing = {row.step: row for row in rows(db, "batch_steps", batch=batch)}
    for step in (step for step in STEPS if step in standing):
        row = standing[step]
        yield f"  {step:<9}{row.saved} saved, {row.rejected} rejected, {row.open} open"
    for row in rows(db, "batch_rejections", batch=batch):
        yield f"  rejected: {row.code} {row.items}"
    for row in rows(db, "batch_failures", batch=batch):
        yield f"  failed: {row.step} {row.items}, {row.error}: {plain(row.detail)}"
    for line in score_lines(rows(db, "batch_scores", batch=batch)):
        yield f"  judged: {line}"
    for row in rows(db, "present_report", batch=batch):
        report = Report.model_validate(row.document)
        yield f"  audit: {audit.told(report.audit)}"
        yield f"  gate: {report.verdict}"
        for check in (check for check in report.checks if not check.success):
            example = f", such as {plain(check.examples[0])}" if check.examples else ""
            yield f"    {check.severity} {check.rule}: {check.expectation}: {check.failing} rows{example}"
            if waiver := check.waiver:
                yield f"      waived by {plain(waiver.person)} until {waiver.until}: {plain(waiver.reason)}"
        yield from _decisions(db, row)
    for row in rows(db, "current_partition", batch=batch):
        yield f"  published: {row.clips} clips at {row.uri}"
    if any(row.open for row in standing.values()):
        yield "  next: while its run goes on, its shards' logs tell how far; then mend what failed, and `fm retry`"
    elif outcome in NEXT_STEPS:
        yield f"  next: {NEXT_STEPS[outcome]}"


def why(db: Connection, item: str) -> Iterator[str]:
    """What became of one item: a clip's id, a video's id, or the object key of a video.

    A line a step, with the key of its answer and why there is none, and where the thumbnail of a clip lies. Raises
    ``BadRequest`` for an unknown item.
    """
    found = rows(db, "named_items", item=item)
    if not found:
        raise BadRequest(f"nothing is known of {plain(item)}; give a clip's id, a video's id or a video's object key")
    for row in found:
        span = f", frames {row.first_frame} to {row.last_frame}" if row.first_frame is not None else ""
        yield f"{row.kind} {row.id}: {plain(row.key)}{span}, batch {row.batch_id}"
        yield from (f"  {line}" for line in of_item(db, row.id))
        if row.thumbnail_uri:
            yield f"  seen     {row.thumbnail_uri}"


def of_item(db: Connection, item: str) -> Iterator[str]:
    """A line for each step that was asked of the video or clip with id ``item``: how it stands, its key, its reason;
    one for each clip that was refused as its near duplicate, and for each of its questions that was asked before."""
    for run in rows(db, "item_runs", item=item):
        yield f"{run.step:<9}{run.state}, key {run.key}{_reason(run)}"
    for copy in rows(db, "near_copies", clip=item):
        yield f"copied   as clip {copy.id} of {plain(copy.key)}, refused: {copy.apart:.1f} of 64 bits apart"
    for question in rows(db, "near_questions", clip=item):
        yield f"dropped  question {question.n}: {question.code}, it {plain(question.detail)}"


def score_lines(scores: Sequence[Row]) -> Iterator[str]:
    """A line for each writer, or for each caption of one clip: the mean of all four criteria, how far the runs lie
    apart, and each criterion."""
    for (writer, judge, _), same in groupby(scores, key=lambda row: (row.writer, row.judge, row.caption)):
        by = {row.criterion: row for row in same}
        mean = by.pop("overall")
        each = ", ".join(f"{name.replace('_', ' ')} {row.score:.1f}" for name, row in by.items())
        over = f", {mean.captions} captions" if mean.captions > 1 else ""
        yield f"{plain(writer)}: {mean.score:.1f} of 10, runs {mean.spread:.1f} apart{over} ({each}), by {plain(judge)}"


def _decisions(db: Connection, report) -> Iterator[str]:
    for row in rows(db, "decisions", report=report.id):
        who = f" by {plain(row.person)}" if row.person else ""
        note = f": {plain(row.note)}" if row.note else ""
        yield f"    {row.answer}{who} at {row.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC{note}"


def _reason(run) -> str:
    if run.code:
        return f": {run.code}, {plain(run.detail)}"
    if run.state == "planned" and run.error:
        return f": tried {run.attempts} times, last {run.error}: {plain(run.failed)}"
    return ""
