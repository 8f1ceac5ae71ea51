"""track: find every object of a clip and follow it from first to last frame.

Reads the clip's file and its camera motion; writes rows of ``track``, ``contact`` and ``track_point``. Rejects with
``no_tracks`` where nothing can be followed, and with ``too_few_objects`` where a profile asks for more than was named.

With the profiles `paper` and `sam3` a stack of models does all of this (``backends.paper``, ``backends.sam3``).

With `cpu`, frames are sampled by timestamp. Each sample is searched by a detector and, where the camera is still, for
whatever moves; the tracker turns these detections into fragments, fragments become objects, and what is too short, too
sparse or mere flicker is dropped. Between samples, and over gaps, boxes are interpolated and marked as not observed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field
from sqlalchemy import Connection

from fm_tasks import video
from fm_tasks.backends import UNNAMED, Detections, Detector, Fragment, Stack, backend, paper, sam3
from fm_tasks.backends.fragments import joined, without_merged
from fm_tasks.errors import Rejected
from fm_tasks.model import Batch, ClipFile, Document, RejectionCode, Track, Trajectories
from fm_tasks.objects import Objects
from fm_tasks.settings import load
from fm_tasks.sources import Source
from fm_tasks.store import clip_file, copy_columns, copy_rows, rows

VERSION = 2


class Profile(Document):
    """Which backends track, and every parameter that changes what they find; lengths are in frame diagonals."""

    name: Literal["cpu"]
    sample_fps: float
    """Samples per second; a slower video is sampled at every frame."""
    width: int
    """Samples wider than this are shrunk to it, pixels."""
    detector: str
    min_score: float
    """Detections that score less are not used."""
    proposer: str
    still_speed: float
    """Moving things are proposed only where the camera is slower than this, diagonals per second."""
    max_cover: float
    """A proposal is dropped where a detection and it share this much of the smaller one."""
    tracker: str
    patience: float
    """Seconds that the tracker waits for an object out of sight."""
    min_overlap: float
    reach: float
    """Least overlap of a detection with a prediction, both grown by ``reach`` of their size on every side."""
    max_gap: float
    """Fragments are joined over at most so many seconds."""
    max_swell: float
    """A detection this much larger or smaller than its neighbours in time is two objects in one, or half of one."""
    min_seconds: float
    """Shortest track."""
    min_share: float
    """Least share of a track's samples in which it was found."""
    min_still_score: float
    """Least mean score of a named track that does not move."""
    min_travel: float
    """An unnamed track that never strays this many of its own sizes is flicker."""
    min_naming: float
    """A name is believed where its scores sum to this share of the detections."""


AnyProfile = Annotated[Profile | paper.Profile | sam3.Profile, Field(discriminator="name")]

PROFILES = {
    "cpu": Profile(
        name="cpu",
        sample_fps=10,
        width=640,
        detector="ssd",
        min_score=0.35,
        proposer="median",
        still_speed=0.005,
        max_cover=0.3,
        tracker="ocsort",
        patience=1.0,
        min_overlap=0.2,
        reach=0.5,
        max_gap=1.5,
        max_swell=1.5,
        min_seconds=0.6,
        min_share=0.5,
        min_still_score=0.5,
        min_travel=0.5,
        min_naming=0.4,
    ),
    "paper": paper.Profile(),
    "sam3": sam3.Profile(),
}
"""The profiles that a source may name."""


class Request(Document):
    """The clip, and the profile with all its parameters: a changed parameter is another request."""

    clip: ClipFile
    profile: AnyProfile


class Result(Trajectories):
    """The tracks of the clip, one row per frame from first to last seen."""


def plan(db: Connection, batch: Batch, source: Source) -> Iterator[tuple[str, Request]]:
    """Every clip of the batch that was cut."""
    for row in rows(db, "clips_to_track", batch=batch.id):
        yield row.id, Request(clip=clip_file(row), profile=PROFILES[source.profile])


def run(request: Request, objects: Objects, scratch: Path) -> Result:
    """Fetch the clip and track it. Raises ``Rejected`` where no object can be followed."""
    path = scratch / "clip.mp4"
    objects.fetch(request.clip.uri, path)
    return Result(**dict(followed(path, request.clip, request.profile)))


def followed(path: Path, clip: ClipFile, profile: AnyProfile) -> Trajectories:
    """Track the clip that lies at ``path`` with any profile. Raises ``Rejected`` as ``run``."""
    if isinstance(profile, Profile):
        return trajectories(path, clip, profile)
    return _stack(profile, Path(load().weights)).trajectories(path, clip)


