"""The life cycle of every step: plan what lacks an answer, run it where no database is, save it as rows.

    plan (worker)             run (step process)            save (worker)
    Postgres ─► shard document ─► one result per item, addressed by its request ─► Postgres

The address of a result is the digest of the step, its ``VERSION`` and the whole request, so the same work asked twice
is found done. ``run`` writes an item's result last, in one PUT; ``save`` copies it into rows in one transaction
together with the state of its ``step_run``. Kill anything at any moment and run again.
"""

from __future__ import annotations

import errno
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, NamedTuple, Self, TypeVar

from pydantic import model_validator
from sqlalchemy import Connection, Engine, Row

from fm_tasks.errors import BadRequest, Changed, ItemFailed, Missing, NotDiscovered, Rejected, Torn, Unavailable
from fm_tasks.llm.budget import Budget
from fm_tasks.model import Batch, Call, Document, Rejection, Window, digest_of
from fm_tasks.objects import Objects
from fm_tasks.settings import Settings
from fm_tasks.sources import Source
from fm_tasks.step import STEPS, StepModule, Tools, step_named
from fm_tasks.store import LOST, connections, execute, rows, transaction

log = logging.getLogger(__name__)


class Worker(NamedTuple):
    """What ``plan`` and ``save`` are given besides their batch: they see rows and answers, never a model."""

    database_url: str
    objects: Objects
    budget: Budget

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What the settings name."""
        return cls(settings.require("database_url"), Objects(settings), Budget.of(settings))


class ShardItem(Document):
    """One item of a shard: its request, and the key that the answer will have."""

    item: str
    key: str
    request: dict


class Shard(Document):
    """What one mapped task works through."""

    step: str
    version: int
    asked: tuple[ShardItem, ...]


Request = TypeVar("Request", bound=Document)
Result = TypeVar("Result", bound=Document)


class Answer(Document, Generic[Request, Result]):
    """What lies at the address of a request: its result, or why it has none."""

    step: str
    version: int
    key: str
    request: Request
    result: Result | None = None
    rejection: Rejection | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.result is None) == (self.rejection is None):
            raise ValueError("an answer has either a result or a rejection")
        return self


class Failure(Document):
    """Why an item has no answer yet."""

    at: datetime
    error: str
    detail: str
    calls: tuple[Call, ...] = ()
    """Of a language model, bought in vain."""

    @classmethod
    def of(cls, error: Exception) -> Self:
        """What to tell of ``error``, as of now."""
        detail = str(error).replace("\0", "")  # which PostgreSQL's text cannot hold
        calls = getattr(error, "calls", ())
        return cls(at=datetime.now(UTC), error=type(error).__name__, detail=detail[:2000], calls=calls)


def key_of(step: str, version: int, request: Document) -> str:
    """The address of the answer to ``request``: 20 hexadecimal digits. No run, date, shard or rank is in it."""
    return digest_of([step, version, request.model_dump(mode="json")])


def batch_of(db: Connection, batch: str) -> Batch:
    """The batch with id ``batch``. Raises ``NotDiscovered`` where there is none."""
    found = rows(db, "batch", batch=batch)
    if not found:
        raise NotDiscovered(f"there is no batch {batch}: `discover` did not get so far; its log says why")
    row = found[0]
    return Batch(id=row.id, source=row.source, window=Window(start=row.window_start, end=row.window_end))


# --- plan -------------------------------------------------------------------------------------------------------------


def plan(worker: Worker, step: str, batch: str, source: Source, shard_size: int) -> list[str]:
    """Write one shard document for every ``shard_size`` items of the batch that lack an answer; return their URIs.

    An item whose present request was answered before is left alone; one whose request changed is asked anew, and its
    older answer stays beside it. An item that the step before no longer hands on asks for nothing. Where a step costs
    money, items for which the budget leaves none are failures and in no shard.
    """
    module = step_named(step).module
    with transaction(worker.database_url) as db:
        execute(db, "lock_batch", {"batch": batch})
        asked = [
            (item, key_of(step, module.VERSION, request), request)
            for item, request in module.plan(db, batch_of(db, batch), source)
        ]
        today = {"step": step, "items": [item for item, _, _ in asked], "keys": [key for _, key, _ in asked]}
        execute(db, "retire_unasked", {"batch": batch, **today})
        execute(db, "retire_changed", today)
        execute(db, "plan_step_runs", {"batch": batch, **today})
        open_items = {row.item_id: row.id for row in rows(db, "open_step_runs", step=step, batch=batch)}
        requests = {open_items[item]: request for item, _, request in asked if item in open_items}
        waiting = _over_budget(db, worker.budget, step, batch, requests)
    paid = {item for item, step_run in open_items.items() if step_run not in waiting}
    todo = [
        ShardItem(item=item, key=key, request=request.model_dump(mode="json"))
        for item, key, request in asked
        if item in paid
    ]
    shards = [_write_shard(worker.objects, batch, step, module.VERSION, part) for part in _parts(todo, shard_size)]
    log.info(
        "%s, batch %s: %d items, %d done before, %d to do in %d shards: %s",
        *(step, batch, len(asked), len(asked) - len(todo), len(todo), len(shards)),
        ", ".join(worker.objects.shard_name(uri)[1][:8] for uri in shards) or "none",
    )
    return shards


def _over_budget(db: Connection, budget: Budget, step: str, batch: str, requests: dict[int, Any]) -> set[int]:
    """The step runs that cannot be paid for; each is a failure. Money is set aside for the others."""
    if not STEPS[step].asks_models:
        return set()
    module = STEPS[step].module
    costs = {id: cost for id, request in requests.items() if (cost := module.cost(request, budget))}
    if not costs:
        return set()
    waiting = budget.reserve(db, batch, step, costs, datetime.now(UTC))
    for id, error in waiting.items():
        execute(db, "fail", {"step_run": id, **Failure.of(error).model_dump(exclude={"calls"})})
    if waiting:
        first = next(iter(waiting.values()))
        log.warning("%s, batch %s: %d items wait for money, such as: %s", step, batch, len(waiting), first)
    return set(waiting)


def _parts(items: list[ShardItem], size: int) -> Iterator[list[ShardItem]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _write_shard(objects: Objects, batch: str, step: str, version: int, part: list[ShardItem]) -> str:
    uri = objects.shard_uri(batch, step, digest_of([one.key for one in part]))
    objects.put_json(uri, Shard(step=step, version=version, asked=tuple(part)).model_dump(mode="json"))
    return uri


def width(worker: Worker, batch: str, step: str, shards: int) -> int:
    """The most shards that the step of this batch was ever planned in, today's ``shards`` included."""
    with transaction(worker.database_url) as db:
        execute(db, "widen_plan", {"batch": batch, "step": step, "shards": shards})
        return rows(db, "plan_width", batch=batch, step=step)[0].shards


