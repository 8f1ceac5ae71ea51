"""What a video costs: the survey's one decode against decoding alone, and cutting against encoding all of it anew.

Costs are seconds of processor time, of the process and its children. The survey's limit is PyAV decoding every frame in
one thread, on a film of textured scenes with noise and moving objects, every fourth one panning; PySceneDetect's
AdaptiveDetector finds the cuts of the same file beside it. The film that is cut has a key frame every 2 s and at every
hard cut, as encoders for the web set them; every third shot is cut two frames late, so that its clip must be encoded.
Both ways cut the same spans with the same encoder settings and prove each clip by decoding: all of an encoded one, of a
copy, whose packets are compared bit for bit, the first frame and the last group of pictures; of what a copy costs, that
is nearly all. Both films are rendered in the run, at 720p.

A clip that begins between key frames is encoded whole. A smart cut would encode only what lies before its first key
frame (`smart_cut_to_encoded`), but what it makes has two sets of codec parameters in one track, which players and
decoders do not all take, and the grain of the picture changes where they meet, which a tracker takes for motion.
"""

from __future__ import annotations

import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import av
import cv2
import numpy as np

from benchmarks import Ratio, main
from fm_tasks import video
from fm_tasks.video import cutting

SIZE, RATE = (1280, 720), 30
SCENES, FRAMES = 10, 90
SHOTS = (150, 96, 210, 120, 240, 180, 105, 225, 135)
"""Frames of each shot of the film that is cut."""
ROUNDS = 5


def measure() -> list[Ratio]:
    """Each job in turn with those it is compared with."""
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        return [*_surveying(Path(folder)), *_cutting(Path(folder))]


def _surveying(folder: Path) -> list[Ratio]:
    """Decode, survey with and without the camera, and find cuts with PySceneDetect, in turns."""
    path = _scenes(folder / "scenes.mp4")
    jobs = {
        "decode": partial(decode, path),
        "analysis": partial(video.survey, path, follow=None),
        "with_camera": partial(video.survey, path),
        "scenedetect": partial(_scenedetect, path),
    }
    spent = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            spent[name].append(cpu_seconds(job))
    ratio = {name: median(a / b for a, b in zip(spent[name], spent["decode"], strict=True)) for name in jobs}
    for name in jobs:
        print(f"{median(spent[name]):8.2f} CPU s  {name}, {SCENES * FRAMES} frames; median of {ROUNDS}")
    against = "CPU seconds of single-threaded PyAV decode"
    return [
        Ratio("analysis_to_decode", ratio["analysis"], "<= 1.6", f"{against}, without camera motion"),
        Ratio("analysis_with_camera_to_decode", ratio["with_camera"], "<= 2.5", against),
        Ratio("scenedetect_to_decode", ratio["scenedetect"], None, f"{against}, AdaptiveDetector"),
    ]


def decode(path: Path) -> None:
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "NONE"
        for _ in container.decode(video=0):
            pass


def _scenedetect(path: Path) -> None:
    from scenedetect import AdaptiveDetector, detect

    detect(str(path), AdaptiveDetector())


def _scenes(out: Path) -> Path:
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 2, (4, *SIZE[::-1], 1))
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for scene in range(SCENES):
            for k, picture in enumerate(_scene(rng, panning=scene % 4 == 3)):
                seen = np.clip(picture + noise[k % 4], 0, 255).astype(np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(seen, format="bgr24")))
        container.mux(stream.encode())
    return out


def _scene(rng: np.random.Generator, panning: bool) -> Iterator[np.ndarray]:
    wide = (SIZE[0] + 4 * FRAMES, SIZE[1])
    texture = cv2.resize(rng.integers(0, 255, (90, 205, 3), np.uint8), wide, interpolation=cv2.INTER_CUBIC)
    places, ways = rng.uniform(0, SIZE, (6, 2)), rng.uniform(-5, 5, (6, 2))
    for k in range(FRAMES):
        left = 4 * k * panning
        picture = texture[:, left : left + SIZE[0]].copy()
        for x, y in ((places + k * ways) % SIZE).astype(int).tolist():
            cv2.rectangle(picture, (x, y), (x + 90, y + 60), (40, 60, 220), -1)
        yield picture


