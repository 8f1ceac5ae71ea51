"""Great Expectations judges the rows of a batch by the gate's rules.

A rule becomes an expectation here, and the statement that names the rows which break it, so that the two cannot come to
differ. Great Expectations judges by statements in PostgreSQL and answers yes or no: no row of the batch leaves
PostgreSQL for it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

import psycopg2
import sqlalchemy as sa
from psycopg2 import sql
from sqlalchemy import Connection

from fm_tasks.errors import GateBlocked
from fm_tasks.gate.report import CheckResult
from fm_tasks.gate.rules import (
    RULES,
    Between,
    Greater,
    InSet,
    Matches,
    MatchesNot,
    MeanAtMost,
    NoRowWhere,
    Null,
    Rule,
)

MAX_EXAMPLES = 5
"""How many of the rows that break a rule are named, ..."""

MAX_EXAMPLE_LENGTH = 300
"""... and in how many characters: the name quotes the data, which may be of any length."""


def definitions() -> list[dict]:
    """Every rule as Great Expectations writes it: what makes two reports comparable."""
    return [{"suite": rule.view} | expectation(rule).configuration.to_json_dict() for rule in RULES]


def expectation(rule: Rule):
    """The Great Expectations expectation that judges ``rule``, which its ``meta["name"]`` names."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # before the import, which logs 200 lines
    from great_expectations import expectations as gxe

    meta: dict[str, Any] = {"name": rule.name, "promise": rule.promise}
    common: dict[str, Any] = {"description": rule.description, "severity": rule.severity.value, "meta": meta}
    match rule.holds:
        case InSet(column, values):
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), **common)
        case Between(column, low, high, mostly):
            return gxe.ExpectColumnValuesToBeBetween(
                column=column, min_value=low, max_value=high, mostly=mostly, **common
            )
        case Null(column):
            return gxe.ExpectColumnValuesToBeNull(column=column, **common)
        case Matches(column, regex):
            return gxe.ExpectColumnValuesToMatchRegex(column=column, regex=regex, **common)
        case MatchesNot(column, regex):
            return gxe.ExpectColumnValuesToNotMatchRegex(column=column, regex=regex, **common)
        case Greater(column, than):
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A=column, column_B=than, **common)
        case MeanAtMost(column, high):
            return gxe.ExpectColumnMeanToBeBetween(column=column, max_value=high, **common)
        case NoRowWhere(broken):
            query = f"select 1 from {{batch}} where {broken} limit 1"
            meta["broken"] = broken
            return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, **common)


def breaking(rule: Rule, batch: str) -> sa.Select:
    """The rows of ``batch`` that break ``rule``; where it speaks of a share or a mean, those that count against it."""
    match rule.holds:
        case InSet(column, values):
            broken = sa.column(column).not_in(values)
        case Between(column, low, high):
            value = sa.column(column)
            below = sa.false() if low is None else value < low
            above = sa.false() if high is None else value > high
            broken = sa.or_(below, above)
        case Null(column):
            broken = sa.column(column).is_not(None)
        case Matches(column, regex):
            broken = sa.not_(sa.column(column).regexp_match(regex))
        case MatchesNot(column, regex):
            broken = sa.column(column).regexp_match(regex)
        case Greater(column, than):
            broken = sa.column(column) <= sa.column(than)
        case MeanAtMost(column, high):
            broken = sa.column(column) > high
        case NoRowWhere(broken):
            broken = sa.text(f"({broken})")
    return _of_batch(rule.view, batch).where(broken)


