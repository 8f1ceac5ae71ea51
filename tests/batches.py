"""A batch made of rows alone, in which everything is as it should be, for the tests that make one thing of it bad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from fm_tasks.gate import gate
from fm_tasks.gate.report import Report
from fm_tasks.model import Batch, Dimension, Window
from fm_tasks.step import STEPS
from fm_tasks.store import transaction

BATCH = "street--20261122T000000--20261123T000000"
CLIPS = ("clip-a", "clip-b")
OWED = tuple(step.name for step in STEPS.values() if step.owed_after is not None)
"""The steps that the gate is owed."""
FRAMES = 100
FPS = 20
WINDOW = Window(start=datetime(2026, 11, 22, tzinfo=UTC), end=datetime(2026, 11, 23, tzinfo=UTC))
NIGHT = Batch(id=BATCH, source="street", window=WINDOW)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run(db: Connection, step: str, item: str, state: str = "saved") -> int:
    """A present answer of ``step``, keyed by what it is for."""
    return db.scalar(
        text(
            "insert into step_run (batch_id, step, item_id, key, state) "
            "values (:batch, :step, :item, :key, :state) returning id"
        ),
        {"batch": BATCH, "step": step, "item": item, "key": f"{step}-{item}", "state": state},
    )


def good_batch(db: Connection, clips: Sequence[str] = CLIPS) -> None:
    """One video with these clips, each with two tracks, eight sentences and six questions, every claim supported and
    borne out by its frames, of which every second was looked at."""
    db.execute(text("insert into source values ('street', 'CC-BY-4.0', 'UTC')"))
    db.execute(
        text(
            "insert into batch (id, source, window_start, window_end) "
            "values (:batch, 'street', '2026-11-22Z', '2026-11-23Z')"
        ),
        {"batch": BATCH},
    )
    add_video(db, "video")
    cut = run(db, "cut", "video")
    db.execute(
        text("insert into probe values (:cut, 'video', 'ff', 'mp4', 'h264', 640, 360, :frames, 10000000)"),
        {"cut": cut, "frames": len(clips) * FRAMES},
    )
    for number, clip in enumerate(clips):
        good_clip(db, cut, clip, first_frame=number * FRAMES)


def add_video(db: Connection, video: str) -> None:
    db.execute(
        text(
            "insert into video (id, source, key, etag, size, dated_at, modified_at, batch_id) values "
            "(:id, 'street', 'street/2026/11/22/' || :id || '.mp4', 'e1', 1, '2026-11-22Z', '2026-11-22Z', :batch)"
        ),
        {"id": video, "batch": BATCH},
    )


def good_clip(db: Connection, cut: int, clip: str, first_frame: int) -> None:
    ids = {name: run(db, name, clip) for name in OWED if STEPS[name].item == "clip"}
    params = {
        "cut": cut,
        "clip": clip,
        "first": first_frame,
        "last": first_frame + FRAMES - 1,
        "times": [(first_frame + n) * 1_000_000 // FPS for n in range(FRAMES)],
        "frames": FRAMES,
        "dimensions": ["scene", *Dimension],
        **ids,
    }
    for statement in (
        "insert into clip values (:clip, :cut, 'video', :first, :last, :times, "
        "'s3://fm-work/clips/' || :clip || '.mp4', 'sha-' || :clip, 640, 360, 0.001, 0.9, 1)",
        "insert into track (step_run_id, clip_id, track_id, label, first_frame, last_frame, points, observed_share, "
        "longest_gap, score, coverage, longest_unseen, jump_rate, resize_rate, noise) "
        "select :track, :clip, id, label, 0, :frames - 1, :frames, 0.9, 2, 0.8, 0.9, 0.15, 0, 0.02, "
        "array[0.001, 0.001, 0.002, 0.002] "
        "from (values (0, 'person'), (1000, 'parking meter')) as t (id, label)",
        "insert into track_point select :track, id, n, (:times)[n + 1], "
        "0.1 + n * 0.005, 0.2, 0.3 + n * 0.005, 0.6, 0.8, true "
        "from (values (0), (1000)) as t (id), generate_series(0, :frames - 1) as n",
        "insert into motion_evidence values (:track, :clip, 0.9)",
        "insert into camera_motion select :track, n, 0.001, 0, 1, 0, case n when 50 then 0 else 200 end, 0.02, 0.9 "
        "from generate_series(2, :frames - 1, 2) as n",
        "insert into inside_motion select :track, id, n, 0.011, 0, 1, 0.5, 40 "
        "from (values (0), (1000)) as t (id), generate_series(2, :frames - 1, 2) as n where n <> 50",
        "insert into motion_fact values (:facts, 1, :clip, 'moves', 0, null, 'right', 0.4, 0, 99, true), "
        "(:facts, 2, :clip, 'approaches', 0, 1000, null, 0.2, 10, 50, true)",
        "insert into caption "
        "select :caption, n, :clip, dimension, 'A person walks to the right past parking meters.', 'facts' "
        "from unnest(cast(:dimensions as text[])) with ordinality as d (dimension, n)",
        "insert into qa select :ask, n, :clip, 'motion_recognition', "
        "'Question ' || n || ': where does the person go?', "
        "'{To the right,To the left,Upwards,Downwards}', 'A', '{0}', 'facts' from generate_series(1, 6) as n",
        "insert into claim (step_run_id, text_run_id, text_n, n, clip_id, kind, subject, object, value, amount, "
        "verdict, reason, start_frame, end_frame, witnessed) "
        "select :verify, r, n, 1, :clip, 'moves', 0, null, 'right', null, 'supported', 'as computed', 0, 99, true "
        "from (select :caption as r, generate_series(1, 8) as n union all select :ask, generate_series(1, 6)) as t",
    ):
        db.execute(text(statement), params)


def evaluate(database_url: str, at: datetime = NOON) -> Report:
    with transaction(database_url) as db:
        return gate.evaluate(db, NIGHT, database_url, at)


def change(database_url: str, statement: str) -> None:
    with transaction(database_url) as db:
        db.connection.cursor().execute(statement)
