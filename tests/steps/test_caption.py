from __future__ import annotations

import random

from clip_with_facts import BATCH, FACTS, KEY, LABELS
from installation import tools
from sqlalchemy import text

from fm_tasks.model import Doubt, MotionFacts
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


def test_every_doubt_of_the_writer_is_a_row(stored, db, planned, tmp_path):
    result = caption.run(request(), tools(stored, tmp_path))
    doubts = (
        Doubt(subject=1000, seconds=0.5, text="Nobody is there."),
        Doubt(subject=0, seconds=2.0, text="It stands."),
    )
    doubted = result.model_copy(update={"caption": result.caption.model_copy(update={"doubts": doubts})})
    caption.save(db, "c1", planned("caption"), "text", request(), doubted)
    found = db.execute(text("select clip_id, track_id, seconds, text from doubt order by n")).all()
    assert [tuple(row) for row in found] == [("c1", 1000, 0.5, "Nobody is there."), ("c1", 0, 2.0, "It stands.")]
