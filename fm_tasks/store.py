"""PostgreSQL: queries by name, COPY, migrations and views.

SQL is SQL and lies in ``sql/``. Every value is a bound parameter.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import sqlalchemy as sa
from psycopg2 import sql
from sqlalchemy import URL, Connection, Engine, Row, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import NullPool

from fm_tasks import __version__
from fm_tasks.errors import BadConfig, Unavailable
from fm_tasks.model import CameraMotion, ClipFile
from fm_tasks.settings import IS_CHECKOUT, PACKAGE, PROJECT

SQL = (PROJECT if IS_CHECKOUT else PACKAGE) / "sql"
"""In a wheel it stands within the package."""
MIGRATIONS = SQL / "migrations"
VIEWS = SQL / "views"
QUERIES = SQL / "queries"

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
    """The queries of ``sql/queries/`` by name; there ``-- name:`` begins one, and its next line says what it does.

    Raises ``ValueError`` for a name that stands twice.
    """
    found = {}
    for file in sorted(QUERIES.glob("*.sql")):
        _, *parts = re.split(r"^-- name: (\w+)\n", file.read_text(), flags=re.MULTILINE)
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"there are two queries {name}; one of them is in {file.name}")
            found[name] = body
    return found


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
        # A row of a description has the name of a column first, then the number of its type (PEP 249).
        description: Any = none.cursor.description if none.cursor else ()
        known[table] = {name: TYPES.get(type_code) for name, type_code, *_ in description}
    return known[table]


BINARY_HEADER, BINARY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
"""Signature, no flags, no extension; and a row of -1 values (PostgreSQL manual, COPY, "Binary Format")."""


def _copy(db: Connection, table: str, columns: Sequence[str], form: str, body: bytes) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format {})").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(form)
    )
    with closing(db.connection.cursor()) as cursor:
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


# --- the schema -------------------------------------------------------------------------------------------------------

LAST_WITH_VIEWS = "0021_views_and_steps.sql"
"""Up to here migrations make views, and this one records them in ``view_digest``."""


@dataclass(frozen=True)
class Lacking:
    """What a database lacks of this version's schema; false where it lacks nothing."""

    migrations: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.migrations or self.views)

    @property
    def views(self) -> str:
        """How many views are to be made again, as in ``2 changed, 1 new``; empty where none is."""
        counts = {"changed": self.changed, "new": self.new, "gone": self.gone}
        return ", ".join(f"{len(names)} {how}" for how, names in counts.items() if names)

    def told(self, migrations: str) -> str:
        """In plain words, after ``migrations`` the names of those that are pending."""
        named = [f"{migrations} {', '.join(self.migrations)}"] if self.migrations else []
        return "; ".join([*named, *([f"views: {self.views}"] if self.views else [])])


def migrate(database_url: str) -> Lacking:
    """Bring the database to this version's schema, all or nothing, and return what it lacked.

    In one transaction the product's views are dropped, the pending migrations applied, the views made again and the
    rights that others have to them granted again; where nothing is lacking, nothing is touched. Raises ``BadConfig`` as
    ``pending`` does, and where something that is not the product's stands on its views.
    """
    with transaction(database_url) as db:
        db.execute(text("select pg_advisory_xact_lock(hashtext('motion-foundry migrate'))"))
        db.execute(
            text(
                "create table if not exists migration ("
                "name text primary key, digest text not null, applied_at timestamptz not null default now())"
            )
        )
        lacking = _lacking(db)
        if lacking:
            _apply(db, (name for name in lacking.migrations if name <= LAST_WITH_VIEWS))
            grants = rows(db, "view_grants")
            _drop_views(db)
            _apply(db, (name for name in lacking.migrations if name > LAST_WITH_VIEWS))
            _make_views(db)
            _grant(db, grants)
        return lacking


def pending(database_url: str) -> Lacking:
    """What the database lacks of this version's schema.

    Raises ``BadConfig`` where a migration that was applied has been edited since, and where a newer version has
    migrated the database, or made views that this one would make otherwise.
    """
    with transaction(database_url) as db:
        return _lacking(db)


