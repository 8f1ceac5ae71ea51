from __future__ import annotations

import re

import numpy as np
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from fm_tasks import model, store
from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.runtime import STEPS


def test_migrating_again_does_nothing(database_url):
    assert store.migrate(database_url) == []


def test_an_edited_migration_is_refused(database_url, tmp_path, monkeypatch):
    for file in store.MIGRATIONS.glob("*.sql"):
        (tmp_path / file.name).write_text(file.read_text() + "-- edited\n")
    monkeypatch.setattr(store, "MIGRATIONS", tmp_path)
    with pytest.raises(BadConfig, match="edited after it was applied"):
        store.migrate(database_url)


def test_a_migration_that_this_version_lacks_is_named(db, database_url):
    db.execute(text("insert into migration (name, digest) values ('9999_later.sql', 'x')"))
    db.commit()
    with pytest.raises(BadConfig, match=r"9999_later\.sql"):
        store.migrate(database_url)


def test_every_named_query_is_valid_sql(db):
    for name, body in store.queries().items():
        bare = re.sub(r"(?<!:):(\w+)", "null", body)
        db.connection.cursor().execute(f"prepare q_{name} as {bare}")


def test_every_closed_vocabulary_is_the_databases_too(db):
    checks = " ".join(
        row[0] for row in db.execute(text("select pg_get_constraintdef(oid) from pg_constraint where contype = 'c'"))
    )
    constraints = [set(re.findall(r"'([^']+)'::text", one)) for one in checks.split("CHECK")]
    wanted = [
        set(model.RejectionCode), set(model.Outcome), set(model.Answer), set(model.Severity), set(model.Verdict),
        set(model.QuestionType), set(model.FactKind), set(model.Dimension) | {"scene"}, set(STEPS),
        set(model.Criterion), set(model.Repeat),
    ]  # fmt: skip
    for values in wanted:
        assert {str(v) for v in values} in constraints


def test_copy_keeps_every_value(db):
    db.execute(text("create table kept (a text, b int, c boolean, d real, e bigint)"))
    values = [("tab\tquote\"'\n,\\N", 1, True, 0.5, 2**40), ("", 2, False, None, None), (None, None, False, None, None)]
    store.copy_rows(db, "kept", ("a", "b", "c", "d", "e"), values)
    assert [tuple(row) for row in db.execute(text("select * from kept order by b nulls last"))] == values


def test_columns_are_kept_bit_by_bit(db):
    db.execute(text('create table kept ("a b" bigint, i integer, x real, y double precision, f boolean)'))
    columns = {
        "a b": np.array([-(2**63), 2**63 - 1]),
        "i": np.array([-(2**31), 2**31 - 1], np.int32),
        "x": np.array([0.1, -np.inf], np.float32),
        "y": np.array([0.1, 1e-300]),
        "f": np.array([True, False]),
    }
    store.copy_columns(db, "kept", columns)
    store.copy_columns(db, "kept", {name: column[:0] for name, column in columns.items()})
    kept = db.execute(text("select * from kept order by f desc")).all()
    assert [
        np.array(kept, object)[:, n].astype(column.dtype).tolist() for n, column in enumerate(columns.values())
    ] == [column.tolist() for column in columns.values()]


@pytest.mark.parametrize(
    ("column", "array"),
    [("i", np.array([1])), ("i", np.array([1], np.float32)), ("t", np.array(["a"])), ("n", np.array([1.0]))],
)
def test_an_array_of_another_type_than_its_column_is_refused(db, column, array):
    db.execute(text("create table kept (i integer, t text, n numeric)"))
    with pytest.raises(TypeError, match=rf"kept\.{column} takes .*, not {array.dtype}"):
        store.copy_columns(db, "kept", {column: array})


def test_what_copy_is_refused_is_told_as_for_any_statement(db):
    db.execute(text("create table kept (i integer primary key)"))
    with pytest.raises(IntegrityError, match="kept_pkey"), db.begin_nested():
        store.copy_columns(db, "kept", {"i": np.array([1, 1], np.int32)})


def test_a_transaction_that_fails_leaves_nothing(database_url):
    with pytest.raises(IntegrityError), store.transaction(database_url) as db:
        store.execute(db, "upsert_source", {"id": "s", "licence": "x", "zone": "UTC", "judge": None})
        store.execute(db, "upsert_source", {"id": "NOT VALID", "licence": "x", "zone": "UTC", "judge": None})
    with store.transaction(database_url) as db:
        assert db.execute(text("select count(*) from source")).scalar() == 0


def test_a_server_that_is_down_is_named(database_url):
    url = make_url(database_url).set(port=9).render_as_string(hide_password=False)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9.*make status") as error, store.transaction(url):
        pass
    assert make_url(database_url).password not in str(error.value)


def test_a_wrong_password_is_not_retried(database_url):
    url = make_url(database_url).set(password="wrong").render_as_string(hide_password=False)
    with pytest.raises(BadConfig, match="FM_DATABASE_URL"), store.transaction(url):
        pass
