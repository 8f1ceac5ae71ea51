from __future__ import annotations

import hashlib
import io
import json

import pyarrow.parquet as pq
import pytest
from batches import BATCH, NIGHT, NOON, OWED, change, evaluate, good_batch
from sqlalchemy import text

from fm_tasks.dataset import publish
from fm_tasks.dataset.publish import Partition
from fm_tasks.errors import GateBlocked
from fm_tasks.gate.approval import Decision, decide
from fm_tasks.gate.report import Report
from fm_tasks.model import Answer
from fm_tasks.objects import Objects
from fm_tasks.store import transaction


@pytest.fixture
def batch(database_url) -> str:
    with transaction(database_url) as db:
        good_batch(db)
    return database_url


YES = Decision(answer=Answer.APPROVED, at=NOON, person="Ada", note="fine")


def approve(database_url: str, report: Report) -> None:
    with transaction(database_url) as db:
        decide(db, report.id, YES)


def published(database_url: str, objects: Objects, report: Report | None = None) -> Partition:
    report = report or evaluate(database_url)
    with transaction(database_url) as db:
        return publish.run(db, objects, NIGHT, report)


def stored(objects: Objects) -> list:
    """Every published object, with when it was written."""
    return list(objects.list(objects.release, ""))


def lines(objects: Objects, partition: Partition, name: str) -> list[dict]:
    return [json.loads(line) for line in objects.get_bytes(partition.uri + name).splitlines()]


def current(database_url: str) -> list:
    with transaction(database_url) as db:
        return db.execute(text("select xmin::text, p.* from partition p order by current, digest")).all()


