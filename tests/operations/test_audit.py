"""`fm audit`: a person judges statements by real frames, a key each, whatever happens in between."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import termios
import time

import cv2
import pytest
from batches import BATCH, FPS, FRAMES, NIGHT, NOON, change, evaluate, good_batch
from rendered import constant, number_in, numbered, write
from sqlalchemy import text

from fm_tasks import video
from fm_tasks.__main__ import main
from fm_tasks.checking.auditor import FRAMES as FRAMES_SHOWN
from fm_tasks.dataset import publish
from fm_tasks.gate import approval, gate
from fm_tasks.gate.approval import Decision, decide
from fm_tasks.model import Answer
from fm_tasks.settings import PROJECT
from fm_tasks.store import transaction

DRAWN = 14
"""Statements of the good batch, all of which are drawn."""


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> bytes:
    pictures = (numbered(frame) for frame in range(FRAMES))
    return write(tmp_path_factory.mktemp("film") / "a.mp4", pictures, constant(FRAMES, FPS)).read_bytes()


@pytest.fixture
def made(installation, film, monkeypatch, tmp_path):
    """The good batch with films to look at, as the command finds it in an empty folder."""
    with transaction(installation.database_url) as db:
        good_batch(db)
        db.execute(
            text("update clip set uri = 's3://' || :bucket || '/clips/' || id || '.mp4'"),
            {"bucket": installation.objects.work},
        )
        for uri in db.scalars(text("select uri from clip")).all():
            installation.objects.put_bytes(uri, film, "video/mp4")
    for name, value in installation.settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return installation


@pytest.fixture
def told(made, monkeypatch, capsys):
    """Call the command with these answers, a line each; returns what it prints."""

    def call(*arguments: str, answers: str = "", code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in answers.split())))
        assert main(["audit", *arguments]) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return call


def judged(made) -> list:
    with transaction(made.database_url) as db:
        return db.execute(text("select clip_id, text, verdict, person, note from judgement order by id")).all()


def started(stdin: int = subprocess.PIPE) -> subprocess.Popen:
    command = [sys.executable, "-m", "fm_tasks", "audit", BATCH, "--person", "Ada"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True, env=environment)


def until(made, rows: int) -> None:
    """Wait until so many judgements are saved."""
    for _ in range(600):
        if len(judged(made)) == rows:
            return
        time.sleep(0.1)
    raise AssertionError(f"{len(judged(made))} judgements after a minute, not {rows}")


def test_killed_at_any_moment_it_goes_on_where_it_was(made):
    first = started()
    first.stdin.write("t\nf\nu\n")
    first.stdin.flush()
    until(made, 3)
    first.kill()
    assert first.wait() == -9
    second = started()
    said, _ = second.communicate("t\n")
    assert second.returncode == 0
    assert [line for line in said.splitlines() if line.endswith(f" of {DRAWN}")] == ["4 of 14", "5 of 14"]
    rows = judged(made)
    assert [row.verdict for row in rows] == ["true", "false", "unclear", "true"]
    assert len({(row.clip_id, row.text) for row in rows}) == 4
    with transaction(made.database_url) as db:
        drawn = db.execute(text("select clip_id, text from audit_sample order by place limit 4")).all()
    assert [(row.clip_id, row.text) for row in rows] == [tuple(row) for row in drawn], "in the order of the draw"


def press(terminal: int, keys: bytes, echoing: bool = False) -> None:
    """Press keys once the command waits for them: what is typed is then not echoed, but for a line."""
    for _ in range(600):
        if bool(termios.tcgetattr(terminal)[3] & termios.ECHO) == echoing:
            os.write(terminal, keys)
            return
        time.sleep(0.1)
    raise AssertionError("it does not wait for keys")


def test_at_a_terminal_a_key_is_an_answer(made):
    terminal, stdin = pty.openpty()
    os.write(terminal, b"fff")  # before anything is shown
    process = started(stdin)
    press(terminal, b"t")
    until(made, 1)
    press(terminal, b"n")
    press(terminal, b"too dark\n", echoing=True)
    press(terminal, b"u")
    until(made, 2)
    press(terminal, b"\x04")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "2 of 14 drawn statements are judged" in said
    assert [(row.verdict, row.note) for row in judged(made)] == [("true", ""), ("unclear", "too dark")]


def test_what_is_shown_are_the_words_and_plain_frames_of_the_whole_clip(made, told, tmp_path):
    change(made.database_url, "update caption set text = E'It is \\x1b[2J here.' where clip_id = 'clip-a'")
    said = told(BATCH, "--person", "Ada", "--out", str(tmp_path / "sheets"), answers="t " * DRAWN)
    assert "  It is \\x1b[2J here." in said.splitlines() and "\x1b" not in said
    assert not [
        word for word in ("supported", "moves ", "kind", "track ", "s3://") if word in said.split("14 of 14")[0]
    ]
    sheets = {path.name for path in (tmp_path / "sheets").iterdir()}
    assert sheets == {f"clip-{one}.{kind}" for one in "ab" for kind in ("png", "mp4")}
    sheet = cv2.imread(str(tmp_path / "sheets" / "clip-a.png"))
    height, width = sheet.shape[0] // 8, sheet.shape[1] // 3
    tiles = [sheet[row * height :, column * width :][:height, :width] for row in range(8) for column in range(3)]
    shown = [number_in(tile[30:-6, 6:-6]) for tile in tiles]
    assert shown == video.evenly(constant(FRAMES, FPS), FRAMES_SHOWN) and len(shown) == 24
    assert (shown[0], shown[-1]) == (0, FRAMES - 1)


def test_a_step_back_judges_again_and_the_last_word_counts(made, told):
    said = told(BATCH, "--person", "Ada", answers="t t b f x q")
    assert [row.verdict for row in judged(made)] == ["true", "true", "false"]
    assert "2 of 14 drawn statements are judged; precision 0.500" in said and "12 are not judged" in said
    told(BATCH, "--person", "Ada", answers="b u q")
    assert judged(made)[-1].text == judged(made)[1].text, "a step back leads into what was judged before"
    assert "precision 1.000 (0.207 to 1.000): 1 of 1 statements are true, 1 unclear, by Ada" in told(BATCH)


def test_a_second_person_begins_with_what_nobody_judged_and_sees_no_verdict(made, told):
    told(BATCH, "--person", "Ada", answers="f f f f q")
    said = told(BATCH, "--person", "Grace", answers="t " * DRAWN)
    assert "1 of 14" in said and "false" not in said.split("14 of 14")[0].replace("f false", "")
    by = {one: [(row.clip_id, row.text) for row in judged(made) if row.person == one] for one in ("Ada", "Grace")}
    assert by["Grace"][-4:] == by["Ada"] and len({*by["Grace"]}) == DRAWN
    assert "14 of 14 statements are true, by Grace" in said and "next: `fm audit" not in said


def test_the_state_alone_is_told_in_words_and_as_json(made, told):
    assert told(BATCH) == (
        f"batch {BATCH}: 0 of 14 drawn statements are judged; not audited\n"
        f"  next: `fm audit {BATCH} --person NAME` goes through the 14 that are left\n"
    )
    told(BATCH, "--person", "Ada", answers="t t q")
    stands = json.loads(told(BATCH, "--json"))
    assert (stands["batch"], stands["drawn"], stands["left"]) == (BATCH, 14, 12)
    assert [(one["kind"], one["true"], one["auditors"]) for one in stands["found"]] == [
        ("moves", 2, ["Ada"]),
        ("all", 2, ["Ada"]),
    ]
    assert "  moves         precision 1.000 (0.342 to 1.000): 2 of 2 statements are true" in told(BATCH).splitlines()


def test_a_new_judgement_has_the_gate_judge_anew_and_voids_an_approval(made, told):
    change(made.database_url, "delete from qa where n = 6")
    held = evaluate(made.database_url)
    with transaction(made.database_url) as db:
        decide(db, held.id, Decision(answer=Answer.APPROVED, at=NOON, person="Grace", note=""))
    assert "gate:" not in told(BATCH, "--person", "Ada", answers="q"), "nothing was said"
    said = told(BATCH, "--person", "Ada", answers="t q")
    assert "gate: held\n  next: a person decides in Airflow" in said
    with transaction(made.database_url) as db:
        report = gate.present_report(db, BATCH)
        assert report.id != held.id and report.audit[-1].judged == 1
        assert approval.ruling(db, report) == "held"


def test_what_is_published_stays_though_a_later_audit_holds_the_batch(made, told):
    change(made.database_url, "update source set min_precision = 0.7")
    with transaction(made.database_url) as db:
        partition = publish.run(db, made.objects, NIGHT, evaluate(made.database_url))
    assert "gate: pass; what is published of it stays" in told(BATCH, "--person", "Ada", answers="t q")
    said = told(BATCH, "--person", "Ada", answers="f f q")
    assert f"gate: held; what is published of it stays: {partition.uri}" in said
    assert "2 of 3" not in said and "audited_precision" not in said.split("gate: held")[1]
    with transaction(made.database_url) as db:
        assert db.execute(text("select digest from partition where current")).scalar() == partition.digest
        assert db.scalar(text("select outcome from batch")) == "held"


def test_a_batch_that_is_under_way_is_left_to_its_run(made, told):
    assert "gate: its run judges it" in told(BATCH, "--person", "Ada", answers="t q"), "it was never judged"
    evaluate(made.database_url)
    change(made.database_url, "update step_run set state = 'planned' where key = 'preview-clip-b'")
    assert "gate: its run judges it" in told(BATCH, "--person", "Ada", answers="t q")
    with transaction(made.database_url) as db:
        assert db.scalar(text("select outcome from batch")) is None


def test_a_clip_that_is_not_there_is_passed_over(made, told):
    uri = f"s3://{made.objects.work}/clips/clip-b.mp4"
    made.objects.delete(uri)
    said = told(BATCH, "--person", "Ada", answers="t " * DRAWN)
    assert said.count(f"it is passed over: {uri}") == 7 and "7 of 14 drawn statements are judged" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("no \x1bsuch",), "there is no batch no \\x1bsuch; `fm status` lists the latest"),
        ((BATCH, "--person", " "), "whoever judges is named, in characters that print: give --person"),
    ],
)
def test_what_cannot_be_audited_is_told(told, arguments, says):
    assert says in told(*arguments, code=64)


def test_a_batch_without_verified_texts_is_told(made, told):
    change(made.database_url, "update step_run set state = 'planned' where step = 'verify'")
    assert f"batch {BATCH} has no verified texts to judge; `fm status {BATCH}` tells" in told(BATCH, code=64)


def test_what_a_killed_process_left_is_judged_by_the_next(made, told):
    gate_of = "select count(*) from quality_report"
    evaluate(made.database_url)
    told(BATCH, "--person", "Ada", answers="t q")
    with transaction(made.database_url) as db:
        reports = db.execute(text(gate_of)).scalar_one()
        db.execute(text("update judgement set verdict = 'false'"))
    assert "0 of 1" in told(BATCH, "--person", "Ada", answers="q")
    with transaction(made.database_url) as db:
        assert db.execute(text(gate_of)).scalar_one() == reports + 1


def test_only_a_key_or_a_whole_word_is_an_answer(made, told):
    told(BATCH, "--person", "Ada", answers="foo yes TRUE maybe f q")
    assert [row.verdict for row in judged(made)] == ["true", "false"]


def test_a_note_keeps_what_prints(made, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\na\0b\x1b[2J\udcff" + "c" * 900 + "\nt\nq\n"))
    assert main(["audit", BATCH, "--person", "Ada"]) == 0
    (row,) = judged(made)
    assert row.note.startswith("ab[2Jccc") and len(row.note) == 500


def test_a_name_that_does_not_print_and_a_folder_that_cannot_be_are_told(made, told, tmp_path):
    assert "characters that print" in told(BATCH, "--person", "Ada\udcff", code=64)
    taken = tmp_path / "taken"
    taken.touch()
    assert "give another --out" in told(BATCH, "--person", "Ada", "--out", str(taken), code=64)
