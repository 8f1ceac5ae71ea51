"""The cut step on videos rendered here, through the real life cycle: discover, plan, run, save."""

from __future__ import annotations

import hashlib
import io
import json
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import av
import broken
import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np
import pytest
from installation import tools, worker
from sqlalchemy import text

from fm_tasks import runtime, store, video
from fm_tasks.discover import discover
from fm_tasks.errors import Changed, Rejected
from fm_tasks.local.demo import fingerprint
from fm_tasks.model import RejectionCode, Window
from fm_tasks.sources import Source
from fm_tasks.steps import cut
from fm_tasks.video import near_duplicates
from fm_tasks.video.spans import drawn

RATE = 25
SOURCE = Source(id="street", keys="street/%Y/%m/%d/", licence="CC0-1.0", start=date(2026, 11, 1))
WINDOW = Window(start=datetime(2026, 11, 22, tzinfo=UTC), end=datetime(2026, 11, 23, tzinfo=UTC))
TEXTURE = cv2.resize(
    np.random.default_rng(7).integers(0, 255, (60, 200), np.uint8), (3200, 480), interpolation=cv2.INTER_CUBIC
)


def still(x: int, seconds: float, brightness: float = 1.0):
    """A still camera at ``x`` of the texture, a ball crossing."""
    for k in range(round(seconds * RATE)):
        picture = cv2.cvtColor((TEXTURE[:180, x : x + 320] * brightness).astype(np.uint8), cv2.COLOR_GRAY2BGR)
        cv2.circle(picture, (20 + 2 * k % 280, 90), 14, (60, 60, 240), -1)
        yield picture


def pan(x: int, seconds: float):
    for k in range(round(seconds * RATE)):
        yield cv2.cvtColor(TEXTURE[200:380, x + 3 * k : x + 3 * k + 320], cv2.COLOR_GRAY2BGR)


def black(seconds: float):
    return (np.zeros((180, 320, 3), np.uint8) for _ in range(round(seconds * RATE)))


