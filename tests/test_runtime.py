"""The life cycle on the real steps: what is done is not done again, and nothing that happens in between is lost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from installation import Installation, day, render, source, stamped
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from fm_tasks import runtime, settings
from fm_tasks.discover import discover
from fm_tasks.errors import BadRequest, Unavailable
from fm_tasks.local.demo import fingerprint
from fm_tasks.model import CameraMotion, Track, batch_id, digest_of
from fm_tasks.objects import Objects
from fm_tasks.steps import cut, track
from fm_tasks.store import transaction
from fm_tasks.video.spans import Span

CAM = source("cam")
WINDOW = day(datetime(2026, 5, 10, tzinfo=UTC))
BATCH = batch_id(CAM.id, WINDOW)
STEPS = ("cut", "track", "facts")
ROWS = {
    "probe": "select sha256, codec, width, height, frames, duration_us from probe",
    "clip": "select first_frame, last_frame, times_us, sha256, camera_speed from clip",
    "track": "select c.sha256, t.track_id, t.label, t.points, t.score from track t join clip c on c.id = t.clip_id",
    "point": "select c.sha256, p.track_id, p.frame, p.t_us, p.x1, p.y1, p.x2, p.y2, p.score, p.observed "
    "from track_point p join step_run r on r.id = p.step_run_id join clip c on c.id = r.item_id",
    "rejection": "select code, detail from rejection",
    "state": "select step, state, current, count(*) from step_run group by 1, 2, 3",
}


@pytest.fixture(scope="module")
def videos() -> dict[str, bytes]:
    """Three short scenes and a broken file."""
    names = ("crossing", "bounce", "overtake")
    made = {f"{name}.mp4": render(name, seed, seconds=2) for seed, name in enumerate(names)}
    return made | {"broken.mp4": made["bounce.mp4"][:3000]}


def fill(made: Installation, videos: dict[str, bytes]) -> Installation:
    """Upload videos of the day."""
    for name, body in videos.items():
        made.objects.put_bytes(made.objects.raw_uri(f"cam/2026/05/10/{name}"), body, "video/mp4")
    return made


@pytest.fixture
def filled(install, videos):
    """Make an installation that holds the videos."""
    return lambda: fill(install(), videos)


@pytest.fixture(scope="module")
def undisturbed(install_for_module, videos) -> Installation:
    """An installation in which the videos went through ``STEPS`` once; tests leave it as it is."""
    made = fill(install_for_module(), videos)
    made.annotate(CAM, WINDOW, STEPS)
    return made


def content(database_url: str) -> dict[str, list]:
    """Every row of the steps, without what differs from one installation to the next."""
    with transaction(database_url) as db:
        return {name: sorted(map(repr, db.execute(text(query)))) for name, query in ROWS.items()}


def fm(installation, *arguments: str, **environment: str) -> subprocess.Popen:
    """The command line as a process of its own, in its own group, like a task's."""
    return subprocess.Popen(
        [sys.executable, "-m", "fm_tasks", *arguments],
        env=settings.worker_environment(os.environ | installation.settings.environment() | environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_second_run_finds_everything_done(undisturbed):
    made = undisturbed
    first, before = content(made.database_url), fingerprint(made.database_url)
    assert len(first["clip"]) == 3
    assert len(first["rejection"]) == 1 and "unreadable" in first["rejection"][0]
    for step in STEPS:
        assert runtime.plan(made.worker, step, BATCH, CAM, shard_size=2) == []
        assert not runtime.save(made.worker, step, BATCH)
    assert fingerprint(made.database_url) == before


def test_a_step_killed_in_mid_shard_resumes_and_ends_with_equal_rows(undisturbed, filled):
    killed = filled()
    killed.annotate(CAM, WINDOW, ("cut",))
    (shard,) = runtime.plan(killed.worker, "track", BATCH, CAM, shard_size=10)
    process = fm(killed, "run", "track", "--shard", shard)
    results = lambda: list(killed.objects.list(killed.objects.work, "steps/track/"))  # noqa: E731
    while not results() and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    left = len(results())
    assert 1 <= left < 3, "the kill must fall between the first and the last clip"

    assert runtime.save(killed.worker, "track", BATCH) == {"saved": left, "missing": 3 - left}
    (shard,) = runtime.plan(killed.worker, "track", BATCH, CAM, shard_size=10)
    tally = runtime.run(killed.tools, "track", shard)
    assert tally == {"done": 3 - left}
    killed.annotate(CAM, WINDOW, STEPS)
    assert content(killed.database_url) == content(undisturbed.database_url)


def test_two_runs_of_one_window_at_once_end_as_one(undisturbed, filled):
    shared = filled()

    def annotate(_) -> None:
        batch = shared.annotate(CAM, WINDOW, ())
        for step in STEPS:
            for shard in runtime.plan(shared.worker, step, batch, CAM, shard_size=2):
                assert fm(shared, "run", step, "--shard", shard).wait() == 0
            runtime.save(shared.worker, step, batch)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(annotate, range(2)))
    assert content(shared.database_url) == content(undisturbed.database_url)


def test_a_shard_document_that_was_removed_says_what_to_do_and_is_planned_again(undisturbed, filled):
    made = filled()
    made.annotate(CAM, WINDOW, ())
    lost, *_ = runtime.plan(made.worker, "cut", BATCH, CAM, shard_size=2)
    made.objects.delete(lost)
    process = fm(made, "run", "cut", "--shard", lost)
    said, _ = process.communicate()
    assert process.returncode == BadRequest.exit_code
    assert f"{lost} was removed" in said and "clear the run" in said
    made.annotate(CAM, WINDOW, ("cut",))
    assert content(made.database_url)["clip"] == content(undisturbed.database_url)["clip"]


def test_a_result_truncated_by_hand_is_made_again(undisturbed, filled):
    made = filled()
    made.annotate(CAM, WINDOW, ())
    for shard in runtime.plan(made.worker, "cut", BATCH, CAM, shard_size=2):
        runtime.run(made.tools, "cut", shard)
    uri = f"s3://{made.objects.work}/{next(made.objects.list(made.objects.work, 'steps/cut/')).key}"
    made.objects.put_bytes(uri, made.objects.get_bytes(uri)[:100], "application/gzip")
    for _ in range(2):
        made.annotate(CAM, WINDOW, ("cut",))
    assert content(made.database_url)["clip"] == content(undisturbed.database_url)["clip"]


def test_a_video_replaced_while_it_is_read_ends_as_its_new_version(installation, videos, tmp_path):
    """The step is halted in the midst of fetching 64 MB, the object replaced, and the step let go on."""
    made, old, new = installation, stamped(videos["overtake.mp4"], "0" * (64 << 20)), videos["crossing.mp4"]
    fill(made, {"a.mp4": old})
    made.annotate(CAM, WINDOW, ())
    (shard,) = runtime.plan(made.worker, "cut", BATCH, CAM, shard_size=1)
    process = fm(made, "run", "cut", "--shard", shard, TMPDIR=str(tmp_path))
    while not (fetched := sum(one.stat().st_size for one in tmp_path.rglob("video"))) and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGSTOP)
    fill(made, {"a.mp4": new})
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate()
    assert 0 < fetched < len(old), "the video must be replaced while it is read"
    assert process.returncode == 0 or (process.returncode == Unavailable.exit_code and "replaced" in said), said
    # What was read is the old version whole, or nothing: never some of each.
    for item in made.objects.list(made.objects.work, "steps/cut/"):
        if not item.key.endswith(".failed.json"):
            answer = made.objects.get_json(f"s3://{made.objects.work}/{item.key}")
            assert answer["result"]["sha256"] == sha256(old).hexdigest()

    made.annotate(CAM, WINDOW, STEPS)
    present = "select p.sha256 from probe p join step_run r on r.id = p.step_run_id and r.current"
    with transaction(made.database_url) as db:
        assert db.execute(text(present)).all() == [(sha256(new).hexdigest(),)]
        assert not db.execute(text("select 1 from step_run where current and state = 'planned'")).all()


