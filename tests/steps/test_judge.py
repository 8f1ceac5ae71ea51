"""The judge as a step: whose captions it compares, its rows, its money, and that it decides nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from installation import day, render, source
from openai_server import Refuse, Say, captions_of, scores_of
from sqlalchemy import text

from fm_tasks import runtime
from fm_tasks.errors import BadConfig
from fm_tasks.gate import gate
from fm_tasks.model import batch_id
from fm_tasks.operations import retry, show, status
from fm_tasks.step import STEPS
from fm_tasks.steps import judge
from fm_tasks.store import rows, transaction

CAM = source("cam")
BY_FACTS = CAM.model_copy(update={"judge": "gpt-4o-2024-08-06"})
BY_MODEL = BY_FACTS.model_copy(update={"writer": "openai", "frames": "none"})
WINDOW = day(datetime(2026, 5, 10, tzinfo=UTC))
BATCH = batch_id(CAM.id, WINDOW)
UNTIL_VERIFIED = [*STEPS][: [*STEPS].index("judge")]


@pytest.fixture(scope="module")
def video() -> bytes:
    return render("turn_and_stop", 0, seconds=2)


@pytest.fixture
def made(installation, video):
    installation.objects.put_bytes(installation.objects.raw_uri("cam/2026/05/10/a.mp4"), video, "video/mp4")
    installation.tracked(CAM, WINDOW)
    return installation


def asked_about(server) -> list[dict]:
    """The requests to the judge."""
    return [one for one in server.requests if one["response_format"]["json_schema"]["name"] == "judge"]


def found(made, query: str) -> list:
    with transaction(made.database_url) as db:
        return db.execute(text(query)).all()


def status_of(made) -> str:
    with transaction(made.database_url) as db:
        return "\n".join(status.status(db, BATCH))


def test_without_a_judge_nothing_is_asked_and_nothing_is_open(made, model_server):
    assert made.publish(CAM, WINDOW).clips == 1
    assert not model_server.requests
    assert not found(made, "select 1 from step_run where step = 'judge'")
    assert "judge" not in status_of(made) and "0 open" in status_of(made)


def test_writers_are_compared_blindly_and_credited_with_their_own_scores(made, model_server):
    made.annotate(BY_FACTS, WINDOW)
    assert [len(captions_of(request)) for request in asked_about(model_server)] == [1, 1, 1]
    # Now a model writes: its caption is the present one, and is compared with the older.
    made.annotate(BY_MODEL, WINDOW)
    compared = asked_about(model_server)[3:]
    assert [len(captions_of(request)) for request in compared] == [2, 2, 2]
    assert json.dumps(captions_of(compared[0])) != json.dumps(captions_of(compared[1]))

    said = found(made, "select step_run_id, writer, dimension, text from caption order by step_run_id, n")
    writers = {row.writer for row in said}
    assert len(writers) == 2
    wanted = {}
    for writer in writers:
        words: dict[str, list[str]] = {}
        for row in (row for row in said if row.writer == writer):
            words.setdefault(row.dimension, []).append(row.text)
        wanted[writer] = scores_of(words)
    assert len({tuple(scores.values()) for scores in wanted.values()}) == 2, "the judge tells the writers apart"
    scores = found(
        made,
        "select t.writer, s.* from caption_score s join caption t on t.step_run_id = s.caption_run_id and t.n = 0"
        " join step_run r on r.id = s.step_run_id and r.current",
    )
    assert len(scores) == 2 * 3 * 4 and {row.run for row in scores} == {1, 2, 3}
    assert all(row.score == wanted[row.writer][row.criterion] for row in scores)
    assert {row.letter for row in scores if row.writer in writers} == {"A", "B"}
    assert all(row.judge.startswith("gpt-4o-2024-08-06, prompt ") for row in scores)

    means = found(made, "select writer, criterion, score, spread, runs, present from judged_caption")
    assert len(means) == 2 * (4 + 1) and all((row.spread, row.runs) == (0, 3) for row in means)
    for writer in writers:
        by = {row.criterion: float(row.score) for row in means if row.writer == writer}
        assert by.pop("overall") == pytest.approx(sum(by.values()) / 4) and by == wanted[writer]
    assert {row.writer.split()[0]: row.present for row in means} == {"facts": False, "openai": True}

    # Nothing that is sent names a writer, and the model's own name is the judge's.
    for request in compared:
        sent = json.dumps({**request, "messages": [m for m in request["messages"] if isinstance(m["content"], str)]})
        sent += request["messages"][1]["content"][0]["text"]
        assert not [name for name in ("gpt-4o-mini", "openai", "facts", "writer", "prompt") if name in sent]

    # What there is to read says what the rows say.
    (clip,) = found(made, "select id from clip")
    with transaction(made.database_url) as db:
        shown = list(show.lines(show.shown(db, clip.id)))
    for writer in writers:
        mean = sum(wanted[writer].values()) / 4
        assert f"  judged: {writer}: {mean:.1f} of 10, runs 0.0 apart" in status_of(made)
        assert sum(f"{writer}: {mean:.1f} of 10" in line for line in shown) == 1
    assert any(line.startswith("  older, facts") for line in shown)

    # Another run asks nothing, nor does a way back to the other writer: the same captions were compared.
    before, rows_before = len(model_server.requests), found(made, "select * from caption_score order by 1, 2, 3, 4")
    made.annotate(BY_MODEL, WINDOW)
    made.annotate(BY_FACTS, WINDOW)
    assert len(model_server.requests) == before
    assert found(made, "select * from caption_score order by 1, 2, 3, 4") == rows_before
    calls = found(made, "select count(*) as n, sum(usd) as usd from llm_call where step = 'judge'")
    assert calls[0].n == 6 and calls[0].usd > 0


def test_it_decides_nothing(made, model_server):
    without = made.publish(CAM, WINDOW)
    model_server.then(Say("no JSON"), Say("none again"))
    assert made.publish(BY_FACTS, WINDOW) == without, "the same report and partition, though the judge failed"
    assert "judge    0 saved, 0 rejected, 1 open" in status_of(made) and "failed: judge 1, Unusable" in status_of(made)
    assert [row.outcome for row in found(made, "select outcome from llm_call")] == ["invalid", "invalid"]
    with transaction(made.database_url) as db:
        (item,) = retry.open_items(db, made.objects, runtime.batch_of(db, BATCH))
    assert (item.step, item.cause) == ("judge", "Unusable")
    assert made.publish(BY_FACTS, WINDOW) == without
    assert "judge    1 saved, 0 rejected, 0 open" in status_of(made)


def test_a_judge_that_is_no_longer_wanted_leaves_nothing_open(made, model_server):
    model_server.then(Say("no JSON"), Say("none again"))
    made.annotate(BY_FACTS, WINDOW)
    assert "judge    0 saved, 0 rejected, 1 open" in status_of(made)
    made.annotate(CAM, WINDOW, UNTIL_VERIFIED)  # the next run of a source without one
    assert "judge " not in status_of(made) and " 1 open" not in status_of(made)
    with transaction(made.database_url) as db:
        assert not retry.open_items(db, made.objects, runtime.batch_of(db, BATCH))
    made.annotate(BY_FACTS, WINDOW)
    assert "judge    1 saved, 0 rejected, 0 open" in status_of(made)


def test_what_cannot_be_paid_for_waits_and_goes_on_later(made, model_server, monkeypatch):
    cheap = CAM.model_copy(update={"judge": "gpt-4o-mini-2024-07-18"})  # whose pictures are billed as the server does
    monkeypatch.setenv("FM_LLM_RUN_BUDGET", "0.001")
    made.annotate(cheap, WINDOW)
    assert not model_server.requests
    assert "judge    0 saved, 0 rejected, 1 open" in status_of(made) and "OverBudget" in status_of(made)
    monkeypatch.setenv("FM_LLM_RUN_BUDGET", "1")
    made.annotate(cheap, WINDOW)
    assert len(model_server.requests) == 3 and "judge    1 saved" in status_of(made)
    (share,) = found(made, "select usd, estimate, (select sum(usd) from llm_call) as came from llm_reserve")
    assert 0.5 < share.came / share.estimate < 2, "the estimate is of the right size"


def test_captions_of_the_same_words_are_one(made, model_server):
    made.annotate(BY_FACTS, WINDOW, UNTIL_VERIFIED)
    (present,) = found(made, "select * from step_run where step = 'caption'")
    with transaction(made.database_url) as db:
        (copy,) = db.execute(
            text(
                "insert into step_run (batch_id, step, item_id, key, state, current)"
                " values (:batch, 'caption', :item, 'same', 'saved', false) returning id"
            ),
            {"batch": BATCH, "item": present.item_id},
        ).one()
        columns = "clip_id, dimension, text, 'another'"
        db.execute(
            text(f"insert into caption select :copy, n, {columns} from caption where step_run_id = :of"),
            {"copy": copy, "of": present.id},
        )
        (planned,) = judge.plan(db, runtime.batch_of(db, BATCH), BY_FACTS)
        assert planned[1].caption_keys == (present.key,)
        db.execute(text("update caption set text = 'It waits.' where step_run_id = :copy and n = 1"), {"copy": copy})
        (planned,) = judge.plan(db, runtime.batch_of(db, BATCH), BY_FACTS)
        assert planned[1].caption_keys == tuple(sorted((present.key, "same")))
        assert [row.key for row in rows(db, "caption_runs", item=present.item_id, keys=["same"])] == ["same"]


def test_a_judge_that_is_not_there_stops_no_release(made, model_server):
    model_server.then(Refuse(404))
    with pytest.raises(BadConfig, match="no such model"):
        made.annotate(BY_FACTS, WINDOW)
    with transaction(made.database_url) as db:
        report = gate.evaluate(db, runtime.batch_of(db, BATCH), made.database_url, datetime.now(UTC))
    assert report.verdict == "pass"
