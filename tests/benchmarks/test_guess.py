"""The text-only baseline by a model: what is asked, and what counts as right."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from openai_server import SNAPSHOT

from benchmarks import guess
from fm_tasks import settings
from fm_tasks.errors import BadConfig
from fm_tasks.llm import Endpoint
from fm_tasks.llm.budget import Budget
from fm_tasks.model import Question

MODEL = "gpt-4o-mini-2024-07-18"


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return guess.sample(60)


def asked(body: dict, questions: list[Question]) -> Question:
    """The question that a request asks."""
    return next(q for q in questions if guess.body(MODEL, q)["messages"] == body["messages"])


def wrong(question: Question) -> str:
    return "BCDA"["ABCD".index(question.answer)]


def configured() -> tuple[Endpoint, Budget]:
    """The server and the prices that the environment names; four questions are asked at a time."""
    config = replace(settings.load(), llm_at_once="4")
    return Endpoint.of(config), Budget.of(config)


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        (lambda question: question.answer, 1.0),
        (lambda question: f" {question.answer}\n", 1.0),
        (wrong, 0.0),
        (lambda question: "I cannot see it.", 0.0),
        (lambda question: f"{question.answer}, or {wrong(question)}", 0.0),
        (lambda question: question.answer.lower(), 0.0),
        (lambda question: question.options["ABCD".index(question.answer)], 0.0),
        (lambda question: "", 0.0),
    ],
)
def test_only_the_right_letter_counts(model_server, questions, answer, share):
    model_server.answer = lambda body: answer(asked(body, questions))
    found = guess.guessed(*configured(), MODEL, questions)
    assert (found.right / found.questions, found.questions, found.snapshot) == (share, 60, SNAPSHOT)
    low, high = found.interval
    assert low <= share <= high and high - low == pytest.approx(0.0602, abs=0.001)
    assert model_server.most_at_once <= 4 and len(model_server.requests) == 60


def test_it_costs_what_the_table_says_and_is_told_beside_chance(model_server, questions):
    model_server.answer = lambda body: "A"
    found = guess.guessed(*configured(), MODEL, questions)
    told = sum(sum(len(m["content"]) for m in one["messages"]) // 4 for one in model_server.requests)
    assert found.right == sum(q.answer == "A" for q in questions)
    assert float(found.usd) == pytest.approx(0.15e-6 * told, rel=0.01) and found.usd > Decimal(0)
    assert found.ratio.against.endswith("chance 0.25") and "60 questions" in found.ratio.against
    assert found.ratio.target is None


def test_the_words_of_question_and_options_are_all_that_is_told(questions):
    for question in questions:
        said = guess.body(MODEL, question)["messages"][1]["content"].split("\n")
        options = [f"{letter}. {option}" for letter, option in zip("ABCD", question.options, strict=True)]
        assert said == [question.text, "", *options]
        assert not json.dumps(guess.body(MODEL, question)).count("claims")


def test_nothing_is_asked_without_a_model_or_a_price(model_server, questions, monkeypatch, capsys):
    monkeypatch.delenv("FM_BENCH_MODEL", raising=False)
    assert guess.measure() == [] and "not configured" in capsys.readouterr().out
    with pytest.raises(BadConfig, match="no price for some-model"):
        guess.guessed(*configured(), "some-model", questions)
    assert not model_server.requests


def test_the_model_that_the_environment_names_is_asked(model_server, monkeypatch):
    monkeypatch.setenv("FM_BENCH_MODEL", MODEL)
    monkeypatch.setattr(guess, "SAMPLE", 5)
    model_server.answer = lambda body: "B"
    (row,) = guess.measure()
    assert row.name == "guessed_by_model" and "5 questions" in row.against
    assert {one["model"] for one in model_server.requests} == {MODEL} and len(model_server.requests) == 5
