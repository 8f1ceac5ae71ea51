"""Many dates of a source through the live scheduler: executed twice, and beside other runs of the same days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from installation import Installation, day, render, source
from sqlalchemy import text

from fm_tasks.local.demo import fingerprint
from fm_tasks.model import Window, batch_id
from fm_tasks.store import transaction

pytestmark = [pytest.mark.live, pytest.mark.siege, pytest.mark.timeout(3600)]

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DATES = [FIRST + timedelta(days=n) for n in range(60)]


def put(shared: Installation, source: str, date: datetime, seed: int) -> None:
    """Upload a video of ``date`` that is worth publishing."""
    key = f"{source}/{date:%Y/%m/%d}/crossing.mp4"
    shared.objects.put_bytes(shared.objects.raw_uri(key), render("crossing", seed, seconds=3), "video/mp4")


def partitions(shared: Installation, source: str) -> dict[str, tuple[str, int]]:
    """What is published of a source: digest and number of clips by batch."""
    query = "select p.* from partition p join batch b on b.id = p.batch_id where b.source = :source and p.current"
    with transaction(shared.database_url) as db:
        return {row.batch_id: (row.digest, row.clips) for row in db.execute(text(query), {"source": source})}


def results(shared: Installation) -> dict[str, datetime]:
    return {one.key: one.modified for one in shared.objects.list(shared.objects.work, "steps/")}


def test_sixty_days_of_a_new_source_twice(scheduler, shared, pytestconfig):
    filled = DATES[:: pytestconfig.getoption("video_every")]
    for seed, date in enumerate(filled, 100):
        put(shared, "sixty", date, seed)
    scheduler.enable("sixty")

    first = scheduler.backfill("sixty", DATES[0], DATES[-1])
    assert first.keys() == {f"{date:%Y-%m-%d}" for date in DATES}
    assert {run["state"] for run in first.values()} == {"success"}
    assert partitions(shared, "sixty").keys() == {batch_id("sixty", day(date)) for date in filled}

    rows, answers = fingerprint(shared.database_url), results(shared)
    again = scheduler.backfill("sixty", DATES[0], DATES[-1])
    ended = max(run["end_date"] for run in first.values())
    assert all(again[date]["start_date"] > ended for date in first)
    assert {run["state"] for run in again.values()} == {"success"}
    assert results(shared) == answers
    assert fingerprint(shared.database_url) == rows


def test_a_nightly_run_beside_a_backfill_and_manual_runs_of_the_same_days(scheduler, shared, install):
    """A DAG that is unpaused runs its latest night at once: the nightly run, of yesterday."""
    last = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    dates = [last - timedelta(days=1), last]
    for seed, date in enumerate(dates, 200):
        put(shared, "twins", date, seed)
    alone = shared._replace(settings=install().settings)
    expected = {batch_id("twins", day(date)): alone.publish(source("twins"), day(date)) for date in dates}

    scheduler.enable("twins")
    # A scheduler of Airflow 3.3.2 that makes the run of a date in the very moment in which a backfill does stops.
    scheduler.until(lambda: scheduler.runs("twins"), "the nightly run")
    scheduler.trigger("twins", day(last))
    scheduler.trigger("twins", Window(start=dates[0], end=last + timedelta(days=1)))
    scheduler.backfill("twins", dates[0], last)
    ended = scheduler.runs("twins")
    assert {run["run_type"] for run in ended} == {"scheduled", "manual", "backfill"}
    assert {run["state"] for run in ended} == {"success"}
    # Whichever run came first has a video, and only that: the window of both days has what the others left.
    published = partitions(shared, "twins")
    assert sum(clips for _, clips in published.values()) == len(dates)
    for batch in published.keys() & expected.keys():
        assert published[batch] == (expected[batch].digest, expected[batch].clips)
