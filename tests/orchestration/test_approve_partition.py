"""A held batch and the person who is asked about it, through the live scheduler and Airflow's REST API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from installation import Installation, day, render, source
from scheduler import Scheduler
from sqlalchemy import Row, text

from fm_tasks.model import batch_id
from fm_tasks.operations.airflow_api import DONE
from fm_tasks.store import rows, transaction

pytestmark = [pytest.mark.live, pytest.mark.timeout(1800)]

DAY = datetime(2026, 5, 10, tzinfo=UTC)
BATCH = batch_id("asked", day(DAY))
DAG = "/api/v2/dags/approve_partition"


class Person(NamedTuple):
    """Whoever looks at the page *Required Actions* of a run of `approve_partition`, and what became of the batch."""

    scheduler: Scheduler
    shared: Installation

    def do(self, method: str, path: str, **body: object) -> dict:
        return self.scheduler.airflow._ask(method, f"{DAG}{path}", json=body or None)

    def starts(self, **params: object) -> str:
        return self.do("POST", "/dagRuns", logical_date=None, conf={"batch": BATCH, **params})["dag_run_id"]

    def is_asked(self, run: str) -> dict:
        """The question, as soon as ``run`` waits for the answer."""
        task = f"/dagRuns/{run}/taskInstances/ask"
        self.scheduler.until(lambda: self.do("GET", task)["state"] == "awaiting_input", f"{run} waits")
        return self.do("GET", f"{task}/-1/hitlDetails")

    def answers(self, run: str, option: str, note: str) -> None:
        """Airflow 3.3.2 loses an answer that comes before its scheduler has heard that the task waits, a second or so
        later, and asks again: whoever is so quick is asked twice."""
        task = f"/dagRuns/{run}/taskInstances/ask"

        def is_heard() -> bool:
            if self.do("GET", task)["state"] != "awaiting_input":
                return self.do("GET", task)["state"] in (*DONE, "skipped")
            if not self.do("GET", f"{task}/-1/hitlDetails")["response_received"]:
                answer = {"chosen_options": [option], "params_input": {"note": note}}
                self.do("PATCH", f"{task}/-1/hitlDetails", **answer)
            return False

        self.scheduler.until(is_heard, f"the answer to {run}")

    def sees_the_end_of(self, run: str) -> tuple[str, dict[str, str]]:
        """The state of ``run`` once it ended, and those of its tasks."""
        self.scheduler.until(lambda: self.do("GET", f"/dagRuns/{run}")["state"] in DONE, f"the end of {run}")
        tasks = self.scheduler.airflow.tasks_of("approve_partition", run)
        return self.do("GET", f"/dagRuns/{run}")["state"], {one["task_id"]: one["state"] for one in tasks}

    def finds(self, query: str) -> Sequence[Row]:
        with transaction(self.shared.database_url) as db:
            return db.execute(text(query), {"batch": BATCH}).all()

    @property
    def last_decision(self) -> Row:
        return self.finds("select answer, person, note from decision order by at desc limit 1")[0]

    @property
    def outcome(self) -> str:
        return self.finds("select outcome from batch where id = :batch")[0].outcome


class Held(NamedTuple):
    """A nightly run whose batch is held, while `approve_partition` was paused until nobody could be asked."""

    run: str
    report: str
    meanwhile: dict[str, str]


@pytest.fixture(scope="module")
def person(scheduler, shared) -> Person:
    return Person(scheduler, shared)


@pytest.fixture(scope="module")
def held(scheduler, shared, person) -> Held:
    """The one clip was asked about well, and all but a few of its questions are gone."""
    video = render("bounce", seed=12, seconds=4)
    shared.objects.put_bytes(shared.objects.raw_uri(f"asked/{DAY:%Y/%m/%d}/alone.mp4"), video, "video/mp4")
    shared.annotate(source("asked"), day(DAY))
    with transaction(shared.database_url) as db:
        lost = "delete from qa q using step_run r where r.id = q.step_run_id and r.batch_id = :batch and n > 3"
        db.execute(text(lost), {"batch": BATCH})
    scheduler.enable("asked")
    person.do("PATCH", "", is_paused=True)
    run = scheduler.trigger("asked", day(DAY))
    tried = ("up_for_retry", "failed")
    scheduler.until(lambda: scheduler.states("asked", run).get("request_approval") in tried, "the request for approval")
    meanwhile = scheduler.states("asked", run)
    person.do("PATCH", "", is_paused=False)
    ended = f"/api/v2/dags/annotate__asked/dagRuns/{run}"
    scheduler.until(lambda: scheduler.airflow._ask("GET", ended)["state"] in DONE, "the end of the nightly run")
    with transaction(shared.database_url) as db:
        (report,) = rows(db, "present_report", batch=BATCH)
    return Held(run, report.id, meanwhile)


def test_nobody_can_be_asked_while_the_dag_is_paused_and_the_run_ends_all_the_same(held, scheduler, person):
    assert held.meanwhile["request_approval"] in ("up_for_retry", "failed")
    tasks = scheduler.states("asked", held.run)
    assert (tasks["gate"], tasks["publish"], tasks["request_approval"]) == ("success", "skipped", "success")
    assert person.outcome == "held"


def test_a_held_batch_is_asked_about_once_and_stays_held_when_it_is_rejected(held, scheduler, person):
    run = f"{BATCH}--{held.report}"
    asked = person.is_asked(run)
    assert asked["subject"] == f"Publish {BATCH}?"
    assert "rule `question_count`" in asked["body"] and "rows that break it: 1" in asked["body"]
    person.answers(run, "Reject", "not yet")
    state, tasks = person.sees_the_end_of(run)
    assert (state, tasks["publish"], person.outcome) == ("success", "skipped", "held")
    assert person.last_decision == ("rejected", "admin", "not yet")

    again = {"dag_run_id": held.run, "task_ids": ["request_approval"], "dry_run": False, "only_failed": False}
    scheduler.airflow._ask("POST", "/api/v2/dags/annotate__asked/clearTaskInstances", json=again)
    scheduler.until(lambda: scheduler.states("asked", held.run)["request_approval"] == "skipped", "the second request")


def test_where_nobody_answers_in_time_it_stays_held(held, person):
    state, tasks = person.sees_the_end_of(person.starts(hours=0.0001))
    assert (state, tasks["publish"], person.outcome) == ("success", "skipped", "held")
    assert person.last_decision == ("timed_out", None, "")


def test_what_a_person_approves_is_published_with_their_name_and_stays_so(held, scheduler, person):
    run = person.starts(report=held.report)
    person.is_asked(run)
    person.answers(run, "Approve", "it is fine")
    state, tasks = person.sees_the_end_of(run)
    assert (state, tasks["publish"], person.outcome) == ("success", "success", "published")
    (partition,) = person.finds("select xmin::text, t.* from partition t where batch_id = :batch")
    approval = json.loads(person.shared.objects.get_bytes(f"{partition.uri}manifest.json"))["approval"]
    assert (approval["answer"], approval["person"], approval["note"]) == ("approved", "admin", "it is fine")

    scheduler.clear("asked", held.run)
    again = f"/api/v2/dags/annotate__asked/dagRuns/{held.run}"
    scheduler.until(lambda: scheduler.airflow._ask("GET", again)["state"] in DONE, "the same night again")
    assert scheduler.states("asked", held.run)["publish"] == "success"
    assert scheduler.states("asked", held.run)["request_approval"] == "skipped"
    assert person.outcome == "published"
    assert person.finds("select xmin::text, t.* from partition t where batch_id = :batch") == [partition]


def test_an_answer_to_another_report_or_to_what_is_not_held_publishes_nothing(held, person):
    state, tasks = person.sees_the_end_of(person.starts(report="another"))
    assert (state, tasks) == ("failed", {"held": "failed", "ask": "upstream_failed", "publish": "upstream_failed"})
