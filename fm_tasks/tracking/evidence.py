"""What the picture itself shows of motion: of the camera, inside the box of each track, and beside all of them.

Corners are followed from one sampled frame to the next by pyramidal Lucas-Kanade, forward and back. Those outside of
every box tell how the camera moves the picture; those inside a box tell how the thing in it moves, whatever the edges
of its box do. Dense flow (DIS) tells how much moves at all, and how much of it moves as a track does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from fm_tasks import video
from fm_tasks.errors import Rejected
from fm_tasks.model import UNNAMED, Evidence, Flow, Pose, RejectionCode, Track, Trajectories
from fm_tasks.tracking.fragments import BORDER
from fm_tasks.video.camera import changed as differing

WIDTH = 480
"""Frames wider than this are shrunk to it, pixels."""
RATE = 10.0
"""Frames a second that are looked at."""
CAMERA_CORNERS, TRACK_CORNERS = 200, 60
"""Corners followed outside of all boxes, and inside each."""
MIN_CORNERS = 12
"""Fewer corners outside of all boxes do not tell how the camera moves."""
MOST = 0.6
"""Share of the corners outside of all boxes that move alike where it is the camera that moves them."""
UNCHANGED = 0.02
"""Where less of the background changes, and it has too few corners, it stands still; a share of it."""
MARGIN = 0.02
"""By so much of the frame's width a box is grown, before what lies outside is taken for background."""
INNER = 0.1
"""Share of a box on each of its sides that is left out: there is more background in it than object."""
FREE_SHARE = 0.25
"""Least share of the inner part of a box that no other covers, for its corners to be the thing's own."""
MUCH_LARGER = 4.0
"""A box of so many times the area does not hide what lies within it."""
STILL = 0.5
"""A corner that moves less from one sampled frame to the next stands still, pixels."""
RETURN = 1.0
"""A corner that is followed forward and back comes back to within this, pixels."""
LUCAS_KANADE = {
    "winSize": (15, 15),
    "maxLevel": 3,
    "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03),
}


def witnessed(path: Path, trajectories: Trajectories) -> Trajectories:
    """The trajectories of the clip at ``path`` with what its frames show of their motion, and without what has no name,
    does not move, or is of no size, and is touched by no hand: a shadow, a reflection, a hole in the background. Raises
    ``Rejected(NO_TRACKS)`` where that leaves nothing."""
    frames = video.sample(trajectories.times_us, RATE)
    boxes = {track.id: _boxes(track, frames) for track in trajectories.tracks}
    points = {track.id: _points(track.pose, frames) for track in trajectories.tracks if track.pose and track.is_hand}
    greys = (_grey(image) for _, image in video.frames(path, frames))
    size = np.array([trajectories.width, trajectories.height]) * min(WIDTH / trajectories.width, 1)
    steps = list(_steps(greys, boxes, points))
    touched = {contact.object for track in trajectories.tracks for contact in track.contacts}
    kept = tuple(
        track
        for track in trajectories.tracks
        if track.label != UNNAMED
        or track.id in touched
        or (_moves(track.id, boxes[track.id], steps, size) and _has_size(track.id, boxes[track.id], steps))
    )
    if not kept:
        raise Rejected(RejectionCode.NO_TRACKS, "what was seen has no name and does not move")
    evidence = Evidence(
        frames=tuple(frames),
        camera=_flow([step.camera for step in steps]),
        inside={track.id: _flow([step.inside[track.id] for step in steps]) for track in kept},
        moving=tuple(round(step.moving, 5) for step in steps),
        explained=tuple(round(step.explained, 4) for step in steps),
    )
    return trajectories.model_copy(update={"evidence": evidence, "tracks": kept})


class Similarity(NamedTuple):
    """How a part of the picture moves in one step: the way of its middle, shares of the frame, growth and rotation
    about it, and the number of corners that tell; none where that is 0."""

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    """Degrees, positive to the left."""
    corners: int = 0
    own: tuple[float, float] = (0.0, 0.0)
    """The way of its middle less the camera's, pixels."""


class Step(NamedTuple):
    """What changes from one sampled frame to the next."""

    camera: Similarity
    inside: Mapping[int, Similarity]
    moving: float
    explained: float


