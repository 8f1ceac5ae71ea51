"""Rendered scenes: short videos of drawn objects over a still background, whose trajectories are known exactly.

They prove the pipeline where real video has no truth: ``render`` writes the video, ``truth`` its exact trajectories,
and each scene lists the facts that must be found in it. The same scene and seed give the same file on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np

from fm_tasks.model import (
    FIRST_OBJECT,
    HAND_OFFSETS,
    PERSON_STEP,
    Contact,
    ContactState,
    FactKind,
    Pose,
    Track,
    Trajectories,
)
from fm_tasks.synthetic import figures, shapes
from fm_tasks.synthetic.figures import Posture
from fm_tasks.synthetic.shapes import ASPECTS, FLESH, HAND_POINTS

Path2D = Callable[[float], tuple[float, float]]
"""Seconds to the centre of a mover, in 0..1 of the frame; outside of 0..1 beyond its edges."""

NOISE = 3.0
"""Standard deviation of the sensor noise, grey levels of 255."""


def through(*keyframes: tuple[float, float, float]) -> Path2D:
    """A path of straight legs through ``(seconds, x, y)``; it rests before the first and after the last keyframe."""
    t, x, y = zip(*keyframes, strict=True)
    return lambda at: (float(np.interp(at, t, x)), float(np.interp(at, t, y)))


def swing(x: float, y: float, dx: float, dy: float, period: float) -> Path2D:
    """A path that swings about ``(x, y)``, by ``(dx, dy)`` to either side, once in ``period`` seconds."""

    def at(t: float) -> tuple[float, float]:
        phase = np.sin(2 * np.pi * t / period)
        return float(x + dx * phase), float(y + dy * phase)

    return at


class Expected(NamedTuple):
    """A fact that holds in a scene; ``subject`` and ``object`` are names of movers, else as ``model.Fact``. ``begins``
    and ``ends`` are seconds, None where the scene does not say."""

    subject: str | None
    kind: FactKind
    value: str | None = None
    object: str | None = None
    amount: float | None = None
    begins: float | None = None
    ends: float | None = None


class Touch(NamedTuple):
    """What a hand does from ``begins`` to ``ends``, seconds; ``object`` is the name of a mover."""

    object: str
    begins: float
    ends: float


@dataclass(frozen=True)
class Mover:
    """One drawn object. ``width`` is in widths of the frame, ``colour`` BGR, ``path`` where its centre is; ``size``
    says by which factor of ``width`` it is drawn at a time in seconds."""

    label: str
    shape: str
    colour: tuple[int, int, int]
    width: float
    path: Path2D
    name: str = ""
    """What tells it from others of its label."""
    size: Callable[[float], float] = lambda seconds: 1.0
    hand: int | None = None
    """The track id of a hand; what it touches is known all the time."""
    touches: tuple[Touch, ...] = ()
    posture: Callable[[float], Posture] | None = None
    """How a person holds itself at a time in seconds; its trunk is ``width`` long, and ``path`` is where it stands."""
    fingers: Callable[[float], np.ndarray] = lambda seconds: HAND_POINTS
    """Where the 21 points of a hand are at a time in seconds, shares of its extent, (21, 2)."""
    turn: Callable[[float], float] = lambda seconds: 0.0
    """By how many degrees a thing is turned about its centre, clockwise, at a time in seconds."""

    @property
    def called(self) -> str:
        """Its name, or its label where that is the only one: unique within its scene."""
        return self.name or self.label


@dataclass(frozen=True)
class Scene:
    """A video to render: ``movers`` from back to front over a background; ``size`` is width, height in pixels."""

    name: str
    fps: int
    seconds: float
    size: tuple[int, int]
    movers: tuple[Mover, ...]
    expects: tuple[Expected, ...]
    """Facts that hold: all of every kind that is not among ``undecided``, where that is given."""
    undecided: frozenset[FactKind] | None = None
    """The kinds of which the scene does not say all; None where it promises nothing of any."""
    noise: float = NOISE
    """Standard deviation of the sensor noise, grey levels of 255."""
    sway: Path2D = lambda seconds: (0.0, 0.0)
    """How far the camera has moved the whole picture, in widths and heights of the frame."""

    @property
    def times_us(self) -> tuple[int, ...]:
        """The timestamp of every frame, microseconds from 0."""
        return tuple(round(k * 1_000_000 / self.fps) for k in range(round(self.fps * self.seconds)))


def truth(scene: Scene) -> Trajectories:
    """The exact trajectories: ids from 1000 in the order of the movers, boxes clipped to the frame, no row for a frame
    where less than a pixel of the mover is within it."""
    tracks = []
    for n, mover in enumerate(scene.movers):
        corners = np.array([_corners(scene, mover, t / 1e6) for t in scene.times_us])
        boxes = np.clip(corners, 0, np.tile(scene.size, 2))
        frames = np.flatnonzero((boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1))
        tracks.append(
            Track(
                id=mover.hand or FIRST_OBJECT + n,
                label=mover.label,
                side=None if mover.hand is None else HAND_OFFSETS[mover.hand % PERSON_STEP],
                contacts=_contacts(scene, mover),
                pose=_pose(scene, mover, frames),
                seen=tuple(frames.tolist()),
                sides=(boxes[frames] / np.tile(scene.size, 2)).T.tolist(),
                scores=(1.0,) * len(frames),
            )
        )
    width, height = scene.size
    return Trajectories(width=width, height=height, times_us=scene.times_us, tracks=tuple(tracks))


def _pose(scene: Scene, mover: Mover, frames: np.ndarray) -> Pose | None:
    """The joints of a person, or the points of a hand, in ``frames``; None of what is none."""
    if mover.posture is None and mover.hand is None:
        return None
    find = _joints if mover.posture else _hand_points
    places = (find(scene, mover, scene.times_us[frame] / 1e6) / scene.size for frame in frames)
    return Pose(frames=tuple(frames.tolist()), points=tuple(tuple(row.ravel().tolist()) for row in places))


def track_ids(scene: Scene) -> dict[str, int]:
    """The id that ``truth`` gives to each mover."""
    return {mover.called: mover.hand or FIRST_OBJECT + n for n, mover in enumerate(scene.movers)}


def _contacts(scene: Scene, mover: Mover) -> tuple[Contact, ...]:
    """What a hand touches in every frame, in spans; nothing for what is no hand."""
    if mover.hand is None:
        return ()
    ids, seconds = track_ids(scene), np.array(scene.times_us) / 1e6
    touching = [next((ids[t.object] for t in mover.touches if t.begins <= s < t.ends), None) for s in seconds]
    spans = [(what, [k for k, _ in run]) for what, run in groupby(enumerate(touching), key=lambda one: one[1])]
    states = {True: ContactState.NO_CONTACT, False: ContactState.OBJECT_CONTACT}
    return tuple(
        Contact(state=states[what is None], object=what, inferred=False, start=frames[0], end=frames[-1])
        for what, frames in spans
    )


def centre_errors(known: Trajectories, tracks: Sequence[Track]) -> tuple[float, float]:
    """Mean and worst distance between the true centres and those of ``tracks``, in frame diagonals, over the frames in
    which both are there; each true track is compared with the track that is nearest to it on average."""
    size = np.array((known.width, known.height)) / np.hypot(known.width, known.height)
    nearest = [min((apart(mover, track, size) for track in tracks), key=np.mean) for mover in known.tracks]
    errors = np.concatenate(nearest)
    return float(errors.mean()), float(errors.max())


def apart(a: Track, b: Track, size: np.ndarray) -> np.ndarray:
    """Distance of the centres in every frame that both have; infinitely far where there is none."""
    shared = sorted(set(a.frames) & set(b.frames))
    if not shared:
        return np.array([np.inf])
    at = [dict(zip(one.frames, one.boxes, strict=True)) for one in (a, b)]
    boxes = [np.array([box[k] for k in shared]) for box in at]
    centres = [(box[:, :2] + box[:, 2:]) / 2 * size for box in boxes]
    return np.hypot(*(centres[0] - centres[1]).T)


def render(scene: Scene, path: Path, seed: int) -> None:
    """Write the scene to ``path`` as H.264 in MP4; ``seed`` draws the background, the textures and the noise."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=scene.fps)
        stream.width, stream.height = scene.size
        stream.pix_fmt = "yuv420p"
        # With macroblock trees the x264 that PyAV carries gives other bytes on every run.
        stream.options = {"preset": "veryfast", "crf": "20", "threads": "1", "x264-params": "mbtree=0"}
        for image in images(scene, seed):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())


