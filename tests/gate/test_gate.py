from __future__ import annotations

from datetime import date, timedelta

import pytest
from batches import BATCH, NIGHT, NOON, add_video, change, evaluate, good_batch, good_clip, run
from sqlalchemy import text

from fm_tasks.errors import GateBlocked
from fm_tasks.gate import gate, waivers
from fm_tasks.gate.report import Waiver
from fm_tasks.gate.rules import RULES
from fm_tasks.store import transaction


def written(database_url: str) -> list:
    """Every row that the gate may write, with the transaction that wrote it."""
    with transaction(database_url) as db:
        return [
            db.execute(text(f"select xmin::text, t.* from {table} t order by 2, 3")).all()
            for table in ("quality_report", "quality_check", "batch")
        ]


@pytest.fixture
def batch(database_url) -> str:
    with transaction(database_url) as db:
        good_batch(db)
    return database_url


def test_a_good_batch_passes_and_tells_what_it_looked_at(batch):
    report = evaluate(batch)
    assert report.verdict == "pass"
    assert report.counts == {
        "videos": 1,
        "clips": 2,
        "tracks": 4,
        "points": 400,
        "facts": 4,
        "texts not understood": 0,
        "doubted tracks": 0,
        "sentences": 16,
        "questions": 12,
        "claims": 28,
    }
    assert {check.suite for check in report.checks} == {rule.view for rule in RULES}


def test_the_report_is_saved_as_it_is_returned(batch):
    report = evaluate(batch)
    with transaction(batch) as db:
        assert db.execute(text("select id, batch_id, verdict from quality_report")).all() == [
            (report.id, BATCH, "pass")
        ]
        saved = db.execute(
            text("select suite, rule, expectation, severity, success, failing, examples from quality_check order by n")
        ).all()
    assert [tuple(row) for row in saved] == [
        (c.suite, c.rule, c.expectation, c.severity, c.success, c.failing, list(c.examples)) for c in report.checks
    ]


@pytest.mark.parametrize("statement", ["select 1", "update motion_fact set end_frame = 100"])
def test_the_same_content_judged_again_changes_no_row(batch, statement):
    change(batch, statement)
    first, before = evaluate(batch), written(batch)
    assert evaluate(batch) == first
    assert written(batch) == before


def test_a_row_changed_behind_a_report_is_a_new_report(batch):
    first = evaluate(batch)
    change(batch, "update track_point set x2 = 2 where frame = 3")
    second = evaluate(batch)
    assert (first.verdict, second.verdict) == ("pass", "blocked")
    assert first.id != second.id


def test_a_critical_failure_blocks(batch):
    change(batch, "update motion_fact set end_frame = 100; delete from qa where n = 6")
    assert evaluate(batch).verdict == "blocked"
    with transaction(batch) as db:
        assert db.scalar(text("select outcome from batch")) == "blocked"


def test_a_warning_alone_holds(batch):
    change(batch, "delete from qa where n = 6")
    assert evaluate(batch).verdict == "held"
    with transaction(batch) as db:
        assert db.scalar(text("select outcome from batch")) == "held"


@pytest.mark.parametrize(
    ("rule", "fault"),
    [("question_count", "delete from qa where n = 6"), ("fact_frames", "update motion_fact set end_frame = 100")],
)
def test_a_waived_failure_stays_in_the_report_and_decides_nothing_until_the_waiver_is_over(batch, rule, fault):
    change(batch, fault)
    unwaived = evaluate(batch)
    waiver = Waiver(person="Ada", reason="known", until=date(2026, 11, 30))
    with transaction(batch) as db:
        waivers.waive(db, "street", rule, waiver, NOON)
    waived = evaluate(batch)
    assert waived.verdict == "pass"
    assert waived.id != unwaived.id
    (failed,) = (check for check in waived.checks if not check.success)
    assert (failed.rule, failed.waiver) == (rule, waiver)
    with transaction(batch) as db:
        assert db.execute(text("select rule, waiver from quality_check where waiver is not null")).one() == (
            rule,
            {"person": "Ada", "reason": "known", "until": "2026-11-30"},
        )
    assert evaluate(batch, NOON + timedelta(days=8)) == unwaived
    with transaction(batch) as db:
        waivers.end(db, "street", rule, "Ada", NOON)
    assert evaluate(batch) == unwaived


