"""What is drawn of a batch, what counts of what is said of it, and what the gate makes of that."""

from __future__ import annotations

import json
import math
from collections import Counter

import pytest
from batches import BATCH, NIGHT, NOON, change, evaluate, good_batch
from sqlalchemy import text

from fm_tasks.dataset import publish
from fm_tasks.errors import GateBlocked
from fm_tasks.gate import approval, audit
from fm_tasks.gate.approval import Decision, decide
from fm_tasks.model import Answer
from fm_tasks.operations import status
from fm_tasks.store import execute, rows, transaction

GPT = "gpt-4o-2024-08-06, prompt 12345678"
YES = Decision(answer=Answer.APPROVED, at=NOON, person="Grace", note="")


@pytest.fixture
def batch(database_url) -> str:
    """The URL of a database with the good batch: 14 statements, all of one kind."""
    with transaction(database_url) as db:
        good_batch(db)
    return database_url


def say(database_url: str, verdict: str, places, person: str | None = "Ada", model: str | None = None) -> None:
    """Judge the statements at these places of the draw."""
    with transaction(database_url) as db:
        for row in drawn(db):
            if row.place in places:
                said = {"clip": row.clip_id, "text": row.text, "verdict": verdict, "note": ""}
                execute(db, "insert_judgement", said | {"person": person, "model": model})


def drawn(db) -> list:
    return db.execute(text("select * from audit_sample where batch_id = :batch order by place"), {"batch": BATCH}).all()


def ask(db, kinds: dict[str, int], of: str = "clip-a") -> None:
    """So many more questions on a clip whose claims are of these kinds."""
    for kind, count in kinds.items():
        db.execute(
            text(
                "with q as (insert into qa "
                "select r.id, t.n, r.item_id, 'motion_recognition', :kind || ' ' || i || '?', "
                "'{A,B,C,D}', 'B', '{0}', 'facts' from step_run r, generate_series(1, :count) as i, "
                "lateral (select i + (select max(n) from qa) as n) t where r.key = 'ask-' || :of returning *) "
                "insert into claim (step_run_id, text_run_id, text_n, n, clip_id, kind, subject, verdict, reason) "
                "select v.id, q.step_run_id, q.n, 1, q.clip_id, :kind, 0, 'supported', '' "
                "from q, step_run v where v.key = 'verify-' || :of"
            ),
            {"kind": kind, "count": count, "of": of},
        )


def shares(sample: list) -> Counter[str]:
    return Counter(row.kind for row in sample)


def test_a_small_batch_is_drawn_whole_and_the_same_words_on_a_clip_once(batch):
    with transaction(batch) as db:
        sample = drawn(db)
    assert [row.place for row in sample] == [*range(1, 15)]
    assert len({(row.clip_id, row.text) for row in sample}) == 14
    words = Counter(row.text for row in sample)
    assert words["A person walks to the right past parking meters."] == 2, "one a clip, of sixteen sentences"
    assert words["Question 3: where does the person go? Answer: To the right"] == 2


@pytest.mark.parametrize(
    ("kinds", "size"),
    [
        ({"moves": 100, "turns": 30}, 30),
        ({"moves": 2000, "turns": 486}, 50),
        ({"moves": 2001, "turns": 486}, 51),
        (dict.fromkeys(("turns", "stops", "enters", "leaves", "grows", "waves", "jumps", "kicks"), 1), 22),
    ],
)
def test_two_in_a_hundred_are_drawn_and_at_least_thirty_in_proportion_to_the_kinds(database_url, kinds, size):
    with transaction(database_url) as db:
        good_batch(db)
        ask(db, kinds)
    of_kind = Counter(kinds) + Counter({"moves": 14})
    with transaction(database_url) as db:
        sample = drawn(db)
    assert len(sample) == min(size, of_kind.total())
    for kind, count in shares(sample).items():
        fair = of_kind[kind] * len(sample) / of_kind.total()
        assert max(1, math.floor(fair)) <= count <= math.ceil(fair) or count == 1
    assert shares(sample).keys() == of_kind.keys()


def test_more_kinds_than_thirty_have_one_each(database_url):
    with transaction(database_url) as db:
        good_batch(db)
        known = db.scalar(
            text("select pg_get_constraintdef(oid) from pg_constraint where conname = 'claim_kind_check'")
        )
        kinds = [part.split("'")[1] for part in known.split("ARRAY[")[1].split(",")][:40]
        ask(db, dict.fromkeys(kinds, 20) | {"moves": 500})
        assert shares(drawn(db)) == dict.fromkeys({*kinds, "moves"}, 1)


def test_a_statement_that_stays_the_same_stays_drawn(database_url):
    with transaction(database_url) as db:
        good_batch(db)
        ask(db, {"turns": 400, "stops": 40, "enters": 4})
        before = {(row.clip_id, row.text) for row in drawn(db)}
        # Written anew: other rows and other numbers, the same words.
        db.execute(text("alter table qa drop constraint qa_pkey cascade"))
        db.execute(text("update qa set n = 10000 - n; update claim set text_n = 10000 - text_n where text_run_id in "
                        "(select id from step_run where step = 'ask')"))  # fmt: skip
        assert {(row.clip_id, row.text) for row in drawn(db)} == before
        db.execute(text("delete from qa where text like 'turns %'"))
        after = {(row.clip_id, row.text) for row in drawn(db)}
        assert {one for one in before if not one[1].startswith("turns")} <= after, "a larger share holds the smaller"


