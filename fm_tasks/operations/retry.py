"""Another attempt for items without an answer: failures are cleared, and what is saved stays.

Only what stands in the way of another attempt is removed: rows of ``failure`` and their notes among the objects, and
results that were torn while they were written. What was refused with a code is an answer and is not tried again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, Row

from fm_tasks.errors import Missing, Torn
from fm_tasks.model import Batch, dag_id
from fm_tasks.objects import Objects
from fm_tasks.printable import plain
from fm_tasks.step import STEPS
from fm_tasks.store import execute, rows

TORN = "torn results"


class Open(NamedTuple):
    """An item that has no answer of a step: ``key`` is None where it was not asked yet."""

    step: str
    item: str
    key: str | None
    cause: str
    detail: str


def open_items(db: Connection, objects: Objects, batch: Batch) -> list[Open]:
    """What another run of the batch would try, by step and cause."""
    found = [_looked_at(row, objects) for row in rows(db, "open_items", batch=batch.id)]
    return sorted(found, key=lambda item: ([*STEPS].index(item.step), item.cause))


def _looked_at(row: Row, objects: Objects) -> Open:
    if row.state == "missing":
        return Open(row.step, row.item_id, None, "not asked yet", "an earlier step has no answer, or its task was lost")
    try:
        objects.get_json(objects.result_uri(row.step, row.key))
    except Missing:
        cause, detail = row.error or "without an answer", row.detail or "its task was lost, or has not run"
    except Torn as error:
        cause, detail = TORN, str(error)
    else:
        cause, detail = "answered and not saved", "the task `save` was lost, or has not run"
    return Open(row.step, row.item_id, row.key, cause, detail)


def lines(batch: Batch, items: Sequence[Open]) -> Iterator[str]:
    """What would be tried again, a line a cause."""
    yield f"batch {batch.id}: {len(items)} to try again"
    for (step, cause), same in groupby(items, key=lambda item: (item.step, item.cause)):
        first, *others = same
        yield f"  {step:<9}{len(others) + 1} {cause}, such as {first.item}: {plain(first.detail)}"


def clear(db: Connection, objects: Objects, batch: Batch) -> None:
    """Remove what stands in the way of another attempt at the open items of the batch."""
    execute(db, "lock_batch", {"batch": batch.id})
    for item in open_items(db, objects, batch):
        if item.key:
            objects.delete(objects.failure_uri(item.step, item.key))
        if item.key and item.cause == TORN:
            objects.delete(objects.result_uri(item.step, item.key))
    execute(db, "clear_failures", {"batch": batch.id})


def by_hand(batch: Batch) -> str:
    """How a person has Airflow run the batch again."""
    window = json.dumps({"from": batch.window.start.isoformat(), "to": batch.window.end.isoformat()})
    return (
        f"run it again by hand: Clear its run of DAG {dag_id(batch.source)} in Airflow's UI, or\n"
        f"  airflow dags trigger {dag_id(batch.source)} --conf '{window}'"
    )
