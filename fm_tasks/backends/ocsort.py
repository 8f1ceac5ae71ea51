"""OC-SORT (arXiv 2203.14360) of the ``trackers`` package, set up for sampled frames.

At 10 frames per second a small fast object no longer overlaps its own prediction, so overlap is measured on boxes grown
by ``reach`` on every side (buffered IoU, arXiv 2211.14317). With it OC-SORT was first or near it among SORT, ByteTrack,
C-BIoU and OC-SORT on two pedestrian sequences; the settings were chosen on those same sequences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import supervision as sv
from trackers import BIoU, OCSORTTracker

from fm_tasks.backends import Detections, Fragment

DIAGONAL = 1000.0
"""The tracker's noise is set in pixels, so frames of every size are scaled to one diagonal."""


class OcSort:
    """One clip's tracker. An object unseen for ``patience`` seconds is given up; ``sample_fps`` is the nominal rate."""

    def __init__(self, sample_fps: float, patience: float, min_overlap: float, reach: float):
        self._tracker = OCSORTTracker(
            lost_track_buffer=round(30 * patience),
            frame_rate=sample_fps,
            minimum_consecutive_frames=1,
            minimum_iou_threshold=min_overlap,
            high_conf_det_threshold=0.0,
            iou=BIoU(buffer_ratio=reach),
        )

    def track(self, samples: Sequence[Detections], seconds: Sequence[float], size: tuple[int, int]) -> list[Fragment]:
        """Every detection of the samples, in fragments of one object each; ``size`` is the frame's width and height.

        The tracker gives no identity to the first detection of an object: it becomes a fragment of its own.
        """
        scale = np.tile(size, 2) * DIAGONAL / np.hypot(*size)
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        alone = -1
        for sample, (detections, time) in enumerate(zip(samples, seconds, strict=True)):
            given = sv.Detections(
                xyxy=detections.boxes * scale,
                confidence=detections.scores,
                data={"row": np.arange(len(detections.scores))},
            )
            tracked = self._tracker.update(given, timestamp=time)
            for row, identity in zip(tracked.data.get("row", ()), tracked.tracker_id, strict=True):
                if identity < 0:
                    identity, alone = alone, alone - 1
                found[int(identity)].append((sample, int(row)))
        return [
            Fragment(
                samples=np.array([sample for sample, _ in members]),
                boxes=np.array([samples[sample].boxes[row] for sample, row in members]),
                scores=np.array([samples[sample].scores[row] for sample, row in members]),
                labels=[samples[sample].labels[row] for sample, row in members],
            )
            for members in found.values()
        ]
