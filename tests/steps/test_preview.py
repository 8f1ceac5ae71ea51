"""The preview step: what it draws is what was tracked, and its rows name it."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import av
import cv2
import numpy as np
import pytest
from installation import tools
from sqlalchemy import Connection, text

from fm_tasks import video
from fm_tasks.errors import Missing
from fm_tasks.model import Batch, CameraMotion, ClipFile, Track, Trajectories, Window
from fm_tasks.sources import Source
from fm_tasks.steps import preview

TIMES = tuple(k * 40_000 for k in range(30))
SHA256 = "ab" * 32
CAMERA = CameraMotion(speed=0.0, static_share=1.0, scale=1.0)


def encoded(codec: str) -> bytes:
    """The file of a plain grey clip."""
    body = io.BytesIO()
    with av.open(body, "w", format="mp4") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in TIMES:
            picture = np.full((180, 320, 3), 90, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    return body.getvalue()


@pytest.fixture
def clip(objects) -> ClipFile:
    """A plain grey clip."""
    uri = objects.clip_uri(SHA256)
    objects.put_bytes(uri, encoded("libx264"), "video/mp4")
    return ClipFile(uri=uri, sha256=SHA256, width=320, height=180, times_us=TIMES, camera=CAMERA)


@pytest.fixture
def tracks_key(objects) -> str:
    """The key of tracks of one car, in frames 10 to 19."""
    x1, x2 = (tuple(left + 0.03 * n for n in range(10)) for left in (0.1, 0.3))
    car = Track(
        id=1000, label="car", seen=tuple(range(10, 20)), sides=(x1, (0.3,) * 10, x2, (0.7,) * 10), scores=(0.9,) * 10
    )
    found = Trajectories(width=320, height=180, times_us=TIMES, tracks=(car,))
    key = "0123456789abcdef0123"
    objects.put_json(objects.result_uri("track", key), {"result": found.model_dump(mode="json")})
    return key


def test_overlay_and_thumbnail_show_the_tracks(objects, clip, tracks_key, tmp_path):
    request = preview.Request(clip=clip, tracks_key=tracks_key)
    result = preview.run(request, tools(objects, tmp_path))
    assert result.frames == len(TIMES)
    fetched = tmp_path / "fetched.mp4"
    objects.fetch(result.overlay_uri, fetched)
    drawn = [number for number, picture in video.frames(fetched) if np.ptp(picture.astype(int)) > 60]
    assert drawn == list(range(10, 20))
    thumbnail = cv2.imdecode(np.frombuffer(objects.get_bytes(result.thumbnail_uri), np.uint8), cv2.IMREAD_COLOR)
    assert thumbnail.shape == (180, 320, 3) and np.ptp(thumbnail.astype(int)) > 60
    assert result.playable_uri is None
    assert preview.run(request, tools(objects, tmp_path)) == result


def test_a_clip_that_browsers_do_not_play_has_a_copy_that_they_do(objects, clip, tracks_key, tmp_path):
    objects.put_bytes(clip.uri, encoded("libx265"), "video/mp4")
    result = preview.run(preview.Request(clip=clip, tracks_key=tracks_key), tools(objects, tmp_path))
    objects.fetch(result.playable_uri, tmp_path / "fetched.mp4")
    with av.open(str(tmp_path / "fetched.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        played = [round(frame.pts * frame.time_base * 1_000_000) for frame in container.decode(video=0)]
    assert played == list(TIMES)


def test_a_clip_without_tracks_is_shown_as_it_is(objects, clip, tmp_path):
    none = Trajectories(width=320, height=180, times_us=TIMES, tracks=())
    objects.put_json(objects.result_uri("track", "f" * 20), {"result": none.model_dump(mode="json")})
    assert preview.run(preview.Request(clip=clip, tracks_key="f" * 20), tools(objects, tmp_path)).frames == len(TIMES)


def test_absent_tracks_are_no_refusal(objects, clip, tmp_path):
    with pytest.raises(Missing):
        preview.run(preview.Request(clip=clip, tracks_key="e" * 20), tools(objects, tmp_path))


SOURCE = Source(id="street", keys="street/", licence="CC0-1.0", start=datetime(2026, 11, 1).date())
BATCH = Batch(
    id="b1",
    source="street",
    window=Window(start=datetime(2026, 11, 22, tzinfo=UTC), end=datetime(2026, 11, 23, tzinfo=UTC)),
)


def insert(db: Connection, table: str, **values: object) -> None:
    names = ", ".join(values)
    db.execute(text(f"insert into {table} ({names}) values ({', '.join(f':{name}' for name in values)})"), values)


def step_run(db: Connection, step: str, item: str, key: str, state: str = "saved") -> int:
    insert(db, "step_run", batch_id="b1", step=step, item_id=item, key=key, state=state)
    return db.execute(text("select id from step_run where key = :key"), {"key": key}).scalar_one()


@pytest.fixture
def cut_clips(db) -> None:
    """Three clips of one video: ``tracked``, ``waiting`` for its tracks, and ``refused``."""
    day, next_day = BATCH.window.start, BATCH.window.end
    insert(db, "source", id="street", licence="CC0-1.0", zone="UTC")
    insert(db, "batch", id="b1", source="street", window_start=day, window_end=next_day)
    video_row = {"key": "street/a.mp4", "etag": "e", "size": 1, "dated_at": day, "modified_at": day}
    insert(db, "video", id="v1", source="street", batch_id="b1", **video_row)
    cut_run = step_run(db, "cut", "v1", "k-cut")
    still = {"camera_speed": 0, "camera_static_share": 1, "camera_scale": 1}
    for n, (name, uri) in enumerate([("tracked", "s3://w/c/t.mp4"), ("waiting", "s3://w/c/w.mp4"), ("refused", None)]):
        span = {"first_frame": 30 * n, "last_frame": 30 * n + 29, "times_us": list(TIMES), "width": 320, "height": 180}
        address = {"uri": uri, "sha256": SHA256 if uri else None}
        insert(db, "clip", id=name, step_run_id=cut_run, video_id="v1", **span, **address, **still)
    step_run(db, "track", "tracked", "k-track")
    step_run(db, "track", "waiting", "k-wait", state="planned")


def test_clips_whose_tracks_are_saved_are_planned(db, cut_clips):
    ((item, request),) = preview.plan(db, BATCH, SOURCE)
    assert item == "tracked"
    assert request == preview.Request(
        clip=ClipFile(uri="s3://w/c/t.mp4", sha256=SHA256, width=320, height=180, times_us=TIMES, camera=CAMERA),
        tracks_key="k-track",
    )


def test_the_row_of_a_preview(db, cut_clips):
    ((item, request),) = preview.plan(db, BATCH, SOURCE)
    run = step_run(db, "preview", item, "k-preview")
    addresses = {"overlay_uri": "s3://w/p/a.mp4", "thumbnail_uri": "s3://w/p/a.jpg", "playable_uri": "s3://w/p/b.mp4"}
    preview.save(db, item, run, "k-preview", request, preview.Result(**addresses, frames=30))
    columns = "step_run_id, clip_id, overlay_uri, thumbnail_uri, playable_uri"
    assert db.execute(text(f"select {columns} from preview")).all() == [(run, "tracked", *addresses.values())]
