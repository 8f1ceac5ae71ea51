"""People in real pictures: what is found of their motion, against what their true tracks prove.

`FM_BENCH_MOT` names a folder of MOTChallenge sequences; without it nothing is measured. Each sequence goes through the
cutting and tracking of the profile `cpu`, and the facts of its tracks are held against those of the true tracks in the
same clip. Beside it stand films made of the same pictures: walkers that are cut out of one sequence walk before the
empty background of another, where their way is known. They walk through, stand and walk on, meet, go behind posts and
over their shadows, in little light, before a camera that pans, at 10 and 60 frames a second.

A fact of a track that lies on a true one is right where the true tracks have one of its kind, on the same, with the
same value or a part of it, while it holds. What is said of all, and orders, are left out: the ground truth has persons
alone. `precision` and `recall` are of motion: where a thing is, where others lie from it and how fast it goes count in
the kinds alone.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np

from benchmarks import Ratio, main
from benchmarks.scoring import Score
from benchmarks.track import by_frame, frame_times, ground_truth, iou
from benchmarks.truth import annotated
from fm_tasks import motion, video
from fm_tasks.checking.references import says
from fm_tasks.model import Evidence, Fact, FactKind, Flow, Track, Trajectories
from fm_tasks.motion.alone import ALONE
from fm_tasks.motion.pairs import PAIRED

JUDGED = ALONE.keys() | PAIRED.keys()
NOT_OF_MOTION = {FactKind.LOCATED, FactKind.LIES, FactKind.SPEED, FactKind.STATIONARY}
ON = 0.3
"""Mean overlap (IoU) from which a track lies on a true one."""


def measure() -> list[Ratio]:
    """Precision and recall of the sequences, and of each film made of walkers."""
    if not (folder := os.environ.get("FM_BENCH_MOT")):
        print("walkers: FM_BENCH_MOT names no folder of MOTChallenge sequences, nothing is measured")
        return []
    films = Path(folder)
    ratios = []
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as scratch:
        for sequence in sorted(path.parent for path in films.glob("*/seqinfo.ini")):
            ratios += _ratios(sequence.name, _of_sequence(sequence, Path(scratch)))
        walkers = [_cut_out(films / name, *which) for name, *which in WALKERS]
        background = _empty(films / BACKGROUND)
        total = Score.none()
        for film in FILMS:
            score = _of_film(film, walkers, background, Path(scratch))
            ratios += _ratios(film.name, score)
            total += score
    return [*ratios, *_ratios("walkers", total)]


def _ratios(name: str, score: Score) -> list[Ratio]:
    kinds = [kind for kind in FactKind if score.true(kind) + score.wrong[kind]]
    by_kind = (f"{kind} {score.right[kind]}+{score.wrong[kind]}-{score.missed[kind]}" for kind in kinds)
    print(f"{name}, right + wrong - missed: {', '.join(by_kind)}", flush=True)
    moving = [kind for kind in kinds if kind not in NOT_OF_MOTION]
    right, wrong, missed = (sum(of[kind] for kind in moving) for of in (score.right, score.wrong, score.missed))
    return [
        Ratio(f"{name}_precision", right / max(right + wrong, 1), None, f"{right + wrong} facts of motion told"),
        Ratio(f"{name}_recall", right / max(right + missed, 1), None, f"{right + missed} facts of the true tracks"),
    ]


# --- facts against facts ----------------------------------------------------------------------------------------------


def against(found: Trajectories, true: Trajectories) -> Score:
    """What of the facts of ``found`` is right by those of the ``true`` tracks of the same clip, and what is missed."""
    names = _lying_on(found.tracks, true.tracks, range(len(true.times_us)))
    told = [
        fact
        for fact in motion.facts(found)
        if fact.kind in JUDGED and {fact.subject, fact.object} - {None} <= names.keys()
    ]
    told = [fact.model_copy(update={"subject": names[fact.subject], "object": names.get(fact.object)}) for fact in told]
    known = [fact for fact in motion.facts(true) if fact.kind in JUDGED]
    right = Counter(fact.kind for fact in told if any(_same(fact, one) for one in known))
    wrong = Counter(fact.kind for fact in told) - right
    missed = Counter(one.kind for one in known if not any(_same(fact, one) for fact in told))
    return Score(right, wrong, missed)


def _same(one: Fact, other: Fact) -> bool:
    about = (one.kind, one.subject, one.object) == (other.kind, other.subject, other.object)
    if not about or one.start > other.end or other.start > one.end:
        return False
    return one.value == other.value or (
        None not in (one.value, other.value) and (says(one.value, other.value) or says(other.value, one.value))
    )


def _lying_on(found: Sequence[Track], true: Sequence[Track], frames: range) -> dict[int, int]:
    """The true track on which each track of ``found`` lies, by their ids; none where it lies on none."""
    overlaps = np.zeros((len(found), len(true)))
    for (ours, our_boxes), (theirs, their_boxes) in zip(by_frame(found, frames), by_frame(true, frames), strict=True):
        overlaps[np.ix_(ours, theirs)] += iou(our_boxes, their_boxes)
    overlaps /= np.array([len(track.frames) for track in found])[:, None]
    return {
        track.id: true[row.argmax()].id for track, row in zip(found, overlaps, strict=True) if row.max(initial=0) >= ON
    }


def _of_sequence(sequence: Path, scratch: Path) -> Score:
    """Of every clip that the product makes of a sequence."""
    (path,) = (file for file in sequence.iterdir() if file.suffix in (".avi", ".mp4", ".mkv"))
    rows, (width, height) = ground_truth(sequence)
    times = frame_times(path)
    total = Score.none()
    for clip, found in annotated(path, scratch, Counter()):
        first = times.index(clip.times_us[0])
        tracks = _tracks(rows[first : first + len(clip.times_us)])
        total += against(found, Trajectories(width=width, height=height, times_us=clip.times_us, tracks=tracks))
    return total


def _tracks(rows: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[Track, ...]:
    """The tracks of persons whose ids and boxes, (N, 4), are given for each frame; a gap is filled."""
    seen: dict[int, dict[int, np.ndarray]] = {}
    for frame, (ids, boxes) in enumerate(rows):
        for number, box in zip(ids, np.clip(boxes, 0, 1), strict=True):
            if (box[2:] > box[:2]).all():
                seen.setdefault(int(number), {})[frame] = box
    return tuple(_person(10 * n, boxes) for n, boxes in enumerate(seen.values()))


def _person(number: int, boxes: Mapping[int, np.ndarray]) -> Track:
    there = sorted(boxes)
    frames = np.arange(there[0], there[-1] + 1)
    sides = [np.interp(frames, there, side).tolist() for side in np.array([boxes[frame] for frame in there]).T]
    return Track(id=number, label="person", seen=there, sides=sides, scores=(1.0,) * len(frames))


# --- films made of walkers --------------------------------------------------------------------------------------------

WALKERS = (("TUD-Stadtmitte", 7, 100, 175), ("TUD-Stadtmitte", 2, 14, 45), ("PETS09-S2L1", 4, 640, 715))
"""Who is cut out, and of which frames: nobody is near, and the background is another colour. All walk to the left."""
BACKGROUND = "PETS09-S2L1"
SIZE = (768, 576)
DIFFERS, SOFT = 20, (5, 5)
"""What differs so much from the background, after a blur of so many pixels, is the walker's."""
SHADOW = 0.45
"""Share of the light that a shadow takes."""
STRIDES = 25
"""Pictures of a walker that are shown in a second in which it walks."""
POSTS, POST_WIDTH = (0.3, 0.5, 0.7), 0.05
"""Posts before the walkers: their middles and width, shares of the picture."""


