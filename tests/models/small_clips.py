"""Clips for the models' tests, and where their models compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from fm_tasks.model import CameraMotion, ClipFile
from fm_tasks.synthetic import scenes
from fm_tasks.tracking.gpu import Place

CPU = Place(device="cpu", precision="float32")
SIZE = 320, 180


def clip(folder: Path, name: str = "bounce", seconds: float = 0.5) -> ClipFile:
    """A rendered scene, written to clip.mp4 in ``folder``."""
    folder.mkdir(exist_ok=True)
    scene = replace(scenes.LIBRARY[name], seconds=seconds, size=SIZE)
    scenes.render(scene, folder / "clip.mp4", seed=1)
    return of(scene.times_us)


def written(path: Path, pictures: Sequence[np.ndarray]) -> ClipFile:
    """``pictures``, uint8 (height, width, 3), as a clip of 30 frames a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return of(tuple(n * 33_333 for n in range(len(pictures))))


def of(times_us: tuple[int, ...]) -> ClipFile:
    still = CameraMotion(speed=0, static_share=1, scale=1)
    return ClipFile(uri="s3://w/c", sha256="ab" * 32, width=SIZE[0], height=SIZE[1], times_us=times_us, camera=still)
