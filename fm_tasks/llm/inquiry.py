"""Questions to a language model: a prompt, the form of the answer, one repair, and no answer bought twice.

An answer that arrived is stored before anybody reads it, under the digest of what was asked. One that cannot be used is
sent back once, with what is wrong with it; then the item fails, and its next attempt asks with another seed and some
temperature. What was bought before is never asked again, whether it was of use or not.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from string import Template
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from fm_tasks.errors import BadRequest, ItemFailed, Missing, Torn
from fm_tasks.llm.client import Endpoint, Reply
from fm_tasks.model import Call, CallOutcome, digest_of
from fm_tasks.objects import Objects

PROMPTS = Path(__file__).with_name("prompts")

LATER_TEMPERATURE = 0.7
"""Of every attempt at an item but the first, which would else be told the same again."""
OUTCOMES = {"stop": CallOutcome.INVALID, "length": CallOutcome.CUT_SHORT, "refusal": CallOutcome.REFUSED}
"""Of answers that cannot be used, by how they ended."""

T = TypeVar("T")
Form = TypeVar("Form", bound=BaseModel)


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


def prompt(name: str, **values: object) -> str:
    """The text of ``prompts/NAME.md``, its placeholders filled in."""
    return Template((PROMPTS / f"{name}.md").read_text()).substitute(values).strip()


def schema(form: type[BaseModel]) -> dict:
    """The JSON Schema of an answer in the strict form that structured output asks for: every key required, no other
    allowed, nothing but structure."""

    def strict(node: Any) -> Any:
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


def parsed(form: type[Form], text: str) -> Form:
    """The answer in its form. Raises ``Problem``, which tells the first things that are wrong."""
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'the answer'}: {e['msg']}" for e in error.errors()[:5]]
        raise Problem("; ".join(faults)) from None


def inquire(
    server: Endpoint, objects: Objects, inquiry: Inquiry, read: Callable[[str], T], seed: int, temperature: float = 0.0
) -> tuple[T, tuple[Call, ...]]:
    """What ``read``, which raises ``Problem`` and never returns None, makes of the answer, and the calls that it took.

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
        is_new, wrong = False, ""
        for _ in range(2):
            try:
                reply, bought, digest = _reply(server, objects, inquiry, sampling, repair)
            except ItemFailed as error:
                raise Unusable(str(error), tuple(calls)) from None
            is_new |= bought
            found: T | None = None
            try:
                found, outcome = read(_whole(reply)), CallOutcome.ANSWERED
            except Problem as problem:
                wrong, outcome = str(problem), OUTCOMES[reply.finish]
            known = reply.model_dump(include={"snapshot", "at", "seconds", "tries", "tokens_in", "tokens_out"})
            calls.append(Call(digest=digest, model=inquiry.model, prompt=inquiry.prompt, outcome=outcome, **known))
            if found is not None:
                return found, tuple(calls)
            if outcome == CallOutcome.REFUSED:
                break
            complaint = prompt("repair", problem=wrong)
            repair = [{"role": "assistant", "content": reply.text}, {"role": "user", "content": complaint}]
        if is_new:
            raise Unusable(f"{inquiry.model} gave no usable answer: {wrong}", tuple(calls))
    raise AssertionError("an attempt answers, raises, or finds that it was made before")


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
