from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from batches import good_batch
from batches import run as answer
from clip_with_facts import BATCH, FACTS, KEY, LABELS
from installation import tools
from sqlalchemy import Connection, text

from fm_tasks.checking import repeats
from fm_tasks.dataset.record import records
from fm_tasks.model import Claim, FactKind, MotionFacts, Question, QuestionType
from fm_tasks.operations import show, status
from fm_tasks.sources import Source
from fm_tasks.steps import ask
from fm_tasks.store import execute, queries, rows, transaction
from fm_tasks.writing.facts_writer import FactsWriter

SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01")


def request() -> ask.Request:
    return ask.Request(facts_key=KEY, writer=FactsWriter.writer, seed=5)


def test_clips_with_current_saved_facts_are_planned(db, planned):
    asked = list(ask.plan(db, BATCH, SOURCE))
    assert asked == [("c1", ask.Request(facts_key=KEY, writer=FactsWriter.writer, seed=1))]


def test_the_questions_are_the_writers_and_the_same_for_the_same_request(stored, tmp_path):
    result = ask.run(request(), tools(stored, tmp_path))
    assert result == ask.run(request(), tools(stored, tmp_path))
    assert result.questions == FactsWriter().questions(
        MotionFacts(facts=FACTS, labels=LABELS, seconds=4.0), random.Random(5)
    )
    assert 6 <= len(result.questions) <= 10 and result.writer == FactsWriter.writer
    assert ask.Result.model_validate(result.model_dump(mode="json")) == result


def test_every_question_is_a_row_in_its_order(stored, db, planned, tmp_path):
    result = ask.run(request(), tools(stored, tmp_path))
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


# --- questions that were asked before ---------------------------------------------------------------------------------

GOES = Claim(kind=FactKind.MOVES, subject=0, value="right")
DIRECTION = ("Which way does the person move?", "To the right", "To the left", "Upwards", "Downwards")
REWORDED = ("In which direction is the person moving?", "Down", "Rightwards", "Up", "Left")
PACE = ("How fast does the person move?", "Slowly", "Quickly", "At a moderate pace", "It does not move")


def question(text: str, *options: str, answer: str = "A", claims: Sequence[Claim] = (GOES,)) -> Question:
    kind = QuestionType.MOTION_RECOGNITION
    return Question(type=kind, text=text, options=options, answer=answer, evidence=(0,), claims=claims)


SAME = question(*REWORDED, answer="B")


@pytest.fixture
def clips(database_url) -> list[str]:
    """Clips of one batch, one more than a question is kept of, none of them asked of."""
    names = [f"clip-{n:03}" for n in range(repeats.MAX_QUESTIONS_PER_MEANING + 1)]
    with transaction(database_url) as db:
        good_batch(db, names)
        db.execute(text("delete from step_run where step = 'ask'"))
    return names


def save(db: Connection, clip: str, *questions: Question) -> int:
    """Save them as what is asked of the clip today; the id of the answer."""
    step_run = answer(db, "ask", clip)
    ask.save(db, clip, step_run, "key", request(), ask.Result(writer=FactsWriter.writer, questions=questions))
    return step_run


def removed(db: Connection) -> list[tuple]:
    """What is not handed on: its clip and number, why, and which question of which clip it repeats."""
    query = "select q.clip_id, n, code, of_clip, of_n from near_question join qa q using (step_run_id, n) order by 1, 2"
    return [tuple(row) for row in db.execute(text(query))]


def handed_on(db: Connection) -> list[tuple]:
    return [tuple(row) for row in db.execute(text("select clip_id, n from accepted_qa order by 1, 2"))]


def test_of_questions_of_a_clip_that_ask_the_same_the_first_is_kept(db, clips):
    shuffled = question(DIRECTION[0], *DIRECTION[:0:-1], answer="D")
    save(db, clips[0], question(*PACE), question(*DIRECTION), SAME, shuffled)
    assert removed(db) == [(clips[0], n, "reworded", clips[0], 1) for n in (2, 3)]
    assert handed_on(db) == [(clips[0], 0), (clips[0], 1)]
    published = next(records(db, db.scalar(text("select id from batch"))))
    assert published.questions[1].text == DIRECTION[0]


def test_the_gate_does_not_count_what_is_asked_in_other_words(db, clips):
    save(db, clips[0], question(*PACE), question(*DIRECTION), SAME)
    counted = text("select questions from gate_clip where clip_id = :clip")
    assert db.scalar(counted, {"clip": clips[0]}) == 2