def encoded(*shots, **options: str) -> bytes:
    """An MP4 of ``shots``, one after another."""
    body = io.BytesIO()
    with av.open(body, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"} | options)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for shot in shots:
            for picture in shot:
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    return body.getvalue()


def ask(objects, body: bytes, key: str = "street/2026/11/22/a b.mp4") -> cut.Request:
    objects.put_bytes(objects.raw_uri(key), body, "video/mp4")
    (listed,) = objects.list(objects.raw, key)
    return cut.Request(key=key, etag=listed.etag, policy="shots")


def test_every_span_is_a_clip_or_has_a_reason(objects, tmp_path):
    shots = [still(0, 3), still(900, 1), pan(100, 3), still(1500, 12), black(2), still(2400, 1.6)]
    result = cut.run(ask(objects, encoded(*shots)), tools(objects, tmp_path))
    spans = [(s.first, s.last, s.refusal and s.refusal.code.value) for s in result.spans]
    assert spans == [
        (0, 74, None),
        (75, 99, "shot_too_short"),
        (100, 174, "camera_motion"),
        (175, 324, None),
        (325, 474, None),
        (475, 524, "black_or_frozen"),
        (525, 564, None),
    ]
    assert (result.frames, result.width, result.height, result.codec) == (565, 320, 180, "h264")
    assert result.duration_us == 565 * 40_000
    for span in result.spans:
        assert span.times_us == tuple(k * 40_000 for k in range(span.first, span.last + 1))
        assert (span.uri is None) == (span.sha256 is None) == (span.refusal is not None)
        if span.uri:
            fetched = tmp_path / "fetched.mp4"
            assert objects.fetch(span.uri, fetched) == span.sha256
            assert len(list(video.frames(fetched))) == len(span.times_us)
        assert len(span.hashes) == len(span.motions) == span.times_us[-1] // 100_000 - span.times_us[0] // 100_000 + 1
    assert [round(span.dead_share) for span in result.spans] == [0, 0, 0, 0, 0, 1, 0]
    pan_span = result.spans[2]
    assert pan_span.camera.speed == pytest.approx(3 * RATE / np.hypot(320, 180), rel=0.05)
    assert {path.name for path in tmp_path.iterdir()} == {"video", "fetched.mp4"}
    assert cut.Result.model_validate(result.model_dump(mode="json")) == result


def test_every_span_has_a_thumbnail_of_its_own_under_its_content(database_url, objects, tmp_path):
    shots = [[*still(0, 3)], [*still(900, 1)], [*still(1500, 2)]]
    request = ask(objects, encoded(*shots))
    answer(database_url, objects)
    stored = query(database_url, "select thumbnail_uri, uri is null from clip order by first_frame")
    assert [refused for _, refused in stored] == [False, True, False]
    for number, (uri, _) in enumerate(stored):
        body = objects.get_bytes(uri)
        assert uri == objects.thumbnail_uri(hashlib.sha256(body).hexdigest())
        seen = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
        of = [cv2.resize(other[len(other) // 2], (160, 90), interpolation=cv2.INTER_AREA) for other in shots]
        assert max(range(3), key=lambda n: cv2.PSNR(seen, of[n])) == number
    again = cut.run(request, tools(objects, tmp_path))
    assert [span.thumbnail_uri for span in again.spans] == [uri for uri, _ in stored]
    assert len(list(objects.list(objects.work, "thumbnails/"))) == 3


def test_the_frames_of_a_dissolve_are_in_no_clip(objects, tmp_path):
    before, after = list(still(0, 3)), list(still(1500, 3))
    mixed = [cv2.addWeighted(before[-1], 1 - k / 16, after[0], k / 16, 0) for k in range(1, 16)]
    result = cut.run(ask(objects, encoded(before, mixed, after)), tools(objects, tmp_path))
    spans = [(s.first, s.last, s.refusal and s.refusal.code.value) for s in result.spans]
    assert spans == [(0, 74, None), (75, 89, "transition"), (90, 164, None)]


@pytest.mark.parametrize(
    ("frames", "clips"),
    [(45, [45]), (125, [125]), (250, [250]), (251, [126, 125]), (262, [131, 131]), (510, [170] * 3)],
)
def test_a_shot_is_divided_equally_into_five_to_ten_seconds(frames, clips, objects, tmp_path):
    result = cut.run(ask(objects, encoded(still(0, frames / RATE), g="9999")), tools(objects, tmp_path))
    assert [span.last - span.first + 1 for span in result.spans] == clips
    assert [span.first for span in result.spans] == np.cumsum([0, *clips[:-1]]).tolist()


@pytest.mark.parametrize(
    ("every", "frames", "clips"),
    [
        (100, 400, [200, 200]),  # 8 and 8 s
        (90, 400, [180, 220]),  # the key frame nearest to the middle
        (60, 251, [126, 125]),  # none leaves both parts at least 5 s
        (110, 700, [220, 240, 240]),  # one of two: none is late enough to leave at most 10 s
    ],
)
def test_a_long_shot_is_divided_at_key_frames_where_they_leave_five_to_ten_seconds(
    every, frames, clips, objects, tmp_path
):
    body = encoded(still(0, frames / RATE), g=str(every), sc_threshold="0")
    result = cut.run(ask(objects, body), tools(objects, tmp_path))
    assert [span.last - span.first + 1 for span in result.spans] == clips
    assert [span.copied for span in result.spans] == [span.first % every == 0 for span in result.spans]


def test_the_paper_draws_one_clip_of_five_to_ten_seconds_about_the_middle():
    lengths = np.random.default_rng(3).uniform(1.5, 400, 10_000)
    for number, seconds in enumerate(lengths.tolist()):
        start, length = drawn(seconds, 5, 10, f"{number} content")
        assert (start, length) == drawn(seconds, 5, 10, f"{number} content")
        if seconds <= 5:
            assert (start, length) == (0, seconds)
        else:
            assert 5 <= length <= min(10, seconds)
            assert 0 <= start <= seconds - length
            assert abs(start + length / 2 - seconds / 2) <= 0.2 * seconds + 1e-9
    starts, lengths = np.array([drawn(60, 5, 10, f"{seed} content") for seed in range(10_000)]).T
    assert np.allclose([lengths.min(), lengths.max(), lengths.mean()], [5, 10, 7.5], atol=0.05)
    assert np.allclose([starts.min(), starts.max()], [13, 39.5], atol=0.5)  # the middle half and no more


@pytest.mark.parametrize("frames", [125, 300])
def test_a_video_is_cut_as_the_paper_draws_it(frames, objects, tmp_path):
    request = ask(objects, encoded(still(0, frames / RATE))).model_copy(update={"policy": "paper"})
    (span,) = cut.run(request, tools(objects, tmp_path)).spans
    assert 125 <= span.last - span.first + 1 <= min(251, frames)
    assert len(list(video.frames(fetched(objects, span.uri, tmp_path)))) == span.last - span.first + 1
    assert cut.run(request, tools(objects, tmp_path)).spans == (span,)
    other = cut.run(request.model_copy(update={"seed": 1}), tools(objects, tmp_path)).spans[0]
    assert ((other.first, other.last) == (span.first, span.last)) == (frames <= 125)


def fetched(objects, uri: str, folder: Path) -> Path:
    objects.fetch(uri, folder / "fetched.mp4")
    return folder / "fetched.mp4"


def test_a_replaced_object_is_not_read(objects, tmp_path):
    request = ask(objects, encoded(still(0, 2)))
    ask(objects, encoded(still(900, 2)))
    with pytest.raises(Changed):
        cut.run(request, tools(objects, tmp_path))


def test_a_bad_file_is_refused(objects, tmp_path):
    with pytest.raises(Rejected) as caught:
        cut.run(ask(objects, b"no video"), tools(objects, tmp_path))
    assert caught.value.code is RejectionCode.UNREADABLE


def peaked(request: cut.Request, path: Path):
    """The frames of a video, and the most memory, KiB, that its process takes to survey it and to cut its clip."""
    (result, _), *_ = cut._made(request, path, "")
    yield result.frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_an_hour_takes_no_more_memory_than_ten_seconds(tmp_path):
    # Five frames a second: as many samples, hashes and thumbnails as at any other rate, in less time.
    part, hour = tmp_path / "part.mkv", tmp_path / "hour.mkv"
    part.write_bytes(broken.encoded("matroska", rate=5, size=(64, 36), g="10"))
    (tmp_path / "list").write_text("file part.mkv\n" * 360)
    joined = ffmpeg.input(str(tmp_path / "list"), f="concat").output(str(hour), c="copy")
    joined.run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    request = cut.Request(key="k", etag="e", policy="paper")
    limits = {name: getattr(request, name) for name in ("cpu_seconds", "memory_gib", "disk_gib")}
    (few, little), (many, much) = (next(video.isolated(peaked, request, path, **limits)) for path in (part, hour))
    assert (few, many) == (50, 18_000)
    assert much - little < 100 * 1024


def test_a_video_that_takes_too_much_is_refused(objects, tmp_path):
    request = ask(objects, broken.huge(4096, 200)).model_copy(update={"cpu_seconds": 1})
    with pytest.raises(Rejected, match="processor time") as caught:
        cut.run(request, tools(objects, tmp_path))
    assert caught.value.code is RejectionCode.TOO_HEAVY


def test_a_video_or_a_clip_that_takes_too_much_of_the_disk_is_refused(objects, tmp_path):
    body = encoded(still(0, 12), g="9999", qp="51")
    request = ask(objects, body)
    for room, detail in ((len(body) - 1, "at most .* are fetched"), (len(body), "a file made of it")):
        with pytest.raises(Rejected, match=detail) as caught:
            cut.run(request.model_copy(update={"disk_gib": room / 2**30}), tools(objects, tmp_path))
        assert caught.value.code is RejectionCode.TOO_HEAVY


def cut_only(database_url: str, objects, window: Window = WINDOW, source: Source = SOURCE) -> str:
    """Cut the videos of the batch of ``window``, save none; return its id."""
    batch = discover(database_url, objects, source, window).batch
    for shard in runtime.plan(worker(database_url, objects), "cut", batch, source, 10):
        runtime.run(tools(objects, Path()), "cut", shard)
    return batch


def answer(database_url: str, objects, window: Window = WINDOW, source: Source = SOURCE) -> str:
    """Take the batch of ``window`` through the step; return its id."""
    batch = cut_only(database_url, objects, window, source)
    runtime.save(worker(database_url, objects), "cut", batch)
    return batch


def test_the_sources_shot_detector_is_a_part_of_the_request(database_url, objects):
    ask(objects, encoded(still(0, 2)))
    batch = discover(database_url, objects, SOURCE, WINDOW).batch
    asked = []
    for name in ("inpass", "transnetv2"):
        source = SOURCE.model_copy(update={"shot_detector": name})
        (shard,) = runtime.plan(worker(database_url, objects), "cut", batch, source, 10)
        asked += objects.get_json(shard)["asked"]
    assert [one["request"]["shot_detector"] for one in asked] == ["inpass", "transnetv2"]
    assert asked[0]["key"] != asked[1]["key"]


def query(database_url: str, statement: str) -> list[tuple]:
    with store.transaction(database_url) as db:
        return [tuple(row) for row in db.execute(text(statement))]


def test_rows_of_clips_and_refusals(database_url, objects):
    ask(objects, encoded(still(0, 2), still(900, 1), still(1500, 2)))
    answer(database_url, objects)
    assert query(database_url, "select codec, width, height, frames, duration_us from probe") == [
        ("h264", 320, 180, 125, 5_000_000)
    ]
    clips = query(
        database_url,
        "select c.first_frame, c.last_frame, c.times_us[1], c.uri is null, c.camera_speed < 0.005, "
        "c.dead_share, cardinality(c.hashes), j.code "
        "from clip c left join rejection j on j.item_id = c.id order by 1",
    )
    assert clips == [
        (0, 49, 0, False, True, 0, 20, None),
        (50, 74, 2_000_000, True, True, 0, 10, "shot_too_short"),
        (75, 124, 3_000_000, False, True, 0, 20, None),
    ]
    answer(database_url, objects)
    assert query(database_url, "select count(*) from clip") == [(3,)]


def test_another_threshold_of_the_camera_is_set_by_sql_alone(database_url, objects):
    ask(objects, encoded(still(0, 2), pan(100, 2), still(1500, 2), pan(900, 2)))
    answer(database_url, objects)
    over = "select first_frame from clip where camera_speed > {} and camera_static_share < {} order by 1"
    refused = """
        select c.first_frame from clip c join rejection j on j.item_id = c.id
        where j.code = 'camera_motion' order by 1"""
    assert query(database_url, over.format(0.04, 0.3)) == query(database_url, refused) == [(50,), (150,)]
    assert query(database_url, over.format(0, 1.1)) == [(0,), (50,), (100,), (150,)]
    assert query(database_url, over.format(0.9, 0.3)) == []


def test_of_equal_videos_the_earliest_of_a_batch_is_kept(database_url, objects):
    body = encoded(still(0, 2))
    for key in ("street/2026/11/22/a.mp4", "street/2026/11/21/b.mp4", "street/2026/11/22/c.mp4"):
        ask(objects, body, key)
    answer(database_url, objects, Window(start=datetime(2026, 11, 21, tzinfo=UTC), end=WINDOW.end))
    kept = query(database_url, "select v.key from clip c join video v on v.id = c.video_id")
    assert kept == [("street/2026/11/21/b.mp4",)]
    refused = query(
        database_url, "select v.key, j.code, j.detail from rejection j join video v on v.id = j.item_id order by 1"
    )
    assert refused == [
        (f"street/2026/11/22/{name}.mp4", "duplicate", "the same bytes as street/2026/11/21/b.mp4") for name in "ac"
    ]


def test_what_was_kept_stays_kept(database_url, objects):
    body = encoded(still(0, 2))
    ask(objects, body, "street/2026/11/22/a.mp4")
    answer(database_url, objects)
    ask(objects, body, "street/2026/11/20/late.mp4")
    answer(database_url, objects, Window(start=datetime(2026, 11, 20, tzinfo=UTC), end=WINDOW.start))
    assert query(database_url, "select v.key from clip c join video v on v.id = c.video_id") == [
        ("street/2026/11/22/a.mp4",)
    ]
    assert query(database_url, "select code, detail from rejection") == [
        ("duplicate", "the same bytes as street/2026/11/22/a.mp4")
    ]


def test_a_replaced_version_makes_no_duplicate_of_the_next(database_url, objects):
    ask(objects, encoded(still(0, 2)), "street/2026/11/22/a.mp4")
    answer(database_url, objects)
    for crf in ("30", "20"):  # the same film as another version, then one more
        ask(objects, encoded(still(0, 2), crf=crf), "street/2026/11/22/a.mp4")
        answer(database_url, objects)
    assert query(database_url, "select code from rejection") == []
    kept = "select count(*) from clip c join current_video v on v.id = c.video_id where c.uri is not null"
    assert query(database_url, kept) == [(1,)]


CAM = Source(id="cam", keys="cam/%Y/%m/%d/", licence="CC0-1.0", start=date(2026, 11, 1))
NEAR = """
    select v.key, j.code, k.key, n.shift_us, n.share > 0.9 and n.apart < 5, c.uri is null
    from clip c
    join video v on v.id = c.video_id
    left join rejection j on j.item_id = c.id
    left join near_copy n on n.clip_id = c.id
    left join clip o on o.id = n.of_clip
    left join video k on k.id = o.video_id
    order by v.key, c.first_frame"""


def test_a_copy_in_another_form_is_refused_whatever_batch_or_source_it_is_of(database_url, objects):
    film = [*still(0, 4), *still(1500, 2)]
    ask(objects, encoded(film), "street/2026/11/22/a.mp4")
    answer(database_url, objects)
    ask(objects, encoded(film[5:], crf="36"), "cam/2026/11/23/b.mp4")
    ask(objects, encoded(still(1000, 2)), "cam/2026/11/23/c.mp4")
    window = Window(start=WINDOW.end, end=WINDOW.end + timedelta(days=1))
    answer(database_url, objects, window, CAM)
    of_a = ("near_duplicate", "street/2026/11/22/a.mp4", -200_000, True, True)
    found = [
        ("cam/2026/11/23/b.mp4", *of_a),
        ("cam/2026/11/23/b.mp4", *of_a),
        ("cam/2026/11/23/c.mp4", None, None, None, None, False),
        ("street/2026/11/22/a.mp4", None, None, None, None, False),
        ("street/2026/11/22/a.mp4", None, None, None, None, False),
    ]
    assert query(database_url, NEAR) == found
    (detail,) = query(database_url, "select j.detail from rejection j join clip c on c.id = j.item_id limit 1")[0]
    assert detail.startswith("100% of what moves in it is seen in clip ") and "of street/2026/11/22/a.mp4" in detail
    before = fingerprint(database_url)
    answer(database_url, objects)
    answer(database_url, objects, window, CAM)
    assert fingerprint(database_url) == before


def test_of_copies_that_are_saved_at_once_one_is_kept(database_url, objects):
    batches = []
    for day, crf in ((20, "20"), (21, "30")):
        ask(objects, encoded(still(0, 2), crf=crf), f"street/2026/11/{day}/a.mp4")
        start = datetime(2026, 11, day, tzinfo=UTC)
        batches.append(cut_only(database_url, objects, Window(start=start, end=start + timedelta(days=1))))
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    with ThreadPoolExecutor(2) as pool:
        with store.transaction(database_url) as db:
            store.execute(db, "lock_copies", {})
            saving = [pool.submit(runtime.save, worker(database_url, objects), "cut", batch) for batch in batches]
            while query(database_url, waiting) != [(2,)]:
                assert not any(one.done() for one in saving)
        assert [one.result()["saved"] for one in saving] == [1, 1]
    assert query(database_url, "select code from rejection") == [("near_duplicate",)]
    assert query(database_url, "select count(*) from clip where uri is not null") == [(1,)]


FILL = """
    insert into source values ('s', 'CC0-1.0', 'UTC');
    insert into batch values ('b', 's', '2026-01-01', '2026-01-02');
    insert into video select 'v' || n, 's', 'k' || n, 'e', 1, now(), now(), 'b' from generate_series(0, 999) n;
    insert into step_run (batch_id, step, item_id, key, state) overriding user value
        select 'b', 'cut', 'v' || n, 'k' || n, 'saved' from generate_series(0, 999) n;
    insert into clip (id, step_run_id, video_id, first_frame, last_frame, times_us, uri, sha256, width, height,
                      camera_speed, camera_static_share, camera_scale, hashes, motions, bands)
        select 'c' || n, r.id, r.item_id, 0, 0, '{0}', 'u', 's', 1, 1, 0, 1, 1, '{1}', '{1}', array(
            select (random() * 6291455)::integer + 0 * n from generate_series(1, 15))
        from generate_series(0, 19999) n join step_run r on r.item_id = 'v' || n % 1000;
    analyze"""


def test_kept_clips_are_looked_up_by_an_index(database_url):
    with store.transaction(database_url) as db:
        db.execute(text("drop index clip_bands"))
        db.connection.cursor().execute(FILL)
        db.execute(text("create index clip_bands on clip using gin (bands)"))
        motions = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 100).tolist()
        asked = {"video": "v0", "bands": near_duplicates.bands(motions)}
        ((plan,),) = db.execute(text("explain (format json) " + store.queries()["likely_originals"]), asked).all()
        for row in db.execute(text("select id, video_id, bands[1:2] as bands from clip where id in ('c7', 'c19999')")):
            found = store.rows(db, "likely_originals", video="v0", bands=row.bands)
            assert row.video_id in {one.video_id for one in found}
    plan = json.dumps(plan)
    assert '"Index Name": "clip_bands"' in plan, plan