def test_the_stratum_is_the_rarest_kind_of_the_claims(batch):
    add = (
        "insert into claim (step_run_id, text_run_id, text_n, n, clip_id, kind, subject, verdict, reason) "
        "select step_run_id, text_run_id, 2, {n}, clip_id, {kind}, 0, '{verdict}', '' from claim c "
        "join step_run r on r.id = c.text_run_id and r.key = 'ask-clip-a' where c.text_n = 2 and c.n = 1"
    )
    change(batch, add.format(n=2, kind="'turns'", verdict="supported"))
    change(batch, add.format(n=3, kind="'stops'", verdict="not_understood"))
    change(batch, "update claim c set kind = null, verdict = 'not_checkable' from step_run r "
                  "where r.id = c.text_run_id and r.key = 'ask-clip-b' and c.text_n = 2")  # fmt: skip
    with transaction(batch) as db:
        assert shares(drawn(db)) == {"moves": 12, "turns": 1, "no claim": 1}


def test_a_sentence_is_judged_after_those_that_it_may_refer_to(batch):
    change(batch, "update caption set text = case n when 1 then 'A car enters.' when 2 then 'It stops.' "
                  "else 'It leaves.' end, dimension = 'paragraph' where n > 1 and n < 5; "
                  "update caption set text = 'It turns.' where n = 3")  # fmt: skip
    with transaction(batch) as db:
        said = {row.text for row in drawn(db) if row.clip_id == "clip-a"}
    assert {"It stops.", "[It stops.] It turns.", "[It stops. It turns.] It leaves."} <= said


def test_what_is_not_published_is_not_drawn(batch):
    change(batch, "update claim set verdict = 'contradicted' from step_run r "
                  "where r.id = text_run_id and r.key = 'ask-clip-a' and text_n = 2")  # fmt: skip
    with transaction(batch) as db:
        assert len(drawn(db)) == 13
    change(batch, "update caption set dimension = 'action' where clip_id = 'clip-b' and dimension = 'scene'")
    with transaction(batch) as db:
        assert {row.clip_id for row in drawn(db)} == {"clip-a"}, "a clip without a scene"


