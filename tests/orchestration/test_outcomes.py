"""How a run ends: every outcome of docs/architecture.md, forced, on a day of its own, through the live scheduler."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from installation import Installation, day, render, source
from sqlalchemy import text

from fm_tasks.store import transaction

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]

ENDS = source("ends")
DAYS = {
    name: datetime(2026, 5, number, tzinfo=UTC)
    for number, name in enumerate(("published", "empty", "all_rejected", "held", "incomplete", "damaged"), 1)
}


class End(NamedTuple):
    """How one day ended: the run, its tasks, and the outcome of its batch."""

    run: str
    tasks: dict[str, str]
    outcome: str


def query(shared: Installation, statement: str, name: str) -> list:
    """Run a statement about the batch of the day called ``name``, which it knows as ``b``."""
    batch = f"with b as (select * from batch where source = 'ends' and window_start = :start) {statement}"
    with transaction(shared.database_url) as db:
        return db.execute(text(batch), {"start": DAYS[name]}).all()


@pytest.fixture(scope="module")
def ended(scheduler, shared) -> dict[str, End]:
    """Force every outcome and have one backfill execute the days; how each ended."""
    lively, asked_little, lossy, damaged = (render("crossing", seed, seconds=3) for seed in (1, 2, 4, 5))
    short = render("overtake", seed=3, seconds=2)
    uploads = {
        "published": {"good.mp4": lively, "no video, 'quoted'\n.mp4": b"this is text"},
        "all_rejected": {"empty.mp4": b"", "broken.mp4": lively[:2000]},
        "held": {"asked_little.mp4": asked_little},
        "incomplete": {"good.mp4": lossy, "lost.mp4": short},
        "damaged": {"good.mp4": damaged},
    }
    for name, videos in uploads.items():
        for key, body in videos.items():
            shared.objects.put_bytes(shared.objects.raw_uri(f"{DAYS[name]:{ENDS.keys}}{key}"), body, "video/mp4")
    shared.annotate(ENDS, day(DAYS["incomplete"]), ("cut",))
    lost = "select c.uri from clip c join video v on v.id = c.video_id join b on b.id = v.batch_id where v.key ~ 'lost'"
    shared.objects.delete(query(shared, lost, "incomplete")[0].uri)
    shared.annotate(ENDS, day(DAYS["held"]))
    lost = "delete from qa q using step_run r, b where r.id = q.step_run_id and r.batch_id = b.id and n > 3 returning 1"
    query(shared, lost, "held")
    shared.annotate(ENDS, day(DAYS["damaged"]))
    damage = (
        "update track_point set x1 = 2 from step_run r, b where r.id = step_run_id and r.batch_id = b.id returning 1"
    )
    query(shared, damage, "damaged")

    scheduler.enable("ends")
    runs = scheduler.backfill("ends", min(DAYS.values()), max(DAYS.values()))
    return {
        name: End(
            run["state"],
            scheduler.states("ends", run["dag_run_id"]),
            query(shared, "select outcome from b", name)[0].outcome,
        )
        for name, date in DAYS.items()
        for run in [runs[f"{date:%Y-%m-%d}"]]
    }


def test_published_and_a_broken_file_beside_it_does_not_stop_it(ended, shared):
    run, tasks, outcome = ended["published"]
    assert (run, tasks["publish"], outcome) == ("success", "success", "published")
    assert tasks["request_approval"] == "skipped"
    (partition,) = query(shared, "select p.* from partition p join b on b.id = p.batch_id", "published")
    assert (partition.current, partition.clips) == (True, 1)
    codes = "select code from rejection j join step_run r on r.id = j.step_run_id join b on b.id = r.batch_id"
    assert query(shared, codes, "published") == [("unreadable",)]
    prefix = partition.uri.removeprefix(f"s3://{shared.objects.release}/")
    names = {item.key.rsplit("/", 1)[1] for item in shared.objects.list(shared.objects.release, prefix)}
    assert names >= {"clips.jsonl", "trajectories.parquet", "manifest.json", "report.json"}


def test_empty_is_green_and_skipped(ended):
    run, tasks, outcome = ended["empty"]
    assert (run, outcome) == ("success", "empty")
    assert {state for name, state in tasks.items() if name != "discover"} == {"skipped"}


def test_all_rejected_is_green_and_publishes_nothing(ended):
    run, tasks, outcome = ended["all_rejected"]
    assert (run, tasks["gate"], tasks["publish"]) == ("success", "success", "skipped")
    assert outcome == "all_rejected"


def test_held_is_green_and_waits_for_a_person(ended):
    run, tasks, outcome = ended["held"]
    assert (run, tasks["gate"], tasks["publish"]) == ("success", "success", "skipped")
    assert (tasks["request_approval"], outcome) == ("success", "held")


def test_blocked_is_red_when_an_item_is_incomplete_and_the_others_went_on(ended, shared):
    run, tasks, outcome = ended["incomplete"]
    assert (run, tasks["gate"], tasks["publish"], outcome) == ("failed", "failed", "upstream_failed", "blocked")
    saved = "select count(*) from step_run r join b on b.id = r.batch_id where step = 'verify' and state = 'saved'"
    assert query(shared, saved, "incomplete") == [(1,)]
    failures = "select error from failure f join step_run r on r.id = f.step_run_id join b on b.id = r.batch_id"
    assert query(shared, failures, "incomplete") == [("Missing",)]
    assert not query(shared, "select 1 from partition p join b on b.id = p.batch_id", "incomplete")


def test_blocked_is_red_when_a_critical_check_fails(ended, shared):
    run, tasks, outcome = ended["damaged"]
    assert (run, tasks["gate"], tasks["publish"], outcome) == ("failed", "failed", "upstream_failed", "blocked")
    assert not query(shared, "select 1 from partition p join b on b.id = p.batch_id", "damaged")


def test_a_prefix_that_does_not_exist_is_red_and_is_not_retried(scheduler):
    """A DAG that is unpaused runs its latest night at once."""
    scheduler.enable("nowhere")
    scheduler.until(lambda: scheduler.runs("nowhere") and scheduler.ended("nowhere"), "the run of nowhere")
    run = scheduler.runs("nowhere")[0]  # at midnight another follows
    tasks = {one["task_id"]: one for one in scheduler.airflow.tasks_of("annotate__nowhere", run["dag_run_id"])}
    assert (run["state"], tasks["discover"]["state"], tasks["discover"]["try_number"]) == ("failed", "failed", 1)
    assert tasks["publish"]["state"] == "upstream_failed"