# --- run --------------------------------------------------------------------------------------------------------------


def run(tools: Tools, step: str, shard_uri: str) -> Counter:
    """Work through a shard; return how many items were ``done``, ``rejected``, ``failed`` or ``done before``.

    One item's failure is written beside its result's address and the next item goes on. Raises ``BadRequest`` for a
    shard that is not there or of another step or version, ``Unavailable`` where a service is down; a defect of ours in
    one item is raised after the last item.
    """
    try:
        shard = Shard.model_validate(tools.objects.get_json(shard_uri))
    except Missing as error:
        raise BadRequest(f"{shard_uri} was removed after it was planned; plan the step again: clear the run") from error
    module = step_named(step).module
    if (shard.step, shard.version) != (step, module.VERSION):
        raise BadRequest(
            f"{shard_uri} was planned for {shard.step} version {shard.version}, "
            f"this is {step} version {module.VERSION}; plan the step again"
        )
    tally, defects, began = Counter(), [], time.monotonic()
    batch, digest = tools.objects.shard_name(shard_uri)

    def answered(asked: ShardItem) -> tuple[ShardItem, str | Exception]:
        try:
            return asked, _answer(tools, module, asked, step)
        except Exception as error:
            return asked, error

    with _mapping(tools.llm.at_once if STEPS[step].asks_models else 1) as mapped:
        for number, (asked, outcome) in enumerate(mapped(answered, shard.asked), 1):
            # Every line names everything: it is found by searching for one of these, and read alone.
            item = f"{STEPS[step].item} {asked.item}, key {asked.key}"
            named = f"{step} {number}/{len(shard.asked)}, batch {batch}, shard {digest[:8]}, {item}"
            if isinstance(outcome, Exception):
                log.error("%s: failed", named, exc_info=outcome)
                if _of_the_service(outcome):
                    raise outcome
                _note_failure(tools.objects, step, asked.key, outcome)
                if not isinstance(outcome, (ItemFailed, Changed, Missing, Torn)):
                    defects.append(outcome)
                outcome = "failed"
            tally[outcome] += 1
            spent = time.monotonic() - began
            to_go = spent / number * (len(shard.asked) - number)
            log.info("%s: %s (%.1f s, about %.0f s to go)", named, outcome, spent, to_go)
    if defects:
        raise defects[0]
    return tally