def test_a_changed_request_is_asked_anew_and_the_older_answer_stays(filled, monkeypatch):
    made = filled()
    batch = made.tracked(CAM, WINDOW)
    monkeypatch.setattr(cut, "VERSION", cut.VERSION + 1)
    made.annotate(CAM, WINDOW, ("cut", "track"))
    with transaction(made.database_url) as db:
        states = db.execute(text("select step, current, count(*) as n from step_run group by 1, 2 order by 1, 2")).all()
        tracks = db.execute(text("select count(*) from track")).scalar()
    assert [tuple(row) for row in states] == [
        ("cut", False, 4),
        ("cut", True, 4),
        ("track", False, 3),
        ("track", True, 3),
    ]
    # The clips are the same bytes, so their tracks were found, not made again.
    assert len(list(made.objects.list(made.objects.work, "steps/track/"))) == 3
    monkeypatch.undo()
    track_clips(made, batch)
    with transaction(made.database_url) as db:
        assert db.execute(text("select count(*) from track")).scalar() == tracks


def test_an_item_that_fails_is_noted_and_does_not_stop_the_others(filled, caplog):
    caplog.set_level("INFO")
    made = filled()
    batch = made.annotate(CAM, WINDOW, ("cut",))
    with transaction(made.database_url) as db:
        lost = db.execute(text("select uri from clip where uri is not null order by id limit 1")).scalar()
    body = made.objects.get_bytes(lost)
    made.objects.delete(lost)
    track_clips(made, batch)
    with transaction(made.database_url) as db:
        failures = db.execute(text("select error, detail from failure")).all()
        assert db.execute(text("select count(*) from step_run where step = 'track' and state = 'saved'")).scalar() == 2
    assert [row.error for row in failures] == ["Missing"] and lost in failures[0].detail
    with transaction(made.database_url) as db:
        asked = db.execute(text("select item_id, key, state from step_run where step = 'track'")).all()
    said = [record.getMessage() for record in caplog.records if record.name == "fm_tasks.runtime"]
    (planned,) = (line for line in said if line.startswith(f"track, batch {batch}: 3 items, 0 done before, 3 to do"))
    for row in asked:
        *before, last = (line for line in said if row.item_id in line and line.startswith("track "))
        named = rf"batch {batch}, shard (\w+), clip {row.item_id}, key {row.key}"
        of = re.fullmatch(rf"track \d/[12], {named}: (\w+) \([\d.]+ s, about \d+ s to go\)", last)
        assert of[1] in planned and of[2] == {"saved": "done", "planned": "failed"}[row.state]
        assert len(before) == (of[2] == "failed"), "the error itself has the same names"

    made.objects.put_bytes(lost, body, "video/mp4")
    assert made.annotate(CAM, WINDOW, ("cut", "track")) == batch
    with transaction(made.database_url) as db:
        assert db.execute(text("select count(*) from step_run where step = 'track' and state = 'saved'")).scalar() == 3
        assert db.execute(text("select count(*) from failure")).scalar() == 1


