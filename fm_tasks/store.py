"""PostgreSQL: named queries, COPY and migrations. SQL stays SQL, in ``sql/``; every value is a bound parameter."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import psycopg2
import sqlalchemy as sa
from psycopg2 import sql
from sqlalchemy import URL, Connection, Engine, Row, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool

from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.model import CameraMotion, ClipFile
from fm_tasks.settings import PROJECT

SQL = PROJECT / "sql"
MIGRATIONS = SQL / "migrations"

LOST = (OperationalError, InterfaceError)
"""Errors of the server or of the connection, not of what was asked."""


@cache
def engine(database_url: str) -> Engine:
    """The engine for ``postgresql://…``; a connection is opened per transaction and closed after it.

    Raises ``BadConfig`` for what is no such address.
    """
    return _engine(database_url, poolclass=NullPool)


def _engine(database_url: str, **pool: object) -> Engine:
    url = _address(database_url).set(drivername="postgresql+psycopg2")
    return create_engine(url, connect_args={"connect_timeout": 10}, **pool)


def _address(database_url: str) -> URL:
    try:
        return make_url(database_url)
    except (ArgumentError, ValueError):  # from None: the message may quote a part of the password
        raise BadConfig(
            "FM_DATABASE_URL is not postgresql://user:password@host:port/database; write special characters of the "
            "password as %XX"
        ) from None


@contextmanager
def transaction(database_url: str) -> Iterator[Connection]:
    """One transaction on a connection of its own: committed at the end of the block, rolled back on an error.

    Raises ``Unavailable`` where the server does not answer, ``BadConfig`` where it refuses the role or its password, or
    has no such database.
    """
    with _named_errors(database_url), engine(database_url).begin() as db:
        yield db


@contextmanager
def connections(database_url: str, most: int) -> Iterator[Engine]:
    """An engine for many transactions, ``with engine.begin() as db:``, over at most ``most`` connections, which are
    closed after the block. Raises what ``transaction`` raises."""
    kept = _engine(database_url, pool_size=most, max_overflow=0)
    try:
        with _named_errors(database_url):
            yield kept
    finally:
        kept.dispose()


@contextmanager
def _named_errors(database_url: str) -> Iterator[None]:
    address = _address(database_url)
    try:
        yield
    except LOST as error:
        where = f"PostgreSQL at {address.host}:{address.port}"
        reason = str(error.orig).strip().splitlines()[0]
        if "authentication failed" in reason:
            raise BadConfig(f"{where} refused role {address.username!r}; check FM_DATABASE_URL") from error
        if "does not exist" in reason:
            raise BadConfig(f"{where} has no database {address.database!r}; check FM_DATABASE_URL") from error
        raise Unavailable(f"{where} does not answer ({reason}); is it running? (`make status`)") from error


@cache
def queries() -> Mapping[str, str]:
    """The queries of ``sql/queries.sql`` by name."""
    parts = re.split(r"^-- name: (\w+)\n", (SQL / "queries.sql").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(db: Connection, query: str, **params: object) -> Sequence[Row]:
    """All rows of the named query."""
    return db.execute(text(queries()[query]), params).all()


def execute(db: Connection, query: str, params: Mapping | Sequence[Mapping]) -> int:
    """Run the named query once per mapping in ``params`` and return how many rows it touched."""
    if not params and not isinstance(params, Mapping):
        return 0
    return db.execute(text(queries()[query]), params).rowcount


ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def copy_rows(db: Connection, table: str, columns: Sequence[str], values: Iterable[Sequence]) -> None:
    """Load rows straight into ``table`` by COPY, within the transaction of ``db``; None is null."""
    lines = ("\t".join(r"\N" if v is None else str(v).translate(ESCAPES) for v in row) + "\n" for row in values)
    _copy(db, table, columns, "text", "".join(lines).encode())


def copy_columns(db: Connection, table: str, columns: Mapping[str, np.ndarray]) -> None:
    """Load columns of equal length straight into ``table`` by binary COPY, within the transaction of ``db``.

    Many times as quick as ``copy_rows``, which turns every value into text. There are no nulls. Raises ``TypeError``
    where an array is not of its column's type: the server would take any that is as wide, bit by bit.
    """
    types = _types(db, table)
    for name, column in columns.items():
        if column.dtype.name != types.get(name):
            raise TypeError(f"{table}.{name} takes {types.get(name) or 'no array'}, not {column.dtype}")
    # Before each value stands its length in bytes, before each row the number of its values; big-endian throughout.
    layout: list[tuple] = [("values", ">i2")]
    for name, column in columns.items():
        layout += [(f"{name} bytes", ">i4"), (name, column.dtype.newbyteorder(">"))]
    data = np.empty(len(next(iter(columns.values()))), layout)
    data["values"] = len(columns)
    for name, column in columns.items():
        data[f"{name} bytes"], data[name] = column.itemsize, column
    _copy(db, table, tuple(columns), "binary", BINARY_HEADER + data.tobytes() + BINARY_END)


TYPES = {16: "bool", 20: "int64", 23: "int32", 700: "float32", 701: "float64"}
"""By the numbers that boolean, bigint, integer, real and double precision have in PostgreSQL (pg_type.dat)."""


def _types(db: Connection, table: str) -> dict[str, str | None]:
    """The type that an array must have for each column of ``table``, or None; asked once a connection."""
    known = db.info.setdefault("types", {})
    if table not in known:
        none = db.execute(sa.select(text("*")).select_from(sa.table(table)).limit(0))
        known[table] = {column.name: TYPES.get(column.type_code) for column in none.cursor.description}
    return known[table]


BINARY_HEADER, BINARY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
"""Signature, no flags, no extension; and a row of -1 values (PostgreSQL manual, COPY, "Binary Format")."""


def _copy(db: Connection, table: str, columns: Sequence[str], form: str, body: bytes) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format {})").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(form)
    )
    with db.connection.cursor() as cursor:
        try:
            # The whole body in one piece: other threads may work until it is sent.
            cursor.copy_expert(statement, io.BytesIO(body), size=max(len(body), 1))
        except psycopg2.Error as error:  # as SQLAlchemy raises what goes wrong in any other statement
            raise DBAPIError.instance(f"copy {table}", None, error, psycopg2.Error) from error


def clip_file(row: Row) -> ClipFile:
    """The ``ClipFile`` of a row of ``clip``."""
    return ClipFile(
        uri=row.uri,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        times_us=tuple(row.times_us),
        camera=CameraMotion(speed=row.camera_speed, static_share=row.camera_static_share, scale=row.camera_scale),
    )


def migrate(database_url: str) -> list[str]:
    """Apply the migrations that the database lacks, one transaction each, and return their names.

    Raises ``BadConfig`` as ``pending`` does.
    """
    with transaction(database_url) as db:
        db.execute(text("select pg_advisory_xact_lock(hashtext('motion-foundry migrate'))"))
        db.execute(
            text(
                "create table if not exists migration ("
                "name text primary key, digest text not null, applied_at timestamptz not null default now())"
            )
        )
    applied = []
    for file in pending(database_url):
        with transaction(database_url) as db:
            db.execute(text("select pg_advisory_xact_lock(hashtext('motion-foundry migrate'))"))
            entry = {"name": file.name, "digest": _digest(file)}
            if db.execute(text("select 1 from migration where name = :name"), entry).first():
                continue
            db.connection.cursor().execute(file.read_text())
            db.execute(text("insert into migration (name, digest) values (:name, :digest)"), entry)
            applied.append(file.name)
    return applied


def pending(database_url: str) -> list[Path]:
    """The migrations that the database lacks, in their order.

    Raises ``BadConfig`` where a migration that was applied has been edited since, or is no longer there.
    """
    files = sorted(MIGRATIONS.glob("*.sql"))
    with transaction(database_url) as db:
        begun = db.execute(text("select to_regclass('migration') is not null")).scalar()
        known = dict(db.execute(text("select name, digest from migration")).all()) if begun else {}
    if lost := sorted(known.keys() - {file.name for file in files}):
        raise BadConfig(f"the database has migrations that this version lacks: {', '.join(lost)}; run a newer version")
    for file in files:
        if known.get(file.name, _digest(file)) != _digest(file):
            raise BadConfig(f"{file.name} was edited after it was applied; restore it and add a new migration instead")
    return [file for file in files if file.name not in known]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
