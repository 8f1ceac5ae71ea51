"""The audit of a batch: statements that are drawn from it are judged by the frames of their clips alone.

The auditor is blind: no verdict, proof, track or earlier judgement is shown. A judgement is a row as soon as it is
made, so nothing is lost with the process, and the next one goes on with what is left. Statements are data and are shown
escaped.
"""

from __future__ import annotations

import os
import tempfile
import termios
import tty
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple, TextIO

from sqlalchemy import Connection

from fm_tasks import video
from fm_tasks.checking.auditor import FRAMES
from fm_tasks.errors import BadRequest, ItemFailed, Missing
from fm_tasks.gate import audit, gate
from fm_tasks.gate.report import Precision, Report
from fm_tasks.model import Document, Truth
from fm_tasks.objects import Objects
from fm_tasks.operations.status import NEXT_STEPS
from fm_tasks.printable import plain
from fm_tasks.runtime import batch_of
from fm_tasks.store import execute, rows, transaction

SIDE = 480
"""Pixels of the longer side of a frame on it."""
KEYS = "t true, f false, u unclear (the frames do not tell), n a note with the answer, b back, q quit"
END = "\x04"
"""What Ctrl-D sends."""
MAX_NOTE = 500
"""Characters of a note."""
TRUTHS = {truth.value[0]: truth.value for truth in Truth}

WORDS = {form: word[0] for word in (*TRUTHS.values(), "note", "back", "quit") for form in (word, word[0])}
"""What a line may say, and the key that it stands for."""


class Audit(Document):
    """How the audit of a batch stands: how many statements are drawn, how many nobody judged, and what was found."""

    batch: str
    drawn: int
    left: int
    found: tuple[Precision, ...]


def standing(db: Connection, batch: str) -> Audit:
    """How the audit of ``batch`` stands. Raises ``BadRequest`` where there is no such batch, or nothing in it to
    judge."""
    if not rows(db, "batch", batch=batch):
        raise BadRequest(f"there is no batch {plain(batch)}; `fm status` lists the latest")
    drawn = rows(db, "drawn_statements", batch=batch)[0]
    if not drawn.drawn:
        raise BadRequest(f"batch {batch} has no verified texts to judge; `fm status {batch}` tells how far it is")
    return Audit(batch=batch, drawn=drawn.drawn, left=drawn.open, found=audit.precisions(db, batch))


def lines(stands: Audit) -> Iterator[str]:
    """The state of an audit for a person."""
    judged = stands.drawn - stands.left
    yield f"batch {stands.batch}: {judged} of {stands.drawn} drawn statements are judged; {audit.told(stands.found)}"
    yield from (f"  {line}" for line in audit.lines(stands.found))
    if stands.left:
        yield f"  next: `fm audit {stands.batch} --person NAME` goes through the {stands.left} that are left"


class Auditor(NamedTuple):
    """A person who judges: the name, where the answers come from, and what shows a line."""

    person: str
    answers: TextIO
    show: Callable[[str], object]


def go_through(database_url: str, objects: Objects, batch: str, folder: Path, auditor: Auditor) -> int:
    """Have ``auditor`` judge the statements that are drawn of ``batch``, from the first that is left for them on, and
    return how many judgements were saved.

    Clips and contact sheets are put into ``folder``. A statement whose clip is not there is passed over. Raises
    ``BadRequest`` for a person without a name.
    """
    person, answers, show = auditor
    if not person.strip() or not person.isprintable():
        raise BadRequest("whoever judges is named, in characters that print: give --person")
    with transaction(database_url) as db:
        drawn = rows(db, "statements_of_auditor", batch=batch, person=person)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadRequest(f"no sheets can be put into {folder}: {error.strerror}; give another --out") from error
    seen = cache(partial(_sheet, objects, folder))
    at, saved, note = sum(one.judged for one in drawn), 0, ""
    show(f"Look at the frames, then say whether the statement is true of them.\n{KEYS}")
    while at < len(drawn):
        one = drawn[at]
        show(f"\n{at + 1} of {len(drawn)}")
        try:
            sheet = seen(one.clip_id, one.uri, tuple(one.times_us))
        except (Missing, ItemFailed) as error:
            show(f"it is passed over: {plain(str(error))}")
            at += 1
            continue
        show(f"frames: {sheet}, film: {sheet.with_suffix('.mp4')}\n  {plain(one.text)}")
        key = _key(answers)
        if key in TRUTHS:
            said = {"clip": one.clip_id, "text": one.text, "verdict": TRUTHS[key], "note": note}
            with transaction(database_url) as db:
                execute(db, "insert_judgement", said | {"person": person, "model": None})
            show(f"  {TRUTHS[key]}")
            at, saved, note = at + 1, saved + 1, ""
        elif key == "b":
            at = max(at - 1, 0)
        elif key == "q":
            break
        elif key == "n":
            show("note:")
            note = "".join(filter(str.isprintable, answers.readline().strip()))[:MAX_NOTE]
        else:
            show(KEYS)
    show("")
    return saved


def _sheet(objects: Objects, folder: Path, clip: str, uri: str, times_us: tuple[int, ...]) -> Path:
    """The path of the contact sheet of a clip: frames of all of it, each under its time; the clip lies beside it."""
    film, sheet = folder / f"{clip}.mp4", folder / f"{clip}.png"
    objects.fetch(uri, film)
    at = video.evenly(times_us, FRAMES)
    with tempfile.TemporaryDirectory(prefix="fm-audit-") as scratch:
        paths = [Path(scratch, f"{(times_us[frame] - times_us[0]) / 1e6:.3f} s.jpg") for frame in at]
        for path, picture in zip(paths, video.stills(film, at, SIDE), strict=True):
            path.write_bytes(picture)
        video.contact_sheet(paths, sheet)
    return sheet


def _key(answers: TextIO) -> str:
    """The key that is pressed; where nobody sits at a terminal, the key or the word that the next line is.
    ``q`` at the end."""
    if not answers.isatty():
        line = answers.readline()
        return WORDS.get(line.strip().lower(), "?") if line else "q"
    as_before = termios.tcgetattr(answers)
    try:
        # What was typed before the statement was shown is no answer to it.
        tty.setcbreak(answers, termios.TCSAFLUSH)
        key = os.read(answers.fileno(), 1).decode(errors="replace").lower()
        return "q" if key in ("", END) else key
    except KeyboardInterrupt:
        return "q"
    finally:
        termios.tcsetattr(answers, termios.TCSADRAIN, as_before)


def is_told(db: Connection, stands: Audit) -> bool:
    """Whether the report on a batch has what its audit found: a process that was killed did not judge it anew."""
    reports = rows(db, "present_report", batch=stands.batch)
    return not reports or Report.model_validate(reports[0].document).audit == stands.found


def judge_anew(db: Connection, batch: str, database_url: str, at: datetime) -> str:
    """Have the gate judge a batch that it judged before, since its audit has changed; what came of it, and what to do.
    A batch that is under way is left to its run."""
    if not rows(db, "present_report", batch=batch) or rows(db, "gate_standing", batch=batch)[0].open_items:
        return "gate: its run judges it when all of it is there"
    report = gate.evaluate(db, batch_of(db, batch), database_url, at)
    published = rows(db, "current_partition", batch=batch)
    stays = f"; what is published of it stays: {published[0].uri}" if published else ""
    todo = NEXT_STEPS.get(
        report.verdict, "Clear its run in Airflow, or wait for its next: that publishes what was found"
    )
    return f"gate: {report.verdict}{stays}\n  next: {todo}"
