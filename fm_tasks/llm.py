"""Calls of language models over the OpenAI API: bounded, retried by what went wrong, and none bought twice.

What can go wrong, and what is done:

=========================================  ================================================================
answer                                     then
=========================================  ================================================================
key refused (401, 403), no such model      ``BadConfig`` at once
rate limit (429)                           every call waits as long as ``Retry-After`` says, at least ever longer
quota spent (429 ``insufficient_quota``)   ``Unavailable`` at once
no connection, stream broken off, 502-504  tried again, then ``Unavailable``
timeout, 500, both in a stream too         tried again, then ``ItemFailed``: another item may fare better
any other refusal of the request           ``ItemFailed`` at once
=========================================  ================================================================

An answer that arrived is stored before anybody reads it, under the digest of what was asked. One that cannot be used is
sent back once, with what is wrong with it; then the item fails, and its next attempt asks with another seed and some
temperature. What was bought before is never asked again, whether it was of use or not.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from itertools import count
from pathlib import Path
from string import Template
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from fm_tasks.errors import BadConfig, BadRequest, ItemFailed, Missing, Torn, Unavailable
from fm_tasks.model import Call, CallOutcome, Document, digest_of
from fm_tasks.objects import Objects
from fm_tasks.settings import load

log = logging.getLogger(__name__)

PROMPTS = Path(__file__).with_name("prompts")

TRIES = 5
"""Requests for one answer."""
LONGEST_WAIT = 120.0
"""Seconds; a server that wants more is asked again by the task's next attempt."""
LATER_TEMPERATURE = 0.7
"""Of every attempt at an item but the first, which would else be told the same again."""
OUTCOMES = {"stop": CallOutcome.INVALID, "length": CallOutcome.CUT_SHORT, "refusal": CallOutcome.REFUSED}
"""Of answers that cannot be used, by how they ended."""

T = TypeVar("T")


class Reply(Document):
    """An answer as it arrived."""

    snapshot: str
    at: datetime
    seconds: float
    tries: int
    tokens_in: int
    tokens_out: int
    finish: Literal["stop", "length", "refusal"]
    text: str


class Endpoint:
    """A server of the OpenAI API; any number of threads may ask it, ``at_once`` of them at a time.

    ``timeout`` is how long it may be silent and, ten times that, how long an answer may take; ``pause`` is the first
    wait before a request is repeated, doubled each time. Seconds.
    """

    def __init__(self, base_url: str, key: str, at_once: int, timeout: float = 60.0, pause: float = 1.0):
        import httpx
        from openai import OpenAI

        self._client = OpenAI(
            base_url=base_url, api_key=key, max_retries=0, timeout=httpx.Timeout(timeout, pool=None, connect=10.0)
        )
        self._address, self._key = base_url, key
        self._slots = threading.BoundedSemaphore(at_once)
        self._longest, self._pause = 10 * timeout, pause
        self._resume = 0.0
        """Before this, by the monotonic clock, the server wants no request."""

    def complete(self, body: dict) -> Reply:
        """The answer to a chat completion. Raises what the module's table says."""
        from openai import OpenAIError

        for tries in range(1, TRIES + 1):
            try:
                with self._slots:
                    self._hold()
                    return self._once(body, tries)
            except (OpenAIError, _Broken) as error:
                wait = self._wait(error, tries)
                log.info("%s: asked again in %.1f s (%s)", self._address, wait, self._told(error))
                time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _hold(self) -> None:
        """Wait until the server wants requests again. Raises ``Unavailable`` where that is too long."""
        wait = self._resume - time.monotonic()
        if wait > LONGEST_WAIT:
            raise Unavailable(f"{self._address} wants no request for {wait:.0f} s")
        time.sleep(max(0.0, wait))

    def _once(self, body: dict, tries: int) -> Reply:
        """One request. Its answer is streamed, so that silence is noticed; a stream that just ends raises nothing."""
        from httpx import HTTPError, TimeoutException

        at, began = datetime.now(UTC), time.monotonic()
        text, refusal, finish, usage, snapshot = [], [], None, None, ""
        streaming = {"stream": True, "stream_options": {"include_usage": True}}
        try:
            with self._client.chat.completions.create(**body, **streaming) as stream:
                for chunk in stream:
                    usage, snapshot = chunk.usage or usage, chunk.model or snapshot
                    for choice in chunk.choices:
                        text.append(choice.delta.content or "")
                        refusal.append(choice.delta.refusal or "")
                        finish = choice.finish_reason or finish
                    if time.monotonic() > began + self._longest:
                        raise _TooSlow(f"no end of the answer after {self._longest:.0f} s")
        except TimeoutException as error:  # in the midst of the stream the SDK passes on what it meets
            raise _TooSlow("the answer stood still") from error
        except (HTTPError, ValueError) as error:
            raise _Broken(f"the answer broke off: {error}") from error
        if finish is None:
            raise _Broken("the answer ended early")
        if usage is None:
            raise BadConfig(f"{self._address} tells no token counts, so that nobody could say what an answer cost")
        refused = "".join(refusal) or finish == "content_filter"
        return Reply(
            snapshot=snapshot or body["model"],
            at=at,
            seconds=round(time.monotonic() - began, 3),
            tries=tries,
            tokens_in=usage.prompt_tokens,
            tokens_out=usage.completion_tokens,
            finish="refusal" if refused else "length" if finish == "length" else "stop",
            text="".join(refusal) or "".join(text),
        )

    def _wait(self, error: Exception, tries: int) -> float:
        """Seconds until the next try. Raises where there is none."""
        import openai

        status = getattr(error, "status_code", None)
        if status in (401, 403):
            raise BadConfig(f"{self._address} refused the key: check FM_LLM_KEY") from None
        if status == 404:
            raise BadConfig(
                f"{self._address} has no such model or path: {self._told(error)}; check FM_LLM_BASE_URL and "
                "the source's `model`"
            ) from None
        if status == 429 and getattr(error, "code", None) == "insufficient_quota":
            raise Unavailable(f"{self._address}: the account's quota is spent; top it up and Clear the run") from None
        of_the_item = (
            isinstance(error, (openai.APITimeoutError, _TooSlow))
            or status in (408, 500)
            or type(error) is openai.APIError  # told in the midst of the stream
        )
        if not of_the_item and status is not None and status < 500 and status not in (409, 429):
            raise ItemFailed(f"{self._address} refused the request ({status}): {self._told(error)}") from None
        wait = self._pause * 2 ** (tries - 1) * random.uniform(0.75, 1.25)
        asked = _retry_after(error)
        if asked is not None:
            wait, self._resume = max(wait, asked), max(self._resume, time.monotonic() + asked)
        if tries == TRIES or wait > LONGEST_WAIT:
            kind = ItemFailed if of_the_item else Unavailable
            raise kind(f"{self._address} did not answer, tried {tries} times: {self._told(error)}") from None
        return wait

    def _told(self, error: Exception) -> str:
        """What an error says, on one line: servers quote requests, and some quote the key."""
        return " ".join(str(error).replace(self._key, "(key)").split())[:300]


