"""What is shown of a clip, on real steps: by any name that a person has for it, in a terminal and as a page."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from batches import OWED
from sqlalchemy import text

from fm_tasks.errors import BadRequest
from fm_tasks.model import Window
from fm_tasks.operations import show
from fm_tasks.sources import Source
from fm_tasks.store import transaction
from fm_tasks.synthetic import scenes

CAM = Source(id="cam", keys="cam/%Y/%m/%d/", licence="CC0-1.0", start="2026-01-01")
DAY = datetime(2026, 5, 10, tzinfo=UTC)
WINDOW = Window(start=DAY, end=DAY + timedelta(days=1))
KEY = "cam/2026/05/10/a:1<i>.mp4"
HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[2J"


@pytest.fixture
def cut(installation, tmp_path) -> str:
    """The id of a clip that was cut."""
    scenes.render(replace(scenes.LIBRARY["overtake"], seconds=2, size=(320, 180)), tmp_path / "v.mp4", seed=1)
    objects = installation.objects
    objects.put_bytes(objects.raw_uri(KEY), (tmp_path / "v.mp4").read_bytes(), "video/mp4")
    installation.annotate(CAM, WINDOW, ("cut",))
    with transaction(installation.database_url) as db:
        return db.execute(text("select id from clip")).scalar()


@pytest.fixture
def clip(installation, cut) -> str:
    """The id of a clip that every step has answered."""
    installation.tracked(CAM, WINDOW)
    installation.annotate(CAM, WINDOW)
    return cut


def shown(installation, clip: str) -> show.Shown:
    with transaction(installation.database_url) as db:
        return show.shown(db, clip)


def test_a_clip_is_found_by_every_name_that_a_person_has_for_it(installation, cut):
    row = shown(installation, cut).clip
    raw = installation.objects.raw_uri(KEY)
    with transaction(installation.database_url) as db:
        for name in (cut, cut[:6], row.sha256[:9], row.uri, row.video_id, KEY, raw, f"{KEY}:59", f"{raw}:0"):
            assert show.find(db, name) == cut, name
        for name in ("nothing", f"{KEY}:60", f"{KEY}:-1", f"{KEY}:{10**30}", "s3://x/y"):
            with pytest.raises(BadRequest, match="no clip is meant"):
                show.find(db, name)
        another = {"id": "another", "of": cut}
        columns = "step_run_id, video_id, 60, 61, '{7, 8}', null, null, 320, 180, 0, 1, 1"
        db.execute(text(f"insert into clip select :id, {columns} from clip where id = :of"), another)
        with pytest.raises(BadRequest, match=rf"(?s)which one\?.*{cut}  frames 0 to 59.*another  frames 60 to 61"):
            show.find(db, KEY)
        db.execute(text("update step_run set current = false"))
        assert show.find(db, cut[:6]) == cut


def test_every_claim_is_told_with_its_proof_and_what_is_dropped_is_marked(installation, clip):
    with transaction(installation.database_url) as db:
        worst = {"text": HOSTILE}
        db.execute(text("update caption set text = :text where n = 1"), worst)
        db.execute(
            text(
                "update claim set verdict = 'contradicted', reason = :text, start_frame = null, end_frame = null"
                " where (text_run_id, text_n) in (select step_run_id, n from caption where n = 1)"
            ),
            worst,
        )
    told = shown(installation, clip)
    said = list(show.lines(told))
    everything = "\n".join(said)
    assert everything.isascii() and "\x1b" not in everything
    assert f"  video      {KEY}, frames 0 to 59 (source 0 to 59, 0.000 to 1.967 s)" in said
    assert f"  motion     the tracks explain {told.clip.explained_share:.0%} of what moves" in said
    assert [uri for uri in told.files.values() if uri not in everything] == []
    for track in told.tracks:
        assert f"{track.label} {track.track_id} " in everything
    assert everything.count("supported: ") == sum(c["verdict"] == "supported" for t in told.texts for c in t.claims) > 9
    assert sum(line.startswith("  DROPPED paragraph: </script>") for line in said) == 1
    assert "contradicted: " in everything
    assert [line.split()[0] for line in told.steps] == list(OWED)
    assert sum(line.lstrip().startswith("* ") for line in said) == sum(row.step == "ask" for row in told.texts)


def test_what_the_writer_doubts_is_told(installation, clip):
    with transaction(installation.database_url) as db:
        insert = "insert into doubt select id, 0, :clip, 1000, 1.25, :text from step_run where step = 'caption'"
        db.execute(text(insert), {"clip": clip, "text": HOSTILE})
    told = shown(installation, clip)
    (line,) = (line for line in show.lines(told) if "after the first frame" in line)
    assert " 1000, 1.2 s after the first frame: " in line and line.isascii() and "\x1b" not in line
    assert HOSTILE in Page(show.page(told, b"")).text


def test_the_page_holds_all_it_needs_and_shows_hostile_text_as_text(installation, clip, tmp_path):
    with transaction(installation.database_url) as db:
        db.execute(text("update caption set text = :text"), {"text": HOSTILE})
        db.execute(text("update track set label = :text"), {"text": HOSTILE})
        db.execute(text("update qa set text = :text, options[1] = :text"), {"text": HOSTILE})
    told = shown(installation, clip)
    at = show.fetch(told, installation.objects, tmp_path / "out")
    made = {path.name for path in at.parent.iterdir()}
    assert made == {"index.html", "clip.mp4", "overlay.mp4", "thumbnail.jpg"}
    page = Page(at.read_text())
    assert page.tags.keys().isdisjoint({"img", "iframe", "link"}) and page.tags["script"] == 1
    assert HOSTILE in page.text and KEY in page.text and told.explained in page.text
    (source,) = page.sources
    assert base64.b64decode(source.removeprefix("data:video/mp4;base64,")) == (at.parent / "overlay.mp4").read_bytes()
    assert (
        base64.b64decode(page.poster.removeprefix("data:image/jpeg;base64,"))
        == (at.parent / "thumbnail.jpg").read_bytes()
    )
    proven = [claim["frames"] for row in told.texts for claim in row.claims if claim["frames"]]
    spans = [*proven, *((t.first_frame, t.last_frame) for t in told.tracks)]
    spans += [(fact.start_frame, fact.end_frame) for fact in told.facts]
    assert sorted(page.spans) == sorted(map(tuple, spans))


def test_a_span_that_is_no_clip_says_why(installation, cut, tmp_path):
    with transaction(installation.database_url) as db:
        run = db.execute(text("update clip set uri = null, sha256 = null returning step_run_id")).scalar()
        entry = {"run": run, "clip": cut}
        db.execute(text("insert into rejection values (:run, :clip, 'camera_motion', 'it moves')"), entry)
    told = shown(installation, cut)
    assert "camera_motion, it moves" in list(show.lines(told))[-1]
    assert f"  thumbnail  {told.clip.thumbnail_uri}" in list(show.lines(told))
    with pytest.raises(BadRequest, match=rf"no clip was cut.*camera_motion.*; seen in {told.clip.thumbnail_uri}"):
        show.fetch(told, installation.objects, tmp_path)


class Page(HTMLParser):
    """What a browser would make of a page: how often each tag is there, its text, its sources and poster,
    the spans to click."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.text, self.sources, self.spans, self.poster = {}, "", [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.poster = found.get("poster", self.poster)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.sources += [found["src"]] if "src" in found else []
        self.spans += [(int(found["data-first"]), int(found["data-last"]))] if "data-first" in found else []

    def handle_data(self, data):
        self.text += data