@contextmanager
def _mapping(at_once: int) -> Iterator[Callable]:
    """``map`` for the items of a shard, ``at_once`` at a time, and more than one in any order. After an error the items
    that were not begun are left, those that were are ended."""
    if at_once == 1:
        yield map
        return
    pool = ThreadPoolExecutor(at_once)
    try:
        yield lambda call, items: (done.result() for done in as_completed([pool.submit(call, one) for one in items]))
    finally:
        pool.shutdown(cancel_futures=True)


def _answer(tools: Tools, module: StepModule, asked: ShardItem, step: str) -> str:
    objects = tools.objects
    uri = objects.result_uri(step, asked.key)
    if objects.exists(uri):
        return "done before"
    request, began = module.Request.model_validate(asked.request), time.monotonic()
    answer: dict = {"step": step, "version": module.VERSION, "key": asked.key, "request": asked.request}
    with tempfile.TemporaryDirectory(prefix=f"fm-{step}-") as scratch:
        try:
            result = module.run(request, tools._replace(scratch=Path(scratch)))
            answer["result"], outcome = result.model_dump(mode="json"), "done"
        except Rejected as rejected:
            answer["rejection"], outcome = {"code": rejected.code.value, "detail": rejected.detail}, "rejected"
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            where = tempfile.gettempdir()
            raise Unavailable(f"{where} is full: make room there, or set TMPDIR to a larger disk") from error
    objects.put_json(uri, answer, seconds=time.monotonic() - began)
    objects.delete(objects.failure_uri(step, asked.key))
    return outcome


def _of_the_service(error: Exception) -> bool:
    """Whether ``error`` would meet the next item too: a service down, a key refused, a disk full."""
    return isinstance(error, (Unavailable, BadRequest, *LOST)) and not isinstance(error, (Changed, Missing, Torn))


def _note_failure(objects: Objects, step: str, key: str, error: Exception) -> None:
    objects.put_json(objects.failure_uri(step, key), Failure.of(error).model_dump(mode="json"))


# --- save -------------------------------------------------------------------------------------------------------------

SAVERS = 3
"""Items that are saved at a time: while PostgreSQL takes up one, others are read."""
NEWS_SECONDS = 10


