"""The second reading as a step: whose texts are read, its rows and money, and what ``verify`` makes of it."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest
from installation import day, render, source
from openai_server import Refuse, Say, good_answer, material_of, read_back
from sqlalchemy import text

from fm_tasks import runtime
from fm_tasks.errors import BadConfig
from fm_tasks.gate import gate
from fm_tasks.model import batch_id
from fm_tasks.operations import retry, status
from fm_tasks.step import STEPS
from fm_tasks.steps import reread, verify
from fm_tasks.store import transaction

CAM = source("cam")
BY_MODEL = CAM.model_copy(update={"writer": "openai", "frames": "none", "second": "gpt-4o-2024-08-06"})
WINDOW = day(datetime(2026, 5, 10, tzinfo=UTC))
BATCH = batch_id(CAM.id, WINDOW)
UNTIL_WRITTEN = [*STEPS][: [*STEPS].index("reread")]
REST = [name for name in STEPS if name not in UNTIL_WRITTEN]
LOST = "The tv frolics about."
"""A sentence whose words the reader does not know."""


@pytest.fixture(scope="module")
def video() -> bytes:
    return render("turn_and_stop", 0, seconds=2)


@pytest.fixture
def made(installation, video):
    installation.objects.put_bytes(installation.objects.raw_uri("cam/2026/05/10/a.mp4"), video, "video/mp4")
    installation.tracked(CAM, WINDOW)
    return installation


def is_second(body: dict) -> bool:
    return body["response_format"]["json_schema"]["name"] == "reread"


def found(made, query: str) -> list:
    with transaction(made.database_url) as db:
        return db.execute(text(query)).all()


def status_of(made) -> str:
    with transaction(made.database_url) as db:
        return "\n".join(status.status(db, BATCH))


def verdict(made) -> str:
    with transaction(made.database_url) as db:
        return gate.evaluate(db, runtime.batch_of(db, BATCH), made.database_url, datetime.now(UTC)).verdict


def keys(made) -> list[str | None]:
    """The second readings that today's ``verify`` was given."""
    runs = found(made, "select key from step_run where step = 'verify' and current and state = 'saved'")
    asked = (made.objects.get_json(made.objects.result_uri("verify", run.key))["request"] for run in runs)
    return [request["reread_key"] for request in asked]


def claims_of(made) -> list[tuple]:
    """Every claim of today, with the verdict on it."""
    query = (
        "select r.step, k.text_n, k.kind, k.subject, k.object, k.value, k.amount, k.negated, k.verdict, k.reason"
        " from claim k join step_run r on r.id = k.text_run_id"
        " join step_run v on v.id = k.step_run_id and v.current order by 1, 2, k.n"
    )
    return [tuple(row) for row in found(made, query)]


def test_where_no_model_writes_nothing_is_read_again(made, model_server):
    made.annotate(CAM.model_copy(update={"second": "gpt-4o-2024-08-06"}), WINDOW)
    assert not model_server.requests and keys(made) == [None]
    assert not found(made, "select 1 from step_run where step = 'reread'")
    assert verdict(made) == "pass" and "reread" not in status_of(made)


