"""Tracking: identities on rendered scenes and on public ground truth, and what they cost beside the detector.

Trackers are given the boxes of rendered films with 3 to 8 movers each: the truth with a jitter of 2.5 pixels of 1280, a
tenth of them dropped, and those that are mostly hidden. In `plain` films movers go straight; in `wild` ones they dash,
turn, swing and rest, and some are tiny. `cpu` is the profile's association, which also sees colours, `boxes` the
same without them; the others are those of the package `trackers`, as they come. The frames that were given, 30, 10 or 5
a second, are scored.

The public sequences lie in the folder that `FM_BENCH_MOT` names, laid out as MOTChallenge does, with the video beside
`gt`; where it names none they are left out. Tracks of persons are scored, in every frame. Scores are `trackeval`'s.
"""

from __future__ import annotations

import configparser
import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
from trackeval.metrics import CLEAR, HOTA, Identity

from benchmarks import Ratio, main
from fm_tasks import video
from fm_tasks.backends import backend
from fm_tasks.model import CameraMotion, ClipFile, Track, Trajectories
from fm_tasks.synthetic import scenes
from fm_tasks.synthetic.scenes import Mover, Scene, swing, through
from fm_tasks.tracking import Detections, cpu
from fm_tasks.tracking.profiles import PROFILES, followed

PROFILE = PROFILES["cpu"]
STILL = CameraMotion(speed=0, static_share=1, scale=1)
FILMS, RATE, SECONDS = 36, 30, 4
COLOURS = (scenes.RED, scenes.BLUE, scenes.GREEN, scenes.YELLOW, scenes.PURPLE)

Frames = list[tuple[np.ndarray, np.ndarray]]
"""Of each frame the ids, (N,), and the boxes, (N, 4)."""


# --- scores -----------------------------------------------------------------------------------------------------------


def scores(pairs: Sequence[tuple[Frames, Frames]]) -> dict[str, float]:
    """HOTA, MOTA, IDF1 and identity switches (IDSW) over pairs of truth and tracks of the same frames."""
    sequences = {str(n): _sequence(*pair) for n, pair in enumerate(pairs)}
    found = {}
    for metric in (HOTA(), CLEAR({"PRINT_CONFIG": False}), Identity({"PRINT_CONFIG": False})):
        found |= metric.combine_sequences({name: metric.eval_sequence(data) for name, data in sequences.items()})
    return {name: float(np.mean(found[name])) for name in ("HOTA", "MOTA", "IDF1", "IDSW")}


def _sequence(truth: Frames, tracks: Frames) -> dict:
    """One sequence in the form that `trackeval` reads."""
    similarities = [iou(a, b) for (_, a), (_, b) in zip(truth, tracks, strict=True)]
    data = {"num_timesteps": len(truth), "similarity_scores": similarities}
    for name, frames in (("gt", truth), ("tracker", tracks)):
        known, ids = np.unique(np.concatenate([ids for ids, _ in frames]), return_inverse=True)
        counts = [len(ids) for ids, _ in frames]
        data |= {f"num_{name}_ids": len(known), f"num_{name}_dets": sum(counts)}
        data[f"{name}_ids"] = np.split(ids, np.cumsum(counts)[:-1])
    return data


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    sides = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    return shared / (areas[0][:, None] + areas[1] - shared)


def by_frame(tracks: Sequence[Track], frames: Sequence[int]) -> Frames:
    """What of ``tracks`` is in each of ``frames``."""
    boxes = [dict(zip(one.frames, one.boxes, strict=True)) for one in tracks]
    there = [[n for n in range(len(tracks)) if frame in boxes[n]] for frame in frames]
    return [
        (np.array(ids, int), np.reshape([boxes[n][frame] for n in ids], (-1, 4)))
        for ids, frame in zip(there, frames, strict=True)
    ]


# --- rendered films ---------------------------------------------------------------------------------------------------


def plain(rng: np.random.Generator) -> Mover:
    """A mover that goes straight through the frame, or a part of it."""
    ends, (y1, y2) = rng.permutation([rng.uniform(-0.1, 0.4), rng.uniform(0.6, 1.1)]), rng.uniform(0.1, 0.9, 2)
    path = through((0, ends[0], y1), (rng.uniform(3, 8), ends[1], y2))
    return _mover(rng, path, width=rng.uniform(0.05, 0.15))