class Way(NamedTuple):
    """Where one walker goes: its number among ``WALKERS``, height, where its feet are, and the seconds and places from
    left to right between which it goes straight; heights and places are shares of the picture."""

    walker: int
    height: float
    feet: float
    points: tuple[tuple[float, float], ...]


class Film(NamedTuple):
    """What is shown: the ways, and how the picture is taken."""

    name: str
    ways: tuple[Way, ...]
    fps: int = 25
    seconds: float = 6.0
    posts: bool = False
    shadow: bool = False
    light: float = 1.0
    pan: float = 0.0
    """Widths of the picture that the camera turns to the right, a second."""


THROUGH = Way(0, 0.45, 0.85, ((0.5, -0.1), (5.5, 1.1)))
BACK = Way(1, 0.4, 0.75, ((0.5, 1.1), (5.0, -0.1)))
RESTING = Way(2, 0.4, 0.9, ((0, 0.2), (2, 0.45), (4, 0.45), (6, 0.8)))
FILMS = (
    Film("through", (THROUGH,)),
    Film("rests", (RESTING,)),
    Film("meet", (THROUGH, BACK)),
    Film("posts", (THROUGH,), posts=True),
    Film("shadow", (THROUGH, RESTING), shadow=True),
    Film("dark", (THROUGH, RESTING), light=0.2),
    Film("pans", (Way(0, 0.45, 0.85, ((0, 0.2), (6, 0.8))), Way(2, 0.4, 0.7, ((0, 0.9), (6, 0.6)))), pan=0.045),
    Film("ten_a_second", (THROUGH, BACK), fps=10),
    Film("sixty_a_second", (THROUGH, BACK), fps=60),
)