@cache
def _stack(profile: AnyProfile, weights: Path) -> Stack:
    return backend(profile.name)(profile, weights)


def trajectories(path: Path, clip: ClipFile, profile: Profile) -> Trajectories:
    """Track the clip that lies at ``path``. Raises ``Rejected(NO_TRACKS)``, saying what was seen."""
    sampled = video.sample(clip.times_us, profile.sample_fps)
    images = [_shrunk(image, profile.width) for _, image in video.frames(path, sampled)]
    found = detections(images, clip.camera.speed, profile)
    tracks = follow(found, sampled, clip, profile)
    if not tracks:
        seen = Counter(label for detected in found for label in detected.labels)
        names = ", ".join(f"{label} {count}" for label, count in seen.most_common(5)) or "nothing"
        raise Rejected(RejectionCode.NO_TRACKS, f"seen in {len(found)} samples: {names}; none long and steady enough")
    return Trajectories(width=clip.width, height=clip.height, times_us=clip.times_us, tracks=tuple(tracks))


def _shrunk(image: np.ndarray, width: int) -> np.ndarray:
    height, full = image.shape[:2]
    if full <= width:
        return image
    return cv2.resize(image, (width, round(height * width / full)), interpolation=cv2.INTER_AREA)


def detections(images: Sequence[np.ndarray], camera_speed: float, profile: Profile) -> list[Detections]:
    """What is seen in each sample. A thing that the detector and the proposer both find is the detector's, by name and
    box: a proposal may hold two people, or an arm."""
    detector = _detector(profile.detector, profile.min_score)
    found = [detector.detect(image) for image in images]
    if camera_speed >= profile.still_speed:
        return found
    proposer = backend(profile.proposer)(images)
    moving = [proposer.propose(image) for image in images]
    return [_merged(*seen, profile.max_cover) for seen in zip(found, moving, strict=True)]


@cache
def _detector(name: str, min_score: float) -> Detector:
    return backend(name)(min_score)


def _merged(named: Detections, moving: Detections, max_cover: float) -> Detections:
    new = _cover(moving.boxes, named.boxes).max(axis=1, initial=0) < max_cover
    return Detections(
        np.vstack([named.boxes, moving.boxes[new]]),
        np.concatenate([named.scores, moving.scores[new]]),
        named.labels + [label for label, is_new in zip(moving.labels, new, strict=True) if is_new],
    )