def wild(rng: np.random.Generator) -> Mover:
    """A mover of any size that dashes through, turns, swings or comes to rest."""
    begin = rng.uniform(0, 0.4 * SECONDS)
    match rng.choice(["dash", "dash", "turn", "swing", "rest"]):
        case "dash":
            x, (y1, y2) = rng.choice([-0.1, 1.1]), rng.uniform(0.1, 0.9, 2)
            path = through((begin, x, y1), (begin + rng.uniform(1, 6), 1 - x, y2))
        case "turn":
            path = through(*zip(np.cumsum(rng.uniform(0.6, 2, 3)), *rng.uniform(0.1, 0.9, (2, 3)), strict=True))
        case "swing":
            dx, dy = rng.uniform(0.05, 0.25, 2) * [(1, 0), (0, 1), (1, 1)][rng.integers(3)]
            path = swing(*rng.uniform(0.35, 0.65, 2), dx, dy, period=rng.uniform(1.2, 3))
        case "rest":
            path = through((begin, *rng.uniform(0.1, 0.9, 2)), (begin + 1.5, *rng.uniform(0.1, 0.9, 2)))
    return _mover(rng, path, width=np.exp(rng.uniform(np.log(0.02), np.log(0.14))))


def _mover(rng: np.random.Generator, path: scenes.Path2D, width: float) -> Mover:
    shape, colour = str(rng.choice(list(scenes.ASPECTS))), COLOURS[rng.integers(len(COLOURS))]
    return Mover("mover", shape, colour, float(width), path)


def detected(scene: Scene, truth: Frames, rng: np.random.Generator) -> list[Detections]:
    """What a fair detector would see of each frame, in no order, with its looks: of what is partly hidden, the mixed
    colour."""
    colours = np.float32([[mover.colour for mover in scene.movers]]) / 255
    colours = np.tile(cv2.cvtColor(colours, cv2.COLOR_BGR2Lab)[0], 4)
    found = []
    for ids, boxes in truth:
        sides = np.minimum(boxes[:, None, 2:], boxes[:, 2:]) - np.maximum(boxes[:, None, :2], boxes[:, :2])
        cover = np.clip(sides, 0, None).prod(axis=2) / np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None]
        cover *= ids[None, :] > ids[:, None]  # movers are told from back to front
        share, front = cover.max(axis=1, initial=0)[:, None], ids[cover.argmax(axis=1)] if len(ids) else ids
        looks = (1 - share) * colours[ids] + share * colours[front] + rng.normal(0, 5, (len(ids), 12))
        boxes = np.clip(boxes + rng.normal(0, 2.5, boxes.shape) / np.tile(scene.size, 2), 0, 1)
        seen = (share[:, 0] < 0.6) & (rng.random(len(ids)) >= 0.1) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        order = rng.permutation(np.flatnonzero(seen))
        found.append(Detections(boxes[order], np.full(len(order), 0.9), ["car"] * len(order), looks[order]))
    return found


class Given(NamedTuple):
    """A film at one rate: which frames were given, what is there in them, and what a detector saw of it."""

    known: Trajectories
    frames: list[int]
    truth: Frames
    found: list[Detections]


def given(mover: Callable[[np.random.Generator], Mover], fps: float) -> list[Given]:
    """Films at one rate; the same films at every rate."""
    rng = np.random.default_rng(5)
    made = []
    for _ in range(FILMS):
        movers = tuple(mover(rng) for _ in range(rng.integers(3, 9)))
        scene = Scene("film", RATE, SECONDS, size=(1280, 720), movers=movers, expects=())
        known = scenes.truth(scene)
        frames = video.sample(known.times_us, fps)
        truth = by_frame(known.tracks, frames)
        made.append(Given(known, frames, truth, detected(scene, truth, np.random.default_rng(len(made)))))
    return made


Associate = Callable[[Given, float], Frames]


def ours(with_looks: bool) -> Associate:
    """The profile's association, gaps filled."""

    def associate(one: Given, fps: float) -> Frames:
        clip = _clip(one.known.times_us, one.known.width, one.known.height)
        found = one.found if with_looks else [detections._replace(looks=None) for detections in one.found]
        seconds = [(one.known.times_us[frame] - one.known.times_us[0]) / 1e6 for frame in one.frames]
        whole = cpu.objects(found, seconds, clip, PROFILE)
        tracks, _ = cpu.numbered([(fragment, "car") for fragment in whole], one.frames)
        return by_frame(tracks, one.frames)

    return associate


def theirs(name: str) -> Associate:
    """A tracker of the package `trackers`; what it gives no identity is no track."""

    def associate(one: Given, fps: float) -> Frames:
        import supervision as sv
        import trackers

        tracker = getattr(trackers, name)(frame_rate=fps)
        size, told = np.tile((one.known.width, one.known.height), 2), []
        for found in one.found:
            tracked = tracker.update(sv.Detections(xyxy=found.boxes * size, confidence=found.scores))
            named = tracked.tracker_id >= 0
            told.append((tracked.tracker_id[named], tracked.xyxy[named] / size))
        return told

    return associate