def images(scene: Scene, seed: int) -> Iterator[np.ndarray]:
    """Every frame of the scene as it is before encoding: BGR, uint8, (height, width, 3)."""
    rng = np.random.default_rng(seed)
    background = _background(scene.size, rng)
    painters = [_painter(scene, mover, rng) for mover in scene.movers]
    noise = rng.normal(0, scene.noise, background.shape).astype(np.float32)
    for t in scene.times_us:
        image = _swayed(background, np.multiply(scene.sway(t / 1e6), scene.size))
        for paint in painters:
            paint(image, t / 1e6)
        # One field of noise, shifted anew for every frame, looks like fresh noise at a tenth of the cost.
        image += np.roll(noise, rng.integers(0, noise.shape[:2]), axis=(0, 1))
        yield np.clip(image, 0, 255).astype(np.uint8)


def _painter(scene: Scene, mover: Mover, rng: np.random.Generator) -> Callable[[np.ndarray, float], None]:
    """What draws a mover into a picture, float32 BGR (height, width, 3), as it is at a time in seconds."""
    if posture := mover.posture:

        def person(image: np.ndarray, seconds: float) -> None:
            behind = bool(np.cos(np.radians(posture(seconds).turn)) < 0)
            trunk = _trunk(scene, mover, seconds)
            figures.draw(image, _joints(scene, mover, seconds), trunk, mover.colour, behind)

        return person
    uneven = shapes.surface(_extent(scene, mover), rng)
    if mover.hand is not None:

        def hand(image: np.ndarray, seconds: float) -> None:
            left, _, right, _ = _place(scene, mover, seconds)
            drawn = shapes.hand(_hand_points(scene, mover, seconds), right - left, mover.colour, uneven)
            shapes.paint(image, drawn, _corners(scene, mover, seconds), 0)

        return hand
    drawn = shapes.sprite(mover.shape, mover.colour, uneven)
    return lambda image, seconds: shapes.paint(image, drawn, _place(scene, mover, seconds), mover.turn(seconds))


