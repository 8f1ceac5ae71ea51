"""Where a shard runs is one setting, ``FM_RUNNER``; the command is the same everywhere.

    process      beside the Airflow worker, as a group of processes
    docker       a container of a Docker engine
    kubernetes   a pod

A step is told where the objects are and given the key to them, and what its ``Needs`` say besides: never the
database's password. A runner's module, and with it the provider's, is imported only where it is the one in use.
"""

from __future__ import annotations

from abc import abstractmethod
from importlib import import_module

from airflow.sdk import BaseOperator
from airflow.sdk.log import mask_secret

from fm_tasks.errors import BadRequest, FoundryError, GateBlocked, Unavailable
from fm_tasks.settings import SECRETS, load
from fm_tasks.sources import Source
from fm_tasks.step import STEPS

WEIGHTS = "/models"
"""Where containers and pods that have a GPU see the weights, read-only."""

GRACE = 3
"""Seconds from the request to end to the kill; Airflow itself kills a task 5 s after it asked it to end."""


def operator(step: str, source: Source):
    """The operator that runs one shard of ``step`` where ``FM_RUNNER`` says, to be expanded over ``shard``."""
    needs = STEPS[step].needs_of(source)
    return import_module(f"foundry.runners.{load().runner}").RunShard.partial(
        task_id="run",
        step=step,
        gpu=needs.gpu,
        pool=needs.pool,
        **({"queue": "gpu"} if needs.gpu else {}),
        execution_timeout=STEPS[step].timeout,
        do_xcom_push=False,
        map_index_template="{{ task.shard.rsplit('/', 1)[-1][:8] or 'nothing to do' }}",
    )


def arguments_of(step: str, shard: str) -> list[str]:
    """What ``python`` is called with to run a shard."""
    return ["-m", "fm_tasks", "run", step, "--shard", shard]


class Shard(BaseOperator):
    """One shard of a step, wherever it runs; an empty shard is no work and starts nothing.

    Raises the error that the exit code stands for.
    """

    # The only one: what a provider's operator would render besides is shown in the UI, the environment too.
    template_fields = ("shard",)

    def __init__(self, *, step: str, shard: str, gpu: bool, **kwargs):
        super().__init__(**kwargs)
        self.step = step
        self.shard = shard
        self.gpu = gpu

    @abstractmethod
    def run(self, context) -> tuple[int, list[str]]:
        """Run the shard to its end, its output into the task's log; return the exit code and the last lines."""

    def execute(self, context) -> None:
        if not self.shard:
            self.log.info("nothing is left to do in this shard")
            return
        for name, value in load().for_step(STEPS[self.step].needs.settings).items():
            if name in SECRETS:
                mask_secret(value)
        code, lines = self.run(context)
        if code:
            kinds = {kind.exit_code: kind for kind in (BadRequest, GateBlocked, Unavailable)}
            raise kinds.get(code, FoundryError)(f"{self.step} ended with exit code {code}: {' | '.join(lines[-5:])}")
