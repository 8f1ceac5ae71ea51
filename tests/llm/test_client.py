"""The client, over real HTTP, against a server that does everything wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from openai_server import KEY, SNAPSHOT, Refuse, Say, serving

from fm_tasks.errors import BadConfig, ItemFailed, Unavailable
from fm_tasks.llm import MAX_TRIES, Endpoint, reply_to

BODY = {"model": "test-model", "messages": [{"role": "user", "content": "Say something."}]}


@pytest.fixture
def server():
    with serving() as (server, url):
        server.url = url
        yield server


@pytest.fixture
def endpoint(server):
    return Endpoint(server.url, KEY, at_once=4, timeout=1.0, pause=0.01)


def test_an_answer_tells_its_tokens_and_who_gave_it(endpoint, server):
    server.then(Say("one two three four"))
    reply = endpoint.complete(BODY)
    assert (reply.text, reply.finish, reply.snapshot, reply.tries) == ("one two three four", "stop", SNAPSHOT, 1)
    assert (reply.tokens_in, reply.tokens_out) == (3, 4)
    assert server.requests[0]["messages"] == BODY["messages"]


@pytest.mark.parametrize(
    "fault",
    [
        Refuse(429),
        Refuse(500),
        Refuse(502),
        Refuse(503),
        Say("never", silent=2.0),
        Say("half of it", finish=None),
        Say("cut in the midst of a line", cut=60),
        Say("cut after a line", cut=1),
        Say("half of it", error="no longer"),
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again(endpoint, server, fault):
    server.then(fault, fault, Say("at last"))
    reply = endpoint.complete(BODY)
    assert (reply.text, reply.tries, len(server.requests)) == ("at last", 3, 3)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Refuse(429), Unavailable),
        (Refuse(503), Unavailable),
        (Say("half", finish=None), Unavailable),
        (Refuse(500), ItemFailed),
        (Say("never", silent=2.0), ItemFailed),
        (Say("half", error="no longer"), ItemFailed),
    ],
    ids=str,
)
def test_what_does_not_pass_ends_the_shard_or_the_item(endpoint, server, fault, error):
    server.then(*[fault] * MAX_TRIES)
    with pytest.raises(error, match=f"tried {MAX_TRIES} times"):
        endpoint.complete(BODY)
    assert len(server.requests) == MAX_TRIES


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Refuse(401), BadConfig),
        (Refuse(403), BadConfig),
        (Refuse(404), BadConfig),
        (Refuse(429, code="insufficient_quota"), Unavailable),
        (Refuse(400, message="the prompt is too long"), ItemFailed),
        (Refuse(422), ItemFailed),
    ],
    ids=str,
)
def test_what_cannot_pass_is_not_tried_again(endpoint, server, fault, error):
    server.then(fault)
    with pytest.raises(error):
        endpoint.complete(BODY)
    assert len(server.requests) == 1


def test_a_wrong_key_is_named_by_its_setting_and_not_shown(server):
    with pytest.raises(BadConfig, match="FM_LLM_KEY") as told:
        Endpoint(server.url, "sk-secret", at_once=1).complete(BODY)
    assert "sk-secret" not in str(told.value) and len(server.requests) == 1
    server.then(Refuse(400, message=f"who are you, {KEY}?"))
    with pytest.raises(ItemFailed) as told:
        Endpoint(server.url, KEY, at_once=1).complete(BODY)
    assert KEY not in str(told.value)


def test_no_server_is_unavailable():
    with serving() as (_, url):
        pass
    with pytest.raises(Unavailable, match="did not answer"):
        Endpoint(url, KEY, at_once=1, pause=0.001).complete(BODY)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_rate_limit_is_waited_for_by_every_thread(server, form):
    endpoint = Endpoint(server.url, KEY, at_once=4, pause=0.001)
    until = datetime.now(UTC) + timedelta(seconds=3)
    server.then(Refuse(429, {"Retry-After": "2" if form == "seconds" else format_datetime(until, usegmt=True)}))
    endpoint.complete(BODY)
    refused, again = server.times
    assert again - refused >= 1.0, "the server said when"
    server.then(Refuse(429, {"Retry-After": "1"}))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(endpoint.complete, BODY)
        while len(server.requests) < 3:
            pass
        while not endpoint._resume > server.times[2]:
            pass
        endpoint.complete(BODY)
        waiting.result()
    assert min(server.times[3:]) - server.times[2] >= 1.0


@pytest.mark.parametrize("seconds", ["3600", "inf"])
def test_a_limit_that_is_too_long_is_left_to_the_next_attempt(endpoint, server, seconds):
    server.then(Refuse(429, {"Retry-After": seconds}))
    for _ in range(2):  # nor does another thread ask, or wait for so long
        with pytest.raises(Unavailable):
            endpoint.complete(BODY)
    assert len(server.requests) == 1


def test_a_refusal_and_a_length_stop_are_answers_of_their_own_kind(endpoint, server):
    server.then(
        Say("", refusal="I cannot help with that."), Say('{"scene": "A c', finish="length"), Say("x", "content_filter")
    )
    refused, short, filtered = (endpoint.complete(BODY) for _ in range(3))
    assert (refused.finish, refused.text) == ("refusal", "I cannot help with that.")
    assert (short.finish, short.text) == ("length", '{"scene": "A c')
    assert filtered.finish == "refusal"


def test_a_server_that_counts_no_tokens_is_not_paid(endpoint, server):
    server.then(Say("free?", usage=False))
    with pytest.raises(BadConfig, match="token counts"):
        endpoint.complete(BODY)


def test_no_more_are_asked_at_a_time_than_allowed(endpoint, server):
    server.then(*[Say("yes", silent=0.1)] * 12)
    with ThreadPoolExecutor(12) as pool:
        assert len(list(pool.map(lambda _: endpoint.complete(BODY), range(12)))) == 12
    assert server.most_at_once == 4


def test_an_answer_is_stored_as_it_arrives_and_not_bought_again(endpoint, server, objects):
    server.then(Say("once"))
    first, is_new = reply_to(endpoint, objects, "0123456789abcdef0123", lambda: BODY)
    assert is_new and objects.exists(objects.reply_uri("0123456789abcdef0123"))
    assert reply_to(endpoint, objects, "0123456789abcdef0123", lambda: pytest.fail("nothing is to be made")) == (
        first,
        False,
    )
    assert len(server.requests) == 1
