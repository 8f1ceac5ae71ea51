from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from fm_tasks.dataset.exports import chat, jsonl, parquet

HOSTILE = 'line\u2028break\x85 "quoted" <video> \U0001f600\nnext'
CLIP = {
    "id": "clip",
    "clip": {"uri": "s3://fm-work/clips/aa/aa.mp4"},
    "questions": [
        {"text": "Where does the <video> person go?", "options": ["Left", "Right", "<image>", "Down"], "answer": "B"},
        {"text": "How often?", "options": ["1", "2", "3", "4"], "answer": "D"},
    ],
}
POINTS = [("clip", 0, "person", n, 100 + n, n * 40_000, 0.1, 0.2, 0.3, 0.4, 0.9, n % 2 == 0) for n in range(5)]


def test_lines_hold_hostile_text_whole(tmp_path):
    path = tmp_path / "clips.jsonl"
    assert jsonl.write(path, [{"text": HOSTILE}, {"text": "plain"}]) == 2
    lines = path.read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [HOSTILE, "plain"]


def test_equal_records_give_equal_lines(tmp_path):
    jsonl.write(tmp_path / "a", [{"x": 0.1, "y": [1]}])
    jsonl.write(tmp_path / "b", [{"y": [1], "x": 0.1}])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_number_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsonl.write(tmp_path / "a", [{"x": float("nan")}])


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
    assert parquet.write(path, [POINTS[:3], POINTS[3:]]) == 5
    table = pq.read_table(path)
    assert table.schema.equals(parquet.SCHEMA)
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert [row[:6] for row in rows] == [row[:6] for row in POINTS]
    assert [row[6:11] for row in rows] == [pytest.approx(row[6:11]) for row in POINTS]
    assert [row[11] for row in rows] == [row[11] for row in POINTS]
    assert pq.ParquetFile(path).num_row_groups == 2


def test_equal_points_give_equal_files(tmp_path):
    parquet.write(tmp_path / "a", [POINTS])
    parquet.write(tmp_path / "b", iter([POINTS]))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
