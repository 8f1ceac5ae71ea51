"""The client, over real HTTP, against ``llmock``: a server of the OpenAI API that others wrote, and that judges how a
client takes the faults it makes."""

from __future__ import annotations

import json
import time

import pytest
from llmock.pytest_plugin import LLMock
from llmock.scenarios import Delay, Fail, Match, Reply, SlowFirstToken, StreamFault

from fm_tasks.errors import BadConfig, ItemFailed, Unavailable
from fm_tasks.llm import MAX_TRIES, Endpoint, schema
from fm_tasks.model import Dimension
from fm_tasks.writing.openai import FORMS

SILENCE = 1.0
"""Seconds after which the client takes a server for dead."""
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say something."}]}
SAID = "One, two, three, four."

PASSING = {
    "rate limit": Fail(429, retry_after=0.7),
    "error of the server": Fail(500),
    "bad gateway": Fail(502),
    "overloaded": Fail(503, retry_after=0.7),
    "no answer": Delay(2 * SILENCE),
    "no first token": SlowFirstToken(2 * SILENCE),
    "stands still": StreamFault("stall", after_chunks=2, stall_seconds=2 * SILENCE),
    "disconnected": StreamFault("disconnect", after_chunks=2),
    "disconnected before anything": StreamFault("disconnect", after_chunks=0),
    "ends early": StreamFault("truncate", after_chunks=3),
    "ends before anything": StreamFault("truncate", after_chunks=0),
    "no JSON in the midst": StreamFault("malformed", after_chunks=2),
}
LASTING = {
    "rate limit": Unavailable,
    "overloaded": Unavailable,
    "disconnected": Unavailable,
    "ends early": Unavailable,
    "no JSON in the midst": Unavailable,
    "error of the server": ItemFailed,
    "no answer": ItemFailed,
    "stands still": ItemFailed,
}
"""What is raised where it does not pass: ``ItemFailed`` for what one item alone may have caused."""
FINAL = {
    "wrong key": (Fail(401), BadConfig),
    "no such model": (Fail(404), BadConfig),
    "quota spent": (Fail(429, code="insufficient_quota"), Unavailable),
    "prompt too long": (Fail(400, code="context_length_exceeded"), ItemFailed),
    "not understood": (Fail(422), ItemFailed),
}


@pytest.fixture
def endpoint(llmock: LLMock) -> Endpoint:
    return Endpoint(llmock.base_url(), "sk-test", at_once=2, timeout=SILENCE, pause=0.06)


def test_an_answer_comes_whole(endpoint, llmock):
    llmock.reply(SAID)
    reply = endpoint.complete(BODY)
    assert (reply.text, reply.finish, reply.tries) == (SAID, "stop", 1)
    assert reply.tokens_in > 0 and reply.tokens_out > 0 and reply.snapshot == "gpt-4o-mini"
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_asked_again_in_its_time(endpoint, llmock, fault):
    llmock.add(PASSING[fault]).reply(SAID, times=2)
    began = time.monotonic()
    reply = endpoint.complete(BODY)
    assert (reply.text, reply.finish, reply.tries, len(llmock.requests)) == (SAID, "stop", 2, 2)
    # The client leaves a broken answer, and may ask again before the server has noticed: two calls, by its count.
    left = {"malformed_chunk_ignored"} if fault == "no JSON in the midst" else set()
    assert {finding.code for finding in llmock.verdict().findings} <= left
    if fault in ("rate limit", "overloaded"):
        assert time.monotonic() - began >= 0.7


@pytest.mark.parametrize("fault", LASTING)
def test_what_does_not_pass_is_given_up(endpoint, llmock, fault):
    llmock.add(*[PASSING[fault]] * MAX_TRIES)
    with pytest.raises(LASTING[fault], match=f"tried {MAX_TRIES} times"):
        endpoint.complete(BODY)
    assert len(llmock.requests) == MAX_TRIES
    codes = {finding.code for finding in llmock.verdict().findings}
    assert codes <= {"truncated_stream_accepted", "malformed_chunk_ignored"}, "which it takes the last try for"


@pytest.mark.parametrize("fault", FINAL)
def test_what_cannot_pass_is_asked_once(endpoint, llmock, fault):
    act, error = FINAL[fault]
    llmock.add(act)
    with pytest.raises(error):
        endpoint.complete(BODY)
    assert len(llmock.requests) == 1 and not llmock.verdict().errors


@pytest.mark.parametrize(("finish", "taken"), [("length", "length"), ("content_filter", "refusal"), ("stop", "stop")])
def test_how_an_answer_ended_is_told(endpoint, llmock, finish, taken):
    llmock.add(Reply(text=SAID, finish_reason=finish, match=Match(stream=True)))
    assert endpoint.complete(BODY).finish == taken


def test_quotas_of_a_minute_are_kept(endpoint, llmock):
    """A server that counts: the client waits as long as it is told, and no longer."""
    llmock.limits(rpm=60)
    for _ in range(62):
        assert endpoint.complete(BODY).text
    assert 0 < sum(record.status == 429 for record in llmock.requests) <= 4
    llmock.assert_resilient()


@pytest.mark.parametrize("step", FORMS)
def test_the_form_that_is_asked_for_is_understood_by_another(endpoint, llmock, step):
    form = {"name": step, "strict": True, "schema": schema(FORMS[step])}
    said = json.loads(endpoint.complete({**BODY, "response_format": {"type": "json_schema", "json_schema": form}}).text)
    assert FORMS[step].model_validate(said)
    if step == "caption":
        assert said.keys() == {"scene", "paragraph", "doubts", *Dimension}
