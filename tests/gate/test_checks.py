from __future__ import annotations

import itertools
import logging

import pytest
from batches import BATCH, good_batch
from sqlalchemy import text

from fm_tasks.english.words import FORBIDDEN
from fm_tasks.errors import GateBlocked
from fm_tasks.gate import checks
from fm_tasks.gate.gate import COMPLETENESS
from fm_tasks.gate.report import CheckResult
from fm_tasks.gate.rules import RULES
from fm_tasks.model import LONGEST_UNSEEN, digest_of
from fm_tasks.store import transaction


def judged(database_url: str) -> tuple[CheckResult, ...]:
    with transaction(database_url) as db:
        return checks.check(db, database_url, BATCH)


@pytest.fixture
def batch(database_url) -> str:
    """The URL of a database that holds the good batch."""
    with transaction(database_url) as db:
        good_batch(db)
    return database_url


def test_a_good_batch_passes_every_rule(batch):
    assert [check.expectation for check in judged(batch) if not check.success] == []


def test_rules_are_declared_for_every_view_and_each_can_be_told_from_the_others(db):
    views = text("select viewname from pg_views where viewname ~ '^gate_' and viewname <> 'gate_run'")
    assert {rule.view for rule in RULES} == {*db.scalars(views)}
    assert len([*itertools.groupby(RULES, lambda rule: rule.view)]) == len({rule.view for rule in RULES})
    assert all(rule.description and rule.name.isidentifier() for rule in RULES)
    for name in ((lambda rule: rule.description), (lambda rule: rule.name)):
        assert len({name(rule) for rule in RULES}) == len(RULES)


def test_a_report_is_comparable_with_those_of_earlier_versions():
    """The digest is in the id of every report: where it changes, all batches are judged, and asked about, anew."""
    assert digest_of(checks.definitions()) == "8fc67b0e8680c1f8ea34"


