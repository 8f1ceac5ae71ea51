"""The quality gate's rules: Great Expectations suites, one per view of ``sql/migrations/0002_gate.sql``.

An expectation is the whole of a rule: its name, what must hold, how grave a breach is, and its description. The
statement that names the rows which break it is derived from the expectation, so the two cannot come to differ. Great
Expectations judges by statements in Postgres and answers yes or no; no row of the batch leaves Postgres for it.

A critical failure blocks the batch, a warning holds it for a person, a waived failure does neither. What the product
promises cannot be waived: such a rule says so itself.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Literal

import psycopg2
import sqlalchemy as sa
from psycopg2 import sql
from sqlalchemy import Connection

from fm_tasks.errors import GateBlocked
from fm_tasks.model import LONGEST_UNSEEN, Document, Severity, digest_of
from fm_tasks.store import rows

EXAMPLES = 5
"""How many of the rows that break a rule are named, ..."""

EXAMPLE_LENGTH = 300
"""... and in how many characters: the name quotes the data, which may be of any length."""

CONTRADICTED_SHARE = 0.02
"""Of the claims of a batch, those that the trajectories contradict; above this the writer is not to be trusted."""

UNCHECKABLE_SHARE = 0.20
"""Of the claims of a batch, those that the trajectories can neither prove nor contradict; a text without any is one."""

QUESTIONS = (6, 14)
"""Questions of a clip, none in other words twice, of which the paper has 10 on average (arXiv 2512.10927, table 3)."""

QUESTIONED_SHARE = 0.8
"""Least share of a batch's clips with so many: of things that nothing tells from their like little can be asked."""

SECONDS = (1.4, 10.5)
"""First to last frame of a clip: 5 to 10 s, and shots of 1.5 s and more, give or take a frame."""

COVERAGE = 0.6
"""Least share of the frames searched that show a track: what is said of the rest is said of a straight line."""

RESIZES = 0.1
"""Of the steps between detections, those that may change the size of a track's box at once."""

CONFIDENCE = 0.3
"""Least mean score of a track."""

FORBIDDEN = (
    r"(?i)\y(\d+([.,]\d+)?\s*(mm|cm|m|km|feet|foot|ft|inch(es)?|yards?|miles?|km/h|mph|m/s)"
    r"|(milli|centi|kilo)met(er|re)s?|(?<!parking )met(er|re)s?"
    r"|bounding\s+box(es)?|bbox(es)?|tracks?\s+(id\s*)?#?\d+)\y"
)
"""What two-dimensional boxes cannot tell (metric units), and what nobody sees in the video (boxes, track ids)."""

LABEL = r"^[[:alpha:]][[:alnum:] _-]{0,39}$"
"""A label goes into text, web pages and prompts: a plain noun, no markup."""


class Waiver(Document):
    """Who lets the failures of a rule pass, why, and through which day (UTC)."""

    person: str
    reason: str
    until: date


class CheckResult(Document):
    """What one expectation found: how many rows break it, and the first of them in words.

    ``examples`` quote the data, which may be hostile: whoever shows them must escape them. ``waiver`` is None where
    the rule holds, or where its failure counts.
    """

    suite: str
    rule: str
    expectation: str
    severity: Severity
    success: bool
    failing: int
    examples: tuple[str, ...]
    waiver: Waiver | None = None


class Report(Document):
    """What the gate found in one batch. ``counts`` are rows by what they are, ``rejections`` refusals by code.

    ``content`` is the digest of what was judged (``content_of``), ``id`` that of the content, the rules, the findings
    and the waivers that applied.
    """

    id: str
    batch: str
    content: str
    verdict: Literal["pass", "held", "blocked", "all_rejected"]
    counts: dict[str, int]
    rejections: dict[str, int]
    checks: tuple[CheckResult, ...]


