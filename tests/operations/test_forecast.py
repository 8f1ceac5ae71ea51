"""What a run will cost is told before it, and comes true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from installation import Installation, day, source
from sqlalchemy import text

from fm_tasks import runtime, video
from fm_tasks.errors import BadRequest
from fm_tasks.llm.budget import Left
from fm_tasks.model import CameraMotion, batch_id, digest_of
from fm_tasks.operations import forecast
from fm_tasks.steps import cut
from fm_tasks.store import transaction
from fm_tasks.synthetic import scenes
from fm_tasks.video.spans import Span

CAM = source("cam").model_copy(
    update={"writer": "openai", "frames": "none", "judge": "gpt-4o-2024-08-06", "auditor": "gpt-4o-mini-2024-07-18"}
)
BY_FACTS = source("cam")
FIRST = datetime(2026, 5, 10, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)
SCENES = [replace(scenes.LIBRARY[name], size=(64, 36)) for name in ("turn_and_stop", "crossing", "bounce", "overtake")]
TRUTHS = [scenes.truth(scene) for scene in SCENES]
EMPTY = TRUTHS[0].times_us
"""A video in which nothing is followed."""
TIMES = [*(truth.times_us for truth in TRUTHS), EMPTY]
TRACKING = 3.5
"""Seconds that tracking a clip is noted to have taken."""


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> list[Path]:
    """What a judge sees of each clip."""
    paths = [tmp_path_factory.mktemp("films") / f"{n}.mp4" for n in range(len(TIMES))]
    for path, scene in zip(paths, [*SCENES, SCENES[0]], strict=True):
        scenes.render(scene, path, seed=1)
    return paths


@pytest.fixture
def made(installation, films) -> Installation:
    for n, path in enumerate(films):
        installation.objects.put_file(clip_uri(installation, n), path, "video/mp4")
    return installation


def clip_uri(made: Installation, n: int) -> str:
    return made.objects.clip_uri(f"{n:064x}")


def key(at: datetime, n: int) -> str:
    return at.strftime(CAM.keys) + f"{n}.mp4"


def upload(made: Installation, at: datetime, *, dated: datetime | None = None) -> None:
    """A video a scene, as large as its clip is long."""
    for n, times in enumerate(TIMES):
        body = digest_of([n, at.isoformat()]).encode() * len(times)
        made.objects.put_bytes(made.objects.raw_uri(key(dated or at, n)), body, "video/mp4")


def answer(made: Installation, at: datetime, step: str, answers: list[dict]) -> None:
    """Do what `run` does, without a video: ``answers`` are results or rejections of the scenes."""
    batch = batch_id(CAM.id, day(at))
    shards = runtime.plan(made.worker, step, batch, CAM, shard_size=100)
    asked = [one for shard in shards for one in runtime.Shard.model_validate(made.objects.get_json(shard)).asked]
    for one in asked:
        n = int(one.request["key"][-5]) if step == "cut" else one.request["clip"]["width"]
        document = {"step": step, "version": 1, "key": one.key, "request": one.request, **answers[n]}
        made.objects.put_json(made.objects.result_uri(step, one.key), document, seconds=TRACKING)
    assert sum(runtime.save(made.worker, step, batch).values()) == len(TIMES)


def cut_all(made: Installation, at: datetime) -> None:
    camera, shares = CameraMotion(speed=0, static_share=1, scale=1), {"dead_share": 0, "blurred_share": 0}
    answers = []
    for n, times in enumerate(TIMES):
        sha256 = digest_of([n, at.isoformat()])
        known = {"camera": camera, "uri": clip_uri(made, n), "sha256": sha256, "hashes": (), "motions": ()}
        frames = {"first": 0, "last": len(times) - 1, "times_us": times}
        span = Span(**known, **frames, width=n, height=36, **shares)
        kind = {"container": "mp4", "codec": "h264", "frames": len(times), "duration_us": times[-1]}
        result = cut.Result(sha256=sha256, spans=(span,), width=n, height=36, **kind)
        answers.append({"result": result.model_dump(mode="json")})
    answer(made, at, "cut", answers)


def track_all(made: Installation, at: datetime) -> None:
    """The tracks are the scenes' own."""
    followed = [{"result": truth.model_dump(mode="json")} for truth in TRUTHS]
    answer(made, at, "track", [*followed, {"rejection": {"code": "no_tracks", "detail": "nothing moves"}}])


