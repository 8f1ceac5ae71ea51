"""Each file of the corpus is cut right or refused with its code; none stops the batch, and none is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime

from broken import CUT, SOME, corpus
from sqlalchemy import text

from fm_tasks import store, video
from fm_tasks.model import Window
from fm_tasks.sources import Source

FOLDER = "found/2026/11/22/"
SOURCE = Source(id="found", keys="found/%Y/%m/%d/", licence="CC0-1.0", start=date(2026, 11, 1))
WINDOW = Window(start=datetime(2026, 11, 22, tzinfo=UTC), end=datetime(2026, 11, 23, tzinfo=UTC))
CUTS = """
    select v.key, p.frames, x.code, r.key as answer,
        array_agg(c.last_frame - c.first_frame + 1 order by c.first_frame) as lengths
    from video v
    join step_run r on r.item_id = v.id
    left join probe p on p.video_id = v.id
    left join rejection x on x.item_id = v.id
    left join clip c on c.video_id = v.id
    group by 1, 2, 3, 4"""


def test_every_file_is_cut_right_or_refused_with_its_code(installation, tmp_path):
    files, objects = corpus(), installation.objects
    assert len(files) >= 50
    for name, (body, _) in files.items():
        objects.put_bytes(objects.raw_uri(FOLDER + name), body, "video/mp4")
    installation.annotate(SOURCE, WINDOW, ("cut",))
    with store.transaction(installation.database_url) as db:
        cuts = {row.key.removeprefix(FOLDER): row for row in db.execute(text(CUTS))}
        assert db.execute(text("select error, detail from failure")).all() == []
    assert cuts.keys() == files.keys()
    for name, (_, expected) in files.items():
        cut, path = cuts[name], tmp_path / "clip.mp4"
        if cut.code:
            assert expected in (cut.code, SOME), name
            continue
        assert expected in (CUT, SOME) and sum(cut.lengths) == cut.frames, name
        # Not as in the rows: many files hold one film, and all but one of these are near duplicates there.
        spans = objects.get_json(objects.result_uri("cut", cut.answer))["result"]["spans"]
        for uri, length in zip((span["uri"] for span in spans), cut.lengths, strict=True):
            if uri:
                objects.fetch(uri, path)
                assert sum(1 for _ in video.frames(path)) == length, name
            else:
                assert expected == SOME, name