# Of the good batch, one row is made bad; the rule that must catch it, and what its example must name.
BAD_ROWS = {
    "every item is saved or rejected": (
        "update step_run set state = 'planned' where step = 'preview' and item_id = 'clip-a'",
        "preview of clip-a is planned",
    ),
    "a clip lies inside its video": ("update probe set frames = 150", "clip clip-b, frames 100 to 199"),
    "the times of a clip's frames increase": (
        # The points of the frame go with it: only its place among the others is wrong.
        "update clip set times_us[50] = times_us[49] where id = 'clip-a'; "
        "update track_point set t_us = (select times_us[50] from clip where id = 'clip-a') where frame = 49 "
        "and step_run_id = (select id from step_run where step = 'track' and item_id = 'clip-a')",
        "clip clip-a",
    ),
    "clips of one video do not overlap": (
        "update clip set first_frame = first_frame - 1, last_frame = last_frame - 1 where id = 'clip-b'",
        "clip clip-a",
    ),
    "a clip lasts 1.5 to 10 s": (
        "update clip set times_us = array(select t * 3 from unnest(times_us) t) where id = 'clip-a'; "
        "update track_point set t_us = t_us * 3 "
        "where step_run_id = (select id from step_run where step = 'track' and item_id = 'clip-a')",
        "clip clip-a",
    ),
    "a caption has a scene": (
        "delete from caption where clip_id = 'clip-a' and dimension = 'scene'",
        "clip clip-a",
    ),
    "50% of the clips have 6 to 14 questions": ("delete from qa where n = 6", "clip clip-a"),
    "a track id is of a person, a hand, a held object or an object": (
        "update track set track_id = 13 where clip_id = 'clip-a' and track_id = 1000; "
        "update track_point p set track_id = 13 from track t where t.step_run_id = p.step_run_id "
        "and t.track_id = 13 and p.track_id = 1000; "
        "update motion_fact set object = 13 where clip_id = 'clip-a' and object = 1000",
        "track 13",
    ),
    "a label is a plain noun": (
        "update track set label = '<video>{batch} %s' where clip_id = 'clip-a' and track_id = 0",
        "<video>{batch} %s",
    ),
    "every point of a track is stored": (
        "delete from track_point where frame = 7 and track_id = 0 "
        "and step_run_id = (select id from step_run where step = 'track' and item_id = 'clip-b')",
        "clip clip-b, track 0",
    ),
    "a track was seen, not only filled in": (
        "update track set observed_share = 0 where clip_id = 'clip-a' and track_id = 0",
        "clip clip-a, track 0",
    ),
    "a track does not jump": (
        "update track set jump_rate = 0.01 where clip_id = 'clip-a' and track_id = 0",
        "jumps 0.01",
    ),
    "a track is seen in 60% of the frames that were searched": (
        "update track set coverage = 0.59 where clip_id = 'clip-a' and track_id = 0",
        "seen in 0.59",
    ),
    f"a track is never out of sight for more than {LONGEST_UNSEEN} s": (
        "update track set longest_unseen = 1.6 where clip_id = 'clip-a' and track_id = 1000",
        "longest unseen 1.6 s",
    ),
    "a track keeps its size from one detection to the next": (
        "update track set resize_rate = 0.2 where clip_id = 'clip-a' and track_id = 0",
        "changes of size 0.2",
    ),
    "a track is seen with confidence": (
        "update track set score = 'nan' where clip_id = 'clip-a' and track_id = 0",
        "score NaN",
    ),
    "everything that was seen is followed, so that what is said of all holds of all": (
        "insert into unfollowed select id, 'person', 7 from step_run where step = 'track' and item_id = 'clip-a'",
        "clip clip-a, more than are followed: person 7",
    ),
    "what is said of a clip rests on frames that were looked at for motion": (
        "delete from motion_evidence where clip_id = 'clip-a'",
        "clip clip-a, more than are followed: none; explained of what moves: nobody looked",
    ),
    "in 80% of the clips the tracks explain 5% of what moves": (
        "update motion_evidence set explained_share = 0.04 where clip_id = 'clip-a'",
        "explained of what moves: 0.04",
    ),
    "in 90% of the clips the writer saw nothing else than was measured": (
        "insert into doubt select id, 0, 'clip-a', 0, 1, 'Nobody is there.' from step_run"
        " where step = 'caption' and item_id = 'clip-a'",
        "doubted: track 0",
    ),
    "a box lies in the frame, left of right and top above bottom": (
        "update track_point set x2 = 1.01 where frame = 99 and track_id = 0 "
        "and step_run_id = (select id from step_run where step = 'track' and item_id = 'clip-a')",
        "clip clip-a, track 0, frame 99",
    ),
    "a point lies on a frame of its clip": (
        "update track_point set frame = 100 where frame = 99 and track_id = 0 "
        "and step_run_id = (select id from step_run where step = 'track' and item_id = 'clip-a'); "
        "update track set last_frame = 100 where clip_id = 'clip-a' and track_id = 0",
        "frame 100",
    ),
    "a point has the time of its frame": (
        "update track_point set t_us = t_us + 1 where frame = 7 and track_id = 0 "
        "and step_run_id = (select id from step_run where step = 'track' and item_id = 'clip-a')",
        "frame 7 at 350001 us",
    ),
    "a score lies in 0 to 1": (
        "update track_point set score = 'nan' where frame = 7 and track_id = 0 "
        "and step_run_id = (select id from step_run where step = 'track' and item_id = 'clip-a')",
        "score NaN",
    ),
    "a fact holds over frames of its clip": (
        "update motion_fact set end_frame = 100 where clip_id = 'clip-a' and n = 1",
        "frames 0 to 100",
    ),
    "a fact is about tracks of its clip": (
        "update motion_fact set object = 1001 where clip_id = 'clip-a' and n = 2",
        "0 approaches 1001",
    ),
    "an amount is a finite number from 0": (
        "update motion_fact set amount = 'nan' where clip_id = 'clip-a' and n = 1",
        "NaN",
    ),
    "a sentence says something": (
        "update caption set text = ' .' where clip_id = 'clip-a' and n = 1",
        "scene sentence 1",
    ),
    "a sentence has no metric units, boxes or track ids": (
        "update caption set text = 'A person walks 5 m.' where clip_id = 'clip-a' and n = 2",
        "A person walks 5 m.",
    ),
    "a question asks something": ("update qa set text = '?' where clip_id = 'clip-a' and n = 1", "question 1"),
    "a question has no metric units, boxes or track ids": (
        "update qa set options[2] = 'Into the bounding box' where clip_id = 'clip-a' and n = 1",
        "bounding box",
    ),
    "a question has four distinct options": (
        "update qa set options[2] = ' to the RIGHT' where clip_id = 'clip-a' and n = 1",
        "to the RIGHT",
    ),
    "no question is asked twice of a clip": (
        "update qa set text = 'question 1: WHERE does the person go? ' where clip_id = 'clip-a' and n = 2",
        "clip clip-a, question 2",
    ),
    "a question's evidence is tracks of its clip": (
        "update qa set evidence = '{0,7}' where clip_id = 'clip-a' and n = 1",
        "clip clip-a, question 1",
    ),
    "every sentence has a verdict": (
        "delete from claim where clip_id = 'clip-a' and text_n = 8",
        "clip clip-a, spatial sentence 8",
    ),
    "every question has a verdict": (
        "delete from claim where clip_id = 'clip-a' and text_n = 6 and text_run_id = "
        "(select id from step_run where step = 'ask' and item_id = 'clip-a')",
        "clip clip-a, question 6",
    ),
    "a claim was read from the text of today": (
        "insert into step_run (batch_id, step, item_id, key, state, current) "
        f"values ('{BATCH}', 'caption', 'clip-a', 'older', 'saved', false); "
        "insert into claim select c.step_run_id, r.id, c.text_n, c.n, c.clip_id, c.kind, c.subject, c.object, c.value, "
        "c.amount, c.verdict, c.reason, c.start_frame, c.end_frame, c.negated, c.witnessed "
        "from claim c join step_run r on r.key = 'older' where c.clip_id = 'clip-a' and c.text_n = 8",
        "clip clip-a, claim 1 of text 8",
    ),
    "a supported claim names the frames that prove it": (
        "update claim set start_frame = null, end_frame = null where clip_id = 'clip-a' and text_n = 8",
        "clip clip-a, claim 1 of text 8",
    ),
    "at most 2% of the claims are contradicted": (
        "update claim set verdict = 'contradicted' where clip_id = 'clip-a' and text_n = 8",
        "is contradicted",
    ),
    "at most 20% of the claims cannot be checked": (
        "update claim set verdict = 'not_checkable' where clip_id = 'clip-a' and text_n > 3",
        "is not_checkable",
    ),
    "the audited precision reaches what the source asks for": (
        "update source set min_precision = 0.7; insert into judgement (clip_id, text, verdict, person) "
        "select clip_id, text, 'false', 'Ada' from audit_sample where place = 1",
        "0 of 1 judged statements are true, 0 are unclear, 13 are not judged; the lower bound is at most 0.685, 0.7 is",
    ),
}