def test_the_texts_of_a_clip_are_read_again_by_the_model_that_the_source_names(made, model_server):
    made.annotate(BY_MODEL, WINDOW)
    (request,) = filter(is_second, model_server.requests)
    assert request["model"] == "gpt-4o-2024-08-06"
    sentences = [row.text for row in found(made, "select text from caption order by n")]
    asked = found(made, "select text, options[ascii(answer) - 64] as answer from qa order by n")
    told = material_of(request)
    assert [one["sentence"] for one in told[: len(sentences)]] == sentences
    assert [(one["question"], one["answer"]) for one in told[len(sentences) :]] == [tuple(row) for row in asked]
    assert {row.label for row in found(made, "select label from track")} and "1000" not in json.dumps(told)

    read = found(made, "select s.*, r.step from second_reading s join step_run r on r.id = s.text_run_id")
    assert {(row.step, row.text_n) for row in read} == {
        *(("caption", n) for n in range(len(sentences))),
        *(("ask", n) for n in range(len(asked))),
    }
    answered = json.loads(read_back(request))["texts"]
    assert sum(row.kind is not None for row in read) == sum(len(one["claims"]) for one in answered) > 0
    (call,) = found(made, "select * from llm_call where step = 'reread'")
    assert call.model == "gpt-4o-2024-08-06" and call.usd > 0 and call.outcome == "answered"
    (reserve,) = found(made, "select * from llm_reserve where model = 'gpt-4o-2024-08-06'")
    assert 0.3 < call.usd / reserve.estimate < 3, "the estimate is of the right size"
    assert keys(made) == [row.key for row in found(made, "select key from step_run where step = 'reread' and current")]
    assert verdict(made) == "pass"
    # A true second reading of plain texts drops none of them.
    assert not [row for row in claims_of(made) if row[8] == "contradicted"]

    before, rows = len(model_server.requests), claims_of(made)
    made.annotate(BY_MODEL, WINDOW)
    assert len(model_server.requests) == before and claims_of(made) == rows


def test_by_default_the_model_that_writes_reads_again(made, model_server):
    made.annotate(BY_MODEL.model_copy(update={"second": None}), WINDOW)
    assert {request["model"] for request in model_server.requests} == {BY_MODEL.model}
    assert [row.second for row in found(made, "select second from source")] == [BY_MODEL.model]


def odd(body: dict) -> str:
    """What the server says, with a sentence that the reader does not know in the place of the first that claims."""
    said = json.loads(good_answer(body))
    if body["response_format"]["json_schema"]["name"] == "caption":
        sentence = next(one for one in said["action"] if one["claims"])
        sentence["text"] = LOST
    return json.dumps(said)


def test_a_text_that_the_reader_does_not_know_is_published_where_both_say_the_same(made, model_server):
    meant: list[dict] = []

    def answer(body: dict) -> str:
        said = json.loads(odd(body))
        for one in said.get("texts", ()):
            if material_of(body)[one["n"] - 1].get("sentence") == LOST:
                one["claims"] = meant
        return json.dumps(said)

    model_server.answer = answer
    accepted = f"select 1 from accepted_caption where text = '{LOST}'"
    made.annotate(BY_MODEL, WINDOW)
    assert found(made, f"select 1 from caption where text = '{LOST}'") and not found(made, accepted)
    reasons = [row[9] for row in claims_of(made) if row[8] == "not_understood" and row[2] is None]
    assert any("frolics; read again, it says nothing that is declared" in reason for reason in reasons)

    (row,) = found(made, f"select n, step_run_id from caption where text = '{LOST}'")
    (key,) = (one.key for one in found(made, "select key from step_run where step = 'caption' and current"))
    sentences = made.objects.result("caption", key)["caption"]["dimensions"]["action"]
    (declared,) = (one["claims"] for one in sentences if one["text"] == LOST)
    labels = {one.track_id: one.label for one in found(made, "select track_id, label from track")}
    for claim in declared:
        meant.append(claim | {name: claim[name] and f"the {labels[claim[name]]}" for name in ("subject", "object")})
    made.annotate(BY_MODEL.model_copy(update={"second": "gpt-4o-mini-2024-07-18"}), WINDOW)
    assert found(made, accepted), [one for one in claims_of(made) if one[:2] == ("caption", row.n)]


def test_what_errs_in_one_of_ten_texts_drops_texts_and_publishes_none_that_is_false(made, model_server):
    rng = random.Random(1)
    model_server.answer = lambda body: read_back(body, rng) if is_second(body) else good_answer(body)
    made.annotate(BY_MODEL, WINDOW)
    read = [row for row in claims_of(made) if row[9].startswith("read again")]
    assert read, "it has erred"
    published = found(made, "select k.verdict, k.kind from gate_claim k where k.published")
    assert published and not [row for row in published if row.verdict == "contradicted"]


