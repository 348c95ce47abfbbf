"""DuckDB, in this process: the backend of Arrow data, of files, and of mixed sources."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DataError, StoreError

from vibepiper_transform.dialects import compile_query
from vibepiper_transform.sources import ArrowSource, DatabaseSource

__all__ = ["DuckDBBackend", "kind_in", "kinds_in"]

Input = ArrowSource | DatabaseSource


@cache
def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    spills = Path(tempfile.gettempdir()) / f"vibepiper-duckdb-{os.getpid()}"
    connection.execute("SET GLOBAL temp_directory = $place", {"place": str(spills)})
    return connection


class DuckDBBackend:
    """One in-memory DuckDB a process, a cursor a query. ``inputs`` are the Arrow streams that
    the queries read by their names; all instances are one engine."""

    dialect = "duckdb"

    def __init__(self, inputs: tuple[Input, ...] = ()) -> None:
        self._inputs = inputs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DuckDBBackend)

    def __hash__(self) -> int:
        return hash(DuckDBBackend)

    def schema(self, query: exp.Query) -> pa.Schema:
        with _errors([]), _cursor() as cursor:
            for source in self._inputs:
                cursor.register(source.name, source.schema.empty_table())
            return cursor.sql(compile_query(query, self.dialect)).limit(0).to_arrow_table().schema

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        failures: list[Exception] = []
        with _errors(failures):
            cursor = _database().cursor()
            relation = self._run(cursor, query, failures)
            reader = relation.to_arrow_reader(batch_rows)
        return pa.RecordBatchReader.from_batches(
            reader.schema, _batches(cursor, relation, reader, failures)
        )

    def table(self, query: exp.Query) -> pa.Table:
        """The whole result, at the speed of all cores."""
        failures: list[Exception] = []
        with _errors(failures), _cursor() as cursor:
            return self._run(cursor, query, failures).to_arrow_table()

    def write_parquet(self, query: exp.Query, path: Path, row_group_rows: int) -> None:
        failures: list[Exception] = []
        with _errors(failures), _cursor() as cursor:
            self._run(cursor, query, failures).write_parquet(
                str(path), compression="zstd", row_group_size=row_group_rows
            )

    def _run(
        self, cursor: duckdb.DuckDBPyConnection, query: exp.Query, failures: list[Exception]
    ) -> duckdb.DuckDBPyRelation:
        for source in self._inputs:
            uses = sum(table.name == source.name for table in query.find_all(exp.Table))
            cursor.register(source.name, _open(source, uses, failures))
        return cursor.sql(compile_query(query, self.dialect))


def kinds_in(schema: pa.Schema) -> dict[str, str]:
    """The types that DuckDB reads Arrow columns as, in its own words."""
    with _errors([]), _cursor() as cursor:
        cursor.register("columns", schema.empty_table())
        table = cursor.table("columns")
        return dict(zip(table.columns, map(str, table.types), strict=True))


def kind_in(sql: str) -> str:
    """The type of a query's first column; the query is bound, and not run."""
    with _cursor() as cursor:
        return str(cursor.sql(sql).types[0])


def _open(source: Input, uses: int, failures: list[Exception]) -> pa.Table | pa.RecordBatchReader:
    """The source's data; a stream is read into a table when a query reads it more than once."""
    data = source.open()
    if isinstance(data, pa.Table):
        return data
    if uses > 1:
        return data.read_all()
    return pa.RecordBatchReader.from_batches(data.schema, _guarded(data, failures))


def _guarded(reader: pa.RecordBatchReader, failures: list[Exception]) -> Iterator[pa.RecordBatch]:
    """DuckDB tells only the text of what a stream raises, so the error itself is kept."""
    try:
        yield from reader
    except Exception as error:
        failures.append(error)
        raise


def _batches(
    cursor: duckdb.DuckDBPyConnection,
    relation: duckdb.DuckDBPyRelation,
    reader: pa.RecordBatchReader,
    failures: list[Exception],
) -> Iterator[pa.RecordBatch]:
    """The relation is held here so that it lives as long as its stream."""
    with _errors(failures):
        try:
            yield from reader
        finally:
            del relation
            cursor.close()


@contextmanager
def _cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    cursor = _database().cursor()
    try:
        yield cursor
    finally:
        cursor.close()


@contextmanager
def _errors(failures: list[Exception]) -> Iterator[None]:
    """DuckDB's errors as VibePiper's; what an input stream raised is raised as it was."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if failures:
            raise failures[0] from None
        if isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException)):
            raise StoreError(str(error)) from error
        raise DataError(str(error)) from error