@pytest.mark.parametrize("rule", BAD_ROWS)
def test_one_bad_row_is_caught_by_its_rule_alone(batch, rule):
    statement, name = BAD_ROWS[rule]
    with transaction(batch) as db:
        db.connection.cursor().execute(statement)
    failed = [check for check in judged(batch) if not check.success]
    assert [check.expectation for check in failed] == [rule]
    assert failed[0].failing >= 1
    assert any(name in example for example in failed[0].examples)


FIVE = ("clip-a", "clip-b", "clip-c", "clip-d", "clip-e")
"""So many that one clip is no more than the share of them, or of their claims, that may fail."""


def test_a_clip_of_which_nothing_can_be_asked_stops_no_other(database_url):
    with transaction(database_url) as db:
        good_batch(db, FIVE)
        db.execute(text("delete from qa where clip_id = 'clip-a'"))
        asked = "select id from step_run where step = 'ask' and item_id = 'clip-a'"
        db.execute(text(f"delete from claim where text_run_id = ({asked})"))
    assert [check.rule for check in judged(database_url) if not check.success] == []


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [
        ("contradicted", "no contradicted claim is published"),
        ("not_checkable", "no claim of motion is published that cannot be checked"),
        ("not_understood", "no text is published whose words are not understood"),
    ],
)
def test_a_view_that_lets_an_unproven_text_through_is_caught_alone(database_url, verdict, rule):
    with transaction(database_url) as db:
        good_batch(db, FIVE)
        db.execute(text(f"update claim set verdict = '{verdict}' where clip_id = 'clip-a' and text_n = 8"))
        db.execute(text("update claim set kind = null where verdict = 'not_understood'"))
        leaky = db.scalar(text("select pg_get_viewdef('accepted_caption')")).split("WHERE")[0]
        db.connection.cursor().execute(f"create or replace view accepted_caption as {leaky}")
    failed = [(check.expectation, check.failing) for check in judged(database_url) if not check.success]
    assert failed == [(rule, 1)]


@pytest.mark.parametrize(
    "statement",
    [
        "update motion_fact set witnessed = false where clip_id = 'clip-a' and n = 2",
        "update claim set witnessed = false where clip_id = 'clip-a' and text_n = 8",
        "delete from motion_evidence",
    ],
)
def test_nothing_passes_that_rests_on_boxes_alone(batch, statement):
    with transaction(batch) as db:
        db.execute(text(statement))
    (failed,) = (check for check in judged(batch) if not check.success)
    assert (failed.rule, failed.severity) == ("unwitnessed", "critical")
    assert failed.examples[0].startswith("clip clip-a")


