from __future__ import annotations

import pytest
import rendered
from installation import tools
from sqlalchemy import text

from fm_tasks import motion
from fm_tasks.checking import Cast, claims
from fm_tasks.model import Batch, Caption, Claim, Dimension, FactKind, Question, QuestionType, Sentence, Verdict
from fm_tasks.sources import Source
from fm_tasks.steps import verify
from fm_tasks.synthetic import scenes
from fm_tasks.tracking.evidence import witnessed

SOURCE = Source(id="cam", keys="cam/", licence="CC0-1.0", start="2026-01-01")
BATCH = Batch(id="b1", source="cam", window={"start": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z"})
REQUEST = verify.Request(tracks_key="tracks", caption_key="caption", ask_key="ask")

CRATE, BALL = 1000, 1001
CAPTION = Caption(
    scene=Sentence(
        text="A crate and one ball.", claims=(Claim(kind=FactKind.COUNTS, subject=None, value="ball", amount=1),)
    ),
    dimensions={
        Dimension.SPATIAL: (
            Sentence(
                text="The crate comes nearer.", claims=(Claim(kind=FactKind.APPROACHES, subject=CRATE, object=BALL),)
            ),
        ),
        Dimension.ACTION: (
            Sentence(text="The light is even."),
            Sentence(
                text="The crate comes in from the left and turns left.",
                claims=(
                    Claim(kind=FactKind.ENTERS, subject=CRATE, value="left"),
                    Claim(kind=FactKind.TURNS, subject=CRATE, value="left"),
                ),
            ),
        ),
    },
)
QUESTIONS = (
    Question(
        type=QuestionType.ACTION_ORDER,
        text="What does the crate do first?",
        options=("It enters.", "It stops.", "It leaves.", "It turns."),
        answer="A",
        evidence=(CRATE,),
        claims=(Claim(kind=FactKind.BEFORE, subject=CRATE, object=CRATE, value="enters_leaves"),),
    ),
)


@pytest.fixture
def stored(objects):
    """Buckets that hold a scene's exact trajectories, a caption with one false claim, and a question."""
    results = {
        "track": ("tracks", scenes.truth(scenes.LIBRARY["turn_and_stop"]).model_dump(mode="json")),
        "caption": ("caption", {"writer": {}, "caption": CAPTION.model_dump(mode="json")}),
        "ask": ("ask", {"writer": {}, "questions": [q.model_dump(mode="json") for q in QUESTIONS]}),
    }
    for step, (key, result) in results.items():
        objects.put_json(objects.result_uri(step, key), {"result": result})
    return objects


@pytest.fixture
def runs(db) -> dict[str, int]:
    """One batch with a clip that has all texts and one that has no questions yet. Returns step_run ids of the first."""
    db.execute(text("insert into source values ('cam', 'CC0-1.0', 'UTC')"))
    db.execute(text("insert into batch values ('b1', 'cam', '2026-01-01Z', '2026-01-02Z')"))
    db.execute(text("insert into video values ('v1', 'cam', 'cam/a.mp4', 'e', 1, now(), now(), 'b1')"))
    insert = text(
        "insert into step_run (batch_id, step, item_id, key, state, current)"
        " values ('b1', :step, :item, :key, :state, :current) returning id"
    )

    def run(step: str, item: str, key: str, state: str = "saved", current: bool = True) -> int:
        return db.scalar(insert, {"step": step, "item": item, "key": key, "state": state, "current": current})

    cut = run("cut", "v1", "cut")
    clip = text("insert into clip values ('c1', :cut, 'v1', 0, 0, '{0}', 's3://w/c', 'aa', 64, 36, 0, 1, 1)")
    db.execute(clip, {"cut": cut})
    run("caption", "c1", "earlier", current=False)
    run("track", "c2", "tracks")
    run("caption", "c2", "caption")
    run("ask", "c2", "ask", state="planned")
    run("track", "c1", "tracks")
    texts = {"caption": run("caption", "c1", "caption"), "ask": run("ask", "c1", "ask")}
    return texts | {"verify": run("verify", "c1", "verify", state="planned")}


def test_clips_with_both_texts_are_planned(db, runs):
    assert list(verify.plan(db, BATCH, SOURCE)) == [("c1", REQUEST)]


def test_every_claim_of_both_texts_is_judged(stored, tmp_path):
    result = verify.run(REQUEST, tools(stored, tmp_path))
    judged = [
        (one.text, one.text_n, one.n, one.claim and one.claim.kind, one.finding.verdict) for one in result.checked
    ]
    assert judged == [
        ("caption", 0, 0, FactKind.COUNTS, Verdict.SUPPORTED),
        ("caption", 1, 0, None, Verdict.NOT_CHECKABLE),
        ("caption", 2, 0, FactKind.ENTERS, Verdict.SUPPORTED),
        ("caption", 2, 1, FactKind.TURNS, Verdict.CONTRADICTED),
        ("caption", 3, 0, FactKind.APPROACHES, Verdict.SUPPORTED),
        ("ask", 0, 0, FactKind.BEFORE, Verdict.SUPPORTED),
        ("ask", 0, 1, FactKind.ENTERS, Verdict.SUPPORTED),
    ]
    assert result.checked[1].finding.reason == "nothing of motion is said"
    assert result.checked[3].finding.reason == "track 1000 turns right, not left"
    assert verify.Result.model_validate_json(result.model_dump_json()) == result


def test_what_is_supported_says_whether_the_frames_were_looked_at(db, runs, objects, tmp_path):
    known = rendered.board(tmp_path / "clip.mp4")
    moves = Claim(kind=FactKind.MOVES, subject=1000, value="right")
    caption = Caption(
        scene=Sentence(text="The light is even."),
        dimensions={
            Dimension.ACTION: (
                Sentence(text="The car moves to the right.", claims=(moves,)),
                Sentence(text="The car moves to the left.", claims=(moves.model_copy(update={"value": "left"}),)),
            )
        },
    )
    objects.put_json(objects.result_uri("caption", "caption"), {"result": {"caption": caption.model_dump(mode="json")}})
    objects.put_json(objects.result_uri("ask", "ask"), {"result": {"questions": []}})
    told = {}
    for looked in (False, True):
        tracks = witnessed(tmp_path / "clip.mp4", known) if looked else known
        objects.put_json(objects.result_uri("track", "tracks"), {"result": tracks.model_dump(mode="json")})
        result = verify.run(REQUEST, tools(objects, tmp_path))
        told[looked] = [(one.finding.verdict, one.witnessed) for one in result.checked]
    silent, true, false = Verdict.NOT_CHECKABLE, Verdict.SUPPORTED, Verdict.CONTRADICTED
    assert told[False] == [(silent, False), (true, False), (false, False)]
    assert told[True] == [(silent, False), (true, True), (false, False)]
    verify.save(db, "c1", runs["verify"], "verify", REQUEST, result)
    assert db.scalars(text("select witnessed from claim order by text_n")).all() == [False, True, False]


def test_verdicts_are_rows_beside_their_texts(db, runs, stored, tmp_path):
    result = verify.run(REQUEST, tools(stored, tmp_path))
    verify.save(db, "c1", runs["verify"], "verify", REQUEST, result)
    saved = db.execute(text("select * from claim order by text_run_id, text_n, n")).all()
    assert [(row.text_run_id, row.text_n, row.n) for row in saved] == [
        *((runs["caption"], text_n, n) for text_n, n in ((0, 0), (1, 0), (2, 0), (2, 1), (3, 0))),
        (runs["ask"], 0, 0),
        (runs["ask"], 0, 1),
    ]
    silent, false = saved[1], saved[3]
    assert (silent.kind, silent.subject, silent.verdict) == (None, None, "not_checkable")
    assert (false.clip_id, false.kind, false.subject, false.value) == ("c1", "turns", CRATE, "left")
    assert (false.verdict, false.reason) == ("contradicted", "track 1000 turns right, not left")
    assert (false.start_frame, false.end_frame) == (None, None)
    assert saved[2].verdict == "supported" and saved[2].start_frame < saved[2].end_frame


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("The light is even.", Verdict.NOT_CHECKABLE),
        ("Everything seems to get going somehow.", Verdict.NOT_UNDERSTOOD),
        ("The crate juggles.", Verdict.NOT_UNDERSTOOD),
    ],
)
def test_a_text_without_claims_has_one_verdict(said, verdict):
    ((judged,),) = claims.of_sentences([Sentence(text=said)], Cast((), {CRATE: "crate"}))
    assert (judged[0], judged[1].verdict) == (None, verdict)


