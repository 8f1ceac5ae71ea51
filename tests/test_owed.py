"""What the gate is owed: the table of steps says it, and it is what the view that listed the steps said, row by row."""

from __future__ import annotations

import itertools
import random
import re

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from fm_tasks import store
from fm_tasks.settings import PROJECT
from fm_tasks.step import STEPS

STATES = (None, "planned", "failed", "saved", "rejected")
"""How an item may stand at a step: never asked, asked, asked with failures, answered, refused."""
AFTER_FACTS = ("preview", "caption", "ask", "verify", "judge")
LISTED = ("cut", "track", "facts", *AFTER_FACTS)
"""The steps that the views listed."""


def listed(db: Connection, view: str, migration: str) -> str:
    """Make a view as a migration made it, under another name, and return that."""
    body = (store.MIGRATIONS / migration).read_text()
    statement = re.search(rf"create (?:or replace )?(view {view} as\n.*?;)\n", body + "\n", re.DOTALL)[1]
    db.execute(
        text(
            "create " + statement.replace(view, f"listed_{view}", 1).replace("from gate_item", "from listed_gate_item")
        )
    )
    return f"listed_{view}"


def ask(db: Connection, step: str, item: str, state: str | None, batch: str = "b", current: bool = True) -> int | None:
    """A request that stands as ``state`` says, and its number."""
    if state is None:
        return None
    made = db.execute(
        text(
            "insert into step_run (batch_id, step, item_id, key, state, current) "
            "values (:batch, :step, :item, :key, :state, :current) returning id"
        ),
        {
            "batch": batch,
            "step": step,
            "item": item,
            "key": f"{item} {current}",
            "state": "planned" if state == "failed" else state,
            "current": current,
        },
    ).scalar()
    if state == "failed":
        for day in (1, 2):
            store.execute(
                db, "fail", {"step_run": made, "at": f"2026-01-0{day}", "error": "Torn", "detail": f"{item} {day}"}
            )
    return made


def cut(db: Connection, video: str, state: str | None, clips: int = 0, refused: bool = False) -> list[str]:
    """A video of batch `b` whose cut stands so, and the clips that were kept."""
    db.execute(text("insert into video values (:id, 's', :id, 'e', 1, '2026-01-01', '2026-01-01', 'b')"), {"id": video})
    run = ask(db, "cut", video, state)
    names = [f"{video}-{n}" for n in range(clips)]
    for n, name in enumerate(names):
        db.execute(
            text(
                "insert into clip (id, step_run_id, video_id, first_frame, last_frame, times_us, uri, sha256, width,"
                " height, camera_speed, camera_static_share, camera_scale)"
                " values (:id, :run, :video, :n, :n, '{0}', 's3://x', :id, 1, 1, 0, 1, 1)"
            ),
            {"id": name, "run": run, "video": video, "n": n},
        )
    if refused:
        store.execute(db, "reject", {"step_run": run, "item": video, "code": "too_short", "detail": "short"})
    return names


@pytest.fixture
def standing(db) -> Connection:
    """A batch with items that stand in every way at every step."""
    draw = random.Random(7)
    db.execute(text("insert into source values ('s', 'CC0-1.0', 'UTC', 'a judge')"))
    db.execute(
        text("insert into batch (id, source, window_start, window_end) values ('b', 's', '2026-01-01', '2026-01-02')")
    )
    for state in STATES:
        cut(db, f"nothing-{state}", state)
    cut(db, "refused", "saved", refused=True)
    db.execute(text("insert into video values ('newer', 's', 'refused', 'f', 1, '2026-01-01', '2026-01-03', 'b')"))
    pairs = list(itertools.product(STATES, STATES))
    for clip, (track, facts) in zip(cut(db, "kept", "saved", clips=8 * len(pairs)), 8 * pairs, strict=True):
        for step, state in (("track", track), ("facts", facts), *((step, draw.choice(STATES)) for step in AFTER_FACTS)):
            ask(db, step, clip, state)
            if draw.random() < 0.2:
                ask(db, step, clip, draw.choice(("saved", "planned")), current=False)
    return db


def test_the_gate_is_owed_what_it_was_when_the_view_listed_the_steps(standing):
    listed(standing, "gate_item", "0002_gate.sql")
    listed(standing, "asked_item", "0020_source_judge.sql")
    standing.execute(text("delete from step where not name = any(:listed)"), {"listed": list(LISTED)})
    for view, kinds in (("gate_item", set(LISTED) - {"judge"}), ("asked_item", set(LISTED))):
        today, before = (
            [tuple(row) for row in standing.execute(text(f"select * from {name} order by step, item_id"))]
            for name in (view, f"listed_{view}")
        )
        assert today == before
        found = {(row[2], row[4]) for row in today}
        assert {step for step, _ in found} == kinds
        assert {state for _, state in found} == {"missing", "planned", "saved", "rejected"}
    named = [row.named for row in standing.execute(text("select named from gate_item where named like '%failure%'"))]
    assert named and all(one.endswith(" 2") for one in named)


def test_the_table_of_steps_is_that_of_the_code(db):
    known = [(step.name, step.item, step.owed_after and list(step.owed_after)) for step in STEPS.values()]
    rows = db.execute(text("select name, item, owed_after from step order by n")).all()
    assert [tuple(row) for row in rows] == [(name, item, [] if owed == () else owed) for name, item, owed in known]


def test_every_file_of_a_step_is_in_the_table_and_has_what_a_step_has():
    assert {path.stem for path in (PROJECT / "fm_tasks" / "steps").glob("[!_]*.py")} == set(STEPS)
    for step in STEPS.values():
        named = {"VERSION", "Request", "Result", "plan", "run", "save"} | ({"cost"} if step.asks_models else set())
        assert named <= vars(step.module).keys(), step.name


def test_a_source_without_an_auditor_is_not_asked_for_judgements(standing):
    for clip in standing.scalars(text("select id from clip limit 3")).all():
        ask(standing, "audit", clip, "planned")
    asked = text("select count(*) from asked_item where step = 'audit'")
    assert standing.scalar(asked) == 0
    standing.execute(text("update source set auditor = 'an auditor'"))
    assert standing.scalar(asked) == 3


def test_a_source_without_a_judge_is_not_asked_for_scores(standing):
    standing.execute(text("update source set judge = null"))
    assert standing.execute(text("select count(*) from asked_item where step = 'judge'")).scalar() == 0


def test_a_step_is_added_by_one_row(standing):
    standing.execute(text("insert into step select 'mask', max(n) + 1, 'clip', '{facts,ask}' from step"))
    owed = dict(standing.execute(text("select item_id, state from gate_item where step = 'mask'")).all())
    both = (
        "select c.item_id from step_run c join step_run a on a.item_id = c.item_id"
        " where c.step = 'facts' and c.state = 'saved' and c.current"
        " and a.step = 'ask' and a.state = 'saved' and a.current"
    )
    assert owed and owed == dict.fromkeys(standing.execute(text(both)).scalars(), "missing")
    ask(standing, "mask", min(owed), "saved")
    assert standing.execute(
        text("select state from gate_item where step = 'mask' and item_id = :item"), {"item": min(owed)}
    ).scalars().all() == ["saved"]


def test_a_step_that_is_not_in_the_table_is_refused(standing):
    with pytest.raises(IntegrityError, match="step_run_step_fkey"), standing.begin_nested():
        ask(standing, "mask", "x", "planned")