def track_clips(made: Installation, batch: str) -> None:
    """Track the clips of a batch; none is known from another test."""
    for shard in runtime.plan(made.worker, "track", batch, CAM, shard_size=2):
        runtime.run(made.tools, "track", shard)
    runtime.save(made.worker, "track", batch)


def test_a_video_replaced_while_it_waits_is_claimed_anew(filled, videos):
    made = filled()
    batch = made.annotate(CAM, WINDOW, ())
    shards = runtime.plan(made.worker, "cut", batch, CAM, shard_size=10)
    made.objects.put_bytes(made.objects.raw_uri("cam/2026/05/10/broken.mp4"), videos["crossing.mp4"][:-1], "video/mp4")
    assert runtime.run(made.tools, "cut", shards[0]) == {"done": 3, "failed": 1}
    runtime.save(made.worker, "cut", batch)
    made.annotate(CAM, WINDOW, ("cut",))
    with transaction(made.database_url) as db:
        open_runs = "select count(*) from step_run r join current_video v on v.id = r.item_id where r.state = 'planned'"
        assert db.execute(text(open_runs)).scalar() == 0
        assert db.execute(text("select error from failure")).scalar() == "Changed"


# --- save, of answers written by hand ---------------------------------------------------------------------------------


@pytest.fixture
def tracked(install):
    """Make an installation with four clips whose tracks are answered and not saved yet, and its `track` requests."""

    def new() -> tuple:
        made = install()
        for name in "abcd":
            made.objects.put_bytes(made.objects.raw_uri(f"cam/2026/05/10/{name}.mp4"), name.encode(), "video/mp4")
        made.annotate(CAM, WINDOW, ())
        answer(made, "cut")
        assert runtime.save(made.worker, "cut", BATCH) == {"saved": 4}
        return made, answer(made, "track")

    return new