def test_a_passed_batch_is_published_whole(batch, objects):
    partition = published(batch, objects)
    assert (partition.clips, partition.sentences, partition.questions) == (2, 16, 12)
    manifest = json.loads(objects.get_bytes(partition.uri + "manifest.json"))
    assert manifest["counts"] == {"clips": 2, "sentences": 16, "questions": 12}
    assert {file["name"]: file["rows"] for file in manifest["files"]} == {
        "clips.jsonl": 2,
        "trajectories.parquet": 400,
        "chat.jsonl": 12,
        "report.json": None,
    }
    for file in manifest["files"]:
        body = objects.get_bytes(partition.uri + file["name"])
        assert (file["size"], file["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert len(stored(objects)) == 5
    assert manifest["approval"] is None
    with transaction(batch) as db:
        assert db.scalar(text("select outcome from batch")) == "published"


def test_every_sentence_leads_to_its_frames_in_the_source(batch, objects):
    first, second = lines(objects, published(batch, objects), "clips.jsonl")
    assert (first["id"], second["id"]) == ("clip-a", "clip-b")
    assert second["video"] | {"times_us": None} == {
        "source": "street",
        "key": "street/2026/11/22/video.mp4",
        "etag": "e1",
        "sha256": "ff",
        "licence": "CC-BY-4.0",
        "first_frame": 100,
        "last_frame": 199,
        "times_us": None,
    }
    assert second["video"]["times_us"][:2] == [5_000_000, 5_050_000]
    assert second["clip"]["fps"] == 20
    assert [track["label"] for track in second["tracks"]] == ["person", "parking meter"]
    assert [sentence["dimension"] for sentence in second["caption"]][:2] == ["scene", "action"]
    for said in (*second["caption"], *second["questions"]):
        (claim,) = said["claims"]
        assert (claim["kind"], claim["subject"], claim["value"], claim["verdict"]) == ("moves", 0, "right", "supported")
        assert claim["frames"] == [0, 99]
        assert claim["source_frames"] == [100, 199]
        assert claim["times_us"] == [5_000_000, 9_950_000]
    assert second["keys"] == {step: f"{step}-clip-b" for step in second["keys"]} | {"cut": "cut-video"}
    assert second["keys"].keys() == set(OWED)


def test_points_carry_the_frame_of_the_source(batch, objects):
    partition = published(batch, objects)
    table = pq.read_table(io.BytesIO(objects.get_bytes(partition.uri + "trajectories.parquet")))
    last = table.to_pylist()[-1]
    assert (last["clip_id"], last["track_id"], last["frame"], last["source_frame"]) == ("clip-b", 1000, 99, 199)
    assert last["t_us"] == 9_950_000
    assert last["x1"] == pytest.approx(0.595)


def test_rows_of_sampled_frames_carry_what_they_show_of_motion(batch, objects):
    partition = published(batch, objects)
    table = pq.read_table(io.BytesIO(objects.get_bytes(partition.uri + "trajectories.parquet")))
    shown = {row["frame"]: row for row in table.to_pylist() if (row["clip_id"], row["track_id"]) == ("clip-a", 1000)}
    names = [f"{of}_{name}" for of in ("inside", "camera") for name in ("dx", "dy", "scale", "turn", "corners")]
    sampled, between, unknown = ([shown[frame][name] for name in names] for frame in (48, 49, 50))
    assert sampled == pytest.approx([0.011, 0, 1, 0.5, 40, 0.001, 0, 1, 0, 200])
    assert between == [None] * 10
    assert unknown == [None] * 9 + [0]
    assert [k for k, row in shown.items() if row["camera_corners"] is not None] == [*range(2, 100, 2)]


def test_records_say_what_rests_on_frames_and_how_much_of_what_moves_is_followed(batch, objects):
    change(batch, "update motion_evidence set explained_share = 0.625 where clip_id = 'clip-b'")
    partition = published(batch, objects)
    assert json.loads(objects.get_bytes(partition.uri + "manifest.json"))["schema"] == 2
    clips = lines(objects, partition, "clips.jsonl")
    assert [clip["explained_share"] for clip in clips] == [0.9, 0.625]
    said = [fact["witnessed"] for clip in clips for fact in clip["facts"]]
    said += [claim["witnessed"] for clip in clips for text in clip["caption"] for claim in text["claims"]]
    assert said == [True] * 20


def test_the_same_content_again_is_nothing(batch, objects):
    first, files, before = published(batch, objects), stored(objects), current(batch)
    assert published(batch, objects) == first
    assert stored(objects) == files
    assert current(batch) == before


def test_new_content_becomes_current_and_the_old_stays(batch, objects):
    first = published(batch, objects)
    files = stored(objects)
    change(
        batch, "update step_run set key = 'newer' where key = 'caption-clip-a'; update caption set text = text || '!'"
    )
    second = published(batch, objects)
    assert first.digest != second.digest
    assert [(row.digest, row.current) for row in current(batch)] == [(first.digest, False), (second.digest, True)]
    assert set(files) < set(stored(objects))


def test_an_older_content_that_comes_back_is_current_again(batch, objects):
    first = published(batch, objects)
    change(batch, "update caption set text = text || '!'")
    second = published(batch, objects)
    files = stored(objects)
    change(batch, "update caption set text = rtrim(text, '!')")
    assert published(batch, objects) == first
    assert [(row.digest, row.current) for row in current(batch)] == [(second.digest, False), (first.digest, True)]
    assert stored(objects) == files


@pytest.mark.parametrize("fault", ["delete from qa where n = 6", "update motion_fact set end_frame = 100"])
def test_what_did_not_pass_leaves_the_earlier_partition_alone(batch, objects, fault):
    published(batch, objects)
    files, before = stored(objects), current(batch)
    change(batch, fault)
    with pytest.raises(GateBlocked, match=f"is {evaluate(batch).verdict} by report"):
        published(batch, objects)
    assert stored(objects) == files
    assert current(batch) == before


def test_an_approved_batch_is_published_with_who_approved_it(batch, objects):
    change(batch, "delete from qa where n = 6")
    report = evaluate(batch)
    approve(batch, report)
    partition = published(batch, objects, report)
    approval = {"answer": "approved", "at": "2026-11-23T12:00:00Z", "person": "Ada", "note": "fine"}
    for name in ("manifest.json", "report.json"):
        document = json.loads(objects.get_bytes(partition.uri + name))
        assert document["approval"] == approval
    files = stored(objects)
    assert published(batch, objects) == partition
    assert stored(objects) == files


def test_a_batch_that_changed_after_it_was_approved_is_not_published(batch, objects):
    change(batch, "delete from qa where n = 6")
    report = evaluate(batch)
    approve(batch, report)
    change(batch, "update step_run set key = 'newer' where key = 'caption-clip-a'")
    with pytest.raises(GateBlocked, match="is not what report"):
        published(batch, objects, report)
    with pytest.raises(GateBlocked, match="is held by report"):
        published(batch, objects)
    assert stored(objects) == []


def test_a_batch_that_changed_after_the_gate_is_not_published(batch, objects):
    report = evaluate(batch)
    change(batch, "update step_run set state = 'planned' where key = 'verify-clip-a'")
    with pytest.raises(GateBlocked, match="is not what report"):
        published(batch, objects, report)
    assert stored(objects) == []


def test_a_contradicted_text_is_left_out_and_a_clip_without_questions_too(batch, objects):
    change(
        batch,
        "update claim set verdict = 'contradicted' from step_run r where r.id = text_run_id "
        "and r.key = 'ask-clip-a' or r.id = text_run_id and r.key = 'caption-clip-b' and text_n = 3",
    )
    report = evaluate(batch)
    assert report.verdict == "held"
    approve(batch, report)
    partition = published(batch, objects, report)
    (clip,) = lines(objects, partition, "clips.jsonl")
    assert clip["id"] == "clip-b"
    assert "sequence" not in [sentence["dimension"] for sentence in clip["caption"]]
    assert len(clip["caption"]) == 7


def test_a_batch_with_nothing_left_to_publish_is_blocked(batch, objects):
    report = evaluate(batch)
    change(batch, "update claim set verdict = 'contradicted'")
    with pytest.raises(GateBlocked, match="no clip has a scene"):
        published(batch, objects, report)


def test_a_partition_cut_off_before_its_manifest_is_written_again(batch, objects):
    report = evaluate(batch)
    with pytest.raises(RuntimeError), transaction(batch) as db:
        partition = publish.run(db, objects, NIGHT, report)
        raise RuntimeError("killed before the commit")
    objects.delete(partition.uri + "manifest.json")
    objects.delete(partition.uri + "chat.jsonl")
    assert published(batch, objects) == partition
    assert len(stored(objects)) == 5
    assert [row.batch_id for row in current(batch)] == [BATCH]