def check(db: Connection, database_url: str, batch: str, rules: Sequence[Rule] = RULES) -> tuple[CheckResult, ...]:
    """Judge the rows of ``batch`` by ``rules``, in their order, in which those of one view stand together. Sees only
    what is committed.

    Raises ``GateBlocked`` where there are no rules or a view has no rows, where Great Expectations saw other rows than
    there are, where it could not evaluate a rule, and where a rule fails that no row breaks: such a gate has shown
    nothing.
    """
    if not rules:
        raise GateBlocked(f"the gate looked at nothing: it was given no rules, batch {batch}")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # before the import, which logs 200 lines
    import great_expectations as gx
    from great_expectations.data_context.types import base as gx_config

    gx_config.logger.setLevel(logging.WARNING)  # which sets its own level when it is imported
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = gx_config.ProgressBarsConfig(globally=False)
    suites = {view: list(of_view) for view, of_view in groupby(rules, attrgetter("view"))}
    of_engine: dict[str, Any] = {"kwargs": {"creator": partial(_connect, database_url, batch, tuple(suites))}}
    only_dialect = "postgresql+psycopg2://fm@fm/fm"  # `_connect` connects
    postgres = context.data_sources.add_postgres("fm", connection_string=only_dialect, **of_engine)
    return tuple(
        _result(db, batch, rule, success)
        for view, of_view in suites.items()
        for rule, success in zip(of_view, _verdicts(db, postgres, batch, view, of_view), strict=True)
    )


def _connect(database_url: str, batch: str, views: Sequence[str]) -> psycopg2.extensions.connection:
    """A connection in which ``judged_<view>`` has the rows of ``batch`` in each of ``views``.

    Great Expectations learns the columns of a table or view from the catalogue, those of a query by selecting all of
    its rows.
    """
    connection = psycopg2.connect(database_url, connect_timeout=10)
    statement = sql.SQL("create temporary view {} as select * from {} where batch_id = {}")
    with connection, connection.cursor() as cursor:
        for view in views:
            cursor.execute(statement.format(sql.Identifier(f"judged_{view}"), sql.Identifier(view), sql.Literal(batch)))
    return connection


def _verdicts(db: Connection, postgres, batch: str, view: str, rules: Sequence[Rule]) -> list[bool]:
    """Whether each of ``rules`` holds in the rows of ``batch``."""
    import great_expectations as gx
    from great_expectations import expectations as gxe

    total = db.scalar(sa.select(sa.func.count()).select_from(_of_batch(view, batch).subquery()))
    if not total:
        raise GateBlocked(f"the gate looked at nothing: {view} has 0 rows, batch {batch}")
    asset = postgres.add_table_asset(view, table_name=f"judged_{view}")
    table = asset.add_batch_definition_whole_table(view).get_batch()
    every_row = gxe.ExpectTableRowCountToEqual(value=total, description="every row was looked at")
    suite = gx.ExpectationSuite(name=view, expectations=[every_row, *map(expectation, rules)])
    results = table.validate(suite, result_format="BOOLEAN_ONLY").results
    if broken := [r.exception_info for r in results if r.exception_info.get("raised_exception") is not False]:
        raise GateBlocked(f"{len(broken)} rules of {view} could not be evaluated, batch {batch}: {broken[0]}")
    holds = {result.expectation_config.description: result.success for result in results}
    declared = [every_row.description, *(rule.description for rule in rules)]
    if sorted(holds) != sorted(declared):
        raise GateBlocked(f"{view} declares {len(declared)} rules, {len(holds)} were evaluated, batch {batch}")
    if not holds[every_row.description]:
        raise GateBlocked(f"Great Expectations saw other rows of {view} than the {total} of batch {batch}")
    return [holds[rule.description] for rule in rules]


def _result(db: Connection, batch: str, rule: Rule, success: bool) -> CheckResult:
    examples, failing = (), 0
    if not success:
        named = db.execute(
            sa.select(sa.func.left(sa.column("named"), MAX_EXAMPLE_LENGTH), sa.func.count().over())
            .select_from(breaking(rule, batch).subquery())
            .order_by(sa.column("named").collate("C"))
            .limit(MAX_EXAMPLES)
        ).all()
        if not named:
            raise GateBlocked(f"{rule.view}: no row of batch {batch} breaks the rule that failed: {rule.description}")
        examples, failing = tuple(row[0] for row in named), named[0][1]
    return CheckResult(
        suite=rule.view,
        rule=rule.name,
        expectation=rule.description,
        severity=rule.severity,
        success=success,
        failing=failing,
        examples=examples,
    )


def _of_batch(view: str, batch: str) -> sa.Select:
    return sa.select(sa.text("*")).select_from(sa.table(view)).where(sa.column("batch_id") == batch)
