"""Sessions on one database: connections of their own per operation, kept for the next."""
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false
# (the stubs of pymysql that pyright brings know neither what its cursors keep nor all arguments)

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pyarrow as pa
import pymysql  # type: ignore[import-untyped]
import sqlglot
from pymysql.constants import FIELD_TYPE  # type: ignore[import-untyped]
from pymysql.converters import conversions  # type: ignore[import-untyped]
from pymysql.cursors import SSCursor  # type: ignore[import-untyped]
from sqlglot import exp
from sqlglot.errors import SqlglotError
from vibepiper.errors import StoreError

from vibepiper_mysql.errors import driver_errors
from vibepiper_mysql.settings import Address
from vibepiper_mysql.types import told_type

__all__ = ["Database", "Session", "Statement", "bind", "sql_of"]

Statement = exp.Expr | str
_AS_TEXT = (
    *(FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.TIME),
    *(FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP),
)
_CONVERSIONS = {kind: how for kind, how in conversions.items() if kind not in _AS_TEXT}
_MODE = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"
"""What does not fit is an error; division by zero gives null, also where rows are inserted."""
_JOINS = "SET SESSION join_cache_level = 8, join_buffer_size = 33554432"
"""MariaDB's own default joins tables without an index by comparing each row with each."""
_DERIVED = "SET SESSION optimizer_switch = 'derived_merge=off'"
"""Joins in the order that they are written in. With no index to go by, the server would choose one
that multiplies tables: TPC-H's eighth query then takes minutes instead of 0.4 s."""
_PATIENCE = 10
"""Seconds in which a server has to answer that is connected to."""
_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")
"""MariaDB's and MySQL's way to compare texts by their bytes, blanks at the end included."""


def sql_of(statement: Statement) -> str:
    """The statement as text for the server."""
    if isinstance(statement, str):
        return statement
    return statement.sql(dialect="mysql", identify=True)


