"""The quality gate: twelve expectations on 500,000 points against one plain SQL statement for each.

Both judge the views of items, tracks, points and facts. The import of Great Expectations, which every gate pays once,
is not in the ratio. What the gate pays for Great Expectations is its own time outside of statements, and the
statements that it adds: it asks for the rows that break a rule of ours and then counts them, counts the nulls beside
each column rule, and counts the rows of each view.
"""

from __future__ import annotations

import time
from statistics import median

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.engine import Engine

from benchmarks import Ratio, main, services, timed
from benchmarks.load import BATCH, SOURCE, make_batch, write_answers
from fm_tasks import runtime, store
from fm_tasks.gate import checks
from fm_tasks.gate.rules import RULES

CLIPS = 125
"""Of 4,000 points each."""
FACTS = 400
"""Of each clip."""
VIEWS = ("gate_item", "gate_track", "gate_point", "gate_fact")
JUDGED_BY = tuple(rule for rule in RULES if rule.view in VIEWS)
REPEATS = 3


def measure() -> list[Ratio]:
    """Judge one batch by the gate and by SQL, in turn."""
    with timed("import of Great Expectations"):
        import great_expectations.expectations  # noqa: F401
    with services() as config:
        url = config.database_url
        make_batch(url, CLIPS)
        worker = runtime.Worker.of(config)
        write_answers(worker.objects, runtime.plan(worker, "track", BATCH, SOURCE, shard_size=CLIPS))
        runtime.save(worker, "track", BATCH)
        _finish_batch(url)
        _by_gate(url)  # the first use imports more and fills PostgreSQL's cache
        gate, in_postgres, sql = zip(*((*_by_gate(url), _by_sql(url)) for _ in range(REPEATS)), strict=True)
    return [
        Ratio("gate_to_sql", median(gate) / median(sql), "<= 3.5", "seconds of one plain SQL statement per rule"),
        Ratio("gate_queries_to_sql", median(in_postgres) / median(sql), None, "the same; the gate's statements alone"),
        Ratio("gate_own_share", 1 - sum(in_postgres) / sum(gate), None, "seconds of the gate; not in its statements"),
    ]


def _finish_batch(url: str) -> None:
    """Facts of every clip, and the step runs that it owes besides."""
    with store.transaction(url) as db:
        db.execute(
            text(
                "with run as (insert into step_run (batch_id, step, item_id, key, state)"
                "  select r.batch_id, s.step, r.item_id, r.key, 'saved' from step_run r,"
                "  unnest(array['preview', 'facts', 'caption', 'ask', 'verify']) as s (step) where r.step = 'track'"
                "  returning id, step, item_id)"
                " insert into motion_fact"
                " select id, n, item_id, 'approaches', n % 16 * 10, (n + 1) % 16 * 10, null, 0.5, n % 200, 240"
                " from run, generate_series(1, :facts) as n where step = 'facts'"
            ),
            {"facts": FACTS},
        )
    with store.engine(url).connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("vacuum analyze"))


def _by_gate(url: str) -> tuple[float, float]:
    """Seconds of ``checks.check``, and those of them in which it waited for PostgreSQL: statements, and rows sent."""
    spent = []

    def before(connection, *_):
        connection.info["began"] = time.perf_counter()

    def after(connection, *_):
        spent.append(time.perf_counter() - connection.info["began"])

    listeners = ("before_cursor_execute", before), ("after_cursor_execute", after)
    for event, listener in listeners:
        sa.event.listen(Engine, event, listener)
    with store.transaction(url) as db, timed("checks.check") as seconds:
        found = checks.check(db, url, BATCH, JUDGED_BY)
    for event, listener in listeners:
        sa.event.remove(Engine, event, listener)
    assert all(check.success for check in found), [check for check in found if not check.success]
    return seconds(), sum(spent)


def _by_sql(url: str) -> float:
    with store.transaction(url) as db, timed(f"{len(JUDGED_BY)} SQL statements") as seconds:
        for rule in JUDGED_BY:
            broken = sa.select(sa.func.count()).select_from(checks.breaking(rule, BATCH).subquery())
            assert db.scalar(broken) == 0
    return seconds()


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
