from __future__ import annotations

import random

import pytest
from sqlalchemy import text

from fm_tasks.backends.facts_writer import FactsWriter
from fm_tasks.model import Batch, Fact, FactKind
from fm_tasks.sources import Source
from fm_tasks.steps import ask

SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01")
BATCH = "b1"
KEY = "0123456789abcdef0123"
LABELS = {0: "person", 1000: "car"}
FACTS = (
    Fact(kind=FactKind.LOCATED, subject=0, value="right", start=0, end=99),
    Fact(kind=FactKind.STATIONARY, subject=0, amount=4.0, start=0, end=99),
    Fact(kind=FactKind.LOCATED, subject=1000, value="left", start=0, end=99),
    Fact(kind=FactKind.MOVES, subject=1000, value="right", amount=0.4, start=0, end=99),
    Fact(kind=FactKind.APPROACHES, subject=1000, object=0, amount=0.4, start=0, end=99),
    Fact(kind=FactKind.COUNTS, subject=None, value="car", amount=1, start=0, end=99),
    Fact(kind=FactKind.COUNTS, subject=None, value="person", amount=1, start=0, end=99),
)


@pytest.fixture
def stored(objects):
    """Buckets that hold the facts of one clip, as the facts step writes them."""
    result = {"facts": [f.model_dump(mode="json") for f in FACTS], "labels": LABELS, "seconds": 4.0}
    objects.put_json(objects.result_uri("facts", KEY), {"step": "facts", "key": KEY, "result": result})
    return objects


@pytest.fixture
def planned(db):
    """One batch of three clips: facts saved, facts planned only, and facts of a request that is no longer current.
    Returns the id of a step_run to save under."""
    db.execute(text("insert into source values ('cam', 'CC0-1.0', 'UTC')"))
    columns = "(id, source, window_start, window_end)"
    db.execute(text(f"insert into batch {columns} values ('b1', 'cam', '2026-01-01', '2026-01-02')"))
    db.execute(
        text(
            "insert into video (id, source, key, etag, size, dated_at, modified_at, batch_id)"
            " values ('v1', 'cam', 'cam/a.mp4', 'e', 1, now(), now(), 'b1')"
        )
    )
    insert = text(
        "insert into step_run (batch_id, step, item_id, key, state, current)"
        " values ('b1', :step, :item, :key, :state, :current) returning id"
    )

    def step_run(step, item, key, state="saved", current=True):
        return db.execute(insert, dict(step=step, item=item, key=key, state=state, current=current)).scalar_one()

    cut = step_run("cut", "v1", "cut")
    for n in (1, 2, 3):
        db.execute(
            text("insert into clip values (:id, :cut, 'v1', 0, 0, '{0}', 's3://w/c', :sha256, 64, 36, 0, 1, 1)"),
            {"id": f"c{n}", "cut": cut, "sha256": f"{n:08x}" + "0" * 56},
        )
    step_run("facts", "c1", KEY)
    step_run("facts", "c2", "planned", state="planned")
    step_run("facts", "c3", "old", current=False)
    return step_run("ask", "c1", "text", state="planned")


def batch() -> Batch:
    return Batch(id=BATCH, source="cam", window={"start": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z"})


def request() -> ask.Request:
    return ask.Request(facts_key=KEY, writer=FactsWriter.writer, seed=5)


def test_clips_with_current_saved_facts_are_planned(db, planned):
    asked = list(ask.plan(db, batch(), SOURCE))
    assert asked == [("c1", ask.Request(facts_key=KEY, writer=FactsWriter.writer, seed=1))]


def test_the_questions_are_the_writers_and_the_same_for_the_same_request(stored, tmp_path):
    result = ask.run(request(), stored, tmp_path)
    assert result == ask.run(request(), stored, tmp_path)
    assert result.questions == FactsWriter().questions(FACTS, LABELS, 4.0, random.Random(5))
    assert len(result.questions) >= 4 and result.writer == FactsWriter.writer
    assert ask.Result.model_validate(result.model_dump(mode="json")) == result


def test_every_question_is_a_row_in_its_order(stored, db, planned, tmp_path):
    result = ask.run(request(), stored, tmp_path)
    ask.save(db, "c1", planned, "text", request(), result)
    found = db.execute(
        text("select n, clip_id, type, text, options, answer, evidence, writer from qa order by n")
    ).all()
    assert [tuple(row) for row in found] == [
        (n, "c1", q.type.value, q.text, list(q.options), q.answer, list(q.evidence), "facts 2")
        for n, q in enumerate(result.questions)
    ]


def test_no_questions_are_no_rows(db, planned):
    ask.save(db, "c1", planned, "text", request(), ask.Result(writer=FactsWriter.writer, questions=()))
    assert db.execute(text("select count(*) from qa")).scalar_one() == 0