def test_a_waiver_lets_no_other_failure_pass_and_leaves_a_report_that_it_does_not_touch(batch):
    before = evaluate(batch)
    with transaction(batch) as db:
        waivers.waive(db, "street", "clip_length", Waiver(person="A", reason="b", until=date(2027, 1, 1)), NOON)
    assert evaluate(batch) == before
    change(batch, "delete from qa where n = 6")
    assert evaluate(batch).verdict == "held"


def test_what_is_owed_blocks_and_is_named_with_its_last_failure(batch):
    change(
        batch,
        "update step_run set state = 'planned' where step = 'verify' and item_id = 'clip-a'; "
        "insert into failure select id, day, 'ItemFailed', what from step_run, "
        "(values (timestamptz '2026-11-23Z', 'first'), ('2026-11-24Z', 'second')) as t (day, what) "
        "where key = 'verify-clip-a'; "
        "delete from step_run where step = 'preview' and item_id = 'clip-b'",
    )
    report = evaluate(batch)
    assert report.verdict == "blocked"
    (check,) = report.checks
    assert check.failing == 2
    assert check.examples == (
        "preview of clip-b is missing",
        "verify of clip-a is planned; last failure: ItemFailed: second",
    )


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("delete from step_run where step = 'cut'", "cut of video is missing"),
        ("delete from clip", "cut of video is missing"),
        ("delete from step_run where step = 'track' and item_id = 'clip-a'", "track of clip-a is missing"),
        ("update step_run set current = false where key = 'facts-clip-a'", "facts of clip-a is missing"),
        ("delete from step_run where step = 'ask' and item_id = 'clip-a'", "ask of clip-a is missing"),
    ],
)
def test_nothing_lost_on_the_way_goes_unnoticed(batch, lost, named):
    change(batch, lost)
    report = evaluate(batch)
    assert report.verdict == "blocked"
    assert named in report.checks[0].examples


def test_a_refused_clip_owes_nothing_more(batch):
    with transaction(batch) as db:
        db.execute(text("update step_run set state = 'rejected' where key = 'track-clip-a'"))
        db.execute(
            text("insert into rejection select id, item_id, 'no_tracks', '' from step_run where key = 'track-clip-a'")
        )
        db.execute(text("delete from step_run where item_id = 'clip-a' and step <> 'track'"))
    report = evaluate(batch)
    assert report.verdict == "pass"
    assert report.rejections == {"no_tracks": 1}
    assert report.counts["sentences"] == 8


def test_a_duplicate_video_owes_no_clips(batch):
    with transaction(batch) as db:
        add_video(db, "copy")
        cut = run(db, "cut", "copy")
        db.execute(text("insert into rejection values (:cut, 'copy', 'duplicate', 'the same bytes')"), {"cut": cut})
    report = evaluate(batch)
    assert report.verdict == "pass"
    assert report.rejections == {"duplicate": 1}


def test_a_replaced_version_of_a_video_is_not_judged(batch):
    with transaction(batch) as db:
        db.execute(
            text(
                "insert into video select 'older', source, key, 'e0', size, dated_at, modified_at - interval '1 day', "
                "batch_id from video"
            )
        )
    assert evaluate(batch).verdict == "pass"


def test_clips_of_an_older_cut_are_not_judged(batch):
    with transaction(batch) as db:
        older = run(db, "cut", "other")
        db.execute(text("update step_run set current = false, item_id = 'video' where id = :older"), {"older": older})
        good_clip(db, older, "clip-old", first_frame=0)
    assert evaluate(batch).counts["clips"] == 2


def test_everything_refused_is_all_rejected_without_a_check(database_url):
    with transaction(database_url) as db:
        good_batch(db)
        db.execute(text("delete from step_run where step <> 'cut'"))
        db.execute(text("update clip set uri = null, sha256 = null"))
        db.execute(text("insert into rejection select step_run_id, id, 'camera_motion', 'it moves' from clip"))
    report = evaluate(database_url)
    assert (report.verdict, report.checks, report.rejections) == ("all_rejected", (), {"camera_motion": 2})
    before = written(database_url)
    assert evaluate(database_url) == report
    assert written(database_url) == before
    with transaction(database_url) as db:
        assert db.scalar(text("select outcome from batch")) == "all_rejected"


def test_a_batch_without_videos_cannot_be_judged(batch):
    with transaction(batch) as db, pytest.raises(GateBlocked, match="no videos"):
        gate.evaluate(db, NIGHT.model_copy(update={"id": "another"}), batch, NOON)
