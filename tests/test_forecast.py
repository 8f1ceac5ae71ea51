"""What a run will cost is told before it, and comes true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from installation import Installation, day, source
from sqlalchemy import text

from fm_tasks import budget, forecast, runtime, scenes, video
from fm_tasks.errors import BadRequest
from fm_tasks.model import CameraMotion, batch_id, digest_of
from fm_tasks.steps import cut
from fm_tasks.store import transaction

CAM = source("cam").model_copy(update={"writer": "openai", "frames": "none"})
JUDGED = source("cam").model_copy(update={"judge": "gpt-4o-2024-08-06"})
FIRST = datetime(2026, 5, 10, tzinfo=UTC)
SECOND = FIRST + timedelta(days=1)
TRUTHS = [scenes.truth(scenes.LIBRARY[name]) for name in ("turn_and_stop", "crossing", "bounce", "overtake")]
TRACKING = 3.5
"""Seconds that tracking a clip is noted to have taken."""


def upload(made: Installation, at: datetime) -> None:
    """A video a scene, as large as its clip is long."""
    for n, truth in enumerate(TRUTHS):
        body = digest_of([n, at.isoformat()]).encode() * len(truth.times_us)
        made.objects.put_bytes(made.objects.raw_uri(at.strftime(CAM.keys) + f"{n}.mp4"), body, "video/mp4")


def answer(made: Installation, at: datetime, step: str, results: list) -> None:
    """Do what `run` does, without a video."""
    batch = batch_id(CAM.id, day(at))
    shards = runtime.plan(made.database_url, made.objects, step, batch, CAM, shard_size=100)
    asked = [one for shard in shards for one in runtime.Shard.model_validate(made.objects.get_json(shard)).asked]
    for one in asked:
        n = int(one.request["key"][-5]) if step == "cut" else one.request["clip"]["width"]
        document = {"step": step, "version": 1, "key": one.key, "request": one.request, "result": results[n]}
        made.objects.put_json(made.objects.result_uri(step, one.key), document, seconds=TRACKING)
    assert runtime.save(made.database_url, made.objects, step, batch) == {"saved": len(TRUTHS)}


def track(made: Installation, at: datetime) -> None:
    """Everything up to the tracks, which are the scenes' own."""
    made.annotate(CAM, day(at), ())
    camera, shares = CameraMotion(speed=0, static_share=1, scale=1), {"dead_share": 0, "blurred_share": 0}
    cuts = []
    for n, truth in enumerate(TRUTHS):
        sha256 = digest_of([n, at.isoformat()])
        frames = {"first": 0, "last": len(truth.times_us) - 1, "times_us": truth.times_us}
        size = {"width": n, "height": 36}
        known = {"camera": camera, "uri": "s3://w/c", "sha256": sha256, "hashes": (), "motions": ()}
        span = cut.Span(**known, **frames, **size, **shares)
        kind = {"container": "mp4", "codec": "h264", "frames": len(truth.times_us), "duration_us": truth.times_us[-1]}
        cuts.append(cut.Result(sha256=sha256, spans=(span,), **size, **kind).model_dump(mode="json"))
    answer(made, at, "cut", cuts)
    answer(made, at, "track", [truth.model_dump(mode="json") for truth in TRUTHS])
    made.annotate(CAM, day(at), ("facts",))


def told(made, at: datetime, of=CAM) -> forecast.Forecast:
    with transaction(made.database_url) as db:
        return forecast.forecast(db, made.objects, of, day(at), datetime.now(UTC))


def spent(made, batch: str) -> float:
    with transaction(made.database_url) as db:
        return float(
            db.execute(text("select sum(usd) from llm_call where batch_id = :batch"), {"batch": batch}).scalar()
        )


def test_a_forecast_comes_true(installation, model_server):
    made = installation
    upload(made, FIRST)
    with pytest.raises(BadRequest, match="run a small window first"):
        told(made, FIRST)
    track(made, FIRST)
    made.annotate(CAM, day(FIRST), ("caption", "ask"))
    upload(made, SECOND)
    before = told(made, SECOND)
    assert before.videos == before.clips == len(TRUTHS) and set(before.usd) == {"caption", "ask"}
    on_gpu = told(made, SECOND, CAM.model_copy(update={"profile": "sam3"}))
    assert not before.gpu_seconds and on_gpu.gpu_seconds == {"track": pytest.approx(TRACKING * len(TRUTHS))}

    track(made, SECOND)
    known = told(made, SECOND)
    batch = made.annotate(CAM, day(SECOND), ("caption", "ask"))
    cost = spent(made, batch)
    assert cost > 0 and not known.videos
    assert float(before.total) == pytest.approx(cost, rel=0.1), "told by the bytes of the videos"
    assert float(known.total) == pytest.approx(cost, rel=0.1), "told by the clips"
    after = told(made, SECOND)
    assert after.total == 0, "everything is answered"
    assert float(before.left.day - after.left.day) == pytest.approx(cost)


def test_a_judge_is_foretold_for_clips_that_have_captions(installation):
    made = installation
    upload(made, FIRST)
    track(made, FIRST)
    made.annotate(source("cam"), day(FIRST), ("caption", "ask", "verify"))
    found = told(made, FIRST, JUDGED)
    price = budget.price_of(JUDGED.judge)
    pictures = [len(video.sample(truth.times_us, 2.0)) for truth in TRUTHS]
    assert set(found.usd) == {"judge"} and not told(made, FIRST, source("cam")).usd
    assert found.total > 3 * sum(price.of(n * price.picture, 0) for n in pictures), "three runs see every picture"
    assert "judge    0." in (said := "\n".join(forecast.lines(JUDGED, day(FIRST), found))) and JUDGED.judge in said
    upload(made, SECOND)
    with pytest.raises(BadRequest, match="gpt-4o-2024-08-06 was not asked about source cam before"):
        told(made, SECOND, JUDGED)


def test_the_lines_say_what_is_left(installation):
    found = forecast.Forecast(2, 5_000_000, 4.2, {"caption": 3, "ask": 4}, {"track": 7200}, forecast.budget.Left(6, 50))
    said = "\n".join(forecast.lines(CAM, day(FIRST), found))
    assert "2 new videos, 5.0 MB, about 4 clips" in said and "7.0000 USD" in said
    assert "about 2.0 h of one GPU" in said and "more than is left" in said