def bind(statement: str, parameters: Sequence[object]) -> str:
    """The statement with literals for each ``?``."""
    if not parameters:
        return statement
    left = list(parameters)

    def replaced(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        if not left:
            raise StoreError(f"the statement asks for more than {len(parameters)} parameters")
        return _literal(left.pop(0))

    try:
        parsed = sqlglot.parse_one(statement, dialect="mysql")
    except SqlglotError as error:
        raise StoreError(f"the statement cannot be read: {error}") from error
    bound = parsed.transform(replaced)
    if left:
        raise StoreError(f"the statement does not ask for {len(left)} of its parameters")
    return sql_of(bound)


def _literal(value: object) -> exp.Expr:
    if isinstance(value, bytes):
        return exp.HexString(this=value.hex()) if value else exp.Literal.string("")
    if value is None or isinstance(value, bool | int | float):
        return exp.convert(value)
    return exp.Literal.string(str(value))


class Cursor(SSCursor):  # type: ignore[misc]
    """Rows as they come, and what the server tells of their columns."""

    fields: Sequence[Any] = ()

    def _do_get_result(self) -> None:
        super()._do_get_result()
        self.fields = getattr(self._result, "fields", ())

    def abandon(self) -> None:
        """Leaves the rest of the answer unread; its connection is of no use any more."""
        if self._result is not None:
            self._result.unbuffered_active = False
        self.connection = None

    def schema(self) -> pa.Schema:
        kinds = [
            (f.name, told_type(f.type_code, f.flags, f.length, f.scale, f.charsetnr))
            for f in self.fields
        ]
        return pa.schema(kinds)


@dataclass(slots=True)
class Session:
    """One connection. Each statement commits by itself, except within `transaction`; statements
    that define tables always do. Not for use from two threads at once."""

    connection: Any  # pymysql has no types
    address: Address
    broken: bool = False

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Maps the driver's errors; after one the connection is not used again."""
        try:
            with driver_errors(self.address, what):
                yield
        except BaseException:
            self.broken = True
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Changes of rows within commit together, or not at all when one raises."""
        with self.doing("begin"):
            self.connection.begin()
        try:
            yield
            with self.doing("commit"):
                self.connection.commit()
        except BaseException:
            self.broken = True  # closing the connection rolls back, whatever state it is in
            raise

    def execute(self, statement: Statement) -> int:
        """Runs a statement and returns the rows it touched."""
        with self.doing("execute"), self.connection.cursor(Cursor) as cursor:
            touched = cursor.execute(sql_of(statement))
            return -1 if cursor.fields else int(touched)

    def write(self, statement: Statement, rows: Iterable[Sequence[object]], doing: str) -> int:
        """Runs an INSERT for all rows, many at a time, and returns how many there were."""
        values = list(rows)
        if not values:
            return 0
        with self.doing(doing), self.connection.cursor() as cursor:
            return int(cursor.executemany(sql_of(statement), values) or 0)

    def rows(self, query: Statement, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a small answer; ``%s`` in a text stands for the parameters."""
        with self.doing("query"), self.connection.cursor(Cursor) as cursor:
            cursor.execute(sql_of(query), tuple(parameters) or None)
            return [tuple(row) for row in cursor.fetchall()]

    def schema(self, query: Statement) -> pa.Schema:
        """The columns of an answer."""
        with self.doing("query"), self.connection.cursor(Cursor) as cursor:
            cursor.execute(sql_of(query))
            return cast("Cursor", cursor).schema()

    def cursor(self, query: Statement) -> Cursor:
        """The answer of a query, to be fetched; the session is closed with it."""
        cursor: Cursor = self.connection.cursor(Cursor)
        try:
            with self.doing("query"):
                cursor.execute(sql_of(query))
        except BaseException:
            cursor.abandon()
            raise
        return cursor

    def collation(self) -> str:
        """How the server compares texts by their bytes."""
        marks = ", ".join(["%s"] * len(_COLLATIONS))
        found = self.rows(
            f"SELECT collation_name FROM information_schema.collations "  # noqa: S608
            f"WHERE collation_name IN ({marks}) LIMIT 1",
            _COLLATIONS,
        )
        return str(found[0][0]) if found else "utf8mb4_bin"

    def close(self) -> None:
        self.connection.close()


@dataclass(slots=True)
class Database:
    """A database that sessions are opened on, from any thread."""

    address: Address
    _idle: list[Session] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _collation: str | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for the duration of the block, by itself."""
        session = self.acquire()
        try:
            yield session
        finally:
            self.release(session)

    def acquire(self) -> Session:
        """A session that the caller must `release`."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connected()

    def release(self, session: Session) -> None:
        """Keeps the session for the next use, or closes it when something failed in it."""
        if session.broken:
            with driver_errors(self.address, "close"):
                session.close()
            self.close()
        else:
            with self._lock:
                self._idle.append(session)

    def close(self) -> None:
        """Closes what is idle; sessions in use are closed as they are released."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _connected(self) -> Session:
        at = self.address
        with driver_errors(at, "connect"):
            connection = pymysql.connect(
                host=at.host,
                port=at.port,
                user=at.user,
                password=at.password,
                database=at.database,
                charset="utf8mb4",
                sql_mode=_MODE,
                autocommit=True,
                conv=_CONVERSIONS,
                connect_timeout=_PATIENCE,
                read_timeout=_PATIENCE,
            )
            connection._read_timeout = None  # a query may take its time
        session = Session(connection, at)
        if self._collation is None:
            self._collation = session.collation()
        session.execute(f"SET NAMES utf8mb4 COLLATE {self._collation}")
        session.execute(
            "SET SESSION time_zone = '+00:00', "
            f"lock_wait_timeout = {at.lock_timeout}, innodb_lock_wait_timeout = {at.lock_timeout}"
        )
        session.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        session.execute(_DERIVED)
        if "MariaDB" in connection.get_server_info():
            session.execute(_JOINS)
        return session

    @property
    def collation(self) -> str:
        """How its texts are compared by their bytes."""
        if self._collation is None:
            self.release(self.acquire())
        return self._collation or "utf8mb4_bin"