def test_without_a_usable_answer_the_reader_judges_alone_and_the_next_run_asks_again(made, model_server):
    made.annotate(BY_MODEL, WINDOW, UNTIL_WRITTEN)
    model_server.then(Say("no JSON"), Say('{"texts": []}'))
    made.annotate(BY_MODEL, WINDOW, REST)
    assert keys(made) == [None] and verdict(made) == "pass"
    alone = claims_of(made)
    said = status_of(made)
    assert "reread   0 saved, 0 rejected, 1 open" in said and "failed: reread 1, Unusable" in said
    assert [row.outcome for row in found(made, "select outcome from llm_call where step = 'reread'")] == ["invalid"] * 2
    assert not found(made, "select 1 from second_reading")
    with transaction(made.database_url) as db:
        (item,) = retry.open_items(db, made.objects, runtime.batch_of(db, BATCH))
    assert (item.step, item.cause) == ("reread", "Unusable")

    made.annotate(BY_MODEL, WINDOW, REST)
    assert keys(made) != [None] and "reread   1 saved, 0 rejected, 0 open" in status_of(made)
    made.annotate(BY_MODEL.model_copy(update={"writer": "facts"}), WINDOW)
    assert keys(made) == [None] and alone


def test_what_cannot_be_paid_for_waits_and_so_does_the_verdict(made, model_server, monkeypatch):
    made.annotate(BY_MODEL, WINDOW, UNTIL_WRITTEN)
    monkeypatch.setenv("FM_LLM_RUN_BUDGET", "0")
    made.annotate(BY_MODEL, WINDOW, REST)
    assert not list(filter(is_second, model_server.requests)) and keys(made) == []
    assert "OverBudget" in status_of(made) and verdict(made) == "blocked"
    monkeypatch.setenv("FM_LLM_RUN_BUDGET", "1")
    made.annotate(BY_MODEL, WINDOW, REST)
    assert len(keys(made)) == 1 and keys(made) != [None] and verdict(made) == "pass"


def test_a_server_that_is_not_there_loses_nothing(made, model_server):
    made.annotate(BY_MODEL, WINDOW, UNTIL_WRITTEN)
    model_server.then(Refuse(404))
    with pytest.raises(BadConfig, match="no such model"):
        made.annotate(BY_MODEL, WINDOW, ["reread"])
    made.annotate(BY_MODEL, WINDOW, ["verify"])
    assert keys(made) == [] and verdict(made) == "blocked"
    made.annotate(BY_MODEL, WINDOW, REST)
    assert len(keys(made)) == 1 and verdict(made) == "pass"


def test_a_reading_of_other_texts_is_waited_for(made, model_server):
    made.annotate(BY_MODEL, WINDOW)
    other = BY_MODEL.model_copy(update={"model": "gpt-4o-2024-08-06"})
    made.annotate(other, WINDOW, ("caption", "ask"))
    with transaction(made.database_url) as db:
        assert list(verify.plan(db, runtime.batch_of(db, BATCH), other)) == []
        (planned,) = reread.plan(db, runtime.batch_of(db, BATCH), other)
    made.annotate(other, WINDOW, REST)
    key = runtime.key_of("reread", reread.VERSION, planned[1])
    assert keys(made) == [key]


def test_a_source_whose_texts_no_model_writes_any_more_leaves_nothing_open(made, model_server):
    made.annotate(BY_MODEL, WINDOW, UNTIL_WRITTEN)
    model_server.then(Say("no JSON"), Say("none again"))
    made.annotate(BY_MODEL, WINDOW, REST)
    assert "reread   0 saved, 0 rejected, 1 open" in status_of(made)
    made.annotate(CAM, WINDOW, [name for name in STEPS if name != "reread"])  # as its DAG has it
    assert "reread " not in status_of(made) and " 1 open" not in status_of(made)
    assert keys(made) == [None] and verdict(made) == "pass"
