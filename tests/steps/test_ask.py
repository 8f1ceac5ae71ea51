from __future__ import annotations

import random

from clip_with_facts import BATCH, FACTS, KEY, LABELS
from sqlalchemy import text

from fm_tasks.backends.facts_writer import FactsWriter
from fm_tasks.sources import Source
from fm_tasks.steps import ask

SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01")


def request() -> ask.Request:
    return ask.Request(facts_key=KEY, writer=FactsWriter.writer, seed=5)


def test_clips_with_current_saved_facts_are_planned(db, planned):
    asked = list(ask.plan(db, BATCH, SOURCE))
    assert asked == [("c1", ask.Request(facts_key=KEY, writer=FactsWriter.writer, seed=1))]


def test_the_questions_are_the_writers_and_the_same_for_the_same_request(stored, tmp_path):
    result = ask.run(request(), stored, tmp_path)
    assert result == ask.run(request(), stored, tmp_path)
    assert result.questions == FactsWriter().questions(FACTS, LABELS, 4.0, random.Random(5))
    assert 6 <= len(result.questions) <= 10 and result.writer == FactsWriter.writer
    assert ask.Result.model_validate(result.model_dump(mode="json")) == result


def test_every_question_is_a_row_in_its_order(stored, db, planned, tmp_path):
    result = ask.run(request(), stored, tmp_path)
    ask.save(db, "c1", planned("ask"), "text", request(), result)
    found = db.execute(
        text("select n, clip_id, type, text, options, answer, evidence, writer from qa order by n")
    ).all()
    writer = f"facts {FactsWriter.writer.version}"
    assert [tuple(row) for row in found] == [
        (n, "c1", q.type.value, q.text, list(q.options), q.answer, list(q.evidence), writer)
        for n, q in enumerate(result.questions)
    ]


def test_no_questions_are_no_rows(db, planned):
    ask.save(db, "c1", planned("ask"), "text", request(), ask.Result(writer=FactsWriter.writer, questions=()))
    assert db.execute(text("select count(*) from qa")).scalar_one() == 0
