"""Pictures to look at: tracks drawn over a clip, and many pictures on one sheet."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import supervision as sv

from fm_tasks.errors import ItemFailed
from fm_tasks.model import Box, Trajectories
from fm_tasks.video.cutting import encode
from fm_tasks.video.decoding import frames


def overlay(clip: Path, trajectories: Trajectories, out: Path, thumbnail: Path) -> int:
    """Draw every track on every frame of a clip: box, label with the track's id, and a trail of one second, in a colour
    of its own. Write the video to ``out``, same frames, times and size as the clip, and the frame with the most tracks,
    of several the nearest to the middle, to ``thumbnail`` as JPEG; return the number of frames.

    Raises ``ItemFailed`` where the clip does not decode or does not have the frames of ``trajectories``.
    """
    times, size = trajectories.times_us, (trajectories.width, trajectories.height)
    shown: list[list[tuple[int, Box]]] = [[] for _ in times]
    for n, track in enumerate(trajectories.tracks):
        for frame, box in zip(track.frames, track.boxes, strict=True):
            shown[frame].append((n, box))
    busiest = max(range(len(shown)), key=lambda k: (len(shown[k]), -abs(2 * k - len(shown))))
    draw = _pen(trajectories)

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


def _pen(trajectories: Trajectories) -> Callable[[np.ndarray, list[tuple[int, Box]]], np.ndarray]:
    """What draws the boxes of one frame after another; each is given with the position of its track."""
    size = np.tile((trajectories.width, trajectories.height), 2)
    second = round(1e6 / max(1, np.median(np.diff(trajectories.times_us)))) if len(trajectories.times_us) > 1 else 1
    # A palette of fixed length would give two tracks one colour; steps of the golden ratio keep all hues apart.
    hues = [n * 0.618 % 1 for n in range(max(1, len(trajectories.tracks)))]
    colours = sv.ColorPalette([sv.Color(*(round(255 * c) for c in colorsys.hsv_to_rgb(hue, 0.85, 1))) for hue in hues])
    line = max(1, round(trajectories.height / 300))
    trail = sv.TraceAnnotator(colours, trace_length=max(2, second), thickness=line)
    outline = sv.BoxAnnotator(colours, thickness=line)
    name = sv.LabelAnnotator(
        colours, text_color=sv.Color.BLACK, text_scale=max(0.35, trajectories.height / 1200), text_padding=3
    )

    def draw(picture: np.ndarray, boxes: list[tuple[int, Box]]) -> np.ndarray:
        if not boxes:
            return picture
        slots = np.array([n for n, _ in boxes])
        tracks = [trajectories.tracks[n] for n in slots]
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