def _cover(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How much of the smaller of two boxes lies in the other, 0..1, for every box of ``a`` (N, 4) and ``b`` (M, 4)."""
    shared = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    return np.prod(np.clip(shared, 0, None), axis=2) / np.minimum(areas[0][:, None], areas[1][None, :])


def follow(found: Sequence[Detections], sampled: Sequence[int], clip: ClipFile, profile: Profile) -> list[Track]:
    """The tracks of a clip from what was seen in its sampled frames; persons first, then by first frame."""
    seconds = [(clip.times_us[frame] - clip.times_us[0]) / 1e6 for frame in sampled]
    size = clip.width, clip.height
    tracker = backend(profile.tracker)(profile.sample_fps, profile.patience, profile.min_overlap, profile.reach)
    fragments = [without_merged(fragment, profile.max_swell) for fragment in tracker.track(found, seconds, size)]
    objects = joined([fragment for fragment in fragments if len(fragment.samples)], seconds, size, profile.max_gap)
    kept = [(one, _name(one, profile)) for one in objects if _is_steady(one, seconds, size, profile)]
    return _numbered(kept, sampled)


def _name(fragment: Fragment, profile: Profile) -> str:
    """The name with the highest sum of scores, where that is enough to believe it."""
    sums: Counter[str] = Counter()
    for label, score in zip(fragment.labels, fragment.scores, strict=True):
        sums[label] += score if label != UNNAMED else 0
    label, total = sums.most_common(1)[0]
    return label if total >= profile.min_naming * len(fragment.labels) else UNNAMED


def _is_steady(fragment: Fragment, seconds: Sequence[float], size: tuple[int, int], profile: Profile) -> bool:
    """Whether a fragment is long and dense enough to be a track, and either moves or is named with confidence."""
    first, last = fragment.samples[0], fragment.samples[-1]
    share = len(fragment.samples) / (last - first + 1)
    if seconds[last] - seconds[first] < profile.min_seconds or share < profile.min_share:
        return False
    boxes = fragment.boxes * np.tile(size, 2)
    travel = np.hypot(*np.ptp((boxes[:, :2] + boxes[:, 2:]) / 2, axis=0))
    moves = travel >= profile.min_travel * np.median(np.hypot(*(boxes[:, 2:] - boxes[:, :2]).T))
    if _name(fragment, profile) == UNNAMED:
        return moves
    return moves or fragment.scores.mean() >= profile.min_still_score


MOST_PERSONS = 100
"""Ids of persons, ten apart, must stay below the first id of other objects."""


def _numbered(kept: Sequence[tuple[Fragment, str]], sampled: Sequence[int]) -> list[Track]:
    """The tracks with the paper's ids, in the order in which they are first seen; of persons only the longest
    ``MOST_PERSONS``."""
    kept = sorted(kept, key=lambda one: (one[0].samples[0], one[0].boxes[0].tolist()))
    persons = [fragment for fragment, label in kept if label == "person"]
    if len(persons) > MOST_PERSONS:
        shortest = sorted(len(fragment.samples) for fragment in persons)[-MOST_PERSONS]
        persons = [fragment for fragment in persons if len(fragment.samples) >= shortest][:MOST_PERSONS]
    others = [(fragment, label) for fragment, label in kept if label != "person"]
    return [_track(10 * n, "person", fragment, sampled) for n, fragment in enumerate(persons)] + [
        _track(1000 + n, label, fragment, sampled) for n, (fragment, label) in enumerate(others)
    ]


DECIMALS = 5
"""Of boxes and scores: a step is a twenty-fifth of a pixel at a width of 4096."""


def _track(number: int, label: str, fragment: Fragment, sampled: Sequence[int]) -> Track:
    """A box and a score for every clip frame from first to last seen, interpolated between detections and rounded here,
    before anything reads them: whatever is made of a track is made of what its document says."""
    seen = np.asarray(sampled)[fragment.samples]
    frames = np.arange(seen[0], seen[-1] + 1)
    columns = [np.interp(frames, seen, column) for column in (*fragment.boxes.T, fragment.scores)]
    *sides, scores = np.round(np.clip(columns, 0, 1), DECIMALS).tolist()
    return Track(id=number, label=label, seen=seen.tolist(), sides=sides, scores=scores)


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """Write one row per track, one per contact of a hand, and one per point."""
    copy_rows(db, "track", COLUMNS, [(step_run_id, item_id, *_summary(track)) for track in result.tracks])
    spans = [
        (step_run_id, track.id, one.start, one.end, one.state, one.object, one.inferred)
        for track in result.tracks
        for one in track.contacts
    ]
    if spans:
        copy_rows(db, "contact", CONTACT_COLUMNS, spans)
    times_us = np.array(result.times_us, np.int64)
    parts = [_points(track, step_run_id, times_us) for track in result.tracks]
    if parts:
        copy_columns(db, "track_point", {name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _points(track: Track, step_run_id: int, times_us: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of ``track_point``."""
    first, rows = track.frames[0], len(track.frames)
    observed = np.zeros(rows, bool)
    observed[np.array(track.seen) - first] = True
    return {
        "step_run_id": np.full(rows, step_run_id, np.int64),
        "track_id": np.full(rows, track.id, np.int32),
        "frame": np.arange(first, first + rows, dtype=np.int32),
        "t_us": times_us[first : first + rows],
        **dict(zip(("x1", "y1", "x2", "y2"), np.array(track.sides, np.float32), strict=True)),
        "score": np.array(track.scores, np.float32),
        "observed": observed,
    }


COLUMNS = (
    *("step_run_id", "clip_id", "track_id", "label", "first_frame", "last_frame", "points"),
    *("observed_share", "longest_gap", "score"),
    *("parent", "side", "inferred"),
)
CONTACT_COLUMNS = ("step_run_id", "track_id", "start_frame", "end_frame", "state", "object", "inferred")


def _summary(track: Track) -> tuple:
    """The values of ``COLUMNS`` from ``track_id`` on."""
    points, longest_gap = len(track.frames), int(np.diff(track.seen).max(initial=1)) - 1
    return (
        *(track.id, track.label, track.frames[0], track.frames[-1], points),
        *(len(track.seen) / points, longest_gap, sum(track.scores) / points),
        *(track.parent, track.side, track.inferred),
    )
