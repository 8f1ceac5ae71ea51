"""Pictures to look at: tracks drawn over a clip, and many pictures on one sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import supervision as sv

from fm_tasks.errors import ItemFailed
from fm_tasks.model import Box, Track, Trajectories
from fm_tasks.video.cutting import encode
from fm_tasks.video.decoding import frames


def overlay(clip: Path, trajectories: Trajectories, out: Path, thumbnail: Path) -> int:
    """Draw every track on every frame of a clip: box, label with the track's id, and a trail of one second, in the
    colour that ``colours`` gives it. Write the video to ``out``, same frames, times and size as the clip, and the frame
    with the most tracks, of several the nearest to the middle, to ``thumbnail`` as JPEG; return the number of frames.

    Raises ``ItemFailed`` where the clip does not decode or does not have the frames of ``trajectories``.
    """
    times, size = trajectories.times_us, (trajectories.width, trajectories.height)
    shown = _shown(trajectories)
    busiest = max(range(len(shown)), key=lambda k: (len(shown[k]), -abs(2 * k - len(shown))))
    draw = _pen(trajectories, times)

    def drawn() -> Iterator[tuple[int, av.VideoFrame]]:
        count = 0
        for number, picture in frames(clip):
            if number >= len(times) or picture.shape[1::-1] != size:
                raise ItemFailed(f"clip {clip.name} is not the one the tracks were made on")
            picture = draw(picture, shown[number])
            if number == busiest:
                cv2.imwrite(str(thumbnail), picture)
            yield times[number] - times[0], av.VideoFrame.from_ndarray(picture, format="bgr24")
            count = number + 1
        if count != len(times):
            raise ItemFailed(f"clip {clip.name} has {count} frames, its tracks {len(times)}")

    encode(drawn(), out)
    return len(times)


def stills(clip: Path, at: Sequence[int], side: int, trajectories: Trajectories | None = None) -> list[bytes]:
    """The frames numbered in ``at``, ascending, as JPEG of at most ``side`` pixels either way; with ``trajectories``,
    their tracks are drawn as ``overlay`` does, the trail through the frames of ``at``.

    Raises ``ItemFailed`` where the clip does not decode or lacks a frame.
    """
    draw, found = None, []
    for number, picture in frames(clip, at):
        shrink = min(1.0, side / max(picture.shape[:2]))
        picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        if trajectories and not draw:
            size = {"width": picture.shape[1], "height": picture.shape[0]}
            shown = _shown(trajectories)
            draw = _pen(trajectories.model_copy(update=size), [trajectories.times_us[k] for k in at])
        if draw:
            picture = draw(picture, shown[number])
        found.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    if len(found) != len(at):
        raise ItemFailed(f"clip {clip.name} has {len(found)} of the {len(at)} frames that were asked for")
    return found


def colours(count: int) -> list[tuple[int, int, int]]:
    """The colours (R, G, B, 0..255) of a clip's tracks in the order of their ids: the first ones are always the same,
    and each next one is as far from those before it as can be, by CIELAB; black text can be read on all of them."""
    levels = np.arange(0, 256, 17, np.uint8)
    every = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    lab = cv2.cvtColor((every[None] / 255).astype(np.float32), cv2.COLOR_RGB2Lab)[0]
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    vivid = (lab[:, 0] > 55) & (lab[:, 0] < 95) & (chroma > 35) & (chroma < 90)
    every, lab = every[vivid], lab[vivid]
    chosen, distance = [int(lab[:, 1:].sum(axis=1).argmax())], np.full(len(lab), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, np.linalg.norm(lab - lab[chosen[-1]], axis=1))
        chosen.append(int(distance.argmax()))
    return [tuple(map(int, colour)) for colour in every[chosen[:count]]]


def _shown(trajectories: Trajectories) -> list[list[tuple[int, Box]]]:
    """What is seen in each frame: boxes, each with the position of its track in the order of the ids."""
    shown: list[list[tuple[int, Box]]] = [[] for _ in trajectories.times_us]
    for n, track in enumerate(_in_order(trajectories)):
        for frame, box in zip(track.frames, track.boxes, strict=True):
            shown[frame].append((n, box))
    return shown


def _in_order(trajectories: Trajectories) -> list[Track]:
    """The tracks as ``colours`` counts them."""
    return sorted(trajectories.tracks, key=lambda track: track.id)


def _pen(
    trajectories: Trajectories, times_us: Sequence[int]
) -> Callable[[np.ndarray, list[tuple[int, Box]]], np.ndarray]:
    """What draws the boxes of one frame after another, those at ``times_us``; each is given with the position of its
    track."""
    size = np.tile((trajectories.width, trajectories.height), 2)
    second = round(1e6 / max(1, np.median(np.diff(times_us)))) if len(times_us) > 1 else 1
    in_order = _in_order(trajectories)
    palette = sv.ColorPalette([sv.Color(*colour) for colour in colours(len(trajectories.tracks))])
    line = max(1, round(trajectories.height / 300))
    trail = sv.TraceAnnotator(palette, trace_length=max(2, second), thickness=line)
    outline = sv.BoxAnnotator(palette, thickness=line)
    name = sv.LabelAnnotator(
        palette,
        text_color=sv.Color.BLACK,
        text_scale=max(0.35, trajectories.height / 1200),
        text_padding=3,
        smart_position=True,  # inside the frame, and apart
    )

    def draw(picture: np.ndarray, boxes: list[tuple[int, Box]]) -> np.ndarray:
        if not boxes:
            return picture
        slots = np.array([n for n, _ in boxes])
        tracks = [in_order[n] for n in slots]
        found = sv.Detections(
            xyxy=np.array([box for _, box in boxes]) * size,
            class_id=slots,
            tracker_id=np.array([track.id for track in tracks]),
        )
        picture = trail.annotate(picture, found, custom_color_lookup=slots)
        picture = outline.annotate(picture, found, custom_color_lookup=slots)
        labels = [f"{track.label} {track.id}" for track in tracks]
        return name.annotate(picture, found, labels=labels, custom_color_lookup=slots)

    return draw


TILE = (480, 270)
"""Width and height of one picture of a contact sheet, pixels."""


def contact_sheet(pictures: Sequence[Path], out: Path) -> None:
    """Tile pictures, three a row and each under its file's name, into one image at ``out``; its suffix says the format.

    Raises ``ValueError`` for no pictures at all.
    """
    if not pictures:
        raise ValueError("a contact sheet needs at least one picture")
    tiles = [_tile(cv2.imread(str(path)), path.stem) for path in pictures]
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % 3)
    cv2.imwrite(str(out), cv2.vconcat([cv2.hconcat(tiles[at : at + 3]) for at in range(0, len(tiles), 3)]))


def _tile(picture: np.ndarray, title: str) -> np.ndarray:
    """The picture as large as it fits into a tile, centred on white, its title above it."""
    width, height = TILE
    shrink = min(width / picture.shape[1], height / picture.shape[0])
    small = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    left, top = width - small.shape[1], height - small.shape[0]
    edges = (top // 2 + 30, top - top // 2 + 6, left // 2 + 6, left - left // 2 + 6)
    tile = cv2.copyMakeBorder(small, *edges, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return cv2.putText(tile, title, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
