"""The costs of language models: prices, and the money that was spent, is set aside and is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import Connection

from fm_tasks.errors import BadConfig, OverBudget
from fm_tasks.model import Call, Document
from fm_tasks.settings import Settings
from fm_tasks.store import execute, rows

MILLION = Decimal(1_000_000)


class Price(Document):
    """USD per million tokens, and the tokens that a picture at low detail is billed as."""

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    picture: int = Field(ge=0)

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """USD for so many tokens."""
        return (self.input * tokens_in + self.output * tokens_out) / MILLION


@cache
def _prices(path: str) -> dict[str, Price]:
    try:
        return TypeAdapter(dict[str, Price]).validate_python(yaml.safe_load(Path(path).read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise BadConfig(f"{path} is no table of prices: {error}; FM_PRICES names it") from error


class Cost(NamedTuple):
    """What an item may cost: the model, and USD by its price and the number of pictures."""

    model: str
    estimate: Decimal


def came_true(db: Connection, step: str, model: str) -> Decimal:
    """What earlier items cost as a share of their estimates, 1 where there are none."""
    share = rows(db, "estimates_came_true", step=step, model=model)[0].share
    return Decimal(1) if share is None else share


class Left(NamedTuple):
    """USD that may still be spent on a batch, and on all batches of a day."""

    batch: Decimal
    day: Decimal


class Budget(NamedTuple):
    """The prices of models, and how many USD one batch, and all batches of a day, may cost."""

    prices: str
    """The file with the table of prices, which is read when a price is asked for."""
    batch: Decimal
    day: Decimal

    @classmethod
    def of(cls, settings: Settings) -> Budget:
        """What the settings say."""
        return cls(settings.prices, Decimal(settings.llm_run_budget), Decimal(settings.llm_day_budget))

    def price_of(self, model: str) -> Price:
        """The price of ``model``. Raises ``BadConfig`` where the table has none: nothing of unknown cost is bought."""
        table = _prices(self.prices)
        fitting = [name for name in table if model.startswith(name)]
        if not fitting:
            raise BadConfig(f"{self.prices} has no price for {model}; add a line to it (0 for a server of your own)")
        return table[max(fitting, key=len)]

    def left(self, db: Connection, batch: str, day: date) -> Left:
        """What may still be spent, less what is set aside."""
        spent = rows(db, "spent", batch=batch, day=day)[0]
        return Left(self.batch - spent.batch, self.day - spent.day)

    def reserve(
        self, db: Connection, batch: str, step: str, costs: Mapping[int, Cost], at: datetime
    ) -> dict[int, OverBudget]:
        """Set money aside for open items, given by their step runs, until nothing is left; return why the others must
        wait. What was set aside for this step of the batch before is free again."""
        execute(db, "lock_budget", {})
        execute(db, "release_reserve", {"batch": batch, "step": step})
        day, waiting, kept = at.astimezone(UTC).date(), {}, []
        of_batch, of_day = self.left(db, batch, day)
        shares = {model: came_true(db, step, model) for model in {cost.model for cost in costs.values()}}
        for step_run, (model, estimate) in costs.items():
            usd = estimate * shares[model]
            if usd > min(of_batch, of_day):
                name, rest = ("RUN", of_batch) if of_batch <= of_day else ("DAY", of_day)
                waiting[step_run] = OverBudget(
                    f"it may cost {usd:.4f} USD, and FM_LLM_{name}_BUDGET leaves {max(rest, Decimal(0)):.4f}: raise it"
                    f"{' or wait for tomorrow' if name == 'DAY' else ''}, then Clear the run"
                )
                continue
            of_batch, of_day = of_batch - usd, of_day - usd
            kept.append({"step_run": step_run, "day": day, "model": model, "estimate": estimate, "usd": usd})
        execute(db, "reserve", kept)
        return waiting

    def account(self, db: Connection, step_run_id: int, calls: Sequence[Call]) -> None:
        """A row for each call that has none yet, at today's price."""
        prices = {call.model: self.price_of(call.model) for call in calls}
        told = [
            {
                "step_run": step_run_id,
                "usd": prices[call.model].of(call.tokens_in, call.tokens_out),
                **call.model_dump(),
            }
            for call in calls
        ]
        execute(db, "insert_llm_call", told)
