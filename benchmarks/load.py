"""Trajectories into PostgreSQL: a million points through ``runtime.save`` against a plain COPY of the same rows.

The product reads each clip's answer from S3, checks it and writes its rows with the state of its ``step_run``, one
transaction a clip, a few clips at a time. The limit is one COPY, in one transaction, of text that lies ready, into a
table with the same columns and primary key.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

import numpy as np
from sqlalchemy import text

from benchmarks import Ratio, main, services, timed
from fm_tasks import runtime, store
from fm_tasks.model import BOX_DECIMALS, Track
from fm_tasks.objects import Objects
from fm_tasks.settings import Settings
from fm_tasks.sources import Source
from fm_tasks.steps import track
from fm_tasks.tracking.profiles import PROFILES

CLIPS, TRACKS, FRAMES = 250, 16, 250
SOURCE = Source(id="bench", keys="bench/", licence="CC0-1.0", start="2026-01-01")
BATCH = "bench-2026-01-01"
TIMES_US = np.arange(FRAMES) * 33_367


def make_batch(database_url: str, clips: int) -> None:
    """A batch of ``clips`` videos, each cut into one clip."""
    with store.transaction(database_url) as db:
        db.execute(text("insert into source values (:id, 'CC0-1.0', 'UTC')"), {"id": SOURCE.id})
        db.execute(
            text("insert into batch values (:id, :source, '2026-01-01Z', '2026-01-02Z')"),
            {"id": BATCH, "source": SOURCE.id},
        )
        db.execute(
            text(
                "insert into video select 'v' || i, :source, 'bench/' || i || '.mp4', 'e', 1, now(), now(), :batch"
                " from generate_series(1, :clips) as i"
            ),
            {"source": SOURCE.id, "batch": BATCH, "clips": clips},
        )
        db.execute(
            text(
                "with run as (insert into step_run (batch_id, step, item_id, key, state)"
                "  select batch_id, 'cut', id, id, 'saved' from video returning id, item_id),"
                " probed as (insert into probe"
                "  select id, item_id, item_id, 'mp4', 'h264', 1280, 720, :frames, :frames * 33367 from run)"
                " insert into clip select 'c' || item_id, id, item_id, 0, :frames - 1, :times,"
                "  's3://work/' || item_id, item_id, 1280, 720, 0, 1, 1 from run"
            ),
            {"frames": FRAMES, "times": TIMES_US.tolist()},
        )


def write_answers(objects: Objects, shards: Sequence[str]) -> None:
    """What ``track`` would have answered: ``TRACKS`` smooth paths over all frames of each clip, every third seen."""
    for shard in shards:
        for asked in runtime.Shard.model_validate(objects.get_json(shard)).asked:
            rng = np.random.default_rng(int(asked.key, 16))
            result = track.Result(width=1280, height=720, times_us=TIMES_US.tolist(), tracks=tuple(_tracks(rng)))
            answer = {"step": "track", "version": track.VERSION, "key": asked.key, "request": asked.request}
            answer["result"] = result.model_dump(mode="json")
            objects.put_json(objects.result_uri("track", asked.key), answer)


def _tracks(rng: np.random.Generator) -> Iterator[Track]:
    for number in range(TRACKS):
        corner = np.linspace(*rng.uniform(0, 0.7, (2, 2)), FRAMES)
        boxes = np.hstack([corner, corner + rng.uniform(0.1, 0.3, 2)])
        scores = rng.uniform(0.4, 1, FRAMES)
        yield Track(
            id=10 * number,
            label="person",
            seen=tuple(range(0, FRAMES, 3)),
            sides=np.round(boxes, BOX_DECIMALS).T.tolist(),
            scores=tuple(np.round(scores, BOX_DECIMALS).tolist()),
        )


def measure() -> list[Ratio]:
    """Load, load the same again, load the same clips under new keys, and copy."""
    with services() as config:
        return _measure(config)


def _measure(config: Settings) -> list[Ratio]:
    worker = runtime.Worker.of(config)
    url, objects = worker.database_url, worker.objects
    make_batch(url, CLIPS)
    plan = partial(runtime.plan, worker, "track", BATCH, SOURCE, shard_size=50)
    save = partial(runtime.save, worker, "track", BATCH)

    write_answers(objects, plan())
    with timed("first load: runtime.save") as first:
        assert save() == {"saved": CLIPS}
    with timed("the same again: runtime.plan and runtime.save") as again:
        assert not plan() and not save()

    ask_anew(1)
    write_answers(objects, plan())
    with timed("the same clips under new keys: runtime.save") as changed:
        assert save() == {"saved": CLIPS}

    body = _copy_text(url)
    copied = median(_copy(url, body, table) for table in ("plain_1", "plain_2", "plain_3"))
    print(f"{copied:8.2f} s  plain COPY, median of three")
    return [
        Ratio("first_load_to_copy", copied / first(), ">= 0.8", "rows a second of plain COPY"),
        Ratio("replay_unchanged", again() / first(), "<= 0.02", "seconds of the first load"),
        Ratio("replay_changed", copied / changed(), ">= 0.4", "rows a second of plain COPY"),
    ]


def ask_anew(change: int) -> None:
    """Another tracking profile, so every clip's request has a new key."""
    PROFILES["cpu"] = PROFILES["cpu"].model_copy(update={"patience": 1.0 + change})


def _copy_text(url: str) -> str:
    body = io.StringIO()
    with store.transaction(url) as db, db.connection.cursor() as cursor:
        cursor.copy_expert(
            "copy (select p.* from track_point p join step_run r on r.id = p.step_run_id where r.current) to stdout",
            body,
        )
    return body.getvalue()


def _copy(url: str, body: str, table: str) -> float:
    with store.transaction(url) as db:
        db.execute(text(f"create table {table} (like track_point including all)"))
    with timed(f"plain COPY into {table}") as seconds, store.transaction(url) as db, db.connection.cursor() as cursor:
        cursor.copy_expert(f"copy {table} from stdin", io.StringIO(body))
        assert cursor.rowcount == CLIPS * TRACKS * FRAMES
    return seconds()


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