def test_what_is_denied_is_a_negated_claim():
    cast = Cast(motion.facts(scenes.truth(scenes.LIBRARY["turn_and_stop"])), {CRATE: "crate", BALL: "ball"})
    ((claim, finding),) = claims.of_sentences([Sentence(text="Nothing repeats.")], cast)[0]
    assert (claim.kind, claim.subject, claim.negated) == (FactKind.OSCILLATES, None, True)
    assert finding.verdict == Verdict.SUPPORTED
    said = Claim(kind=FactKind.TURNS, subject=CRATE, value="right")
    denied = "The crate does not turn right."
    for claim, words, verdict in (
        (said, denied, Verdict.CONTRADICTED),
        (said.model_copy(update={"negated": True}), denied, Verdict.CONTRADICTED),
        (
            said.model_copy(update={"value": "left", "negated": True}),
            "The crate does not turn left.",
            Verdict.SUPPORTED,
        ),
        (said.model_copy(update={"negated": True}), "The crate turns right.", Verdict.CONTRADICTED),
    ):
        (judged,) = claims.of_sentences([Sentence(text=words, claims=(claim,))], cast)
        assert judged[0][0] == claim and judged[0][1].verdict == verdict, words


def test_what_tells_of_motion_is_accepted_only_where_it_is_proven(db, runs):
    insert = text(
        "insert into caption (step_run_id, n, clip_id, dimension, text, writer) "
        "select :caption, n, 'c1', 'action', 'text', 'w' from generate_series(0, 4) as n"
    )
    db.execute(insert, runs)
    found = [
        claims.Finding(verdict=Verdict.SUPPORTED, reason="", start=0, end=9),
        claims.Finding(verdict=Verdict.CONTRADICTED, reason=""),
        *[claims.Finding(verdict=Verdict.NOT_CHECKABLE, reason="")] * 3,
    ]
    moves, counts = (Claim(kind=kind, subject=None) for kind in (FactKind.MOVES, FactKind.COUNTS))
    checked = tuple(
        verify.Checked(text="caption", text_n=n, n=0, claim=claim, finding=finding, witnessed=n == 0)
        for n, (claim, finding) in enumerate(zip((moves, moves, moves, counts, None), found, strict=True))
    )
    verify.save(db, "c1", runs["verify"], "verify", REQUEST, verify.Result(checked=checked))
    db.execute(text("update step_run set state = 'saved' where id = :verify"), runs)
    assert list(db.execute(text("select n from accepted_caption order by n")).scalars()) == [0, 3, 4]