@pytest.mark.parametrize(
    ("true", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (3, 3, 0.4385, 1),
    ],
)
def test_the_interval_is_wilsons(db, true, of, low, high):
    """The first four are the examples of Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    db.connection.cursor().execute(
        "create or replace view audit_sample as select 'b' as batch_id, 'c' as clip_id, i::text as text, "
        f"'moves' as kind, i as place, case when i <= {true} then 'true' when i <= {of} then 'false' "
        f"when i < {of + 3} then 'unclear' end as verdict, 'Ada' as auditor "
        f"from generate_series(1::bigint, {of + 10}) as i"
    )
    of_kind, of_all = audit.precisions(db, "b")
    assert (of_kind.kind, of_all.kind) == ("moves", "all")
    assert of_all == of_kind.model_copy(update={"kind": "all"})
    assert (of_all.drawn, of_all.judged, of_all.true, of_all.false, of_all.unclear) == (
        of + 10,
        of + 2,
        true,
        of - true,
        2,
    )
    assert of_all.precision == pytest.approx(true / of)
    assert (of_all.low, of_all.high) == pytest.approx((low, high), abs=5e-5) and 0 <= of_all.low <= of_all.high <= 1


def test_of_several_judgements_the_last_of_a_person_counts(batch):
    def counts() -> tuple[str, str]:
        with transaction(batch) as db:
            return drawn(db)[0].verdict, drawn(db)[0].auditor

    say(batch, "true", {1}, person=None, model="first")
    say(batch, "unclear", {1}, person=None, model=GPT)
    assert counts() == ("unclear", GPT)
    say(batch, "true", {1}, "Ada")
    say(batch, "false", {1}, "Grace")
    say(batch, "true", {1}, person=None, model=GPT)
    assert counts() == ("false", "Grace")
    say(batch, "true", {1}, "Ada")
    assert counts() == ("true", "Ada")
    with transaction(batch) as db:
        assert db.scalar(text("select count(*) from judgement")) == 6, "none is deleted"


def test_a_new_judgement_is_a_new_report_and_an_approval_holds_for_its_own(batch, objects):
    change(batch, "delete from qa where n = 6")
    first = evaluate(batch)
    with transaction(batch) as db:
        decide(db, first.id, YES)
        assert approval.ruling(db, first) == "approved"
    say(batch, "true", {1, 2, 3})
    with transaction(batch) as db, pytest.raises(GateBlocked, match="is not what report"):
        publish.run(db, objects, NIGHT, first)
    second = evaluate(batch)
    assert second.id != first.id and second.content != first.content
    with transaction(batch) as db:
        assert approval.ruling(db, second) == "held"
    assert evaluate(batch) == second
    say(batch, "true", {1})
    assert evaluate(batch) == second, "the same was said again"
    say(batch, "false", {1})
    assert evaluate(batch).id not in (first.id, second.id)


def test_judgements_of_texts_that_are_gone_do_not_count(batch):
    say(batch, "true", range(1, 15))
    before = evaluate(batch)
    newer = (
        "insert into step_run (batch_id, step, item_id, key, state, current) select batch_id, step, item_id, 'newer', "
        "state, false from step_run where key = 'caption-clip-a'; "
        "update step_run set current = false where key = 'caption-clip-a'; "
        "update step_run set current = true where key = 'newer'; "
        "insert into caption select n.id, c.n, c.clip_id, c.dimension, c.text, c.writer from caption c "
        "join step_run o on o.id = c.step_run_id and o.key = 'caption-clip-a' join step_run n on n.key = 'newer'; "
        "insert into claim select k.step_run_id, n.id, k.text_n, k.n, k.clip_id, k.kind, k.subject, k.object, k.value, "
        "k.amount, k.verdict, k.reason, k.start_frame, k.end_frame, k.negated, k.witnessed from claim k "
        "join step_run o on o.id = k.text_run_id and o.key = 'caption-clip-a' join step_run n on n.key = 'newer'; "
        "delete from claim k using step_run o where o.id = k.text_run_id and o.key = 'caption-clip-a'"
    )
    change(batch, newer)
    same = evaluate(batch)
    assert same.audit == before.audit, "other rows that say the same"
    change(
        batch,
        "update caption set text = text || ' It stops.' from step_run r where r.id = step_run_id and key = 'newer'",
    )
    other = evaluate(batch)
    assert (other.audit[-1].drawn, other.audit[-1].judged) == (14, 13)
    assert other.id != same.id


@pytest.mark.parametrize(
    ("true", "false", "unclear", "least", "verdict"),
    [
        (14, 0, 0, 0.78, "pass"),
        (14, 0, 0, 0.79, "held"),
        (13, 1, 0, 0.70, "held"),
        (13, 1, 0, 0.68, "pass"),
        (1, 0, 0, 0.78, "pass"),  # the rest may be true
        (0, 2, 0, 0.70, "held"),  # whatever the rest is
        (0, 0, 14, 0.70, "held"),  # nothing is left that could prove it
        (0, 0, 0, 1.0, "pass"),
        (0, 14, 0, None, "pass"),
    ],
)
def test_a_batch_is_held_once_its_precision_cannot_reach_what_the_source_asks_for(
    batch, true, false, unclear, least, verdict
):
    change(batch, f"update source set min_precision = {'null' if least is None else least}")
    say(batch, "true", range(1, true + 1))
    say(batch, "false", range(true + 1, true + false + 1))
    say(batch, "unclear", range(true + false + 1, true + false + unclear + 1))
    report = evaluate(batch)
    assert report.verdict == verdict
    assert [check.rule for check in report.checks if not check.success] == ["audited_precision"] * (verdict == "held")


def everything_said(database_url: str, objects) -> list[str]:
    """What report, status, question and manifest say of the audit."""
    report = evaluate(database_url)
    with transaction(database_url) as db:
        partition = publish.run(db, objects, NIGHT, report)
        lines = list(status.status(db, BATCH))
    manifest, published = (
        json.loads(objects.get_bytes(partition.uri + name)) for name in ("manifest.json", "report.json")
    )
    assert (
        published["audit"] == manifest["audit"]["kinds"] == [json.loads(one.model_dump_json()) for one in report.audit]
    )
    (line,) = (line for line in lines if line.startswith("  audit: "))
    return [manifest["audit"]["found"], line.removeprefix("  audit: "), approval.question(report)]


def test_without_an_auditor_all_say_not_audited(batch, objects, caplog):
    caplog.set_level("INFO")
    found, line, question = everything_said(batch, objects)
    assert found == line == "not audited" and "12 questions; not audited." in question
    assert "12 questions, 28 claims, 0 texts not understood, 0 doubted tracks; not audited" in caplog.text


def test_report_manifest_status_log_and_question_say_how_precise_it_is(batch, objects, caplog):
    say(batch, "true", range(1, 13), "Ada \x1b[31m")
    say(batch, "false", {13}, person=None, model=GPT)
    caplog.set_level("INFO")
    found, line, question = everything_said(batch, objects)
    assert (
        found
        == line
        == (
            "precision 0.923 (0.667 to 0.986): 12 of 13 statements are true, by Ada \\x1b[31m, "
            "gpt-4o-2024-08-06, prompt 12345678; 1 are not judged"
        )
    )
    assert r"precision 0\.923 \(0\.667 to 0\.986\)" in question and found in caplog.text


def test_an_audit_without_an_answer_has_no_precision(batch):
    say(batch, "unclear", {1, 2})
    assert audit.told(evaluate(batch).audit) == (
        "no precision: nothing is true or false, 2 unclear, by Ada; 12 are not judged"
    )
    with transaction(batch) as db:
        assert not rows(db, "audit_precision", batch="another")
