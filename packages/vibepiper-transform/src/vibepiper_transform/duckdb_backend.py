"""DuckDB, in this process: the backend of Arrow data, of files, and of mixed sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.dialects import compile_query
from vibepiper_transform.engine import engine_errors, offer_columns, open_cursor
from vibepiper_transform.hinted_source import HintedSource
from vibepiper_transform.placement.fragment import Fragment
from vibepiper_transform.placement.uses import times_read
from vibepiper_transform.sources import ArrowSource

__all__ = ["DuckDBBackend"]

Input = ArrowSource | Fragment | HintedSource


class DuckDBBackend:
    """One in-memory DuckDB a process, a cursor a query. ``inputs`` are the Arrow streams that
    the queries read by their names; all instances are one engine."""

    dialect = "duckdb"
    place = "DuckDB in this process"

    def __init__(self, inputs: tuple[Input, ...] = ()) -> None:
        self.inputs = inputs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DuckDBBackend)

    def __hash__(self) -> int:
        return hash(DuckDBBackend)

    def schema(self, query: exp.Query) -> pa.Schema:
        with engine_errors([]), open_cursor() as cursor:
            self._offer_columns(cursor)
            return cursor.sql(compile_query(query, self.dialect)).limit(0).to_arrow_table().schema

    def stream(self, query: exp.Query, batch_rows: int) -> pa.RecordBatchReader:
        failures: list[Exception] = []
        with engine_errors(failures), ExitStack() as stack:
            cursor = stack.enter_context(open_cursor())
            relation = self._run(cursor, query, failures)
            reader = relation.to_arrow_reader(batch_rows)
            held = stack.pop_all()
        return pa.RecordBatchReader.from_batches(
            reader.schema, _batches(held, relation, reader, failures)
        )

    def table(self, query: exp.Query) -> pa.Table:
        """The whole result, at the speed of all cores."""
        failures: list[Exception] = []
        with engine_errors(failures), open_cursor() as cursor:
            return self._run(cursor, query, failures).to_arrow_table()

    def write_parquet(self, query: exp.Query, path: Path, row_group_rows: int) -> None:
        failures: list[Exception] = []
        with engine_errors(failures), open_cursor() as cursor:
            self._run(cursor, query, failures).write_parquet(
                str(path), compression="zstd", row_group_size=row_group_rows
            )

    def explain(self, query: exp.Query, *, analyze: bool = False) -> str:
        """DuckDB's plan of the query, and with ``analyze`` what it measured running it."""
        failures: list[Exception] = []
        with engine_errors(failures), open_cursor() as cursor:
            if analyze:
                self._offer(cursor, query, failures)
            else:
                self._offer_columns(cursor)
            asked = "EXPLAIN ANALYZE " if analyze else "EXPLAIN "
            told = cursor.execute(asked + compile_query(query, self.dialect)).fetchall()
            return "\n".join(plan for _, plan in told)

    def _run(
        self, cursor: duckdb.DuckDBPyConnection, query: exp.Query, failures: list[Exception]
    ) -> duckdb.DuckDBPyRelation:
        self._offer(cursor, query, failures)
        return cursor.sql(compile_query(query, self.dialect))

    def _offer_columns(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Makes the inputs known, without their rows."""
        for source in self.inputs:
            offer_columns(cursor, source.name, source.schema)

    def _offer(
        self, cursor: duckdb.DuckDBPyConnection, query: exp.Query, failures: list[Exception]
    ) -> None:
        """Makes the inputs readable under their names. A stream can be read once: one that is
        read more often is kept in a table, which DuckDB spills when it is large."""
        for source in self.inputs:
            times = times_read(query, source.name)
            if times == 0:
                continue
            if isinstance(source, HintedSource) and source.hint == "materialize":
                source.hold(cursor)
                continue
            data = source.open()
            if isinstance(data, pa.Table):
                cursor.register(source.name, data)
                continue
            once = pa.RecordBatchReader.from_batches(data.schema, _guarded(data, failures))
            if times == 1:
                cursor.register(source.name, once)
            else:
                _keep(cursor, source.name, once)


def _keep(cursor: duckdb.DuckDBPyConnection, name: str, stream: pa.RecordBatchReader) -> None:
    passing = f"{name}_stream"
    cursor.register(passing, stream)
    rows = exp.select("*").from_(exp.table_(passing, quoted=True))
    table = exp.table_(name, quoted=True)
    made = exp.Create(
        this=table,
        kind="TABLE",
        expression=rows,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
    )
    cursor.execute(made.sql("duckdb"))
    cursor.unregister(passing)


def _guarded(reader: pa.RecordBatchReader, failures: list[Exception]) -> Iterator[pa.RecordBatch]:
    """DuckDB tells only the text of what a stream raises, so the error itself is kept."""
    try:
        yield from reader
    except Exception as error:
        failures.append(error)
        raise


def _batches(
    held: ExitStack,
    relation: duckdb.DuckDBPyRelation,
    reader: pa.RecordBatchReader,
    failures: list[Exception],
) -> Iterator[pa.RecordBatch]:
    """The relation is held here so that it lives as long as its stream."""
    with engine_errors(failures), held:
        try:
            yield from reader
        finally:
            del relation