def test_what_all_clips_are_asked_is_kept_so_often_and_no_more(db, clips):
    for clip in clips:
        save(db, clip, question(*DIRECTION) if clip < "clip-050" else SAME)
    assert removed(db) == [(clips[-1], 0, "too_often", clips[0], 0)]
    assert len(handed_on(db)) == repeats.MAX_QUESTIONS_PER_MEANING


def test_other_options_and_other_labels_are_other_questions(db, clips):
    for clip in clips[:-1]:
        save(db, clip, question(*DIRECTION))
    car = [GOES.model_copy(update={"subject": 1000})]
    save(db, clips[-1], question(*DIRECTION[:-1], "Nowhere"), question(*DIRECTION, claims=car), question(*PACE))
    assert removed(db) == []


def test_a_clip_of_which_all_was_asked_before_is_published_without_questions(db, clips):
    batch = db.scalar(text("select id from batch"))
    for clip in clips:
        save(db, clip, question(*DIRECTION))
    published = records(db, batch)
    assert [len(clip.questions) for clip in published] == [1] * repeats.MAX_QUESTIONS_PER_MEANING + [0]
    assert {row.questions for row in db.execute(text("select questions from gate_clip"))} == {1}


def test_a_clip_with_the_same_content_is_not_asked_the_same_again(db, clips):
    db.execute(text("update clip set sha256 = 'same' where id = any(:two)"), {"two": [clips[3], clips[5]]})
    save(db, clips[3], question(*DIRECTION))
    save(db, clips[4], question(*DIRECTION))
    save(db, clips[5], question(*PACE), question(*DIRECTION))
    assert removed(db) == [(clips[5], 1, "same_content", clips[3], 0)]


def test_what_is_no_longer_asked_makes_room(db, clips):
    for clip in clips[:-1]:
        save(db, clip, question(*DIRECTION))
    db.execute(text("update step_run set current = false where step = 'ask' and item_id = :clip"), {"clip": clips[0]})
    save(db, clips[-1], question(*DIRECTION))
    assert removed(db) == []


def test_of_two_savers_at_once_only_one_is_the_last(database_url, clips):
    with transaction(database_url) as db:
        for clip in clips[:-2]:
            save(db, clip, question(*DIRECTION))

    def saving(clip: str) -> None:
        with transaction(database_url) as db:
            save(db, clip, question(*DIRECTION))

    with ThreadPoolExecutor(2) as pool:
        with transaction(database_url) as db:
            execute(db, "lock_questions", {})
            savings = [pool.submit(saving, clip) for clip in clips[-2:]]
            waiting = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
            while db.scalar(waiting) != 2:
                assert not any(one.done() for one in savings)
        assert [one.result() for one in savings] == [None, None]
    with transaction(database_url) as db:
        assert [(code, of) for _, _, code, of, _ in removed(db)] == [("too_often", clips[0])]
        assert len(handed_on(db)) == repeats.MAX_QUESTIONS_PER_MEANING


def test_what_is_removed_is_told_with_what_it_repeats(db, clips):
    save(db, clips[0], question(*DIRECTION), SAME)
    told = f"asks question 0 in other words: {DIRECTION[0]}"
    assert f"dropped  question 1: reworded, it {told}" in list(status.of_item(db, clips[0]))
    found = show.shown(db, clips[0])
    lines = list(show.lines(found))
    at = lines.index(f"  DROPPED motion_recognition: {REWORDED[0]}")
    assert lines[at + 1] == f"      it {told}"
    assert f"it {told}" in show.page(found, b"", b"")


def test_kept_questions_are_looked_up_by_an_index(db, clips):
    many = """insert into qa (step_run_id, n, clip_id, type, text, options, answer, evidence, writer, meaning)
        select :run, n, :clip, 'action_order', '', '{a,b,c,d}', 'A', '{}', '', 'meaning ' || n
        from generate_series(0, 19999) n"""
    db.execute(text(many), {"run": answer(db, "ask", clips[0]), "clip": clips[0]})
    db.execute(text("analyze qa"))
    asked = {"clip": clips[1], "meanings": ["meaning 7", "meaning 8"]}
    plan = db.execute(text("explain " + queries()["kept_questions"]), asked).scalars()
    assert "qa_meaning" in "".join(plan)
    assert [row.n for row in rows(db, "kept_questions", **asked)] == [7, 8]
