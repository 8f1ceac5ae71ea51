"""Bodies: where the joints of a person are, in a square about its box.

The network is BlazePose, the pose landmark model of MediaPipe (Bazarevsky et al., arXiv 2006.10204; Apache-2.0), which
lies in the package ``mediapipe``. It knows one person a square, so the tracks tell where to look.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from fm_tasks.model import BOX_DECIMALS, JOINTS, Pose, Track
from fm_tasks.tracking.boxes import cover
from fm_tasks.tracking.networks import lite, weights

SIDE = 256
"""Side of the square that the network is given, pixels."""
REACH = 1.25
"""Side of the square about a person, in longer sides of its box."""
MIN_PRESENCE = 0.5
"""Least certainty that a person is in the square ..."""
MIN_SEEN = 0.5
"""... and that a joint is in it and in sight."""
LEAST_HEIGHT = 0.3
"""Median height of the persons whose joints are looked for, in heights of the picture; ..."""
MOST = 3
"""... of more than this, the largest: each costs as much as the detector."""
MIN_SHARE = 0.5
"""Least share of the samples in which a person is seen that its joints are, too."""
APART = 0.5
"""Where so much of a person's box, or of another's, lies in that of the other, whose joints are seen is not known."""
BEYOND = 0.25
"""Joints lie at most so far outside of the box, in its sides, or they are another person's."""
POINTS = {
    "nose": 0, "left_shoulder": 11, "right_shoulder": 12, "left_elbow": 13, "right_elbow": 14, "left_wrist": 15,
    "right_wrist": 16, "left_hip": 23, "right_hip": 24, "left_knee": 25, "right_knee": 26, "left_ankle": 27,
    "right_ankle": 28,
}  # fmt: skip
"""The row of each joint among the points of the network."""
ROWS = [POINTS[joint] for joint in JOINTS]


def posed(tracks: Sequence[Track], pictures: Sequence[np.ndarray], sampled: Sequence[int]) -> list[Track]:
    """``tracks`` with the joints of the persons among them, where these are seen; ``pictures`` are the samples, uint8
    BGR (height, width, 3), and ``sampled`` their frames. Who is small, or one of too many, has none. Raises
    ``BadConfig`` where the weights are not installed."""
    persons = {track.id: _seen(track) for track in tracks if track.label == "person"}
    heights = {n: np.median([box[3] - box[1] for box in boxes.values()]) for n, boxes in persons.items()}
    large = [n for n in sorted(heights, key=lambda n: -heights[n]) if heights[n] >= LEAST_HEIGHT][:MOST]
    found: dict[int, dict[int, np.ndarray]] = {n: {} for n in large}
    for frame, picture in zip(sampled, pictures, strict=True):
        boxes = {n: rows[frame] for n, rows in persons.items() if frame in rows}
        for n in found.keys() & boxes.keys():
            others = np.reshape([box for other, box in boxes.items() if other != n], (-1, 4))
            alone = not (cover(boxes[n][None], others) > APART).any()
            if alone and (joints := joints_in(picture, boxes[n])) is not None:
                found[n][frame] = joints
    poses = {n: _pose(joints) for n, joints in found.items() if len(joints) >= MIN_SHARE * len(persons[n])}
    return [track.model_copy(update={"pose": poses[track.id]}) if track.id in poses else track for track in tracks]


def _seen(track: Track) -> dict[int, np.ndarray]:
    """The boxes of a track in the frames in which it is seen."""
    boxes = np.array(track.sides).T
    return {frame: boxes[frame - track.frames.start] for frame in track.seen}


def _pose(seen: dict[int, np.ndarray]) -> Pose:
    rows = (np.round(joints.ravel(), BOX_DECIMALS).tolist() for joints in seen.values())
    return Pose(
        frames=tuple(seen),
        points=tuple(tuple(None if np.isnan(value) else value for value in row) for row in rows),
    )


def joints_in(bgr: np.ndarray, box: np.ndarray) -> np.ndarray | None:
    """The joints (``JOINTS``) of the person in ``box``, shares of the picture, (13, 2); NaN where one is not in sight.
    None where no person can be made out."""
    size = np.array(bgr.shape[1::-1], float)
    corners = box.reshape(2, 2) * size
    middle, side = corners.mean(axis=0), REACH * max(*(corners[1] - corners[0]), 1.0)
    scale = SIDE / side
    matrix = np.column_stack([scale * np.eye(2), SIDE / 2 - scale * middle])
    square = cv2.cvtColor(cv2.warpAffine(bgr, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), cv2.COLOR_BGR2RGB)
    network = lite(weights("mediapipe", "modules", "pose_landmark", "pose_landmark_full.tflite"))
    points, presence, *_ = network(square[None] / np.float32(255))
    # Each point: x, y and depth in pixels of the square, and how sure it is to be in sight and in the square.
    rows = points.reshape(39, 5)[ROWS].astype(float)
    if presence.item() < MIN_PRESENCE or not np.isfinite(rows).all():
        return None
    places = ((rows[:, :2] - SIDE / 2) / scale + middle) / size
    sure = 1 / (1 + np.exp(-rows[:, 3:].min(axis=1)))
    beyond = BEYOND * (box[2:] - box[:2])
    within = ((places > box[:2] - beyond) & (places < box[2:] + beyond)).all(axis=1)
    places[(sure < MIN_SEEN) | ~within] = np.nan
    return places if not np.isnan(places).all() else None
