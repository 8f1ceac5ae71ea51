"""One decode of a video: what the survey costs against decoding alone, in CPU seconds of the process and its children.

The video is rendered in the run: 720p at 30 frames per second, textured scenes with noise and moving objects, every
fourth one panning, hard cuts between. The limit is PyAV decoding every frame in one thread. PySceneDetect's
AdaptiveDetector finds the cuts of the same file beside it.
"""

from __future__ import annotations

import resource
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

SIZE, RATE = (1280, 720), 30
SCENES, FRAMES = 10, 90
ROUNDS = 5


def render(out: Path) -> None:
    """Write the video that is measured."""
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


def measure() -> list[Ratio]:
    """Decode, survey with and without the camera, and find cuts with PySceneDetect, in turns."""
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        path = Path(folder) / "a.mp4"
        render(path)
        jobs = {
            "decode": partial(_decode, path),
            "analysis": partial(video.survey, path, follow=None),
            "with_camera": partial(video.survey, path),
            "scenedetect": partial(_scenedetect, path),
        }
        spent = {name: [] for name in jobs}
        for _ in range(ROUNDS):
            for name, job in jobs.items():
                spent[name].append(_cpu_seconds(job))
    ratio = {name: median(a / b for a, b in zip(spent[name], spent["decode"], strict=True)) for name in jobs}
    for name in jobs:
        print(f"{median(spent[name]):8.2f} CPU s  {name}, {SCENES * FRAMES} frames; median of {ROUNDS}")
    against = "CPU seconds of single-threaded PyAV decode"
    return [
        Ratio("analysis_to_decode", ratio["analysis"], "<= 1.6", f"{against}, without camera motion"),
        Ratio("analysis_with_camera_to_decode", ratio["with_camera"], "<= 2.5", against),
        Ratio("scenedetect_to_decode", ratio["scenedetect"], None, f"{against}, AdaptiveDetector"),
    ]


def _cpu_seconds(job: Callable[[], object]) -> float:
    """User and system time that ``job`` takes of this process and of the children it waits for."""

    def spent() -> float:
        use = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in use)

    began = spent()
    job()
    return spent() - began


def _decode(path: Path) -> None:
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "NONE"
        for _ in container.decode(video=0):
            pass


def _scenedetect(path: Path) -> None:
    from scenedetect import AdaptiveDetector, detect

    detect(str(path), AdaptiveDetector())


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
