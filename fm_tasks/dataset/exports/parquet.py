"""Parquet: one row per track and frame, boxes in 0..1 of the frame, times in microseconds of the source video.

Ten frames a second are sampled for what the picture itself shows of motion: of what lies inside the box, ``inside_…``,
and of the background, ``camera_…``. A row of such a frame has the way since the sampled frame before, to the right and
down in shares of the frame, the growth and the rotation about the middle (degrees, positive to the left), and how many
corners tell it. They are null in rows of other frames, and where nothing is known. Only ``camera_corners`` is 0 there,
so that the rows in which it is not null are those of sampled frames, but for the first of the clip.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fm_tasks.dataset.record import Content

NAME = "trajectories.parquet"
CONTENT_TYPE = "application/vnd.apache.parquet"

SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
        pa.field("track_id", pa.int32(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("frame", pa.int32(), nullable=False),
        pa.field("source_frame", pa.int32(), nullable=False),
        pa.field("t_us", pa.int64(), nullable=False),
        *(pa.field(name, pa.float32(), nullable=False) for name in ("x1", "y1", "x2", "y2", "score")),
        pa.field("observed", pa.bool_(), nullable=False),
        *(
            pa.field(f"{of}_{name}", pa.int32() if name == "corners" else pa.float32())
            for of in ("inside", "camera")
            for name in ("dx", "dy", "scale", "turn", "corners")
        ),
    ]
)


def write(path: Path, content: Content) -> int:
    """Write every point of the clips and return how many they are."""
    return write_groups(path, content.points())


def write_groups(path: Path, groups: Iterable[Sequence[Sequence]]) -> int:
    """Write every row of ``groups``, each a row group of its own with columns as in ``SCHEMA``; return how many rows.

    Holds one group in memory. Equal rows in equal groups give equal bytes.
    """
    count = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as out:
        for group in groups:
            columns = [
                pa.array(column, field.type) for column, field in zip(zip(*group, strict=True), SCHEMA, strict=True)
            ]
            out.write_table(pa.Table.from_arrays(columns, schema=SCHEMA))
            count += len(group)
    return count
