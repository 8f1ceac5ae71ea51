"""The steps of the product: one table of all of them, and the form of their modules.

The modules stand in ``fm_tasks/steps``. They are loaded by name, so nobody pays for a step that is not asked for. No
step imports another.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, cast

from fm_tasks.errors import BadRequest

if TYPE_CHECKING:  # the table is read wherever a DAG is parsed, and by every command
    from sqlalchemy import Connection

    from fm_tasks.llm.budget import Budget, Cost
    from fm_tasks.llm.client import Endpoint
    from fm_tasks.model import Batch, Document
    from fm_tasks.objects import Objects
    from fm_tasks.settings import Settings
    from fm_tasks.sources import Source


class Needs(NamedTuple):
    """What a step needs of the place where it runs."""

    pool: str
    """Airflow's pool, which bounds how many shards run at a time."""
    gpu: bool = False
    """A GPU, the GPU image, and the queue of the hosts that have one."""
    settings: tuple[str, ...] = ()
    """Fields of ``Settings`` that this step is given besides those that every step is."""


CPU, GPU = Needs("cpu"), Needs("gpu", gpu=True)
LLM = Needs("llm", settings=("llm_base_url", "llm_key", "llm_at_once"))


class Step(NamedTuple):
    """What is known of one step. The table ``step`` in PostgreSQL holds the same of ``item`` and ``owed_after``."""

    name: str
    item: Literal["video", "clip"]
    """What it has an answer for, each."""
    needs: Needs
    """Of a source that needs no GPU (``needs_of``)."""
    shard_size: int
    """Items of one mapped task, at most."""
    timeout: timedelta
    """Of one mapped task."""
    owed_after: tuple[str, ...] | None = ()
    """The steps whose saved answers make this one owed to the gate; None where it never is by itself."""
    saves_in_order: bool = False
    """Whether its items are saved one after the other, as they were planned: of what is equal the first is kept."""

    @property
    def asks_models(self) -> bool:
        """Whether it may ask a language model: its module has ``cost``, and several of its items run at a time."""
        return self.needs is LLM

    def needs_of(self, source: Source) -> Needs:
        """What it needs for the videos of ``source``, whose profile or shot detector may need a GPU."""
        return GPU if self.name in source.gpu_steps else self.needs

    @property
    def module(self) -> StepModule:
        """What it does; imported here."""
        return cast("StepModule", importlib.import_module(f"fm_tasks.steps.{self.name}"))


HOUR = timedelta(hours=1)
TRACKED = ("track",)
TOLD = ("track", "facts")
STEPS = {
    step.name: step
    for step in (
        Step("cut", "video", CPU, shard_size=3, timeout=2 * HOUR, saves_in_order=True),
        Step("track", "clip", CPU, shard_size=4, timeout=6 * HOUR),
        Step("preview", "clip", CPU, shard_size=8, timeout=HOUR, owed_after=TRACKED),
        Step("facts", "clip", CPU, shard_size=64, timeout=HOUR, owed_after=TRACKED),
        Step("caption", "clip", LLM, shard_size=64, timeout=2 * HOUR, owed_after=TOLD),
        Step("ask", "clip", LLM, shard_size=64, timeout=2 * HOUR, owed_after=TOLD, saves_in_order=True),
        Step("reread", "clip", LLM, shard_size=64, timeout=2 * HOUR, owed_after=None),
        Step("verify", "clip", CPU, shard_size=64, timeout=HOUR, owed_after=TOLD),
        Step("judge", "clip", LLM, shard_size=64, timeout=2 * HOUR, owed_after=None),
        Step("audit", "clip", LLM, shard_size=64, timeout=2 * HOUR, owed_after=None),
    )
}
"""Every step by its name, in the order in which a batch goes through them."""


def step_named(name: str) -> Step:
    """The step ``name``. Raises ``BadRequest`` for one that does not exist."""
    if name not in STEPS:
        raise BadRequest(f"there is no step {name!r}; the steps are {', '.join(STEPS)}")
    return STEPS[name]


class Tools(NamedTuple):
    """What ``run`` of a step is given besides its request: made from the settings at the edge of the program."""

    objects: Objects
    weights: Path
    """The folder of the weights of the GPU profiles."""
    llm: Endpoint
    """The server of language models; it needs a key only once it is asked."""
    scratch: Path = Path()
    """An empty folder of the item's own, which is removed after it."""

    @classmethod
    def of(cls, settings: Settings, objects: Objects) -> Tools:
        """What the settings name."""
        from fm_tasks.llm.client import Endpoint

        return cls(objects, Path(settings.weights), Endpoint.of(settings))


class StepModule(Protocol):
    """A module of ``fm_tasks/steps``. The address of an answer is the digest of its name, ``VERSION`` and request."""

    VERSION: int
    """Goes up with any change that makes another result of the same request."""
    Request: type[Document]
    """Every input, and every parameter that changes the output."""
    Result: type[Document]

    def plan(self, db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Any]]:
        """The items of the batch that the steps before hand on, by id, each with its request."""
        ...

    def run(self, request: Any, tools: Tools) -> Any:
        """The ``Result`` of a ``Request``, without any database. Raises ``Rejected`` for an item that is refused."""

    def save(self, db: Connection, item_id: str, step_run_id: int, key: str, request: Any, result: Any) -> None:
        """Write the result as rows, in the caller's transaction."""

    def cost(self, request: Any, budget: Budget) -> Cost | None:
        """What answering may cost; only of a step that asks models. Its ``Result`` has the ``calls`` that it took, each
        of which becomes a row of ``llm_call``."""
