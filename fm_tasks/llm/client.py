"""A server of the OpenAI API: calls that are bounded, and tried again by what went wrong.

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
"""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from fm_tasks.errors import BadConfig, ItemFailed, Unavailable
from fm_tasks.model import Document
from fm_tasks.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI

log = logging.getLogger(__name__)

MAX_TRIES = 5
"""Requests for one answer."""

MAX_WAIT = 120.0
"""Seconds; a server that wants more is asked again by the task's next attempt."""


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

    def __init__(self, base_url: str, key: str | None, at_once: int, timeout: float = 60.0, pause: float = 1.0):
        self.at_once = at_once
        self._address, self._key = base_url, key
        self._slots = threading.BoundedSemaphore(at_once)
        self._timeout, self._longest, self._pause = timeout, 10 * timeout, pause
        self._resume = 0.0
        """Before this, by the monotonic clock, the server wants no request."""

    @classmethod
    def of(cls, settings: Settings) -> Endpoint:
        """The server that the settings name."""
        return cls(settings.llm_base_url, settings.llm_key, int(settings.llm_at_once))

    @cached_property
    def _client(self) -> OpenAI:
        """Made when it is first asked, because most steps ask nothing. Raises ``BadConfig`` where there is no key."""
        from openai import OpenAI, Timeout

        if not self._key:
            raise BadConfig(f"FM_LLM_KEY is not set: {self._address} is asked nothing without a key")
        timeout = Timeout(self._timeout, pool=None, connect=10.0)
        return OpenAI(base_url=self._address, api_key=self._key, max_retries=0, timeout=timeout)

    def complete(self, body: dict) -> Reply:
        """The answer to a chat completion. Raises what the module's table says."""
        from openai import OpenAIError

        for tries in range(1, MAX_TRIES + 1):
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
        if wait > MAX_WAIT:
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
        if tries == MAX_TRIES or wait > MAX_WAIT:
            kind = ItemFailed if of_the_item else Unavailable
            raise kind(f"{self._address} did not answer, tried {tries} times: {self._told(error)}") from None
        return wait

    def _told(self, error: Exception) -> str:
        """What an error says, on one line: servers quote requests, and some quote the key."""
        return " ".join(str(error).replace(self._key or "(key)", "(key)").split())[:300]


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
