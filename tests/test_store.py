from __future__ import annotations

import ast
import hashlib
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psycopg2
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from fm_tasks import model, store
from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.local import stack
from fm_tasks.settings import PROJECT

ROLES = ("fm_dashboard", "fm_looker")
"""Roles that are somebody else's; roles belong to the server, not to a database."""


@pytest.fixture
def roles(home):
    for role in ROLES:
        stack.administer(home, f"create role {role}")
    yield ROLES
    for role in ROLES:  # a test names this before its database, which is gone by now and with it their rights
        stack.administer(home, f"drop role {role}")


@pytest.fixture
def views(tmp_path, monkeypatch):
    """A copy of the folder of views, to be changed."""
    monkeypatch.setattr(store, "VIEWS", tmp_path / "views")
    return shutil.copytree(store.SQL / "views", tmp_path / "views")


def run(database_url: str, *statements: str) -> list[tuple]:
    """The rows of the last of some statements, in a transaction of their own."""
    with store.transaction(database_url) as db:
        done = [db.execute(text(statement)) for statement in statements]
        return [tuple(row) for row in done[-1]] if done[-1].returns_rows else []


def schema(database_url: str) -> dict[str, list]:
    """Every column, comment, constraint and index, and every view as PostgreSQL has it."""
    queries = {
        "comments": "select c.relname, d.objsubid, d.description from pg_description d "
        "join pg_class c on c.oid = d.objoid where c.relnamespace = 'public'::regnamespace order by 1, 2",
        "columns": "select table_name, column_name, ordinal_position, data_type, is_nullable, column_default "
        "from information_schema.columns where table_schema = 'public' order by 1, 2",
        "views": "select viewname, definition from pg_views where schemaname = 'public' order by 1",
        "constraints": "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace = 'public'::regnamespace order by 1, 2",
        "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1",
    }
    return {what: run(database_url, query) for what, query in queries.items()}


def put_back(database_url: str, last: str) -> None:
    """Make the database what it was when ``last`` was the newest migration, without a row of its own."""
    with store.transaction(database_url) as db:
        db.execute(text("drop owned by current_user"))
        db.execute(
            text(
                "create table migration (name text primary key, digest text not null, applied_at timestamptz "
                "not null default now())"
            )
        )
        for file in sorted(store.MIGRATIONS.glob("*.sql")):
            if file.name <= last:
                db.connection.cursor().execute(file.read_text())
                entry = {"name": file.name, "digest": hashlib.sha256(file.read_bytes()).hexdigest()}
                db.execute(text("insert into migration (name, digest) values (:name, :digest)"), entry)


def test_migrating_again_does_nothing(database_url):
    made = "select name, digest, applied_at from view_digest order by name"
    before = run(database_url, made)
    assert not store.migrate(database_url) and not store.pending(database_url)
    assert run(database_url, made) == before


def test_a_view_is_a_file_of_its_name_with_a_comment(database_url):
    comments = "select viewname, obj_description(viewname::regclass) from pg_views where schemaname = 'public'"
    made = dict(run(database_url, comments))
    files = {file.stem: file.read_text() for file in store.VIEWS.glob("*.sql")}
    assert made.keys() == files.keys() and all(made.values())
    for name, body in files.items():
        assert re.findall(r"^create .*", body, re.MULTILINE) == [f"create view {name} as"]


def test_every_table_and_view_says_what_it_holds(database_url):
    silent = "select oid::regclass::text from pg_class where relkind in ('r', 'v') and obj_description(oid) is null"
    assert run(database_url, silent + " and relnamespace = 'public'::regnamespace") == []


@pytest.mark.parametrize("unit", ["us", "share"])
def test_a_column_of_a_table_that_is_named_for_its_unit_says_it(database_url, unit):
    said = run(
        database_url,
        "select attrelid::regclass || '.' || attname, col_description(attrelid, attnum) from pg_attribute a"
        " join pg_class c on c.oid = attrelid and relkind = 'r' and relnamespace = 'public'::regnamespace"
        f" where attname ~ '(^|_){unit}$' and attnum > 0",
    )
    wanted = {"us": "microseconds", "share": "0..1"}[unit]
    assert said and [name for name, comment in said if wanted not in (comment or "")] == []


def test_no_migration_makes_a_view_any_more():
    for file in store.MIGRATIONS.glob("*.sql"):
        if file.name > "0021":
            statements = re.sub(r"--.*", "", file.read_text())
            assert not re.search(r"create\b[^;]*\bview\b", statements, re.IGNORECASE), f"{file.name}: use sql/views"


