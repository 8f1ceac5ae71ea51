from __future__ import annotations

import random

from clip_with_facts import BATCH, FACTS, KEY, LABELS
from installation import tools
from sqlalchemy import text

from fm_tasks.model import MotionFacts
from fm_tasks.sources import Source
from fm_tasks.steps import caption
from fm_tasks.writing.facts_writer import FactsWriter

SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01")


def request() -> caption.Request:
    return caption.Request(facts_key=KEY, writer=FactsWriter.writer, seed=5)


def test_clips_with_current_saved_facts_are_planned(db, planned):
    asked = list(caption.plan(db, BATCH, SOURCE))
    assert asked == [("c1", caption.Request(facts_key=KEY, writer=FactsWriter.writer, seed=1))]


def test_the_caption_is_the_writers_and_the_same_for_the_same_request(stored, tmp_path):
    result = caption.run(request(), tools(stored, tmp_path))
    assert result == caption.run(request(), tools(stored, tmp_path))
    assert result.caption == FactsWriter().caption(
        MotionFacts(facts=FACTS, labels=LABELS, seconds=4.0), random.Random(5)
    )
    assert result.writer == FactsWriter.writer
    assert caption.Result.model_validate(result.model_dump(mode="json")) == result


def test_every_sentence_is_a_row_numbered_from_the_scene(stored, db, planned, tmp_path):
    result = caption.run(request(), tools(stored, tmp_path))
    caption.save(db, "c1", planned("caption"), "text", request(), result)
    found = db.execute(text("select n, clip_id, dimension, text, writer from caption order by n")).all()
    writer = f"facts {FactsWriter.writer.version}"
    expected = [(n, "c1", d, s.text, writer) for n, (d, s) in enumerate(result.caption.sentences())]
    assert [tuple(row) for row in found] == expected
    assert found[0].dimension == "scene"
    assert {row.dimension for row in found} == {"scene", "paragraph", *result.caption.dimensions}