def _extent(scene: Scene, mover: Mover) -> tuple[int, int]:
    width = round(mover.width * scene.size[0])
    return width, round(width * ASPECTS[mover.shape])


def _corners(scene: Scene, mover: Mover, seconds: float) -> np.ndarray:
    """The mover's unclipped box ``(x1, y1, x2, y2)`` in pixels."""
    if mover.posture is not None:
        return figures.corners(_joints(scene, mover, seconds), _trunk(scene, mover, seconds))
    if mover.hand is not None:
        points, place = _hand_points(scene, mover, seconds), _place(scene, mover, seconds)
        flesh = FLESH * (place[2] - place[0])
        return np.concatenate([points.min(axis=0) - flesh, points.max(axis=0) + flesh])
    return shapes.turned(_place(scene, mover, seconds), mover.turn(seconds))


def _place(scene: Scene, mover: Mover, seconds: float) -> np.ndarray:
    """Where a thing that is not turned, or an open hand, would be: the box ``(x1, y1, x2, y2)`` in pixels."""
    centre = np.multiply(np.add(mover.path(seconds), scene.sway(seconds)), scene.size)
    extent = np.array(_extent(scene, mover)) * mover.size(seconds)
    return np.concatenate([centre - extent / 2, centre + extent / 2])


def _trunk(scene: Scene, mover: Mover, seconds: float) -> float:
    """How long the trunk of a person is, pixels."""
    return mover.width * scene.size[0] * mover.size(seconds)


def _joints(scene: Scene, mover: Mover, seconds: float) -> np.ndarray:
    """Where the joints of a person are, pixels, (13, 2)."""
    assert mover.posture is not None, "only a person has joints"
    ground = np.multiply(np.add(mover.path(seconds), scene.sway(seconds)), scene.size)
    return ground + _trunk(scene, mover, seconds) * figures.joints(mover.posture(seconds))


def _hand_points(scene: Scene, mover: Mover, seconds: float) -> np.ndarray:
    """Where the points of a hand are, pixels, (21, 2)."""
    place = _place(scene, mover, seconds)
    return place[:2] + mover.fingers(seconds) * (place[2:] - place[:2])


def _swayed(image: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """A copy of ``image``, moved by a fraction of a pixel, or several."""
    if not shift.any():
        return image.copy()
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
    return cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REFLECT)