def _cutting(folder: Path) -> list[Ratio]:
    """Cut the film in both ways, in turn; copy its file."""
    film = film_of_shots(folder / "film.mp4")
    found, spans = video.survey(film), _spans()
    costs = [
        (
            cpu_seconds(lambda: list(video.cut(film, found, spans, film.parent))),
            cpu_seconds(lambda: _encode_all(film, found, spans)),
            cpu_seconds(lambda: shutil.copy(film, film.with_suffix(".copy"))),
        )
        for _ in range(ROUNDS)
    ]
    clips = list(video.cut(film, found, spans, film.parent))
    copies = [span for span, clip in zip(spans, clips, strict=True) if clip.copied]
    rest = [range(first, last + 1) for first, last in spans if (first, last) not in copies]
    smart = sum(next(frame for frame in found.keyframes if frame >= span.start) - span.start for span in rest)
    copied = median(cpu_seconds(lambda: list(video.cut(film, found, copies, film.parent))) for _ in range(ROUNDS))
    cut_to_encoded = median(cut / encoded for cut, encoded, _ in costs)
    _, encoded, file_copy = (median(each) for each in zip(*costs, strict=True))
    kept = sum(last - first + 1 for first, last in copies) / sum(len(clip.times_us) for clip in clips)
    return [
        Ratio("cut_to_share", cut_to_encoded / (1 - kept), "<= 1.1", "cost of encoding all, times the"
              f" {1 - kept:.0%} of its frames that must be"),
        Ratio("copy_to_encode", copied / kept / encoded, None, "cost of encoding, a frame of a copied clip"),
        Ratio("smart_cut_to_encoded", smart / sum(map(len, rest)), None, "frames of the encoded clips; those that lie"
              " before the first key frame in them"),
        Ratio("file_copy_to_copy", file_copy / copied, None, "cost of the copied clips; the whole file, copied"),
    ]  # fmt: skip


def _spans() -> list[tuple[int, int]]:
    ends = np.cumsum(SHOTS).tolist()
    return [(end - count + 2 * (n % 3 == 1), end - 1) for n, (count, end) in enumerate(zip(SHOTS, ends, strict=True))]


def _encode_all(film: Path, found: video.Survey, spans: list[tuple[int, int]]) -> None:
    source = cutting._Source(film, found)
    for first, last in spans:
        cutting._encoded(source, first, last, film.parent / "encoded.mp4")


def film_of_shots(path: Path) -> Path:
    """Walls of their own in each shot, four balls that circle, and grain."""
    random = np.random.default_rng(1)
    grain = random.normal(0, 4, (8, *SIZE[::-1], 1)).astype(np.float32)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "23", "g": str(2 * RATE)})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for shot, count in enumerate(SHOTS):
            wall = cv2.resize(random.integers(0, 255, (45, 80, 3), np.uint8), SIZE, interpolation=cv2.INTER_CUBIC)
            for k in range(count):
                picture = wall.copy()
                for ball in range(4):
                    at = 640 + 500 * np.sin(k / 30 + 1.7 * ball + shot), 360 + 250 * np.cos(k / 40 + ball)
                    cv2.circle(picture, tuple(map(int, at)), 60, (40 * ball, 200 - 30 * ball, 90), -1)
                noisy = np.clip(picture + grain[k % len(grain)], 0, 255).astype(np.uint8)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")))
        out.mux(stream.encode())
    return path


def cpu_seconds(job: Callable[[], object]) -> float:
    """User and system time that ``job`` takes of this process and of the children it waits for."""

    def spent() -> float:
        use = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in use)

    began = spent()
    job()
    return spent() - began


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
