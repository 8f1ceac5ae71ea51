"""What a person is told of a batch and of one item, on real steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from batches import BATCH, NOON, evaluate, good_batch
from sqlalchemy import text

from fm_tasks import runtime
from fm_tasks.errors import BadRequest
from fm_tasks.gate import gate, waivers
from fm_tasks.gate.approval import Decision, decide
from fm_tasks.gate.report import Waiver
from fm_tasks.model import Answer, Outcome, Window
from fm_tasks.operations import status
from fm_tasks.sources import Source
from fm_tasks.store import transaction
from fm_tasks.synthetic import scenes

CAM = Source(id="cam", keys="cam/%Y/%m/%d/", licence="CC0-1.0", start="2026-01-01")
DAY = datetime(2026, 5, 10, tzinfo=UTC)
WINDOW = Window(start=DAY, end=DAY + timedelta(days=1))
HOSTILE = "cam/2026/05/10/evil\x1b[31m\nname.mp4"


@pytest.fixture
def batch(installation, tmp_path) -> str:
    """A batch with one clip whose track fails, and one file that is no video."""
    scenes.render(replace(scenes.LIBRARY["overtake"], seconds=2, size=(320, 180)), tmp_path / "v.mp4", seed=1)
    objects = installation.objects
    objects.put_bytes(objects.raw_uri("cam/2026/05/10/good.mp4"), (tmp_path / "v.mp4").read_bytes(), "video/mp4")
    objects.put_bytes(objects.raw_uri(HOSTILE), b"no video", "video/mp4")
    batch = installation.annotate(CAM, WINDOW, ("cut",))
    with transaction(installation.database_url) as db:
        objects.delete(db.execute(text("select uri from clip")).scalar())
    for _ in range(2):
        installation.annotate(CAM, WINDOW, ("cut", "track"))
    return batch


def test_a_batch_is_told_a_line_a_cause(installation, batch):
    with transaction(installation.database_url) as db:
        lines = list(status.status(db, batch))
        assert [line.split()[0] for line in status.recent(db)] == [batch]
    assert lines[0] == f"batch {batch}: incomplete, 2 videos"
    assert "  cut      1 saved, 1 rejected, 0 open" in lines
    assert "  track    0 saved, 0 rejected, 1 open" in lines
    assert "  rejected: unreadable 1" in lines
    assert any(line.startswith("  failed: track 1, Missing: s3://") for line in lines)


def test_a_blocked_batch_names_the_check_a_row_that_breaks_it_and_what_to_do(installation, batch):
    with transaction(installation.database_url) as db:
        gate.evaluate(db, runtime.batch_of(db, batch), installation.database_url, NOON)
    with transaction(installation.database_url) as db:
        lines = list(status.status(db, batch))
    assert lines[0] == f"batch {batch}: blocked, 2 videos"
    at = lines.index("  gate: blocked")
    assert lines[at + 1].startswith("    critical complete: every item is saved or rejected: 1 rows, such as track of ")
    assert "last failure: Missing: s3://" in lines[at + 1]
    assert "`fm retry`" in lines[-1]


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_every_outcome_says_what_to_do_next(db, outcome):
    db.execute(text("insert into source values ('cam', 'CC0-1.0', 'UTC')"))
    row = {"outcome": outcome, "start": DAY, "end": WINDOW.end}
    columns = "id, source, window_start, window_end, discovered_at, outcome"
    db.execute(text(f"insert into batch ({columns}) values ('b', 'cam', :start, :end, now(), :outcome)"), row)
    lines = list(status.status(db, "b"))
    assert lines[0] == f"batch b: {outcome or 'incomplete'}, 0 videos"
    assert [line.split(":")[0] for line in lines[1:]] == ([] if outcome == "published" else ["  next"])


def test_a_held_batch_is_told_with_its_waivers_and_its_answers(database_url):
    with transaction(database_url) as db:
        good_batch(db)
        db.execute(
            text("delete from qa where n = 6; update clip set times_us = array(select t * 3 from unnest(times_us) t)")
        )
        db.execute(text("update track_point set t_us = t_us * 3"))
        waivers.waive(db, "street", "clip_length", Waiver(person="Ada", reason="known", until=date(2026, 11, 30)), NOON)
    report = evaluate(database_url)
    with transaction(database_url) as db:
        decide(db, report.id, Decision(answer=Answer.TIMED_OUT, at=NOON, person=None, note=""))
        decide(db, report.id, Decision(answer=Answer.APPROVED, at=NOON + timedelta(1), person="Grace", note="fine\n"))
        lines = list(status.status(db, BATCH))
    at = lines.index("  gate: held")
    assert lines[at + 1].startswith("    warning clip_length: a clip lasts 1.5 to 10 s: 2 rows, such as clip clip-a")
    assert lines[at + 2] == "      waived by Ada until 2026-11-30: known"
    assert lines[at + 3].startswith("    warning question_count: 50% of the clips")
    assert lines[at + 4 : at + 6] == [
        "    timed_out at 2026-11-23 12:00 UTC",
        "    approved by Grace at 2026-11-24 12:00 UTC: fine\\n",
    ]


def test_an_item_is_told_by_id_or_key_with_its_reason(installation, batch):
    with transaction(installation.database_url) as db:
        clip, thumbnail = db.execute(text("select id, thumbnail_uri from clip")).one()
        of_clip, of_video = list(status.why(db, clip)), list(status.why(db, "cam/2026/05/10/good.mp4"))
        refused = list(status.why(db, HOSTILE))
    assert of_clip[2].startswith(f"clip {clip}: cam/2026/05/10/good.mp4, frames 0 to 59, batch {batch}")
    assert "planned" in of_clip[3] and "tried 2 times, last Missing: s3://" in of_clip[3]
    assert of_clip[4] == f"  seen     {thumbnail}" and thumbnail.startswith("s3://")
    assert of_video == of_clip
    assert len(refused) == 2 and "rejected" in refused[1] and "unreadable" in refused[1]
    assert "evil\\x1b[31m\\nname.mp4" in refused[0]


def test_what_is_not_known_says_what_to_give(installation, database_url):
    with transaction(database_url) as db:
        with pytest.raises(BadRequest, match="a clip's id"):
            list(status.why(db, "nothing"))
        with pytest.raises(BadRequest, match="`fm status` lists"):
            list(status.status(db, "nothing"))
        assert list(status.recent(db)) == []
