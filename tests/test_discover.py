from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from fm_tasks.discover import discover
from fm_tasks.errors import SourceMissing
from fm_tasks.local.demo import fingerprint
from fm_tasks.model import Window
from fm_tasks.sources import Source

CAM = Source(id="cam", keys="cam/%Y/%m/%d/", licence="CC0-1.0", start="2026-01-01", lookback_days=3)


def day(number: int, days: int = 1) -> Window:
    start = datetime(2026, 5, number, tzinfo=UTC)
    return Window(start=start, end=start + timedelta(days=days))


def put(objects, key: str, body: bytes = b"video") -> None:
    objects.put_bytes(objects.raw_uri(key), body, "video/mp4")


def owners(database_url) -> dict[str, str]:
    from fm_tasks.store import transaction

    with transaction(database_url) as db:
        found = db.execute(text("select key, etag, batch_id from current_video")).all()
    return {row.key: row.batch_id for row in found}


def test_a_window_owns_the_videos_it_dates(database_url, objects):
    put(objects, "cam/2026/05/10/a b'ü.mp4")
    put(objects, "cam/2026/05/11/b.mp4")
    put(objects, "cam/2026/05/10/")
    found = discover(database_url, objects, CAM, day(10))
    assert (found.videos, found.added) == (1, 1)
    assert owners(database_url) == {"cam/2026/05/10/a b'ü.mp4": found.batch}


def test_discovering_again_changes_no_row(database_url, objects):
    put(objects, "cam/2026/05/10/a.mp4")
    discover(database_url, objects, CAM, day(10))
    before = fingerprint(database_url)
    assert discover(database_url, objects, CAM, day(10)).added == 0
    assert fingerprint(database_url) == before


def test_a_late_video_goes_to_the_next_run_and_only_to_it(database_url, objects):
    put(objects, "cam/2026/05/10/a.mp4")
    first = discover(database_url, objects, CAM, day(10))
    put(objects, "cam/2026/05/10/late.mp4")
    second = discover(database_url, objects, CAM, day(11))
    assert second.added == 1
    assert owners(database_url) == {"cam/2026/05/10/a.mp4": first.batch, "cam/2026/05/10/late.mp4": second.batch}
    assert discover(database_url, objects, CAM, day(10)).added == 0


def test_a_backfill_does_not_take_the_days_before_it(database_url, objects):
    for number in (8, 9, 10):
        put(objects, f"cam/2026/05/{number:02d}/v.mp4", bytes([number]))
    batches = [discover(database_url, objects, CAM, day(number)).batch for number in (10, 9, 8)]
    assert [owners(database_url)[f"cam/2026/05/{n:02d}/v.mp4"] for n in (10, 9, 8)] == batches


def test_a_replaced_video_is_claimed_anew_and_the_old_one_is_no_longer_current(database_url, objects):
    put(objects, "cam/2026/05/10/a.mp4", b"one")
    discover(database_url, objects, CAM, day(10))
    put(objects, "cam/2026/05/10/a.mp4", b"two")
    found = discover(database_url, objects, CAM, day(10))
    assert (found.videos, found.added) == (1, 1)


def test_parallel_runs_never_share_a_video(database_url, objects):
    for number in range(6):
        put(objects, f"cam/2026/05/10/{number}.mp4", bytes([number]))
    windows = [day(10), day(10, days=2), day(9, days=2), day(10)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda window: discover(database_url, objects, CAM, window), windows))
    assert sum(one.added for one in found) == 6
    assert len(owners(database_url)) == 6


def test_an_empty_window_is_empty_and_a_missing_prefix_is_an_error(database_url, objects):
    with pytest.raises(SourceMissing, match=r"cam/.*sources\.yaml"):
        discover(database_url, objects, CAM, day(10))
    put(objects, "cam/2026/05/10/a.mp4")
    assert discover(database_url, objects, CAM, day(20)).videos == 0
    from fm_tasks.store import rows, transaction

    with transaction(database_url) as db:
        outcomes = {row.outcome for row in db.execute(text("select outcome from batch"))}
        assert outcomes == {"empty"}
        assert rows(db, "count_videos", batch="none")[0].videos == 0
