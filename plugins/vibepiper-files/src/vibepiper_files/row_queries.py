"""Which rows a change adds, leaves out and closes, asked of DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from sqlglot import exp
from vibepiper.io_manager import Change
from vibepiper_transform import ArrowSource, DuckDBBackend
from vibepiper_transform.sql_types import sql_type

from vibepiper_files.edits import FILE, ROW
from vibepiper_files.relations import scan

__all__ = [
    "PUBLISHED",
    "STAGED",
    "Rows",
    "column",
    "every",
    "named",
    "same_key",
    "select_from",
    "together",
]

PUBLISHED, STAGED = "published", "staged"
_BATCH_ROWS = 65_536


def column(name: str, table: str | None = None) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def every(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.and_(*conditions, copy=False)


def same_key(key: Sequence[str], one: str, two: str) -> exp.Expr:
    return every(exp.EQ(this=column(k, one), expression=column(k, two)) for k in key)


def named(tree: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(tree, name, quoted=True)


def select_from(table: str, *columns: exp.Expr, alias: str | None = None) -> exp.Select:
    return exp.select(*columns).from_(exp.to_table(table, alias=alias))


def together(*parts: exp.Select) -> exp.Select:
    """The parts in one stream, sorted as `RowNumbers` wants it."""
    union = exp.union(*parts, distinct=False, copy=False)
    return exp.select("*").from_(union.subquery("u")).order_by(column(FILE), column(ROW))


@dataclass(frozen=True)
class Rows:
    """The published rows (of files with their columns) and the staged ones, as two tables with
    the file and number of every row: -1 is the file of the staged."""

    files: tuple[tuple[Path, pa.Schema], ...]
    staged: Path
    staged_schema: pa.Schema
    schema: pa.Schema
    change: Change

    @property
    def missing(self) -> list[str]:
        """The columns that the staged rows lack."""
        return [name for name in self.schema.names if name not in self.staged_schema.names]

    def stream(self, query: exp.Select, **steps: exp.Query) -> pa.RecordBatchReader:
        """Runs a query over the two and over ``steps``, each of which may use those before."""
        return self._backend.stream(self._whole(query, steps), _BATCH_ROWS)

    def table(self, query: exp.Select, **steps: exp.Query) -> pa.Table:
        return self._backend.table(self._whole(query, steps))

    def _whole(self, query: exp.Select, steps: dict[str, exp.Query]) -> exp.Select:
        tables = {PUBLISHED: self._published(), STAGED: self._staged(), **steps}
        parts = [
            exp.CTE(this=tree, alias=exp.TableAlias(this=exp.to_identifier(name)))
            for name, tree in tables.items()
        ]
        query.set("with_", exp.With(expressions=parts))
        return query

    @property
    def _backend(self) -> DuckDBBackend:
        return DuckDBBackend(() if self.files else (self._nothing,))

    @cached_property
    def _nothing(self) -> ArrowSource:
        numbers = [pa.field(FILE, pa.int32()), pa.field(ROW, pa.int64())]
        empty = pa.schema([*numbers, *self.schema]).empty_table()
        return ArrowSource(empty.schema, lambda: empty)

    def _published(self) -> exp.Query:
        if not self.files:
            source = exp.to_identifier(self._nothing.name, quoted=True)
            return exp.select("*").from_(exp.Table(this=source))
        parts = [self._file(number, *file) for number, file in enumerate(self.files)]
        return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)

    def _file(self, number: int, path: Path, found: pa.Schema) -> exp.Query:
        return _numbered(path, number, [self._as_published(field, found) for field in self.schema])

    def _as_published(self, field: pa.Field, found: pa.Schema) -> exp.Expr:
        if field.name not in found.names:
            return named(exp.null(), field.name)
        if found.field(field.name).type == field.type:
            return column(field.name)
        return named(exp.cast(column(field.name), sql_type(field.type)), field.name)

    def _staged(self) -> exp.Query:
        """Columns that only the published rows have are null; the change's own come too."""
        columns = [self._as_published(field, self.staged_schema) for field in self.schema]
        others = [n for n in self.staged_schema.names if n not in self.schema.names]
        return _numbered(self.staged, -1, [*columns, *map(column, others)])


def _numbered(path: Path, number: int, columns: Sequence[exp.Expr]) -> exp.Select:
    file = named(exp.cast(exp.Literal.number(number), "INT"), FILE)
    row = named(exp.column("file_row_number"), ROW)
    table = exp.Table(this=scan([path], file_row_number=True))
    return exp.select(file, row, *columns).from_(table)
