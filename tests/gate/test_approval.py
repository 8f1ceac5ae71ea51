from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from batches import change, evaluate, good_batch
from sqlalchemy import text

from fm_tasks.gate import approval
from fm_tasks.gate.approval import Decision, decide
from fm_tasks.gate.report import Report
from fm_tasks.model import Answer
from fm_tasks.store import transaction

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
YES = Decision(answer=Answer.APPROVED, at=AT, person="Ada", note="fine")
NO = Decision(answer=Answer.REJECTED, at=AT - timedelta(hours=1), person="Grace", note="")
NOBODY = Decision(answer=Answer.TIMED_OUT, at=AT - timedelta(hours=2), person=None, note="")


@pytest.fixture
def batch(database_url) -> str:
    """The URL of a database with a batch that is held."""
    with transaction(database_url) as db:
        good_batch(db)
        db.execute(text("delete from qa where n = 6"))
    return database_url


def answer(database_url: str, report: Report, *decisions: Decision) -> str:
    """What is to become of the batch after these answers."""
    with transaction(database_url) as db:
        for one in decisions:
            decide(db, report.id, one)
    with transaction(database_url) as db:
        return approval.ruling(db, report)


def test_only_an_approval_lets_a_held_batch_through(batch):
    report = evaluate(batch)
    assert answer(batch, report) == "held"
    assert answer(batch, report, NOBODY, NO) == "held"
    assert answer(batch, report, YES) == "approved"
    with transaction(batch) as db:
        assert approval.approval_of(db, report) == YES


def test_an_approval_is_final_and_stands_once(batch):
    report = evaluate(batch)
    later = YES.model_copy(update={"at": AT + timedelta(days=1), "person": "Grace"})
    refusal = NO.model_copy(update={"at": AT + timedelta(days=2)})
    assert answer(batch, report, YES, YES, later, refusal) == "approved"
    with transaction(batch) as db:
        assert approval.approval_of(db, report) == YES
        assert db.execute(text("select count(*) from decision")).scalar() == 2


def test_an_approval_lets_nothing_through_that_is_blocked_or_judged_anew(batch):
    held = evaluate(batch)
    answer(batch, held, YES)
    change(batch, "update step_run set key = 'newer' where key = 'caption-clip-a'")
    assert answer(batch, evaluate(batch)) == "held"
    change(batch, "update motion_fact set end_frame = 100")
    blocked = evaluate(batch)
    assert answer(batch, blocked, YES) == "blocked"


def test_a_report_that_was_approved_does_not_flap_back_to_held(batch):
    report = evaluate(batch)
    answer(batch, report, YES)
    change(batch, "update batch set outcome = 'published'")
    assert evaluate(batch) == report
    with transaction(batch) as db:
        assert db.scalar(text("select outcome from batch")) == "published"


def test_the_question_tells_what_is_held_and_why(batch):
    body = approval.question(evaluate(batch))
    assert "2 clips with 16 sentences and 10 questions" in body
    assert r"50\% of the clips have 6 to 14 questions" in body
    assert "`question_count`" in body and "rows that break it: 2" in body
    assert "- clip clip\\-a" in body
    assert "**Approve** publishes" in body and "**Reject** publishes nothing" in body


def test_hostile_data_is_shown_and_does_nothing(batch):
    report = evaluate(batch)
    hostile = "[x](https://evil) ![i](y) <script> `a` **b** www.evil.com\n# head\x1b[31m"
    checks = tuple(
        check if check.success else check.model_copy(update={"examples": (hostile,)}) for check in report.checks
    )
    line = next(
        line for line in approval.question(report.model_copy(update={"checks": checks})).splitlines() if "evil" in line
    )
    bare = line.removeprefix("- ")
    assert bare.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == hostile.encode("unicode_escape").decode()
    specials = [at for at, char in enumerate(bare) if char in "[]()!<>`*.:/#"]
    assert specials and all(bare[at - 1] == "\\" for at in specials)
