from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from fm_tasks.__main__ import main
from fm_tasks.errors import BadRequest
from fm_tasks.gate import waivers
from fm_tasks.gate.report import Waiver
from fm_tasks.gate.rules import RULES
from fm_tasks.store import execute, transaction

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STREET = {"id": "street", "licence": "CC0-1.0", "zone": "UTC", "judge": None, "second": None}
STREET |= {"auditor": None, "min_precision": None}
ADA = Waiver(person="Ada", reason="short shots are wanted here", until=date(2026, 11, 30))


@pytest.fixture
def street(db):
    """A database that knows the source `street`."""
    execute(db, "upsert_source", STREET)
    return db


def test_a_waiver_is_in_force_through_its_last_day(street):
    waivers.waive(street, "street", "clip_length", ADA, NOON)
    last = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert waivers.in_force(street, "street", NOON) == {"clip_length": ADA}
    assert waivers.in_force(street, "street", last) == {"clip_length": ADA}
    assert waivers.in_force(street, "street", last + timedelta(minutes=1)) == {}
    assert waivers.in_force(street, "another", NOON) == {}


def test_a_waiver_that_is_ended_or_replaced_counts_no_more(street):
    longer = ADA.model_copy(update={"person": "Grace", "until": date(2026, 12, 31)})
    waivers.waive(street, "street", "clip_length", ADA, NOON)
    waivers.waive(street, "street", "clip_length", longer, NOON + timedelta(hours=1))
    assert waivers.in_force(street, "street", NOON) == {"clip_length": longer}
    waivers.end(street, "street", "clip_length", "Ada", NOON + timedelta(hours=2))
    assert waivers.in_force(street, "street", NOON) == {}
    lines = list(waivers.lines(street, NOON))
    assert ["ended by Ada, by Grace" in lines[0], "ended by Grace, by Ada" in lines[1]] == [True, True]


def test_every_waiver_is_listed_with_how_it_stands(street):
    waivers.waive(street, "street", "clip_length", ADA, NOON)
    (line,) = waivers.lines(street, NOON)
    assert line.split() == [
        *("street", "clip_length", "until", "2026-11-30,", "in", "force,"),
        *("by", "Ada:", "short", "shots", "are", "wanted", "here"),
    ]
    assert "expired" in next(waivers.lines(street, NOON + timedelta(days=30)))


@pytest.mark.parametrize(
    ("source", "rule", "change", "says"),
    [
        ("nowhere", "clip_length", {}, "`fm sources` lists"),
        ("street", "no_such_rule", {}, "can be waived are .*clip_length.*question_count"),
        ("street", "clip_length", {"person": " "}, "--person"),
        ("street", "clip_length", {"reason": "\t"}, "--reason"),
        ("street", "clip_length", {"until": date(2026, 11, 22)}, "2026-11-22 is over"),
    ],
)
def test_what_is_no_waiver_is_refused(street, source, rule, change, says):
    with pytest.raises(BadRequest, match=says):
        waivers.waive(street, source, rule, ADA.model_copy(update=change), NOON)
    assert list(waivers.lines(street, NOON)) == []


def test_what_the_product_promises_cannot_be_waived(street):
    promised = {rule.name: rule.promise for rule in RULES if rule.promise}
    assert set(promised) == {
        *("complete", "points_stored", "claims_of_today", "claims_contradicted", "claims_proven", "claims_unproven"),
        *("sentence_judged", "question_judged", "unwitnessed", "texts_understood"),
    }
    for name, promise in promised.items():
        with pytest.raises(BadRequest, match=f"{name} cannot be waived, the product promises it: {promise}"):
            waivers.waive(street, "street", name, ADA, NOON)


def test_to_end_what_is_not_there_or_without_a_name_is_refused(street):
    with pytest.raises(BadRequest, match="clip_length is not waived for street"):
        waivers.end(street, "street", "clip_length", "Ada", NOON)
    with pytest.raises(BadRequest, match="--person"):
        waivers.end(street, "street", "clip_length", " ", NOON)


def test_the_command_line_waives_lists_and_ends(database_url, monkeypatch, capsys):
    monkeypatch.setenv("FM_DATABASE_URL", database_url)
    with transaction(database_url) as db:
        execute(db, "upsert_source", STREET)
    who = ["street", "question_count", "--person", "Ada \x1b[31m"]
    assert main(["waive", *who, "--reason", "one mover only", "--until", "9999-12-31"]) == 0
    assert main(["waivers"]) == 0
    assert "until 9999-12-31, in force, by Ada \\x1b[31m: one mover only" in capsys.readouterr().out
    assert main(["unwaive", *who]) == 0
    assert main(["unwaive", *who]) == 64
    assert "`fm waivers` lists" in capsys.readouterr().err
    with transaction(database_url) as db:
        assert db.execute(text("select ended_by from waiver")).scalar() == who[-1]
    with pytest.raises(SystemExit):
        main(["waive", *who, "--reason", "r", "--until", "soon"])
    assert "argument --until: invalid day value: 'soon'" in capsys.readouterr().err