ROWS = (
    "insert into source values ('s', 'CC0-1.0', 'UTC')",
    "insert into batch (id, source, window_start, window_end) values ('b', 's', '2026-01-01', '2026-01-02')",
    "insert into video values ('v', 's', 'v', 'e', 1, '2026-01-01', '2026-01-01', 'b')",
    "insert into step_run (batch_id, step, item_id, key, state) values ('b', 'cut', 'v', 'k', 'saved')",
    "insert into clip (id, step_run_id, video_id, first_frame, last_frame, times_us, uri, sha256, width, height,"
    " camera_speed, camera_static_share, camera_scale) values ('c', 1, 'v', 0, 0, '{0}', 's3://c', 'c', 1, 1, 0, 1, 1)",
)
"""A video that was cut, as every version of the schema took it."""


@pytest.mark.parametrize("last", ["", "0001_core.sql", "0015_near_questions.sql", "0020_source_judge.sql"])
def test_any_older_database_becomes_what_a_new_one_is(database_url, last):
    fresh = schema(database_url)
    put_back(database_url, last)
    if last:
        run(database_url, *ROWS)
    lacking = store.pending(database_url)
    assert lacking.migrations == tuple(f.name for f in sorted(store.MIGRATIONS.glob("*.sql")) if f.name > last)
    assert store.migrate(database_url) == lacking and not store.pending(database_url)
    assert schema(database_url) == fresh
    assert run(database_url, "select state from gate_item where item_id = 'v'") == ([("saved",)] if last else [])


def test_what_was_said_before_frames_were_looked_at_is_not_witnessed(database_url):
    put_back(database_url, "0022_comments.sql")
    fact = "insert into motion_fact values (1, 0, 'c', 'moves', 0, null, 'right', 0.1, 0, 0)"
    run(database_url, *ROWS, fact)
    store.migrate(database_url)
    assert run(database_url, "select witnessed from motion_fact") == [(False,)]


def test_views_are_made_again_when_one_changes_comes_or_goes(database_url, views):
    (views / "gate_limit.sql").unlink()
    changed = (views / "current_video.sql").read_text().replace("select v.*", "select v.*, 1 as one")
    (views / "current_video.sql").write_text(changed)
    # The first by name: only the order of what files name puts it behind another.
    (views / "a_count.sql").write_text(
        "create view a_count as select count(*) from current_video; -- no asked_item's\n"
    )
    assert store.pending(database_url).told("lacks") == "views: 1 changed, 1 new, 1 gone"
    assert store.migrate(database_url).changed == ("current_video",)
    assert not store.pending(database_url)
    assert run(database_url, "select one from current_video") == []
    assert run(database_url, "select * from a_count") == [(0,)]
    assert run(database_url, "select to_regclass('gate_limit')") == [(None,)]


def test_a_view_that_somebody_dropped_is_made_again(database_url):
    run(database_url, "drop view gate_limit")
    assert store.migrate(database_url).new == ("gate_limit",)
    assert run(database_url, "select * from gate_limit") == []


@pytest.fixture
def migrations(tmp_path, monkeypatch):
    """A copy of the folder of migrations, to be added to."""
    monkeypatch.setattr(store, "MIGRATIONS", tmp_path / "migrations")
    return shutil.copytree(store.SQL / "migrations", tmp_path / "migrations")


def test_what_goes_wrong_half_way_leaves_everything_as_it_was(database_url, views, migrations):
    before = schema(database_url)
    (migrations / "9998_first.sql").write_text("create table first ();")
    (views / "wrong.sql").write_text("create view wrong as select no_such_column from gate_clip;")
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        store.migrate(database_url)
    assert schema(database_url) == before and store.pending(database_url).migrations == ("9998_first.sql",)


def test_a_migration_changes_a_table_under_the_views(database_url, migrations):
    (migrations / "9998_wider.sql").write_text("alter table track alter column score type double precision;")
    assert store.migrate(database_url).told("applied") == "applied 9998_wider.sql"
    kinds = {(name, column): kind for name, column, _, kind, *_ in schema(database_url)["columns"]}
    assert kinds["track", "score"] == kinds["gate_track", "score"] == "double precision"


def test_rights_to_views_outlive_an_upgrade(roles, database_url, views):
    granted = (
        "select table_name, null, grantee, privilege_type, is_grantable from information_schema.role_table_grants "
        "where table_name in (select name from view_digest) and grantee <> current_user union all "
        "select table_name, column_name, grantee, privilege_type, is_grantable "
        "from information_schema.column_privileges where table_name = 'gate_clip' and grantee <> current_user "
        "order by 1, 2, 3"
    )
    before = run(
        database_url,
        "grant select on gate_item, gate_limit to fm_dashboard with grant option",
        "grant select (batch_id, clip_id) on gate_clip to fm_looker",
        "grant select on gate_run to public",
        granted,
    )
    assert {grantee for _, _, grantee, *_ in before} == {*ROLES, "PUBLIC"} and len(before) == 5
    (views / "gate_limit.sql").unlink()
    store.migrate(database_url)
    assert run(database_url, granted) == [row for row in before if row[0] != "gate_limit"]


