"""What language models cost: the prices, what was spent, what is set aside, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import Connection

from fm_tasks.errors import BadConfig
from fm_tasks.model import Call, Document
from fm_tasks.settings import load
from fm_tasks.store import execute

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


def price_of(model: str) -> Price:
    """The price of ``model``. Raises ``BadConfig`` where the table has none: nothing of unknown cost is bought."""
    path = load().prices
    fitting = [name for name in _prices(path) if model.startswith(name)]
    if not fitting:
        raise BadConfig(f"{path} has no price for {model}; add a line to it (0 for a server of your own)")
    return _prices(path)[max(fitting, key=len)]


def account(db: Connection, step_run_id: int, calls: Sequence[Call]) -> None:
    """A row for each call that has none yet, at today's price."""
    execute(
        db,
        "insert_llm_call",
        [
            {
                "step_run": step_run_id,
                "usd": price_of(call.model).of(call.tokens_in, call.tokens_out),
                **call.model_dump(),
            }
            for call in calls
        ],
    )