def _lacking(db: Connection) -> Lacking:
    files = {file.name: _digest(file) for file in sorted(MIGRATIONS.glob("*.sql"))}
    known = {row.name: row.digest for row in _recorded(db, "migration", "true")}
    if lost := sorted(known.keys() - files.keys()):
        raise BadConfig(f"the database has migrations that this version lacks: {', '.join(lost)}; run a newer version")
    for name, digest in known.items():
        if digest != files[name]:
            raise BadConfig(f"{name} was edited after it was applied; restore it and add a new migration instead")
    views = {file.stem: _digest(file) for file in VIEWS.glob("*.sql")}
    made = {row.name: row for row in _recorded(db, "view_digest", "to_regclass(name) is not null")}
    lacking = Lacking(
        migrations=tuple(name for name in files if name not in known),
        changed=tuple(sorted(name for name in views.keys() & made.keys() if views[name] != made[name].digest)),
        new=tuple(sorted(views.keys() - made.keys())),
        gone=tuple(sorted(made.keys() - views.keys())),
    )
    newest = max((row.version for row in made.values()), key=_numbers, default=__version__)
    if lacking and _numbers(newest) > _numbers(__version__):
        raise BadConfig(
            f"version {newest} made the views of the database, this is {__version__}, and its views are others "
            f"({lacking.views}); run a newer version"
        )
    return lacking


def _recorded(db: Connection, table: str, where: str) -> Sequence[Row]:
    """The rows of ``migration`` or ``view_digest``; none where the table is not there yet."""
    if not db.execute(text("select to_regclass(:table) is not null"), {"table": table}).scalar():
        return []
    return db.execute(text(f"select * from {table} where {where}")).all()


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _apply(db: Connection, names: Iterable[str]) -> None:
    for name in names:
        file = MIGRATIONS / name
        db.connection.cursor().execute(file.read_text())
        entry = {"name": name, "digest": _digest(file)}
        db.execute(text("insert into migration (name, digest) values (:name, :digest)"), entry)


def _drop_views(db: Connection) -> None:
    """Drop all views that are recorded, in one statement, so that only what is not the product's stands in its way."""
    if names := db.execute(text("delete from view_digest returning name")).scalars().all():
        views = sql.SQL(", ").join(map(sql.Identifier, names))
        try:
            db.connection.cursor().execute(sql.SQL("drop view if exists {}").format(views))
        except psycopg2.errors.DependentObjectsStillExist as error:
            stands = "; ".join((error.diag.message_detail or str(error)).splitlines())
            raise BadConfig(
                "the product's views are to be made again, and something of somebody else's stands on them: "
                f"{stands}; drop it, run `fm migrate`, and make it again"
            ) from error


def _make_views(db: Connection) -> None:
    for file in _views():
        try:
            db.connection.cursor().execute(file.read_text())
        except psycopg2.errors.DuplicateTable as error:
            raise BadConfig(
                f"the database has a table or view {file.stem} that is not the product's; rename it, run `fm migrate`"
            ) from error
        entry = {"name": file.stem, "digest": _digest(file), "version": __version__}
        db.execute(text("insert into view_digest (name, digest, version) values (:name, :digest, :version)"), entry)


def _views() -> list[Path]:
    """The files of the views, each after those that it names."""
    files = {file.stem: file for file in sorted(VIEWS.glob("*.sql"))}
    words = {name: set(re.findall(r"\w+", ASIDE.sub("", file.read_text()))) for name, file in files.items()}
    order = TopologicalSorter({name: (files.keys() & words[name]) - {name} for name in files})
    return [files[name] for name in order.static_order()]


ASIDE = re.compile(r"--[^\n]*|'[^']*'")
"""Comments and strings of SQL."""


def _grant(db: Connection, grants: Sequence[Row]) -> None:
    """Grant again what others could do with the views, as far as the views and columns are still there."""
    there = {(row.view, row.column) for row in rows(db, "view_columns")}
    for grant in grants:
        if (grant.view, grant.column) in there:
            db.connection.cursor().execute(grant.statement)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
