"""A connection to the state database: transactions, prepared statements, errors by name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Dialect, Executable, Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import CompilerElement

from vibepiper.errors import StateError

__all__ = ["Channel", "Statements", "Values"]

Values = Mapping[str, object]
_FETCHED = 1000

Bound = tuple[object, ...] | dict[str, object]


class _Prepared:
    """A statement compiled once. SQLAlchemy's own way to run one costs ten times as much."""

    def __init__(self, statement: CompilerElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql: str = compiled.string
        self._positions: Sequence[str] | None = compiled.positiontup
        self._names = list(compiled.params) if self._positions is None else self._positions
        # What is bound later is None here.
        self._constants = {n: v for n, v in compiled.params.items() if v is not None}
        processes = [
            compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in self._names
        ]
        self._processes = [(i, process) for i, process in enumerate(processes) if process]

    def bind(self, values: Values) -> Bound:
        given = {**self._constants, **values} if self._constants else values
        found = list(map(given.__getitem__, self._names))
        for i, process in self._processes:
            found[i] = process(found[i])
        if self._positions is not None:
            return tuple(found)
        return dict(zip(self._names, found, strict=True))


class Statements:
    """The statements that a database was given, compiled."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[CompilerElement, _Prepared] = {}

    def __getitem__(self, statement: CompilerElement) -> _Prepared:
        found = self._prepared.get(statement)
        if found is None:
            found = self._prepared[statement] = _Prepared(statement, self._dialect)
        return found


class _Cursor(Protocol):
    rowcount: int

    def execute(self, sql: str, values: Bound = ..., /) -> object: ...

    def executemany(self, sql: str, values: Iterable[Bound], /) -> object: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Channel:
    """For one thread at a time. Outside `transaction` each statement is one of its own."""

    def __init__(
        self,
        connection: Connection,
        statements: Statements,
        begin: str,
        refusal: Callable[[Exception], StateError],
    ) -> None:
        self.connection = connection
        self._statements = statements
        self._begin = begin
        self._refusal = refusal
        # It goes by whatever module the driver is.
        dbapi: Any = connection.engine.dialect.dbapi
        self._errors: tuple[type[Exception], ...] = (DBAPIError, dbapi.Error, OSError)
        self._raw = cast("Any", connection.connection.driver_connection)
        self._cursor: _Cursor = self._raw.cursor()

    def close(self) -> None:
        with contextlib.suppress(*self._errors):
            self.connection.close()

    @contextlib.contextmanager
    def named(self) -> Iterator[None]:
        """Within it, what the driver raises becomes a `StateError`."""
        try:
            yield
        except self._errors as error:
            raise self._refusal(error) from error

    @contextlib.contextmanager
    def transaction(self, begin: str | None = None) -> Iterator[None]:
        """All of what is done within it, or nothing. It is for writing, unless ``begin`` says
        otherwise. SQLite takes the lock to write at once: one that is asked for later is refused,
        not waited for."""
        try:
            self._cursor.execute(begin or self._begin)
            try:
                yield
                self._cursor.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(*self._errors):
                    self._raw.rollback()
                raise
        except self._errors as error:
            raise self._refusal(error) from error

    def write(self, statement: CompilerElement, values: Values) -> int:
        """Executes a statement and returns how many rows it met."""
        prepared = self._statements[statement]
        self._cursor.execute(prepared.sql, prepared.bind(values))
        return self._cursor.rowcount

    def write_all(self, statement: CompilerElement, values: Sequence[Values]) -> None:
        if len(values) == 1:
            self.write(statement, values[0])
        elif values:
            prepared = self._statements[statement]
            self._cursor.executemany(prepared.sql, map(prepared.bind, values))

    def fetch(self, statement: CompilerElement, values: Values) -> list[tuple[Any, ...]]:
        """The rows of a prepared query, as the driver gives them: for numbers and text."""
        prepared = self._statements[statement]
        self._cursor.execute(prepared.sql, prepared.bind(values))
        return self._cursor.fetchall()

    def rows(self, query: Executable, values: Values | None = None) -> Sequence[Row[Any]]:
        """The rows of a query that is not worth preparing, or has columns of other types."""
        with self.named():
            return self.connection.execute(query, dict(values) if values else None).all()

    def stream(self, query: Executable) -> Iterator[Row[Any]]:
        """The rows one after the other, in constant memory; within `transaction`."""
        with self.named():
            options = {"stream_results": True, "yield_per": _FETCHED}
            yield from self.connection.execute(query, execution_options=options)

    def execute(self, statement: Executable, values: Values | None = None) -> int:
        """Executes a statement that is not worth preparing; how many rows it met."""
        return self.connection.execute(statement, dict(values) if values else None).rowcount