class _Broken(Exception):
    """The answer did not come to its end."""


class _TooSlow(_Broken):
    """The answer takes too long."""


def _retry_after(error: Exception) -> float | None:
    """Seconds that the answer's header asks for, given as seconds or as a date."""
    header = getattr(getattr(error, "response", None), "headers", {}).get("retry-after")
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        try:
            return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None


@cache
def endpoint() -> Endpoint:
    """The server that the settings name, one per process. Raises ``BadConfig`` where there is no key."""
    settings = load()
    return Endpoint(settings.llm_base_url, settings.require("llm_key"), int(settings.llm_at_once))


def reply_to(server: Endpoint, objects: Objects, digest: str, body: Callable[[], dict]) -> tuple[Reply, bool]:
    """The answer that is stored under ``digest``, else the server's to ``body()``, stored; and whether it is new."""
    uri = objects.reply_uri(digest)
    try:
        return objects.get_document(uri, Reply.model_validate_json), False
    except (Missing, Torn):
        reply = server.complete(body())
        objects.put_json(uri, reply.model_dump(mode="json"))
        return reply, True


class Unusable(ItemFailed):
    """No usable answer came; ``calls`` is what was bought in vain."""

    def __init__(self, problem: str, calls: tuple[Call, ...]):
        super().__init__(problem, calls)
        self.calls = calls

    def __str__(self) -> str:
        return self.args[0]


def at_once() -> int:
    """Items of a step that are answered at a time: a language model is waited for."""
    return int(load().llm_at_once)


def prompt(name: str, **values: object) -> str:
    """The text of ``prompts/NAME.md``, its placeholders filled in."""
    return Template((PROMPTS / f"{name}.md").read_text()).substitute(values).strip()


def schema(form: type[BaseModel]) -> dict:
    """The JSON Schema of an answer in the strict form that structured output asks for: every key required, no other
    allowed, nothing but structure."""

    def strict(node: object) -> object:
        if isinstance(node, list):
            return [strict(one) for one in node]
        if not isinstance(node, dict):
            return node
        made = {key: strict(value) for key, value in node.items() if key not in ("default", "description", "title")}
        if "properties" in made:
            made |= {"required": list(made["properties"]), "additionalProperties": False}
        return made

    return strict(form.model_json_schema())


