"""Find every object of each clip and follow it from first to last frame.

Reads the clip's file and its camera motion; writes rows of ``track``, ``contact``, ``pose``, ``track_point`` and
``unfollowed``, and of what the frames show of motion: ``motion_evidence``, ``camera_motion`` and ``inside_motion``.
Refuses a clip as ``no_tracks`` where nothing can be followed, and as ``too_few_objects`` where fewer things were named
than the profile asks for.

A profile says how objects are found and followed (``tracking.profiles``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from sqlalchemy import Connection

from fm_tasks import motion
from fm_tasks.model import BOX_DECIMALS, Batch, ClipFile, Document, Evidence, Flow, Track, Trajectories
from fm_tasks.motion.kinematics import noise_of
from fm_tasks.sources import Source
from fm_tasks.step import Tools
from fm_tasks.store import clip_file, copy_columns, copy_rows, rows
from fm_tasks.tracking.fragments import BORDER
from fm_tasks.tracking.profiles import PROFILES, AnyProfile, followed

log = logging.getLogger(__name__)

VERSION = 10


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


def run(request: Request, tools: Tools) -> Result:
    """Fetch the clip and track it. Raises ``Rejected`` where no object can be followed."""
    path = tools.scratch / "clip.mp4"
    tools.objects.fetch(request.clip.uri, path)
    result = Result(**dict(followed(path, request.clip, request.profile, tools.weights)))
    if result.unfollowed:
        more = ", ".join(f"{label} {count}" for label, count in result.unfollowed.items())
        log.warning("more was seen than the profile %s follows: %s", request.profile.name, more)
    return result


def save(db: Connection, item_id: str, step_run_id: int, key: str, request: Request, result: Result) -> None:
    """Write one row per track, one per contact of a hand and one per frame in which its points are known, one per point
    of a box, one per label of what was not followed, and one per step of what the frames show of the camera and of the
    inside of each box."""
    copy_rows(db, "track", COLUMNS, [(step_run_id, item_id, *_summary(track, result)) for track in result.tracks])
    if result.unfollowed:
        beyond = [(step_run_id, label, count) for label, count in result.unfollowed.items()]
        copy_rows(db, "unfollowed", ("step_run_id", "label", "objects"), beyond)
    spans = [
        (step_run_id, track.id, one.start, one.end, one.state, one.object, one.inferred)
        for track in result.tracks
        for one in track.contacts
    ]
    if spans:
        copy_rows(db, "contact", CONTACT_COLUMNS, spans)
    poses = [row for track in result.tracks for row in _pose(track, step_run_id)]
    if poses:
        copy_rows(db, "pose", POSE_COLUMNS, poses)
    times_us = np.array(result.times_us, np.int64)
    parts = [_points(track, step_run_id, times_us) for track in result.tracks]
    if parts:
        copy_columns(db, "track_point", _joined(parts))
    if result.evidence:
        share = motion.explained_share(result.evidence)
        copy_rows(db, "motion_evidence", EVIDENCE_COLUMNS, [(step_run_id, item_id, share)])
        copy_columns(db, "camera_motion", _camera(result.evidence, step_run_id))
        if result.evidence.inside:
            insides = [_inside(result.evidence, track_id, step_run_id) for track_id in result.evidence.inside]
            copy_columns(db, "inside_motion", _joined(insides))


def _joined(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _camera(evidence: Evidence, step_run_id: int) -> dict[str, np.ndarray]:
    """The columns of ``camera_motion``."""
    return {
        **_steps(evidence, evidence.camera, step_run_id),
        "moving_share": np.array(evidence.moving, np.float32),
        "explained_share": np.array(evidence.explained, np.float32),
    }


def _inside(evidence: Evidence, track_id: int, step_run_id: int) -> dict[str, np.ndarray]:
    """The columns of ``inside_motion`` for one track: the steps of which something is known."""
    columns = _steps(evidence, evidence.inside[track_id], step_run_id)
    known = columns["corners"] > 0
    return {"track_id": np.full(known.sum(), track_id, np.int32)} | {
        name: column[known] for name, column in columns.items()
    }


def _steps(evidence: Evidence, flow: Flow, step_run_id: int) -> dict[str, np.ndarray]:
    """What both have: a row for each step, at the frame at which it ends."""
    frames = np.array(evidence.frames[1:], np.int32)
    return {
        "step_run_id": np.full(len(frames), step_run_id, np.int64),
        "frame": frames,
        **{name: np.array(getattr(flow, name), np.float32) for name in ("dx", "dy", "scale", "turn")},
        "corners": np.array(flow.corners, np.int32),
    }


def _pose(track: Track, step_run_id: int) -> Iterator[tuple]:
    """The values of ``POSE_COLUMNS``, a row for each frame in which the points of a hand or person are known."""
    if track.pose:
        for frame, points in zip(track.pose.frames, track.pose.points, strict=True):
            yield step_run_id, track.id, frame, _array(points)


def _array(values: Iterable[float | None]) -> str:
    """As PostgreSQL writes an array."""
    return "{" + ",".join("NULL" if value is None else f"{value:.5f}" for value in values) + "}"


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
    *("coverage", "longest_unseen", "jump_rate", "resize_rate", "noise"),
)
EVIDENCE_COLUMNS = ("step_run_id", "clip_id", "explained_share")
POSE_COLUMNS = ("step_run_id", "track_id", "frame", "points")
CONTACT_COLUMNS = ("step_run_id", "track_id", "start_frame", "end_frame", "state", "object", "inferred")


def _summary(track: Track, result: Trajectories) -> tuple:
    """The values of ``COLUMNS`` from ``track_id`` on."""
    points, longest_gap = len(track.frames), int(np.diff(track.seen).max(initial=1)) - 1
    return (
        *(track.id, track.label, track.frames[0], track.frames[-1], points),
        *(len(track.seen) / points, longest_gap, sum(track.scores) / points),
        *(track.parent, track.side, track.inferred),
        *_quality(track, result),
    )


JUMP_SPEED = 2.0
"""No object crosses the frame in half a second and is still followed, diagonals per second."""
RESIZE = 2.0
"""Between two detections of one object, its area changes less than so many times over, unless the border cuts one."""


def _quality(track: Track, result: Trajectories) -> tuple[float, float, float, float, str]:
    """Coverage, longest time unseen, the shares of steps from one detection to the next that are a jump, and that
    change the size, and the noise of its boxes; a track seen once makes no step."""
    frames = track.frames if result.searched is None else [k for k in result.searched if k in track.frames]
    boxes = np.array(track.sides).T[np.array(track.seen) - track.seen[0]]
    seconds = np.diff(np.array(result.times_us)[list(track.seen)]) / 1e6
    sides = boxes * np.tile((result.width, result.height), 2) / np.hypot(result.width, result.height)
    steps = np.diff(sides[:, :2] + sides[:, 2:], axis=0) / 2
    areas = np.maximum(np.prod(sides[:, 2:] - sides[:, :2], axis=1), 10.0 ** (-2 * BOX_DECIMALS))
    cut = np.any((boxes < BORDER) | (boxes > 1 - BORDER), axis=1)
    resized = (np.abs(np.diff(np.log(areas))) > np.log(RESIZE)) & ~cut[1:] & ~cut[:-1]
    count = max(len(steps), 1)
    return (
        len(track.seen) / len(frames),
        seconds.max(initial=0),
        (np.hypot(*steps.T) > JUMP_SPEED * seconds).sum() / count,
        resized.sum() / count,
        _array(noise_of(sides)),
    )
