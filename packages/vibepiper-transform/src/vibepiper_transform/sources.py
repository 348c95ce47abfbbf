"""What a relation's tree stands on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.backend import RelationBackend
from vibepiper_transform.bound_types import kind_read
from vibepiper_transform.engine import engine_errors, open_cursor

if TYPE_CHECKING:
    from vibepiper_transform.hinted_source import HintedSource

__all__ = ["ArrowSource", "DatabaseSource", "ScanSource", "Source", "new_name", "parquet_source"]

_numbers = itertools.count()


def new_name(kind: str = "source") -> str:
    """A name that no other source has."""
    return f"{kind}_{next(_numbers)}"


@dataclass(frozen=True, eq=False)
class ArrowSource:
    """Arrow data that DuckDB reads where it lies. ``open`` gives it anew for each query, and
    ``project``, of a source that has it, only the columns that it is given."""

    schema: pa.Schema
    open: Callable[[], pa.Table | pa.RecordBatchReader]
    name: str = field(default_factory=new_name)
    project: Callable[[Sequence[str]], pa.RecordBatchReader] | None = None

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The types of its columns, in DuckDB's words."""
        return {field.name: kind_read(field.type) for field in self.schema}

    def narrowed(self, columns: Sequence[str]) -> ArrowSource:
        """The source with these of its columns only, where it can give fewer."""
        if self.project is None or list(columns) == self.schema.names:
            return self
        fields = [self.schema.field(name) for name in columns]
        return replace(self, schema=pa.schema(fields), open=partial(self.project, tuple(columns)))


@dataclass(frozen=True, eq=False)
class ScanSource:
    """A table function of DuckDB, such as ``read_parquet``."""

    function: exp.Expr
    name: str = field(default_factory=new_name)

    @property
    def scan(self) -> exp.Table:
        return exp.Table(this=self.function)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, looked up once."""
        with engine_errors([]), open_cursor() as cursor:
            query = exp.select("*").from_(self.scan.copy())
            return tuple(cursor.sql(query.sql("duckdb")).columns)


@dataclass(frozen=True, eq=False)
class DatabaseSource:
    """A table of a database, which computes what is made of it, unless it may not."""

    backend: RelationBackend
    table: exp.Table
    name: str = field(default_factory=new_name)
    may_compute: bool = True
    known: pa.Schema | None = None

    @cached_property
    def schema(self) -> pa.Schema:
        """What is ``known`` of it, else asked of the database once."""
        if self.known is not None:
            return self.known
        return self.backend.schema(exp.select("*").from_(self.table.copy()))


Source: TypeAlias = "ArrowSource | ScanSource | DatabaseSource | HintedSource"


def parquet_source(*paths: str | Path) -> ScanSource:
    files = [exp.Literal.string(str(path)) for path in paths]
    return ScanSource(
        exp.Anonymous(this="READ_PARQUET", expressions=[exp.Array(expressions=files)])
    )
