from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from fm_tasks.dataset.exports import EXPORTS, chat, jsonl, parquet
from fm_tasks.dataset.record import Camera, ClipMedia, ClipQuestion, ClipRecord, Content, MotionFact, Video

HOSTILE = 'line\u2028break\x85 "quoted" <video> \U0001f600\nnext'


def asked(text: str, options: tuple[str, ...], answer: str) -> ClipQuestion:
    return ClipQuestion(
        type="motion_recognition", text=text, options=options, answer=answer, evidence=(), writer="facts", claims=()
    )


CLIP = ClipRecord(
    id="clip",
    video=Video(
        source="s", key="s/a", etag="e", sha256="f", licence="CC0-1.0", first_frame=0, last_frame=0, times_us=(0,)
    ),
    clip=ClipMedia(uri="s3://fm-work/clips/aa/aa.mp4", sha256="f", width=64, height=36, frames=1, fps=None),
    camera=Camera(speed=0, static_share=1, scale=1),
    explained_share=0.5,
    tracks=(),
    facts=(),
    caption=(),
    questions=(
        asked("Where does the <video> person go?", ("Left", "Right", "<image>", "Down"), "B"),
        asked("How often?", ("1", "2", "3", "4"), "D"),
    ),
    keys={},
)
UNKNOWN, STILL = (None,) * 5, (0.0, 0.0, 1.0, 0.0, 250)
POINTS = [
    ("clip", 0, "person", n, 100 + n, n * 40_000, 0.1, 0.2, 0.3, 0.4, 0.9, n % 2 == 0, *shown)
    for n, shown in enumerate(((*UNKNOWN, *STILL), UNKNOWN * 2, (0.25, -0.5, 1.5, 90.0, 17, *STILL), UNKNOWN * 2))
]


def test_lines_hold_hostile_text_whole(tmp_path):
    path = tmp_path / "clips.jsonl"
    assert jsonl.write_lines(path, [{"text": HOSTILE}, {"text": "plain"}]) == 2
    lines = path.read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [HOSTILE, "plain"]


def test_equal_records_give_equal_lines(tmp_path):
    jsonl.write_lines(tmp_path / "a", [{"x": 0.1, "y": [1]}])
    jsonl.write_lines(tmp_path / "b", [{"y": [1], "x": 0.1}])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_number_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsonl.write_lines(tmp_path / "a", [{"x": float("nan")}])


def test_a_question_becomes_a_conversation_about_one_video():
    first, second = chat.samples(CLIP)
    asked, answered = first["messages"]
    assert asked["role"] == "user"
    assert asked["content"].splitlines()[1:5] == ["A. Left", "B. Right", "C. image", "D. Down"]
    assert answered == {"role": "assistant", "content": "B"}
    assert second["messages"][1]["content"] == "D"


def test_there_is_one_placeholder_for_each_video():
    for sample in chat.samples(CLIP):
        body = json.dumps(sample["messages"])
        assert body.count("<video>") == len(sample["videos"]) == 1
        assert "<image>" not in body


def test_points_come_back_as_they_were(tmp_path):
    path = tmp_path / "points.parquet"
    assert parquet.write_groups(path, [POINTS[:2], POINTS[2:]]) == 4
    table = pq.read_table(path)
    assert table.schema.equals(parquet.SCHEMA)
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert [row[:6] for row in rows] == [row[:6] for row in POINTS]
    assert [row[6:11] for row in rows] == [pytest.approx(row[6:11]) for row in POINTS]
    assert [row[11:] for row in rows] == [row[11:] for row in POINTS]
    assert pq.ParquetFile(path).num_row_groups == 2


def test_equal_points_give_equal_files(tmp_path):
    parquet.write_groups(tmp_path / "a", [POINTS])
    parquet.write_groups(tmp_path / "b", iter([POINTS]))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_number_is_written_as_postgresql_writes_it():
    """Whole without a point, as releases were written when PostgreSQL made the records: else all would be new."""
    fact = {"kind": "moves", "subject": 0, "object": None, "value": "right", "frames": (0, 1), "witnessed": True}
    for amount, written in ((2.0, "2"), (0.4, "0.4"), (1e-05, "1e-05"), (-0.0, "0"), (123456.0, "123456")):
        document = MotionFact(amount=amount, **fact).model_dump(mode="json")
        assert json.dumps(document["amount"]) == written


def test_every_export_writes_a_file_of_its_own_twice_the_same(tmp_path):
    content = Content([CLIP], lambda: iter([POINTS]))
    assert len({export.NAME for export in EXPORTS}) == len(EXPORTS)
    for export in EXPORTS:
        first, second = tmp_path / "first", tmp_path / "second"
        assert export.write(first, content) == export.write(second, content) > 0
        assert first.read_bytes() == second.read_bytes()