ASSOCIATIONS = {
    "cpu": ours(with_looks=True),
    "boxes": ours(with_looks=False),
    "sort": theirs("SORTTracker"),
    "bytetrack": theirs("ByteTrackTracker"),
    "ocsort": theirs("OCSORTTracker"),
}


def _clip(times_us: Sequence[int], width: int, height: int) -> ClipFile:
    return ClipFile(uri="s3://-/-", sha256="-", width=width, height=height, times_us=times_us, camera=STILL)


def rendered() -> Iterator[Ratio]:
    """The films of both kinds at three rates, by every tracker."""
    for mover, fps in product((plain, wild), (RATE, 10, 5)):
        films = given(mover, fps)
        against = f"{FILMS} {mover.__name__} films, {sum(len(one.frames) for one in films)} frames at {fps} a second"
        for name, associate in ASSOCIATIONS.items():
            found = scores([(one.truth, associate(one, fps)) for one in films])
            aim = mover is plain and fps == 10 and name in ("cpu", "boxes")
            yield Ratio(f"{mover.__name__}_{fps}_{name}_idf1", found["IDF1"], ">= 0.9" if aim else None, against)
            yield Ratio(f"{mover.__name__}_{fps}_{name}_switches", found["IDSW"], "<= 5" if aim else None, against)
        print(against, flush=True)


# --- public sequences -------------------------------------------------------------------------------------------------

TARGETS = {"PETS09-S2L1": 0.40, "TUD-Stadtmitte": 0.52}


def public(folder: Path) -> Iterator[Ratio]:
    """Each sequence of the folder, from its video to scores, and the cost beside the detector alone."""
    for sequence in sorted(path.parent for path in folder.glob("*/seqinfo.ini")):
        (path,) = (file for file in sequence.iterdir() if file.suffix in (".avi", ".mp4", ".mkv"))
        truth, (width, height) = ground_truth(sequence)
        clip = _clip(frame_times(path), width, height)
        began = time.process_time()
        tracks = followed(path, clip, PROFILE, path.parent).tracks
        seconds = time.process_time() - began
        persons = [one for one in tracks if one.label == "person"]
        found = scores([(truth, by_frame(persons, range(len(truth))))])
        name, against = sequence.name, f"persons in {len(truth)} frames, ground truth of {sequence.name}"
        least = TARGETS.get(name)
        yield Ratio(f"{name}_hota", found["HOTA"], f">= {least}" if least else None, against)
        yield Ratio(f"{name}_mota", found["MOTA"], None, against)
        yield Ratio(f"{name}_idf1", found["IDF1"], None, against)
        alone = _detector_alone(path, clip)
        cost = f"CPU time of the detector, one pass a sample; {len(truth) / seconds:.1f} frames per CPU-second"
        yield Ratio(f"{name}_cost", seconds / alone, None, cost)


def ground_truth(sequence: Path) -> tuple[Frames, tuple[int, int]]:
    """Ground truth in MOTChallenge's form: frame and id from 1, left, top, width, height in pixels, 0 if void."""
    info = configparser.ConfigParser()
    info.read(sequence / "seqinfo.ini")
    size = info.getint("Sequence", "imWidth"), info.getint("Sequence", "imHeight")
    table = np.loadtxt(sequence / "gt" / "gt.txt", delimiter=",")
    table = table[table[:, 6] != 0]
    boxes = np.hstack([table[:, 2:4], table[:, 2:4] + table[:, 4:6]]) / np.tile(size, 2)
    rows = [table[:, 0] == frame for frame in range(1, info.getint("Sequence", "seqLength") + 1)]
    return [(table[row, 1].astype(int), boxes[row]) for row in rows], size


def frame_times(path: Path) -> tuple[int, ...]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return tuple(sorted(round(frame.pts * stream.time_base * 1_000_000) for frame in container.decode(stream)))


def _detector_alone(path: Path, clip: ClipFile) -> float:
    """CPU-seconds of decoding the samples and one forward pass on each."""
    detector = backend(PROFILE.detector)(PROFILE.min_score)
    began = time.process_time()
    for _, image in video.frames(path, video.sample(clip.times_us, PROFILE.sample_fps)):
        detector.detect(image)
    return time.process_time() - began


def measure() -> list[Ratio]:
    """The rendered films, and the public sequences where they are."""
    ratios = [*rendered()]
    if folder := os.environ.get("FM_BENCH_MOT"):
        return [*ratios, *public(Path(folder))]
    print("public ground truth is left out: FM_BENCH_MOT names no folder of MOTChallenge sequences")
    return ratios


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