def suites() -> dict[str, list]:
    """The expectations of each view, by its name. A null is passed over by all but those that speak of null.

    ``meta["name"]`` is the rule's name, ``meta["promise"]`` why it cannot be waived, None where it can.
    """
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # before the import, which logs 200 lines
    from great_expectations import expectations as gxe

    def blocks(name: str, promise: str | None = None) -> dict:
        return {"severity": "critical", "meta": {"name": name, "promise": promise}}

    def holds(name: str) -> dict:
        return {"severity": "warning", "meta": {"name": name, "promise": None}}

    def no_row_where(broken: str, description: str, severity: str, meta: dict) -> gxe.UnexpectedRowsExpectation:
        return gxe.UnexpectedRowsExpectation(
            unexpected_rows_query=f"select 1 from {{batch}} where {broken} limit 1",
            description=description,
            severity=severity,
            meta=meta | {"broken": broken},
        )

    return {
        "gate_item": [
            gxe.ExpectColumnValuesToBeInSet(
                column="state",
                value_set=["saved", "rejected"],
                description="every item is saved or rejected",
                **blocks("complete", promise="every item is answered or refused with a reason"),
            ),
        ],
        "gate_clip": [
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="source_frames",
                column_B="last_frame",
                description="a clip lies inside its video",
                **blocks("clip_in_video"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="shortest_step_us",
                min_value=1,
                description="the times of a clip's frames increase",
                **blocks("clip_times"),
            ),
            gxe.ExpectColumnValuesToBeNull(
                column="overlapping_clip", description="clips of one video do not overlap", **blocks("clip_overlap")
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="seconds",
                min_value=SECONDS[0],
                max_value=SECONDS[1],
                description="a clip lasts 1.5 to 10 s",
                **holds("clip_length"),
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="dimensions",
                value_set=[8],
                description="a caption has a scene and all seven dimensions",
                **blocks("caption_dimensions"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="questions", min_value=1, description="a clip has a question", **blocks("question_missing")
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="questions",
                min_value=QUESTIONS[0],
                max_value=QUESTIONS[1],
                mostly=QUESTIONED_SHARE,
                description=f"{QUESTIONED_SHARE:.0%} of the clips have {QUESTIONS[0]} to {QUESTIONS[1]} questions",
                **holds("question_count"),
            ),
        ],
        "gate_track": [
            no_row_where(
                "not (track_id >= 1000 or track_id between 0 and 999 and track_id % 10 in (0, 1, 2, 4, 5))",
                "a track id is of a person, a hand, a held object or an object",
                **blocks("track_id"),
            ),
            gxe.ExpectColumnValuesToMatchRegex(
                column="label", regex=LABEL, description="a label is a plain noun", **blocks("track_label")
            ),
            no_row_where(
                "points <> stored_points",
                "every point of a track is stored",
                **blocks("points_stored", promise="every sentence is proven by rows"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="observed_share",
                min_value=0.01,
                max_value=1,
                description="a track was seen, not only filled in",
                **blocks("track_seen"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="jump_rate",
                min_value=0,
                max_value=0,
                description="a track does not jump",
                **blocks("track_jumps"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="coverage",
                min_value=COVERAGE,
                max_value=1,
                description=f"a track is seen in {COVERAGE:.0%} of the frames that were searched",
                **holds("track_coverage"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="longest_unseen",
                min_value=0,
                max_value=LONGEST_UNSEEN,
                description=f"a track is never out of sight for more than {LONGEST_UNSEEN:g} s",
                **holds("track_unseen"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="resize_rate",
                min_value=0,
                max_value=RESIZES,
                description="a track keeps its size from one detection to the next",
                **holds("track_size"),
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="score",
                min_value=CONFIDENCE,
                max_value=1,
                description="a track is seen with confidence",
                **holds("track_score"),
            ),
        ],
        "gate_limit": [
            gxe.ExpectColumnValuesToBeBetween(
                column="unfollowed",
                min_value=0,
                max_value=0,
                description="everything that was seen is followed, so that what is said of all holds of all",
                **holds("all_followed"),
            ),
        ],
        "gate_point": [
            no_row_where(
                "not (0 <= x1 and x1 < x2 and x2 <= 1 and 0 <= y1 and y1 < y2 and y2 <= 1)",
                "a box lies in the frame, left of right and top above bottom",
                **blocks("point_box"),
            ),
            no_row_where(
                "frame not between 0 and clip_frames - 1",
                "a point lies on a frame of its clip",
                **blocks("point_frame"),
            ),
            # With times that increase from frame to frame this makes them increase along every track. As Great
            # Expectations' own pair of equal columns the rule took 3.6 s on 500,000 points.
            no_row_where("t_us <> frame_us", "a point has the time of its frame", **blocks("point_time")),
            gxe.ExpectColumnValuesToBeBetween(
                column="score", min_value=0, max_value=1, description="a score lies in 0 to 1", **blocks("point_score")
            ),
        ],
        "gate_fact": [
            no_row_where(
                "not (0 <= start_frame and start_frame <= end_frame and end_frame < clip_frames)",
                "a fact holds over frames of its clip",
                **blocks("fact_frames"),
            ),
            gxe.ExpectColumnValuesToBeNull(
                column="unknown_track", description="a fact is about tracks of its clip", **blocks("fact_tracks")
            ),
            gxe.ExpectColumnValuesToBeBetween(
                column="amount",
                min_value=0,
                max_value=1e6,
                description="an amount is a finite number from 0",
                **blocks("fact_amount"),
            ),
        ],
        "gate_sentence": [
            gxe.ExpectColumnValuesToMatchRegex(
                column="text", regex=r"\w", description="a sentence says something", **blocks("sentence_text")
            ),
            gxe.ExpectColumnValuesToNotMatchRegex(
                column="text",
                regex=FORBIDDEN,
                description="a sentence has no metric units, boxes or track ids",
                **blocks("sentence_words"),
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="judged",
                value_set=[True],
                description="every sentence has a verdict",
                **blocks("sentence_judged", promise="every sentence is proven by rows"),
            ),
        ],
        "gate_question": [
            gxe.ExpectColumnValuesToMatchRegex(
                column="text", regex=r"\w", description="a question asks something", **blocks("question_text")
            ),
            gxe.ExpectColumnValuesToNotMatchRegex(
                column="words",
                regex=FORBIDDEN,
                description="a question has no metric units, boxes or track ids",
                **blocks("question_words"),
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="distinct_options",
                value_set=[4],
                description="a question has four distinct options",
                **blocks("question_options"),
            ),
            gxe.ExpectColumnValuesToBeNull(
                column="repeated", description="no question is asked twice of a clip", **blocks("question_repeated")
            ),
            gxe.ExpectColumnValuesToBeNull(
                column="unknown_track",
                description="a question's evidence is tracks of its clip",
                **blocks("question_tracks"),
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="judged",
                value_set=[True],
                description="every question has a verdict",
                **blocks("question_judged", promise="every sentence is proven by rows"),
            ),
        ],
        "gate_claim": [
            gxe.ExpectColumnValuesToBeInSet(
                column="read_now",
                value_set=[True],
                description="a claim was read from the text of today",
                **blocks("claims_of_today", promise="what is proven is the text that is published"),
            ),
            no_row_where(
                "published and contradicted = 1",
                "no contradicted claim is published",
                **blocks("claims_contradicted", promise="nothing that its trajectories contradict is published"),
            ),
            no_row_where(
                "published and not_checkable = 1 and kind <> 'counts'",
                "no claim of motion is published that cannot be checked",
                **blocks("claims_unproven", promise="every sentence is proven by rows"),
            ),
            no_row_where(
                "verdict = 'supported' and (0 <= start_frame and start_frame <= end_frame and end_frame < clip_frames)"
                " is not true",
                "a supported claim names the frames that prove it",
                **blocks("claims_proven", promise="every row is proven by a frame"),
            ),
            gxe.ExpectColumnMeanToBeBetween(
                column="contradicted",
                max_value=CONTRADICTED_SHARE,
                description=f"at most {CONTRADICTED_SHARE:.0%} of the claims are contradicted",
                **holds("contradicted_share"),
            ),
            gxe.ExpectColumnMeanToBeBetween(
                column="not_checkable",
                max_value=UNCHECKABLE_SHARE,
                description=f"at most {UNCHECKABLE_SHARE:.0%} of the claims cannot be checked",
                **holds("unchecked_share"),
            ),
        ],
    }


def content_of(db: Connection, batch: str) -> str:
    """The digest of what a batch holds: every item that it owes, how it stands and the request that it answers.

    Rows follow from requests, so two contents with one digest have the same rows.
    """
    return digest_of([list(row) for row in rows(db, "gate_items", batch=batch)])


def definitions() -> list[dict]:
    """Every rule as a document: what makes two reports comparable."""
    return [{"suite": view} | rule.configuration.to_json_dict() for view, rules in suites().items() for rule in rules]


def check(db: Connection, database_url: str, batch: str, views: Sequence[str]) -> tuple[CheckResult, ...]:
    """Judge the rows of ``batch`` in each of ``views``, in the order of the rules. Sees only what is committed.

    Raises ``GateBlocked`` where a view has no rows or no rules, where Great Expectations saw other rows than there
    are, where it could not evaluate a rule, and where a rule fails that no row breaks: such a gate has shown nothing.
    """
    rules = suites()
    import great_expectations as gx
    from great_expectations.data_context.types import base as gx_config

    gx_config.logger.setLevel(logging.WARNING)  # which sets its own level when it is imported
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = gx_config.ProgressBarsConfig(globally=False)
    postgres = context.data_sources.add_postgres(
        "fm",
        connection_string="postgresql+psycopg2://fm@fm/fm",  # only says which dialect: `_connect` connects
        kwargs={"creator": partial(_connect, database_url, batch, views)},
    )
    return tuple(
        _result(db, batch, view, rule, success)
        for view in views
        for rule, success in zip(rules[view], _judge(db, postgres, batch, view, rules[view]), strict=True)
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


def _judge(db: Connection, postgres, batch: str, view: str, rules: list) -> list[bool]:
    """Whether each of ``rules`` holds in the rows of ``batch``."""
    import great_expectations as gx
    from great_expectations import expectations as gxe

    total = db.scalar(sa.select(sa.func.count()).select_from(_of_batch(view, batch).subquery()))
    if not total or not rules:
        raise GateBlocked(f"the gate looked at nothing: {view} has {total} rows and {len(rules)} rules, batch {batch}")
    asset = postgres.add_table_asset(view, table_name=f"judged_{view}")
    table = asset.add_batch_definition_whole_table(view).get_batch()
    every_row = gxe.ExpectTableRowCountToEqual(value=total, description="every row was looked at")
    suite = gx.ExpectationSuite(name=view, expectations=[every_row, *rules])
    results = table.validate(suite, result_format="BOOLEAN_ONLY").results
    if broken := [r.exception_info for r in results if r.exception_info.get("raised_exception") is not False]:
        raise GateBlocked(f"{len(broken)} rules of {view} could not be evaluated, batch {batch}: {broken[0]}")
    holds = {result.expectation_config.description: result.success for result in results}
    declared = [rule.description for rule in suite.expectations]
    if sorted(holds) != sorted(declared):
        raise GateBlocked(f"{view} declares {len(declared)} rules, {len(holds)} were evaluated, batch {batch}")
    if not holds[every_row.description]:
        raise GateBlocked(f"Great Expectations saw other rows of {view} than the {total} of batch {batch}")
    return [holds[rule.description] for rule in rules]


def _result(db: Connection, batch: str, view: str, rule, success: bool) -> CheckResult:
    examples, failing = (), 0
    if not success:
        named = db.execute(
            sa.select(sa.func.left(sa.column("named"), EXAMPLE_LENGTH), sa.func.count().over())
            .select_from(_breaking(view, batch, rule).subquery())
            .order_by(sa.column("named").collate("C"))
            .limit(EXAMPLES)
        ).all()
        if not named:
            raise GateBlocked(f"{view}: no row of batch {batch} breaks the rule that failed: {rule.description}")
        examples, failing = tuple(row[0] for row in named), named[0][1]
    return CheckResult(
        suite=view,
        rule=rule.meta["name"],
        expectation=rule.description,
        severity=rule.severity.value,
        success=success,
        failing=failing,
        examples=examples,
    )


def _of_batch(view: str, batch: str) -> sa.Select:
    return sa.select(sa.text("*")).select_from(sa.table(view)).where(sa.column("batch_id") == batch)


def _breaking(view: str, batch: str, rule) -> sa.Select:
    """The rows of ``batch`` that break ``rule``, by their name."""
    from great_expectations import expectations as gxe

    column = sa.column
    match rule:
        case gxe.UnexpectedRowsExpectation(meta=meta):
            broken = sa.text(f"({meta['broken']})")
        case gxe.ExpectColumnValuesToBeNull(column=name):
            broken = column(name).is_not(None)
        case gxe.ExpectColumnValuesToBeInSet(column=name, value_set=allowed):
            broken = column(name).not_in(allowed)
        case gxe.ExpectColumnValuesToMatchRegex(column=name, regex=regex):
            broken = sa.not_(column(name).regexp_match(regex))
        case gxe.ExpectColumnValuesToNotMatchRegex(column=name, regex=regex):
            broken = column(name).regexp_match(regex)
        case gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A=one, column_B=other):
            broken = column(one) <= column(other)
        case gxe.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high):
            broken = sa.or_(column(name) < low, sa.false() if high is None else column(name) > high)
        case gxe.ExpectColumnMeanToBeBetween(column=name, max_value=high):
            broken = column(name) > high
        case _:
            raise TypeError(f"no statement names the rows that break {type(rule).__name__}")
    return _of_batch(view, batch).where(broken)