def prompt_digest(instructions: str, template: str, form: type[BaseModel]) -> str:
    """Of everything that a model is told, whatever the item, and of the form of its answer."""
    files = [(PROMPTS / f"{name}.md").read_text() for name in (template, "repair")]
    return digest_of([instructions, *files, schema(form)])


class Inquiry(NamedTuple):
    """What a model is asked about an item: everything that changes its answer, but for how that is sampled."""

    step: str
    model: str
    prompt: str
    """The ``prompt_digest`` with which it was planned."""
    max_tokens: int
    form: type[BaseModel]
    instructions: str
    """The system's message."""
    template: str
    """The prompt that ``told`` was made of."""
    told: str
    """The user's message, but for the pictures."""
    shown: tuple
    """What the pictures are pictures of: they are named so in the digest, and made only if something must be asked."""
    pictures: Callable[[], list[dict]]


class Problem(ValueError):
    """Why an answer cannot be used, in words for the model that gave it."""


def parsed(form: type[T], text: str) -> T:
    """The answer in its form. Raises ``Problem``, which tells the first things that are wrong."""
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'the answer'}: {e['msg']}" for e in error.errors()[:5]]
        raise Problem("; ".join(faults)) from None


def inquire(
    server: Endpoint, objects: Objects, inquiry: Inquiry, read: Callable[[str], T], seed: int, temperature: float = 0.0
) -> tuple[T, tuple[Call, ...]]:
    """What ``read``, which raises ``Problem``, makes of the answer, and the calls that it took.

    ``seed`` and ``temperature`` are those of the first attempt. Raises ``Unusable`` where a new answer and its repair
    are of no use or the server refuses one of them, ``BadRequest`` where the prompts have changed since the plan.
    """
    if inquiry.prompt != prompt_digest(inquiry.instructions, inquiry.template, inquiry.form):
        step = inquiry.step
        raise BadRequest(f"this was planned with other prompts for {step}; plan the step again: clear the run")
    calls: list[Call] = []
    for attempt in count():
        sampling = {"temperature": LATER_TEMPERATURE if attempt else temperature, "seed": (seed + attempt) % 2**31}
        repair: list[dict] = []
        is_new = False
        for _ in range(2):
            try:
                reply, bought, digest = _reply(server, objects, inquiry, sampling, repair)
            except ItemFailed as error:
                raise Unusable(str(error), tuple(calls)) from None
            is_new |= bought
            try:
                found, outcome = read(_whole(reply)), CallOutcome.ANSWERED
            except Problem as problem:
                wrong, outcome = str(problem), OUTCOMES[reply.finish]
            known = reply.model_dump(include={"snapshot", "at", "seconds", "tries", "tokens_in", "tokens_out"})
            calls.append(Call(digest=digest, model=inquiry.model, prompt=inquiry.prompt, outcome=outcome, **known))
            if outcome == CallOutcome.ANSWERED:
                return found, tuple(calls)
            if outcome == CallOutcome.REFUSED:
                break
            complaint = prompt("repair", problem=wrong)
            repair = [{"role": "assistant", "content": reply.text}, {"role": "user", "content": complaint}]
        if is_new:
            raise Unusable(f"{inquiry.model} gave no usable answer: {wrong}", tuple(calls))


def _reply(
    server: Endpoint, objects: Objects, inquiry: Inquiry, sampling: dict, repair: list[dict]
) -> tuple[Reply, bool, str]:
    """The answer, whether it is new, and the digest of what was asked."""
    form = {"name": inquiry.step, "strict": True, "schema": schema(inquiry.form)}
    common = {
        "model": inquiry.model,
        "response_format": {"type": "json_schema", "json_schema": form},
        "max_completion_tokens": inquiry.max_tokens,
        **sampling,
    }
    digest = digest_of([common, inquiry.instructions, inquiry.told, *inquiry.shown, repair])

    def body() -> dict:
        content = [{"type": "text", "text": inquiry.told}, *inquiry.pictures()]
        system = {"role": "system", "content": inquiry.instructions}
        return {"messages": [system, {"role": "user", "content": content}, *repair], **common}

    return *reply_to(server, objects, digest, body), digest


def _whole(reply: Reply) -> str:
    """The text of the answer. Raises ``Problem`` where it is a refusal, or not whole."""
    if reply.finish == "refusal":
        raise Problem(f"it refused: {reply.text[:200]!r}")
    if reply.finish == "length":
        raise Problem(f"it is cut off after {reply.tokens_out} tokens: write less")
    return reply.text