def work(made: Installation, at: datetime, of=CAM) -> Iterator[str]:
    """Everything up to the judge, step by step; tells what was done."""
    upload(made, at)
    yield "upload"
    made.annotate(of, day(at), ())
    yield "discover"
    cut_all(made, at)
    yield "cut"
    track_all(made, at)
    yield "track"
    for step in ("facts", "caption", "ask", "reread", "verify", "judge", "audit"):
        made.annotate(of, day(at), (step,))
        yield step


def told(made, at: datetime, of=CAM) -> forecast.Forecast:
    with transaction(made.database_url) as db:
        return forecast.forecast(db, made.objects, made.worker.budget, of, day(at), datetime.now(UTC))


def spent(made, at: datetime) -> Counter:
    """USD by step that the batch of a day has cost."""
    with transaction(made.database_url) as db:
        usd = text("select step, sum(usd) from llm_call where batch_id = :batch group by step")
        return Counter(dict(db.execute(usd, {"batch": batch_id(CAM.id, day(at))}).all()))


def test_a_forecast_comes_true_at_every_stage(made, model_server):
    upload(made, FIRST)
    with pytest.raises(BadRequest, match="run a small window first"):
        told(made, FIRST)
    list(work(made, FIRST))
    foretold = {done: (told(made, SECOND), spent(made, SECOND)) for done in work(made, SECOND)}
    cost = spent(made, SECOND)
    assert set(cost) == set(CAM.models) and all(cost.values())
    for done, (before, paid) in foretold.items():
        for step in CAM.models:
            assert float(before.usd[step]) == pytest.approx(float(cost[step] - paid[step]), rel=0.1), (done, step)
    assert foretold["verify"][0].total > 0 and foretold["judge"][0].total > 0 == foretold["audit"][0].total
    assert [before.videos for before, _ in foretold.values()] == [len(TIMES)] * 2 + [0] * 9
    assert [round(before.clips) for before, _ in foretold.values()] == [len(TIMES)] * 3 + [0] * 8
    assert float(foretold["upload"][0].left.day - foretold["audit"][0].left.day) == pytest.approx(float(cost.total()))


def test_other_tracks_are_asked_about_anew(made, model_server):
    list(work(made, FIRST))
    cost = spent(made, FIRST)
    other = CAM.model_copy(update={"profile": "sam3"})
    anew = told(made, FIRST, other)
    assert not told(made, FIRST).total and not told(made, FIRST).gpu_seconds
    assert anew.gpu_seconds == {"track": pytest.approx(TRACKING * len(TIMES))}
    assert {step: float(usd) for step, usd in anew.usd.items()} == pytest.approx(
        {step: float(usd) for step, usd in cost.items()}, rel=0.1
    )
    cut_anew = told(made, FIRST, CAM.model_copy(update={"clip_policy": "paper"}))
    assert cut_anew.videos == len(TIMES) and float(cut_anew.total) == pytest.approx(float(anew.total))


def test_videos_that_came_late_are_foretold_with_the_run_that_claims_them(made, model_server):
    list(work(made, FIRST))
    upload(made, SECOND, dated=FIRST)
    assert told(made, FIRST).videos == told(made, SECOND).videos == len(TIMES)
    assert told(made, SECOND + timedelta(days=CAM.lookback_days)).videos == 0, "nobody looks back so far"
    made.annotate(CAM, day(SECOND), ())
    assert told(made, FIRST).videos == 0 and told(made, SECOND).videos == len(TIMES), "the second day owns them"


def test_a_model_that_was_never_asked_is_foretold_where_its_requests_are_known(made, model_server):
    judged = BY_FACTS.model_copy(update={"judge": CAM.judge})
    list(work(made, FIRST, BY_FACTS))
    found = told(made, FIRST, judged)
    assert not told(made, FIRST, BY_FACTS).usd
    price = made.worker.budget.price_of(judged.judge)
    pictures = [len(video.sample(truth.times_us, 2.0)) for truth in TRUTHS]
    assert found.total > 3 * sum(price.of(n * price.picture, 0) for n in pictures), "three runs see every picture"
    assert "judge    0." in (said := "\n".join(forecast.lines(judged, day(FIRST), found))) and judged.judge in said
    upload(made, SECOND)
    with pytest.raises(BadRequest, match="gpt-4o-2024-08-06 was not asked about source cam before"):
        told(made, SECOND, judged)


def test_the_lines_say_what_is_left(installation):
    found = forecast.Forecast(2, 5_000_000, 4.2, {"caption": 3, "ask": 4}, {"track": 7200}, Left(6, 50))
    said = "\n".join(forecast.lines(CAM, day(FIRST), found))
    assert "2 videos to cut, 5.0 MB, about 4 clips to track" in said and "7.0000 USD" in said
    assert "about 2.0 h of one GPU" in said and "more than is left" in said
