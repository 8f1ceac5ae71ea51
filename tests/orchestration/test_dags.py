"""House rules over every DAG, and what each run's window is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml
from batches import BATCH, evaluate, good_batch
from installation import source

from fm_tasks import sources
from fm_tasks.errors import BadRequest, GateBlocked
from fm_tasks.settings import PROJECT
from fm_tasks.sources import Source
from fm_tasks.step import STEPS
from fm_tasks.store import transaction

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


def read(path: Path) -> DagBag:
    """The DAGs that Airflow finds at ``path``."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(path))


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return read(PROJECT / "dags")


def test_every_source_has_a_dag_and_every_file_is_read(bag):
    assert bag.import_errors == {}
    annotate = {f"annotate__{name}" for name in sources.load(PROJECT / "sources.yaml")}
    assert set(bag.dags) == annotate | {"approve_partition"}


@pytest.mark.parametrize(("asked", "made"), [("annotate__demo", {"annotate__demo"}), ("annotate__other", set())])
def test_a_task_parses_its_own_dag_alone(asked, made, monkeypatch):
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", asked)  # as Airflow sets it for a task
    assert set(read(PROJECT / "dags" / "annotate.py").dags) == made


def test_every_dag_follows_the_house_rules(bag):
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in bag.dags.values():
        headings = set(re.findall(r"^### (.+)$", dag.doc_md, re.MULTILINE))
        assert headings >= {"Purpose", "Reads", "Writes", "Re-running", "When it fails"}
        assert dag.tags
        assert not dag.catchup
        for task in dag.tasks:
            assert task.owner == "motion-foundry"
            assert task.execution_timeout
            assert task.retries == 2
            assert task.retry_policy, task.task_id
            assert task.pool in {"default_pool", "cpu", "gpu", "llm"}
        DagSerialization.to_dict(dag)


def test_publish_is_the_only_leaf_and_the_gate_is_before_it_on_every_path(bag):
    for dag in bag.dags.values():
        assert [leaf.task_id for leaf in dag.leaves] == ["publish"]
    for dag in (dag for name, dag in bag.dags.items() if name.startswith("annotate__")):
        assert dag.get_task("publish").upstream_task_ids == {"gate", "request_approval"}
        assert dag.get_task("request_approval").upstream_task_ids == {"gate"}
        saves = {task.task_id for task in dag.tasks if task.task_id.endswith(".save")}
        assert saves <= dag.get_task("gate").get_flat_relative_ids(upstream=True)


@pytest.mark.parametrize(
    ("step", "changed", "after", "before"),
    [
        ("judge", {"judge": "gpt-4o-2024-08-06"}, "verify.save", "gate"),
        ("audit", {"auditor": "gpt-4o-2024-08-06"}, "verify.save", "gate"),
        ("reread", {"writer": "openai"}, "ask.save", "verify.plan"),
    ],
)
def test_only_a_source_that_asks_a_model_has_its_tasks(bag, step, changed, after, before, monkeypatch, tmp_path):
    declared = [source("plain"), source("asking").model_copy(update=changed)]
    listed = {"sources": [one.model_dump(mode="json") for one in declared]}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(listed))
    monkeypatch.setenv("FM_SOURCES", str(tmp_path / "sources.yaml"))
    dags = read(PROJECT / "dags" / "annotate.py").dags
    plain, asking = (dags[f"annotate__{one.id}"] for one in declared)
    assert set(plain.task_ids) == set(bag.dags["annotate__demo"].task_ids)
    assert set(asking.task_ids) - set(plain.task_ids) == {f"{step}.plan", f"{step}.run", f"{step}.save"}
    owed = {one.name for one in STEPS.values() if one.owed_after is not None}
    assert {name.split(".")[0] for name in asking.task_ids if "." in name} == owed | {step}
    assert asking.get_task(f"{step}.plan").upstream_task_ids == {after}
    assert before in asking.get_task(f"{step}.save").downstream_task_ids
    assert asking.get_task(f"{step}.run").pool == "llm"


INTERVAL = (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC))


class Run(NamedTuple):
    """What a window depends on of a DAG run."""

    run_type: str
    data_interval_start: datetime
    data_interval_end: datetime


@pytest.fixture
def window_of(bag):
    from foundry.steps import window_of

    tokyo = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01", zone="Asia/Tokyo")
    return lambda params, run_type="manual": window_of(tokyo, params, Run(run_type, *INTERVAL))


def test_a_window_comes_from_the_interval_or_from_params(window_of):
    for run_type in ("scheduled", "backfill"):
        window = window_of({}, run_type)
        assert (window.start, window.end) == INTERVAL
    given = window_of({"from": "2026-04-01T00:00:00", "to": "2026-04-02T00:00:00Z"})
    assert given.start == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert given.end == datetime(2026, 4, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({}, "needs the params"),
        ({"from": "2026-04-01T00:00:00"}, "both"),
        ({"from": "2026-04-02T00:00:00", "to": "2026-04-02T00:00:00"}, "empty"),
    ],
)
def test_a_window_that_is_no_window_is_refused(window_of, params, says):
    with pytest.raises(BadRequest, match=says):
        window_of(params)


def test_only_what_is_held_is_asked_about(bag, database_url, monkeypatch):
    from foundry.approval import held

    monkeypatch.setenv("FM_DATABASE_URL", database_url)
    with transaction(database_url) as db:
        good_batch(db)
    report = evaluate(database_url)
    with pytest.raises(BadRequest, match="is not held: the verdict of its gate is pass"):
        held.function(params={"batch": BATCH, "report": report.id})
    with pytest.raises(GateBlocked, match=f"judged anew: its report is {report.id}, not another"):
        held.function(params={"batch": BATCH, "report": "another"})