def test_a_view_of_somebody_else_is_never_dropped(database_url, views):
    run(database_url, "create view dashboard as select state, count(*) from gate_item group by state")
    (views / "gate_limit.sql").unlink()
    with pytest.raises(BadConfig, match="view dashboard depends on view gate_item; drop it, run `fm migrate`"):
        store.migrate(database_url)
    assert run(database_url, "select * from dashboard", "select * from gate_limit") == []
    run(database_url, "drop view dashboard", "create view publishable as select 1 as one")
    (views / "publishable.sql").write_text("create view publishable as select 2 as two;")
    with pytest.raises(BadConfig, match="a table or view publishable that is not the product's"):
        store.migrate(database_url)
    assert run(database_url, "select one from publishable") == [(1,)]


def test_an_older_version_does_not_put_its_views_back(database_url, tmp_path):
    with pytest.MonkeyPatch.context() as newer:
        newer.setattr(store, "VIEWS", shutil.copytree(store.VIEWS, tmp_path / "views"))
        newer.setattr(store, "__version__", "10.0.0")
        (store.VIEWS / "later.sql").write_text("create view later as select 1 as one;")
        store.migrate(database_url)
    for command in (store.pending, store.migrate):
        with pytest.raises(BadConfig, match=r"version 10\.0\.0 made the views .*1 gone.*run a newer version"):
            command(database_url)
    assert run(database_url, "select one from later") == [(1,)]


def test_an_older_version_works_with_the_same_views(database_url):
    run(database_url, "update view_digest set version = '10.0.0'")
    assert not store.migrate(database_url)


def test_two_migrate_at_once(database_url):
    fresh = schema(database_url)
    put_back(database_url, "0015_near_questions.sql")
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(store.migrate, [database_url, database_url]))
    assert sorted(map(bool, done)) == [False, True]
    assert schema(database_url) == fresh


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


def test_a_name_that_stands_twice_is_an_error(tmp_path, monkeypatch):
    for file, names in {"a.sql": ("one", "two"), "b.sql": ("three", "one")}.items():
        (tmp_path / file).write_text("-- Some.\n\n" + "".join(f"-- name: {n}\n-- Says.\nselect 1\n\n" for n in names))
    monkeypatch.setattr(store, "QUERIES", tmp_path)
    store.queries.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"two queries one; one of them is in b\.sql"):
            store.queries()
        (tmp_path / "b.sql").unlink()
        assert store.queries() == dict.fromkeys(("one", "two"), "-- Says.\nselect 1\n\n")
    finally:
        store.queries.cache_clear()


def named_queries() -> set[str]:
    """The names that the code calls queries by, wherever it calls ``rows``, ``execute`` or ``queries`` of ``store``."""
    names = set()
    for path in (path for folder in ("fm_tasks", "plugins", "dags", "benchmarks", "tests") for path in files(folder)):
        tree = ast.parse(path.read_text())
        of_store = {"store.rows", "store.execute"} | ({"rows", "execute"} if path.stem == "store" else set())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "fm_tasks.store":
                of_store |= {name.name for name in node.names} & {"rows", "execute"}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in of_store and len(node.args) > 1:
                names |= words(node.args[1])
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("store.queries()", "queries()"):
                names |= words(node.slice)
    return names


def files(folder: str) -> list[Path]:
    return sorted((PROJECT / folder).rglob("*.py"))


def words(node: ast.AST) -> set[str]:
    """The string that an expression is, or the two that it may be."""
    if isinstance(node, ast.IfExp):
        return words(node.body) | words(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_query_is_used_and_every_name_is_a_query():
    assert store.queries().keys() - named_queries() == set()
    assert named_queries() - store.queries().keys() == set()


def test_every_closed_vocabulary_is_the_databases_too(db):
    checks = " ".join(
        row[0] for row in db.execute(text("select pg_get_constraintdef(oid) from pg_constraint where contype = 'c'"))
    )
    constraints = [set(re.findall(r"'([^']+)'::text", one)) for one in checks.split("CHECK")]
    wanted = [
        set(model.RejectionCode), set(model.Outcome), set(model.Answer), set(model.Severity), set(model.Verdict),
        set(model.QuestionType), set(model.FactKind), set(model.Dimension) | {"scene", "paragraph"},
        set(model.Criterion), set(model.Repeat), set(model.Truth),
    ]  # fmt: skip
    for values in wanted:
        assert {str(v) for v in values} in constraints
    kinds = [one for one in constraints if {"moves", "counts"} <= one]
    assert len(kinds) == 3 and all(one == {*model.FactKind} for one in kinds), "wherever a kind is checked"


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
    declared = {"id": "s", "licence": "x", "zone": "UTC"} | dict.fromkeys(
        ("judge", "second", "auditor", "min_precision")
    )
    with pytest.raises(IntegrityError), store.transaction(database_url) as db:
        store.execute(db, "upsert_source", declared)
        store.execute(db, "upsert_source", declared | {"id": "NOT VALID"})
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
