"""One connection to a database file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp
from vibepiper.errors import StoreError

from vibepiper_sqlite.errors import driver_errors

__all__ = ["Session", "Statement", "sql_of"]

Statement = exp.Expr | str


def sql_of(statement: Statement) -> str:
    """The statement as SQLite reads it."""
    text = statement
    if not isinstance(text, str):
        text = text.sql(dialect="sqlite", identify=True)
    if "\0" in text:
        raise StoreError("the statement holds a NUL character, which SQLite cannot take")
    return text


@dataclass(eq=False, slots=True)
class Session:
    """Each statement commits by itself, except within `transaction`. Not for use from two threads
    at once."""

    connection: sqlite3.Connection
    path: Path

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        with driver_errors(self.path, what):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Statements within commit together, or not at all when one raises. The one writer that
        SQLite allows from its beginning, for which it waits."""
        with self.doing("begin"):
            self.connection.execute("BEGIN IMMEDIATE").close()
        try:
            yield
            with self.doing("commit"):
                self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise

    def execute(self, statement: Statement, parameters: Sequence[object] = ()) -> int:
        """Runs a statement and returns the rows it touched; -1 for one that touches none, such
        as CREATE. What a query answers is not read."""
        with self.doing("execute"):
            cursor = self.connection.execute(sql_of(statement), tuple(parameters))
            touched = cursor.rowcount
            cursor.close()
        return touched

    def write(self, statement: Statement, rows: Iterable[Sequence[object]], doing: str) -> int:
        """Runs an INSERT for each row, and returns how many there were."""
        with self.doing(doing):
            cursor = self.connection.executemany(sql_of(statement), rows)
            written = cursor.rowcount
            cursor.close()
        return max(written, 0)

    def rows(self, query: Statement, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a small answer."""
        with self.doing("query"):
            cursor = self.connection.execute(sql_of(query), tuple(parameters))
            found = cursor.fetchall()
            cursor.close()
        return found

    def cursor(self, query: Statement, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """The answer of a query, to be fetched; the caller must close it."""
        with self.doing("query"):
            return self.connection.execute(sql_of(query), tuple(parameters))

    def close(self) -> None:
        self.connection.close()