def _moves(number: int, boxes: np.ndarray, steps: Sequence[Step], size: np.ndarray) -> bool:
    """Whether a track's box goes where its inside does; ``size`` is that of a picture, pixels."""
    there = [k for k, step in enumerate(steps) if step.inside[number].corners and step.camera.corners]
    if not there:
        return False
    own = np.array([steps[k].inside[number].own for k in there])
    middles = boxes.reshape(-1, 2, 2).mean(axis=1) * size
    camera = np.array([(steps[k].camera.dx, steps[k].camera.dy) for k in there]) * size
    box = middles[np.array(there) + 1] - middles[there] - camera
    window = np.ones(min(WINDOW, len(there)))
    inside, outside = (
        np.column_stack([np.convolve(column, window, mode="valid") for column in ways.T]) for ways in (own, box)
    )
    length = np.sqrt((inside**2).sum() * (outside**2).sum())
    far = np.hypot(*inside.T).max() / np.hypot(*size) >= STIR
    return bool(far and (inside * outside).sum() >= AGREE * length)


def _has_size(number: int, boxes: np.ndarray, steps: Sequence[Step]) -> bool:
    """Whether a track's box keeps its size, or grows and shrinks as its inside does, where no border cuts it: a part of
    a thing that comes out of the background bit by bit does not. Half of its boxes may be wrong: others may hide it."""
    whole = ~np.isnan(boxes).any(axis=1) & ((boxes > BORDER) & (boxes < 1 - BORDER)).all(axis=1)
    if not whole.any():
        return True
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    grown = np.cumprod([1.0, *(step.inside[number].scale for step in steps)]) ** 2
    lower, upper = np.percentile([areas[whole], (areas / grown)[whole]], (25, 75), axis=1)
    return bool((upper < SWELL * lower).any())


def _flow(steps: Sequence[Similarity]) -> Flow:
    dx, dy, scale, turn, corners, _ = zip(*steps, strict=True) if steps else ((),) * 6
    return Flow(
        dx=tuple(round(x, 6) for x in dx),
        dy=tuple(round(x, 6) for x in dy),
        scale=tuple(round(x, 5) for x in scale),
        turn=tuple(round(x, 3) for x in turn),
        corners=tuple(corners),
    )


def _boxes(track: Track, frames: Sequence[int]) -> np.ndarray:
    """The boxes of a track in ``frames``, (n, 4), NaN where it is not there."""
    boxes = np.full((len(frames), 4), np.nan)
    there = [n for n, frame in enumerate(frames) if frame in track.frames]
    sides = np.array(track.sides).T
    boxes[there] = sides[[frames[n] - track.frames.start for n in there]]
    return boxes


