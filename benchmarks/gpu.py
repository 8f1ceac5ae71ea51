"""The GPU profiles: frames per second of each stage of `paper` and peak memory, at real size with random weights; and
seconds of the detector of `detr` for a second of video, on a GPU or without.

A clip of 10 s at 1080p with two persons and all objects that random models find. SAM 2.1's published rate, 85 frames a
second for `small` on an A100, is for one object of an image encoder compiled ahead. Without a GPU there is nothing to
tell; with one, `.venv-models/bin/python -m benchmarks.gpu` does, and ``--tiny`` runs it with tiny models anywhere.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from benchmarks import Ratio, main
from fm_tasks.model import CameraMotion, ClipFile
from fm_tasks.synthetic import scenes

STAGES = {
    "naming": ("namer", "names"),
    "grounding": ("grounding", "find"),
    "persons": ("detector", "find"),
    "pose": ("pose", "keypoints"),
    "tracking": ("tracker", "follow"),
}
"""Part of the stack, and the method in which its time goes."""
PUBLISHED = 85
"""Frames a second of SAM 2.1 small on an A100 (github.com/facebookresearch/sam2, README)."""


def measure() -> list[Ratio]:
    """Run the profile at real size, where there is a GPU."""
    if not find_spec("torch"):
        print("torch is not installed: nothing to measure (`make test-models` installs it)")
        return []
    import torch

    of_detr = [detector_rate(tiny=False)]
    if not torch.cuda.is_available():
        print("there is no GPU: of the profiles that need one there is nothing to measure")
        return of_detr
    return ratios(tiny=False) + of_detr


def detector_rate(tiny: bool) -> Ratio:
    """What the detector of the profile `detr` takes for the samples of a second of video, in seconds."""
    import torch

    from benchmarks.random_models import REAL, TINY, detr_profile
    from fm_tasks.tracking.detr import DFine

    scene = replace(scenes.LIBRARY["bounce"], seconds=1)
    pictures = [*scenes.images(scene, seed=1)]
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        profile = detr_profile(Path(folder), TINY if tiny else REAL)
        detector = DFine(profile.detector, Path(folder), min_score=0.3)
    detector.detect(pictures[0])
    samples = pictures[:: round(scene.fps / profile.sample_fps)]
    began = time.perf_counter()
    for picture in samples:
        detector.detect(picture)
    seconds = time.perf_counter() - began
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{torch.get_num_threads()} threads, no GPU"
    return Ratio("detr_detector", seconds, None, f"a second of video; {len(samples)} samples, {where}")


def ratios(tiny: bool) -> list[Ratio]:
    """Track a clip with the profile `paper`; a ratio a stage, to the frames of the clip or to SAM 2.1's rate."""
    import torch

    from benchmarks.random_models import REAL, TINY, paper_profile
    from fm_tasks.tracking.gpu import Place
    from fm_tasks.tracking.paper import Paper

    place = Place(device="cpu", precision="float32") if tiny else Place()
    scene = replace(scenes.LIBRARY["bounce"], seconds=0.2 if tiny else 10, size=(320, 180) if tiny else (1920, 1080))
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        path, root = Path(folder, "clip.mp4"), Path(folder, "weights")
        scenes.render(scene, path, seed=1)
        width, height = scene.size
        clip = ClipFile(
            uri="s3://w/c",
            sha256="",
            width=width,
            height=height,
            times_us=scene.times_us,
            camera=CameraMotion(speed=0, static_share=1, scale=1),
        )
        profile = paper_profile(root, TINY if tiny else REAL, place)
        began = time.perf_counter()
        stack = Paper(profile, root)
        print(f"{time.perf_counter() - began:8.2f} s  models verified and loaded", flush=True)
        stack.trajectories(path, clip)  # kernels are chosen and memory is taken in the first clip
        spent = _timed(stack)
        began = time.perf_counter()
        found = stack.trajectories(path, clip)
        whole = time.perf_counter() - began
    frames, gib = len(clip.times_us), torch.cuda.max_memory_allocated() / 2**30 if not tiny else 0
    print(f"{whole:8.2f} s  {frames} frames of {width} x {height}, {len(found.tracks)} tracks, {gib:.1f} GiB at most")
    shares = [Ratio(f"paper_{stage}", s / whole, None, f"seconds of a clip; {s:.2f} s") for stage, s in spent.items()]
    card = "the CPU" if tiny else torch.cuda.get_device_name()
    return [
        *shares,
        Ratio("paper_frames", frames / whole / PUBLISHED, None, f"{PUBLISHED} frames/s; {frames / whole:.1f}, {card}"),
        Ratio("paper_memory", 0 if tiny else gib / _memory(), None, f"GiB of {card}; {gib:.1f}"),
    ]


def _timed(stack) -> Counter:
    """The seconds that each stage takes from now on."""
    spent: Counter = Counter()
    for stage, (part, method) in STAGES.items():
        setattr(getattr(stack, part), method, _clocked(getattr(getattr(stack, part), method), spent, stage))
    return spent


def _clocked(call: Callable, spent: Counter, stage: str) -> Callable:
    def timed(*given, **named):
        began = time.perf_counter()
        answer = call(*given, **named)  # its numbers are on the CPU, so the GPU is done
        spent[stage] += time.perf_counter() - began
        return answer

    return timed


def _memory() -> float:
    import torch

    return torch.cuda.get_device_properties(0).total_memory / 2**30


if __name__ == "__main__":
    tiny = "--tiny" in sys.argv
    if tiny:
        sys.argv.remove("--tiny")
    main((lambda: ratios(tiny=True)) if tiny else measure, __doc__.splitlines()[0])
