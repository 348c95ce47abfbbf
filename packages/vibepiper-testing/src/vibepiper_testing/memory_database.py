"""The in-memory stand-in for a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa
from sqlglot import exp
from vibepiper.data import as_data, as_reader
from vibepiper.database import IngestMode
from vibepiper.errors import DataError, StoreError

__all__ = ["MemoryDatabase"]

_BATCH_ROWS = 65_536
_NOT_EXACT = (pa.duration("ns"), pa.uuid())


class MemoryDatabase:
    """A database connector over an empty DuckDB in memory, ``tables`` written to it: tables or
    lists of dicts. SQL is DuckDB's; parameters are ``?`` or ``$1``."""

    def __init__(self, tables: Mapping[str, object] | None = None) -> None:
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        for name, data in (tables or {}).items():
            self.ingest(name, as_data(data))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.RecordBatchReader:
        with _told():
            answer = self._connection.cursor().sql(sql, params=list(parameters))
            if answer is None:
                raise StoreError("the statement gives no rows; run it with execute")
            reader = answer.to_arrow_reader(_BATCH_ROWS)
        return pa.RecordBatchReader.from_batches(reader.schema, _batches(reader, answer))

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        with self.transaction() as transaction:
            return transaction.execute(statement, parameters)

    def ingest(self, name: str, data: object, mode: IngestMode = "create") -> int:
        with self.transaction() as transaction:
            return transaction.ingest(name, data, mode)

    @contextmanager
    def transaction(self) -> Iterator[_Transaction]:
        with _told(), self._connection.cursor() as cursor:
            cursor.begin()
            yield _Transaction(cursor)  # what it raises closes the cursor, which rolls back
            cursor.commit()

    def schema(self, name: str) -> pa.Schema:
        table = exp.table_(name, quoted=True)
        return self.query(exp.select("*").from_(table).limit(0).sql("duckdb")).schema

    def ping(self) -> None:
        self.execute("SELECT 1")

    def close(self) -> None:
        self._connection.close()


class _Transaction:
    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        row = self._cursor.execute(statement, list(parameters)).fetchone()
        return int(row[0]) if row and isinstance(row[0], int) else -1

    def ingest(self, name: str, data: object, mode: IngestMode = "create") -> int:
        reader = as_reader(data)
        _refuse_unholdable(self._cursor, reader.schema)
        table, rows = exp.table_(name, quoted=True), exp.select("*").from_("incoming")
        columns = [exp.to_identifier(column, quoted=True) for column in reader.schema.names]
        replace = mode == "replace"
        written: exp.Expr = (
            exp.insert(rows, table, columns=columns)
            if mode == "append"
            else exp.Create(this=table, kind="TABLE", expression=rows, replace=replace)
        )
        self._cursor.register("incoming", reader)
        return self.execute(written.sql("duckdb"))


def _batches(
    reader: pa.RecordBatchReader, answer: duckdb.DuckDBPyRelation
) -> Iterator[pa.RecordBatch]:
    """The answer lives as long as its stream."""
    with _told():
        yield from reader
    del answer


def _refuse_unholdable(cursor: duckdb.DuckDBPyConnection, schema: pa.Schema) -> None:
    """DuckDB would rename the columns, and round the values, that it cannot hold."""
    seen: set[str] = set()
    for field in schema:
        if not field.name:
            raise DataError("column '' has no name")
        if field.name.lower() in seen:
            raise DataError(f"column '{field.name}' occurs more than once, but for its case")
        seen.add(field.name.lower())
        if field.type in _NOT_EXACT or not _holds(cursor, field):
            raise DataError(
                f"column '{field.name}': a database in memory has no type for {field.type}",
                hint="Cast the column before it is stored.",
            )


def _holds(cursor: duckdb.DuckDBPyConnection, field: pa.Field) -> bool:
    try:
        cursor.from_arrow(pa.schema([field]).empty_table().to_reader())
    except (duckdb.Error, pa.ArrowException):
        return False
    return True


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise StoreError(str(error)) from error