def test_a_claim_that_is_not_supported_needs_no_witness(batch):
    with transaction(batch) as db:
        db.execute(text("update claim set witnessed = false, verdict = 'not_checkable' where n = 1 and text_n = 3"))
        db.execute(text("update claim set kind = 'counts' where verdict = 'not_checkable'"))
    assert [check.rule for check in judged(batch) if not check.success] == []


@pytest.mark.parametrize(("low", "holds"), [(1, True), (2, False)])
def test_of_five_clips_one_may_have_tracks_that_explain_nothing(database_url, low, holds):
    with transaction(database_url) as db:
        good_batch(db, FIVE)
        db.execute(
            text("update motion_evidence set explained_share = 0 where clip_id = any(:low)"), {"low": [*FIVE[:low]]}
        )
    (judgement,) = (check for check in judged(database_url) if check.rule == "motion_explained")
    assert (judgement.severity, judgement.success) == ("warning", holds)


@pytest.mark.parametrize(("few", "holds"), [(2, True), (3, False)])
def test_half_of_the_clips_may_have_few_questions(database_url, few, holds):
    with transaction(database_url) as db:
        good_batch(db, FIVE[:4])
        db.execute(text("delete from qa where n = 6 and clip_id = any(:few)"), {"few": [*FIVE[:few]]})
    assert [check.rule for check in judged(database_url) if not check.success] == ([] if holds else ["question_count"])


def test_every_rule_has_its_bad_row():
    elsewhere = {
        "no contradicted claim is published",
        "no claim of motion is published that cannot be checked",
        "no text is published whose words are not understood",
    }
    declared = {rule.description for rule in RULES}
    assert declared == BAD_ROWS.keys() | elsewhere


def test_failing_rows_are_counted_and_only_the_first_named(batch):
    with transaction(batch) as db:
        db.execute(text("update track_point set x1 = -0.1 where frame < 10"))
    (failed,) = (check for check in judged(batch) if not check.success)
    assert failed.failing == 40
    assert len(failed.examples) == checks.MAX_EXAMPLES


@pytest.mark.parametrize("sentence", ["It is 5cm wide.", "It moves 2.5 km/h.", "A few meters on.", "See Track #3."])
def test_forbidden_words_are_found(database_url, sentence):
    with transaction(database_url) as db:
        assert db.scalar(text("select cast(:text as text) ~ :regex"), {"text": sentence, "regex": FORBIDDEN})


@pytest.mark.parametrize(
    "sentence",
    ["Two parking meters stand there.", "A foot is raised 3 times.", "The train leaves the track.", "5 men walk in."],
)
def test_plain_words_are_let_be(database_url, sentence):
    with transaction(database_url) as db:
        assert not db.scalar(text("select cast(:text as text) ~ :regex"), {"text": sentence, "regex": FORBIDDEN})


def test_a_view_without_rows_is_an_error(batch):
    with transaction(batch) as db:
        db.execute(text("delete from claim"))
    with pytest.raises(GateBlocked, match="gate_claim has 0 rows"):
        judged(batch)


def test_a_gate_without_rules_is_an_error(batch):
    with transaction(batch) as db, pytest.raises(GateBlocked, match="looked at nothing"):
        checks.check(db, batch, BATCH, [])


def test_rules_that_cannot_be_told_apart_are_an_error(batch):
    with transaction(batch) as db, pytest.raises(GateBlocked, match="declares 3 rules, 2 were evaluated"):
        checks.check(db, batch, BATCH, COMPLETENESS * 2)


def test_a_rule_that_cannot_be_evaluated_is_an_error(batch):
    with transaction(batch) as db:
        db.execute(text("alter view gate_item rename column state to standing"))
    with transaction(batch) as db, pytest.raises(GateBlocked, match="could not be evaluated"):
        checks.check(db, batch, BATCH, COMPLETENESS)


def test_rows_that_are_not_committed_cannot_be_judged(database_url):
    with transaction(database_url) as db, pytest.raises(GateBlocked, match="saw other rows"):
        good_batch(db)
        checks.check(db, database_url, BATCH, COMPLETENESS)


def test_the_gate_writes_no_line_of_great_expectations(batch, caplog):
    caplog.set_level(logging.INFO)
    judged(batch)
    assert not [record for record in caplog.records if record.name.startswith("great_expectations")]