def answer(made, step: str) -> list[runtime.ShardItem]:
    """Do what `run` does, without a video."""
    shards = runtime.plan(made.worker, step, BATCH, CAM, shard_size=3)
    asked = [one for shard in shards for one in runtime.Shard.model_validate(made.objects.get_json(shard)).asked]
    for one in asked:
        write(made, step, one, RESULTS[step](one.request))
    return asked


def write(made, step: str, asked: runtime.ShardItem, result: object) -> None:
    document = {"step": step, "version": 1, "key": asked.key, "request": asked.request, "result": result}
    made.objects.put_json(made.objects.result_uri(step, asked.key), document)


def cut_result(request: dict) -> dict:
    camera = CameraMotion(speed=0, static_share=1, scale=1)
    sha256 = digest_of(request["key"])
    size = {"width": 64, "height": 36}
    shares = {"dead_share": 0, "blurred_share": 0, "hashes": (), "motions": ()}
    frames = {"first": 0, "last": 2, "times_us": (7, 8, 9)}
    span = Span(camera=camera, uri="s3://w/c", sha256=sha256, **frames, **size, **shares)
    kind = {"container": "mp4", "codec": "h264", "frames": 3, "duration_us": 3}
    return cut.Result(sha256=sha256, spans=(span,), **size, **kind).model_dump(mode="json")


def track_result(request: dict) -> dict:
    left = int(request["clip"]["sha256"], 16) % 7 / 10
    car = Track(
        id=1000, label="car", seen=(0, 2), sides=[[left] * 3, [0.2] * 3, [0.9] * 3, [0.4] * 3], scores=[0.5] * 3
    )
    tracks = (car, car.model_copy(update={"id": 1001}))
    return track.Result(width=64, height=36, times_us=(7, 8, 9), tracks=tracks).model_dump(mode="json")


RESULTS = {"cut": cut_result, "track": track_result}


def test_a_torn_answer_is_a_failure_and_is_asked_again(tracked):
    whole, _ = tracked()
    assert runtime.save(whole.worker, "track", BATCH) == {"saved": 4}

    made, asked = tracked()
    uris = [made.objects.result_uri("track", one.key) for one in asked]
    made.objects.put_bytes(uris[0], made.objects.get_bytes(uris[0])[:-40], "application/gzip")
    made.objects.put_bytes(uris[1], b'{"result": {}}', "application/json")
    write(made, "track", asked[2], {"tracks": [{"id": 1000}]})
    assert runtime.save(made.worker, "track", BATCH) == {"failed": 3, "saved": 1}
    with transaction(made.database_url) as db:
        failures = db.execute(
            text("select error, detail from failure f join step_run r on r.id = step_run_id order by r.id")
        )
        for failure, uri in zip(failures.all(), uris[:3], strict=True):
            assert failure.error == "Torn" and uri in failure.detail
    assert [made.objects.exists(uri) for uri in uris] == [False, False, False, True]

    assert {one.key for one in answer(made, "track")} == {one.key for one in asked[:3]}
    assert runtime.save(made.worker, "track", BATCH) == {"saved": 3}
    assert content(made.database_url) == content(whole.database_url)


def test_rows_that_are_refused_are_a_failure_and_the_others_are_saved(tracked):
    whole, _ = tracked()
    runtime.save(whole.worker, "track", BATCH)

    made, asked = tracked()
    result = track_result(asked[1].request)
    write(made, "track", asked[1], result | {"tracks": result["tracks"] * 2})
    with pytest.raises(IntegrityError, match="track_pkey"):
        runtime.save(made.worker, "track", BATCH)
    with transaction(made.database_url) as db:
        runs = db.execute(text("select item_id, state, detail from step_run left join failure on step_run_id = id"
                               " where step = 'track' order by id")).all()  # fmt: skip
    assert [run.state for run in runs] == ["saved", "planned", "saved", "saved"]
    assert [run.item_id for run in runs if run.detail and "track_pkey" in run.detail] == [asked[1].item]

    write(made, "track", asked[1], result)
    assert runtime.save(made.worker, "track", BATCH) == {"saved": 1}
    assert content(made.database_url) == content(whole.database_url)


