"""A clip with facts, stored and planned."""

from __future__ import annotations

import pytest
from clip_with_facts import FACTS, KEY, LABELS
from sqlalchemy import text


@pytest.fixture
def stored(objects):
    """Buckets that hold the facts of one clip, as the facts step writes them."""
    result = {"facts": [f.model_dump(mode="json") for f in FACTS], "labels": LABELS, "seconds": 4.0}
    objects.put_json(objects.result_uri("facts", KEY), {"step": "facts", "key": KEY, "result": result})
    return objects


@pytest.fixture
def planned(db):
    """One batch of three clips: facts saved, facts planned only, and facts of a request that is no longer current.
    Call it with a step for the id of a step_run to save under."""
    db.execute(text("insert into source values ('cam', 'CC0-1.0', 'UTC')"))
    columns = "(id, source, window_start, window_end)"
    db.execute(text(f"insert into batch {columns} values ('b1', 'cam', '2026-01-01', '2026-01-02')"))
    db.execute(
        text(
            "insert into video (id, source, key, etag, size, dated_at, modified_at, batch_id)"
            " values ('v1', 'cam', 'cam/a.mp4', 'e', 1, now(), now(), 'b1')"
        )
    )
    insert = text(
        "insert into step_run (batch_id, step, item_id, key, state, current)"
        " values ('b1', :step, :item, :key, :state, :current) returning id"
    )

    def step_run(step, item, key, state="saved", current=True):
        return db.execute(insert, dict(step=step, item=item, key=key, state=state, current=current)).scalar_one()

    cut = step_run("cut", "v1", "cut")
    for n in (1, 2, 3):
        db.execute(
            text("insert into clip values (:id, :cut, 'v1', 0, 0, '{0}', 's3://w/c', :sha256, 64, 36, 0, 1, 1)"),
            {"id": f"c{n}", "cut": cut, "sha256": f"{n:08x}" + "0" * 56},
        )
        step_run("track", f"c{n}", "tracks")
    step_run("facts", "c1", KEY)
    step_run("facts", "c2", "planned", state="planned")
    step_run("facts", "c3", "old", current=False)
    return lambda step: step_run(step, "c1", "text", state="planned")