def _background(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A pale wall over paved ground: enough corners for a camera filter to hold on to, and nothing that stands out."""
    width, height = size
    unit = width // 40
    horizon = round(height * 0.42)
    wall, ground = np.array([176, 182, 186], np.float32), np.array([122, 130, 134], np.float32)
    image = np.empty((height, width, 3), np.float32)
    image[:horizon] = wall
    image[horizon:] = ground
    for x in range(0, width, 3 * unit):
        for y in range(0, horizon, unit):
            left = x + (y // unit % 2) * unit
            bottom = min(y + unit, horizon)
            brick = (wall + rng.uniform(-14, 14)).tolist()
            cv2.rectangle(image, (left, y), (left + 3 * unit - 2, bottom - 2), brick, -1)
    for _ in range(220):
        x, y = rng.integers(0, width), rng.integers(horizon, height)
        pebble = (ground + rng.uniform(-30, 20)).tolist()
        cv2.circle(image, (int(x), int(y)), int(rng.integers(1, unit // 3 + 2)), pebble, -1)
    for scale, strength in ((width // 6, 10), (unit, 7), (3, 5)):
        image += strength * shapes.texture(size, scale, rng)[..., None]
    return image


RED, BLUE, GREEN, YELLOW, PURPLE = (40, 40, 200), (190, 90, 30), (60, 150, 40), (40, 190, 225), (150, 50, 130)

F = FactKind
LIBRARY = {
    scene.name: scene
    for scene in (
        Scene(
            name="crossing",
            fps=25,
            seconds=8,
            size=(640, 360),
            movers=(
                Mover("crate", "crate", GREEN, 0.09, through((0, 0.5, 0.16), (8, 0.5, 0.9))),
                Mover("car", "car", RED, 0.15, through((0.5, -0.1, 0.55), (5.5, 1.1, 0.55))),
                Mover("ball", "ball", YELLOW, 0.08, through((1, 1.06, 0.84), (8, 0.14, 0.84))),
            ),
            expects=(
                Expected("car", F.ENTERS, "left"),
                Expected("car", F.MOVES, "right"),
                Expected("car", F.LEAVES, "right"),
                Expected("car", F.FASTEST),
                Expected("ball", F.ENTERS, "right"),
                Expected("ball", F.MOVES, "left"),
                Expected("crate", F.MOVES, "down"),
            ),
        ),
        Scene(
            name="turn_and_stop",
            fps=25,
            seconds=10,
            size=(640, 360),
            movers=(
                Mover(
                    "crate",
                    "crate",
                    BLUE,
                    0.09,
                    through((0.4, -0.06, 0.3), (3, 0.33, 0.3), (5, 0.33, 0.68), (7, 0.33, 0.68), (9, 0.33, 1.12)),
                ),
                Mover("ball", "ball", RED, 0.09, through((1.5, 0.92, 0.22), (4, 0.64, 0.22), (7, 0.64, 0.78))),
            ),
            expects=(
                Expected("crate", F.ENTERS, "left"),
                Expected("crate", F.TURNS, "right"),
                Expected("crate", F.STOPS),
                Expected("crate", F.STARTS),
                Expected("crate", F.LEAVES, "bottom"),
                Expected("ball", F.STARTS),
                Expected("ball", F.TURNS, "left"),
                Expected("ball", F.STOPS),
            ),
        ),
        Scene(
            name="bounce",
            fps=30,
            seconds=8,
            size=(640, 360),
            movers=(
                Mover("ball", "ball", PURPLE, 0.09, swing(0.5, 0.38, 0, 0.25, period=2)),
                Mover("car", "car", BLUE, 0.14, through((0.5, 0.12, 0.85), (4, 0.46, 0.85))),
                Mover("crate", "crate", YELLOW, 0.09, through((0.5, 0.9, 0.83), (6, 0.66, 0.83))),
            ),
            expects=(
                Expected("ball", F.OSCILLATES, "vertical"),
                Expected("car", F.MOVES, "right"),
                Expected("car", F.APPROACHES, object="crate"),
                Expected("car", F.STOPS),
                Expected("crate", F.MOVES, "left"),
                Expected("crate", F.APPROACHES, object="car"),
                Expected("crate", F.STOPS),
            ),
        ),
        Scene(
            name="overtake",
            fps=30,
            seconds=6,
            size=(640, 360),
            movers=(
                Mover("crate", "crate", RED, 0.08, through((0, 0.3, 0.5), (6, 0.62, 0.5))),
                Mover("car", "car", GREEN, 0.15, through((0, 0.1, 0.72), (4.6, 1.1, 0.72))),
            ),
            expects=(
                Expected("crate", F.MOVES, "right"),
                Expected("car", F.MOVES, "right"),
                Expected("car", F.LEAVES, "right"),
                Expected("car", F.FASTEST),
                Expected("car", F.APPROACHES, object="crate"),
                Expected("car", F.RECEDES, object="crate"),
            ),
        ),
    )
}
"""The scenes of the demo and of the tests, by name."""