def _grey(bgr: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    if width <= WIDTH:
        return grey
    return cv2.resize(grey, (WIDTH, max(round(height * WIDTH / width), 1)), interpolation=cv2.INTER_AREA)


def _points(pose: Pose, frames: Sequence[int]) -> np.ndarray:
    """The points of a hand in ``frames``, (n, k, 2), NaN where they are not known."""
    points = np.full((len(frames), len(pose.points[0]) // 2, 2), np.nan)
    at = {frame: n for n, frame in enumerate(frames)}
    for frame, row in zip(pose.frames, pose.points, strict=True):
        if frame in at:
            points[at[frame]] = np.array(row, float).reshape(-1, 2)
    return points


def _steps(
    greys: Iterator[np.ndarray], boxes: Mapping[int, np.ndarray], points: Mapping[int, np.ndarray]
) -> Iterator[Step]:
    before = next(greys)
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    for k, after in enumerate(greys):
        size = np.tile(before.shape[::-1], 2)
        here = {number: own[k] * size for number, own in boxes.items() if not np.isnan(own[k : k + 2]).any()}
        near = [own[n] * size for own in boxes.values() for n in (k, k + 1) if not np.isnan(own[n]).any()]
        outside = _outside(before.shape, near)
        groups = {None: _corners(before, outside, CAMERA_CORNERS, 7)}
        groups |= {number: _corners_inside(before, number, here) for number in here}
        guesses: dict[int | None, np.ndarray] = {None: np.zeros(2)}
        guesses |= {number: _way(boxes[number][k : k + 2] * size) for number in here}
        followed = _followed(before, after, groups, guesses)
        camera, corners = _camera(followed)
        changed = _changed(before, after, camera)
        background = changed[outside > 0]
        if not corners and len(background) and background.mean() < UNCHANGED:
            corners = MIN_CORNERS  # before a plain background the camera stands where it stays as it is
        known = {n: own[k : k + 2] * size[:2] for n, own in points.items() if not np.isnan(own[k : k + 2]).any()}
        inside = {n: _inside(*known.get(n, followed[n]), here[n], camera, size) for n in here}
        moving, explained = _coverage(_dense(dis, before, after), changed, camera, inside, here)
        yield Step(
            _of_camera(camera, corners, size),
            {number: inside.get(number, Similarity()) for number in boxes},
            moving,
            explained,
        )
        before = after


def _dense(dis: cv2.DISOpticalFlow, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The dense flow from one picture to the next, pixels, (height, width, 2)."""
    # Pictures of fewer rows or columns made OpenCV 5.0 crash or raise.
    height, width = before.shape
    below, right = max(LEAST_SIDE - height, 0), max(LEAST_SIDE - width, 0)
    one, other = (cv2.copyMakeBorder(grey, 0, below, 0, right, cv2.BORDER_REPLICATE) for grey in (before, after))
    return dis.calc(one, other, np.zeros((*one.shape, 2), np.float32))[:height, :width]


def _outside(shape: tuple[int, ...], boxes: Sequence[np.ndarray]) -> np.ndarray:
    """A mask of what lies outside of all ``boxes``, a little grown."""
    mask = np.full(shape, 255, np.uint8)
    for box in boxes:
        mask[_window(box + MARGIN * shape[1] * np.array([-1, -1, 1, 1]))] = 0
    return mask


def _corners_inside(grey: np.ndarray, number: int, boxes: Mapping[int, np.ndarray]) -> np.ndarray:
    """Corners in the inner part of a box that lie in no other; none where that leaves too little of it."""
    box = boxes[number]
    width, height = box[2:] - box[:2]
    inner = box + INNER * np.array([width, height, -width, -height])
    free = np.zeros(grey.shape, np.uint8)
    free[_window(inner)] = 255
    whole = free.copy()
    others = np.array([its for other, its in boxes.items() if other != number]).reshape(-1, 4)
    hiding = (others[:, 2:] - others[:, :2]).prod(axis=1) < MUCH_LARGER * width * height
    hiding &= ((others[:, :2] < inner[2:] + 1) & (others[:, 2:] > inner[:2] - 1)).all(axis=1)
    for its in others[hiding]:
        free[_window(its)] = 0
    rows, columns = window = _window(inner)
    if free.sum() < FREE_SHARE * whole.sum():
        return np.zeros((0, 2), np.float32)
    if min(rows.stop - rows.start, columns.stop - columns.start) < 4:
        return np.zeros((0, 2), np.float32)
    found = _corners(grey[window], free[window], TRACK_CORNERS, 3)
    return found + np.array([columns.start, rows.start], np.float32)


def _corners(grey: np.ndarray, mask: np.ndarray, most: int, apart: int) -> np.ndarray:
    found = cv2.goodFeaturesToTrack(grey, most, 0.01, apart, mask=mask)
    if found is None:
        return np.zeros((0, 2), np.float32)
    points = found.reshape(-1, 2)
    values = grey.astype(np.float32)
    about = LUCAS_KANADE["winSize"]
    variance = cv2.blur(values * values, about) - cv2.blur(values, about) ** 2
    x, y = np.round(points).astype(int).T
    return points[variance[y, x] >= TEXTURE**2]


def _window(box: np.ndarray) -> tuple[slice, slice]:
    x1, y1, x2, y2 = np.maximum(np.round(box), 0).astype(int)
    return slice(y1, y2), slice(x1, x2)


def _followed(
    before: np.ndarray,
    after: np.ndarray,
    groups: Mapping[int | None, np.ndarray],
    guesses: Mapping[int | None, np.ndarray],
) -> dict[int | None, tuple[np.ndarray, np.ndarray]]:
    """Of each group of corners those that could be followed: where they were and are, (n, 2) pixels each. They are
    sought where they were, and where their group is guessed to have gone too: what looks more alike is taken."""
    points = np.concatenate(list(groups.values()))
    if not len(points):
        return {name: (points, points) for name in groups}
    ways = [np.tile(guesses[name], (len(group), 1)) for name, group in groups.items()]
    guessed = np.concatenate(ways).astype(np.float32)
    far = np.flatnonzero(np.hypot(*guessed.T) > 2)
    start, guess = np.concatenate([points, points[far]]), np.concatenate([np.zeros_like(points), guessed[far]])
    there, sure, error = _sought(before, after, start, guess)
    other = slice(len(points), None)
    better = far[sure[other] & (~sure[far] | (error[other] < error[far]))]
    rows = np.arange(len(points))
    rows[better] = len(points) + np.searchsorted(far, better)
    there, sure = there[rows], sure[rows]
    ends = np.cumsum([len(group) for group in groups.values()])[:-1]
    parts = zip(*(np.split(values, ends) for values in (points, there, sure)), strict=True)
    return {name: (was[kept], now[kept]) for name, (was, now, kept) in zip(groups, parts, strict=True)}


def _way(boxes: np.ndarray) -> np.ndarray:
    """How far the middle of the second of two boxes, (2, 4), lies from that of the first."""
    first, second = boxes.reshape(2, 2, 2).mean(axis=1)
    return second - first


def _sought(
    before: np.ndarray, after: np.ndarray, points: np.ndarray, guess: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where ``points`` are after, sought from a ``guess`` of how far they went; whether they come back when they are
    followed back; and how unlike what is found there looks."""
    use = {**LUCAS_KANADE, "flags": cv2.OPTFLOW_USE_INITIAL_FLOW}
    there, found, error = cv2.calcOpticalFlowPyrLK(before, after, points, points + guess, **use)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, there - guess, **use)
    sure = (np.asarray(found) > 0).ravel() & (np.asarray(found_back) > 0).ravel()
    sure &= np.hypot(*(back - points).T) < RETURN
    return there, sure, error.ravel()


def _camera(followed: Mapping[int | None, tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, int]:
    """How the background moves, a matrix (2, 3) in pixels, and how many corners bear it out: 0, and no motion, where
    too few do. Where half of all corners stand still, so does the camera, and those tell how still."""
    was, now = (np.concatenate(points) for points in zip(*followed.values(), strict=True))
    still = np.hypot(*(now - was).T) < STILL
    if still.sum() >= MIN_CORNERS and still.mean() >= 0.5:
        return _similarity(was[still], now[still], MIN_CORNERS)
    was, now = followed[None]
    return _similarity(was, now, max(MIN_CORNERS, MOST * len(was)))


def _similarity(was: np.ndarray, now: np.ndarray, least: float) -> tuple[np.ndarray, int]:
    if len(was) >= MIN_CORNERS:
        matrix, borne_out = cv2.estimateAffinePartial2D(was, now, ransacReprojThreshold=1.0)
        if matrix is not None and borne_out.sum() >= least:
            return matrix, int(borne_out.sum())
    return np.eye(2, 3), 0


def _of_camera(matrix: np.ndarray, corners: int, size: np.ndarray) -> Similarity:
    if not corners:
        return Similarity()
    middle = size[:2] / 2
    dx, dy = (matrix[:, :2] @ middle + matrix[:, 2] - middle) / size[:2]
    cosine, sine = matrix[0, 0], matrix[1, 0]
    return Similarity(dx, dy, float(np.hypot(cosine, sine)), float(-np.degrees(np.arctan2(sine, cosine))), corners)


def _inside(was: np.ndarray, now: np.ndarray, box: np.ndarray, camera: np.ndarray, size: np.ndarray) -> Similarity:
    """How the inside of a box moves, by medians over its corners: that of what most of them do."""
    if len(was) < 3:
        return Similarity()
    moved = now - (was @ camera[:, :2].T + camera[:, 2])
    middle = (box[:2] + box[2:]) / 2
    own = np.median(moved, axis=0)
    dx, dy = (own + camera[:, :2] @ middle + camera[:, 2] - middle) / size[:2]
    scale, turn = 1.0, 0.0
    if len(was) >= 6:
        one, other = (points - np.median(points, axis=0) for points in (was, now))
        lengths = np.hypot(*one.T)
        far = lengths > np.median(lengths) / 2
        if far.sum() >= 3:
            ratios = (one[far] * other[far]).sum(axis=1), one[far, 0] * other[far, 1] - one[far, 1] * other[far, 0]
            squares = lengths[far] ** 2
            cosine, sine = (np.median(ratio / squares) for ratio in ratios)
            scale, turn = float(np.hypot(cosine, sine)), float(-np.degrees(np.arctan2(sine, cosine)))
    return Similarity(float(dx), float(dy), scale, turn, len(was), (float(own[0]), float(own[1])))


STIR = 0.01
"""What has no name is there where its inside goes so far, diagonals, ..."""
WINDOW = 5
"""... within so many steps, ..."""
AGREE = 0.5
"""... and its box with it: the cosine of the angle between all that the two do within such a time."""
SWELL = 3.0
"""What has no name is one thing where the upper quartile of its boxes' areas is less than so many times the lower."""
TEXTURE = 5.0
"""Least standard deviation of the grey levels about a corner, of 255; what has less is noise."""
STRIDE = 3
"""Of the dense flow every so many columns and rows are looked at."""
LEAST_SIDE = 32
"""Dense flow needs pictures so wide and so high, pixels; smaller ones are continued by their border."""
LEAST_FLOW = 1.0
"""Pixels that a part of the picture moves from one sampled frame to the next to be moving; less is the light."""
ALIKE = 0.5
"""A part moves as its track does where its way differs from it by less than this share of the longer."""


def _changed(before: np.ndarray, after: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """Where the picture is another than the camera's motion makes it, a mask (height, width)."""
    height, width = before.shape
    steadied = cv2.warpAffine(before, camera, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    changed = cv2.morphologyEx(differing(steadied, after).astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return cv2.dilate(changed, np.ones((5, 5), np.uint8)) > 0


def _coverage(
    flow: np.ndarray,
    changed: np.ndarray,
    camera: np.ndarray,
    inside: Mapping[int, Similarity],
    boxes: Mapping[int, np.ndarray],
) -> tuple[float, float]:
    """The share of the picture that moves, the camera's motion taken out, and the share of it, by way, that moves as a
    track in whose box it lies."""
    height, width = flow.shape[:2]
    flow, changed = flow[::STRIDE, ::STRIDE], changed[::STRIDE, ::STRIDE]
    y, x = np.mgrid[0:height:STRIDE, 0:width:STRIDE].astype(np.float32)
    by_camera = camera.astype(np.float32)
    carried = np.dstack([m[0] * x + m[1] * y + m[2] - own for m, own in zip(by_camera, (x, y), strict=True)])
    moved = flow - carried
    ways = np.hypot(moved[..., 0], moved[..., 1])
    moving = (ways > LEAST_FLOW) & changed
    if not moving.any():
        return 0.0, 1.0
    as_track = np.zeros(moving.shape, bool)
    for number, own in inside.items():
        if own.corners:
            window = _window((boxes[number] + MARGIN / 2 * width * np.array([-1, -1, 1, 1])) / STRIDE)
            its = _within(own, boxes[number], x[window], y[window])
            apart = np.hypot(*np.moveaxis(moved[window] - its, 2, 0))
            longer = np.maximum(np.hypot(*np.moveaxis(its, 2, 0)), ways[window])
            as_track[window] |= apart < np.maximum(ALIKE * longer, LEAST_FLOW)
    return float(moving.mean()), float(ways[moving & as_track].sum() / ways[moving].sum())


def _within(own: Similarity, box: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How what moves as the inside of a box does moves at ``x`` and ``y``, pixels, (rows, columns, 2)."""
    middle_x, middle_y = (box[:2] + box[2:]) / 2
    cosine, sine = own.scale * np.cos(np.radians(-own.turn)), own.scale * np.sin(np.radians(-own.turn))
    right, down = x - middle_x, y - middle_y
    return np.dstack([own.own[0] + (cosine - 1) * right - sine * down, own.own[1] + sine * right + (cosine - 1) * down])