def save(worker: Worker, step: str, batch: str) -> Counter:
    """Copy every answer of the batch that has no rows yet into rows, one transaction an item; return the counts of
    ``saved``, ``rejected``, ``failed``, ``missing`` and, where another ``save`` was quicker, ``saved before``.

    An answer that is torn, or whose rows PostgreSQL refuses, is a failure of its item, and the others are saved; the
    latter is a defect of ours and is raised after the last item. Raises ``Unavailable`` where a service is down.
    """
    module, savers = step_named(step).module, 1 if STEPS[step].saves_in_order else SAVERS
    form = Answer[module.Request, module.Result]
    tally, defects, began = Counter(), [], time.monotonic()
    told = began
    with transaction(worker.database_url) as db:
        todo = rows(db, "open_step_runs", step=step, batch=batch)
    with connections(worker.database_url, savers) as engine, ThreadPoolExecutor(savers) as pool:

        def saved(entry: Row) -> str:
            try:
                return _save_answer(
                    engine, worker.budget, module, batch, entry, _read(worker.objects, step, form, entry.key)
                )
            except Exception as error:
                if _of_the_service(error):
                    raise
                log.exception("save %s, batch %s, item %s, key %s: failed", step, batch, entry.item_id, entry.key)
                if not isinstance(error, (ItemFailed, Changed, Missing, Torn)):
                    defects.append(error)
                return _save_failure(engine, worker.budget, entry, Failure.of(error))

        for number, outcome in enumerate(pool.map(saved, todo), 1):
            tally[outcome] += 1
            if (now := time.monotonic()) > told + NEWS_SECONDS:
                told, to_go = now, (now - began) / number * (len(todo) - number)
                log.info("save %s, batch %s: %d/%d items, about %.0f s to go", step, batch, number, len(todo), to_go)
        if todo:
            with engine.begin() as db:
                rows(db, "numbered_transaction")
    counts = ", ".join(f"{n} {what}" for what, n in tally.items())
    log.info("save %s, batch %s: %s", step, batch, counts or "nothing to save")
    if defects:
        raise defects[0]
    return tally


def _read(objects: Objects, step: str, form: type[Answer], key: str) -> Answer | Failure | None:
    """The answer that ``run`` wrote under ``key``, else its last failure. A torn answer is a failure; it is removed, so
    that the next run asks again."""
    uri = objects.result_uri(step, key)
    try:
        return objects.get_document(uri, form.model_validate_json)
    except Torn as torn:
        log.exception("%s is removed, and asked again by the next run", uri)
        _note_failure(objects, step, key, torn)
        objects.delete(uri)
    except Missing:
        pass
    try:
        return objects.get_document(objects.failure_uri(step, key), Failure.model_validate_json)
    except Missing:
        return None


def _save_answer(
    engine: Engine, budget: Budget, module: StepModule, batch: str, entry: Row, answer: Answer | Failure | None
) -> str:
    if answer is None:
        return "missing"
    if isinstance(answer, Failure):
        return _save_failure(engine, budget, entry, answer)
    state = "rejected" if answer.rejection else "saved"
    with engine.begin() as db:
        # The commit does not wait for the disk: if a crash of PostgreSQL takes it back, the answer is still planned and
        # is saved again. The last commit of `save` waits, for itself and all before.
        rows(db, "begin_saving", batch=batch)
        if not execute(db, "close_step_run", {"id": entry.id, "state": state}):
            return "saved before"
        if answer.rejection:
            rejection = answer.rejection.model_dump(mode="json")
            execute(db, "reject", {"step_run": entry.id, "item": entry.item_id, **rejection})
        else:
            module.save(db, entry.item_id, entry.id, entry.key, answer.request, answer.result)
            budget.account(db, entry.id, getattr(answer.result, "calls", ()))
    return state


def _save_failure(engine: Engine, budget: Budget, entry: Row, failure: Failure) -> str:
    with engine.begin() as db:
        execute(db, "fail", {"step_run": entry.id, **failure.model_dump(exclude={"calls"})})
        budget.account(db, entry.id, failure.calls)
    return "failed"