def test_a_connection_that_is_lost_in_the_middle_is_retried_and_ends_with_equal_rows(tracked):
    whole, _ = tracked()
    runtime.save(whole.worker, "track", BATCH)

    made, asked = tracked()
    with transaction(made.database_url) as db:
        db.execute(text("create function cut_off() returns trigger language plpgsql as"
                        " $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$"))  # fmt: skip
        when = f"when (new.clip_id = '{asked[2].item}')"
        db.execute(
            text(f"create trigger cut_off before insert on track for each row {when} execute function cut_off()")
        )
    with pytest.raises(Unavailable, match="make status"):
        runtime.save(made.worker, "track", BATCH)
    with transaction(made.database_url) as db:
        db.execute(text("drop function cut_off cascade"))
        left = (
            db.execute(text("select item_id from step_run where step = 'track' and state = 'planned'")).scalars().all()
        )
        assert asked[2].item in left
        assert not db.scalar(text("select count(*) from failure"))
    assert runtime.save(made.worker, "track", BATCH) == {"saved": len(left)}
    assert content(made.database_url) == content(whole.database_url)


def test_two_saves_at_once_save_each_answer_once_and_tell_of_it(tracked, monkeypatch, caplog):
    monkeypatch.setattr(runtime, "NEWS_SECONDS", 0)
    caplog.set_level("INFO")
    made, _ = tracked()
    with ThreadPoolExecutor(2) as pool:
        savings = [pool.submit(runtime.save, made.worker, "track", BATCH) for _ in range(2)]
        tally = savings[0].result() + savings[1].result()
    assert tally["saved"] == 4 and set(tally) <= {"saved", "saved before"}
    assert len(content(made.database_url)["point"]) == 4 * 2 * 3
    assert f"save track, batch {BATCH}: 2/4 items" in caplog.text


def test_a_shard_of_another_version_is_refused(filled, monkeypatch):
    made = filled()
    batch = made.annotate(CAM, WINDOW, ())
    shard = runtime.plan(made.worker, "cut", batch, CAM, shard_size=10)[0]
    monkeypatch.setattr(cut, "VERSION", cut.VERSION + 1)
    with pytest.raises(BadRequest, match="plan the step again"):
        runtime.run(made.tools, "cut", shard)


def test_a_server_that_is_down_ends_the_shard_with_the_code_that_is_retried(installation):
    down = installation._replace(objects=Objects(replace(installation.settings, s3_endpoint="http://127.0.0.1:9")))
    with pytest.raises(Unavailable):
        runtime.run(down.tools, "cut", installation.objects.shard_uri("b", "cut", "d"))
    nowhere = replace(installation.settings, s3_endpoint="http://127.0.0.1:9")
    process = fm(installation._replace(settings=nowhere), "run", "cut", "--shard", "s3://some-work/y")
    said, _ = process.communicate()
    assert process.returncode == 75 and "make status" in said
    assert fm(installation, "run", "cut", "--shard", "/a/file").wait() == 64


@pytest.mark.parametrize("share", [0.5, 1.05], ids=["of the video", "of its clips"])
def test_a_disk_too_small_ends_the_shard_with_the_code_that_is_retried(share, filled, videos, tmp_path):
    made = filled()
    room = f"size={round(share * len(videos['crossing.mp4']))}"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", room, "tmpfs", tmp_path], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        batch = discover(made.database_url, made.objects, CAM, WINDOW).batch
        (shard,) = runtime.plan(made.worker, "cut", batch, CAM, shard_size=4)
        process = fm(made, "run", "cut", "--shard", shard, TMPDIR=str(tmp_path))
        said, _ = process.communicate()
        assert process.returncode == 75 and f"{tmp_path} is full: make room there" in said
        assert not list(tmp_path.glob("fm-cut-*"))
    finally:
        subprocess.run(["umount", tmp_path], check=True)
    tally = runtime.run(made.tools, "cut", shard)
    assert tally["done"] and tally["done"] + tally["rejected"] + tally["done before"] == 4


def test_a_key_depends_on_every_field_and_on_nothing_else():
    request = cut.Request(key="k", etag="e", policy="shots")
    assert runtime.key_of("cut", 1, request) == runtime.key_of("cut", 1, cut.Request(policy="shots", etag="e", key="k"))
    others = [
        runtime.key_of("cut", 2, request),
        runtime.key_of("track", 1, request),
        runtime.key_of("cut", 1, request.model_copy(update={"max_clip": 9.0})),
    ]
    assert len({runtime.key_of("cut", 1, request), *others}) == 4
    assert digest_of({"b": 1, "a": 2}) == digest_of({"a": 2, "b": 1})