Cutout = tuple[np.ndarray, np.ndarray]
"""A picture, (height, width, 3), and how much of each pixel is the walker's, 0..1."""


def _pictures(sequence: Path, frames: Sequence[int]) -> list[np.ndarray]:
    (path,) = (file for file in sequence.iterdir() if file.suffix in (".avi", ".mp4", ".mkv"))
    return [image for _, image in video.frames(path, frames)]


def _empty(sequence: Path) -> np.ndarray:
    """What a sequence shows where nobody is: the median of a hundred frames."""
    rows, _ = ground_truth(sequence)
    every = range(0, len(rows), max(len(rows) // 100, 1))
    return np.median(_pictures(sequence, every), axis=0).astype(np.uint8)


def _cut_out(sequence: Path, number: int, first: int, last: int) -> list[Cutout]:
    """The person ``number`` of a sequence in some of its frames."""
    rows, size = ground_truth(sequence)
    empty = _empty(sequence)
    cut = []
    for (ids, boxes), image in zip(rows[first:last], _pictures(sequence, range(first, last)), strict=True):
        box = boxes[ids == number][0] * np.tile(size, 2)
        grown = box + 0.06 * (box[3] - box[1]) * np.array([-1, -0.5, 1, 0.5])
        x1, y1, x2, y2 = np.clip(np.round(grown), 0, np.tile(size, 2)).astype(int)
        shown = image[y1:y2, x1:x2]
        other = cv2.absdiff(shown, empty[y1:y2, x1:x2]).max(axis=2)
        mask = (cv2.GaussianBlur(other, SOFT, 0) > DIFFERS).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        count, parts, about, _ = cv2.connectedComponentsWithStats(mask)
        largest = parts == 1 + about[1:, cv2.CC_STAT_AREA].argmax() if count > 1 else mask > 0
        cut.append((shown, cv2.GaussianBlur(largest.astype(np.float32), SOFT, 0)))
    return cut


def _of_film(film: Film, walkers: Sequence[list[Cutout]], background: np.ndarray, scratch: Path) -> Score:
    path = scratch / f"{film.name}.mp4"
    true = _made(film, walkers, background, path)
    clips = list(annotated(path, scratch, Counter()))
    path.unlink()
    if not clips:
        return Score(Counter(), Counter(), Counter(fact.kind for fact in motion.facts(true) if fact.kind in JUDGED))
    ((_, found),) = clips
    return against(found, true)


def _made(film: Film, walkers: Sequence[list[Cutout]], background: np.ndarray, path: Path) -> Trajectories:
    """Write the film to ``path``, and say where its walkers are in it."""
    width, height = SIZE
    wide = cv2.resize(background, SIZE)
    wide = np.hstack([wide, wide[:, ::-1]])
    frames = range(round(film.fps * film.seconds))
    rng = np.random.default_rng(int(hashlib.sha256(film.name.encode()).hexdigest()[:8], 16))
    poses = [[*cut, *cut[::-1]] for cut in walkers]  # forth and back, so that no limb jumps
    boxes: list[dict[int, np.ndarray]] = [{} for _ in film.ways]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=film.fps)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "18"}
        for frame in frames:
            seconds = frame / film.fps
            turned = round(film.pan * seconds * width)
            image = wide[:, turned : turned + width].astype(np.float32)
            for way, boxed in zip(film.ways, boxes, strict=True):
                whole = _walking(image, way, poses[way.walker], seconds, turned, film.shadow)
                inside = np.clip(whole, 0, np.tile(SIZE, 2))
                if (inside[2:] - inside[:2] >= 2).all():
                    boxed[frame] = inside / np.tile(SIZE, 2)
            for middle in POSTS if film.posts else ():
                left, right = (round((middle + sign * POST_WIDTH / 2) * width) for sign in (-1, 1))
                image[:, left:right] = (90, 100, 105)
            image = image * film.light + rng.normal(0, 2, image.shape)
            picture = av.VideoFrame.from_ndarray(np.clip(image, 0, 255).astype(np.uint8), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    times = tuple(round(frame * 1e6 / film.fps) for frame in frames)
    tracks = tuple(_person(10 * n, boxed) for n, boxed in enumerate(boxes))
    made = Trajectories(width=width, height=height, times_us=times, tracks=tracks)
    return made.model_copy(update={"evidence": _exact(film, made)}) if film.pan else made


def _walking(
    image: np.ndarray, way: Way, poses: Sequence[Cutout], seconds: float, turned: int, shadow: bool
) -> np.ndarray:
    """Draw a walker where it is after so many ``seconds``; its box, pixels, which may lie outside of the picture."""
    times, places = np.array(way.points).T
    x = np.interp(seconds, times, places)
    speeds = np.diff(places) / np.diff(times)
    walks = np.diff(np.clip(times, 0, seconds)) @ (speeds != 0)
    steps = round(walks * STRIDES)
    shown, share = poses[steps % len(poses)]
    if places[-1] > places[0]:
        shown, share = shown[:, ::-1], share[:, ::-1]
    tall = round(way.height * SIZE[1])
    wide = round(tall * shown.shape[1] / shown.shape[0])
    shown, share = (cv2.resize(np.ascontiguousarray(part), (wide, tall)) for part in (shown, share))
    left, top = round(x * SIZE[0] - wide / 2 - turned), round(way.feet * SIZE[1] - tall)
    if shadow:
        lying = SHADOW * cv2.resize(share[::-1], (wide, tall // 3))
        _laid(image, np.zeros((*lying.shape, 3), np.float32), lying, left + wide // 3, top + tall - 4)
    _laid(image, shown.astype(np.float32), share, left, top)
    rows, columns = (np.flatnonzero((share > 0.5).any(axis=axis)) for axis in (1, 0))
    return np.array([left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1], float)


def _laid(image: np.ndarray, part: np.ndarray, share: np.ndarray, left: int, top: int) -> None:
    """Lay ``part`` over the image, as far as it lies within it."""
    height, width = image.shape[:2]
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + part.shape[1], width), min(top + part.shape[0], height)
    if x1 < x2 and y1 < y2:
        window = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
        over = share[window][..., None]
        image[y1:y2, x1:x2] = (1 - over) * image[y1:y2, x1:x2] + over * part[window]


def _exact(film: Film, made: Trajectories) -> Evidence:
    """What a camera that turns shows, by the plan: the background goes to the left, and each walker as its box does."""
    frames = video.sample(made.times_us, 10.0)
    apart = np.diff(np.array(made.times_us)[frames]) / 1e6
    still, sure = (1.0,) * len(apart), (100,) * len(apart)
    none = (0.0,) * len(apart)
    inside = {}
    for track in made.tracks:
        middles = np.interp(frames, track.frames, np.mean([track.sides[0], track.sides[2]], axis=0))
        there = [all(frame in track.frames for frame in pair) for pair in pairwise(frames)]
        ways = tuple(np.where(there, np.diff(middles), 0).tolist())
        corners = tuple(60 if is_there else 0 for is_there in there)
        inside[track.id] = Flow(dx=ways, dy=none, scale=still, turn=none, corners=corners)
    camera = Flow(dx=tuple((-film.pan * apart).tolist()), dy=none, scale=still, turn=none, corners=sure)
    return Evidence(frames=tuple(frames), camera=camera, inside=inside, moving=still, explained=still)


if __name__ == "__main__":
    main(measure, __doc__.splitlines()[0])
