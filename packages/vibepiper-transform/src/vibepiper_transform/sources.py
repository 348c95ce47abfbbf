"""What a relation's tree stands on."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.backend import RelationBackend

__all__ = ["ArrowSource", "DatabaseSource", "ScanSource", "Source", "parquet_source"]

_numbers = itertools.count()


def _name() -> str:
    return f"source_{next(_numbers)}"


@dataclass(frozen=True, eq=False)
class ArrowSource:
    """Arrow data that DuckDB reads where it lies. ``open`` gives it anew for each query."""

    schema: pa.Schema
    open: Callable[[], pa.Table | pa.RecordBatchReader]
    name: str = field(default_factory=_name)


@dataclass(frozen=True, eq=False)
class ScanSource:
    """A table function of DuckDB, such as ``read_parquet``."""

    function: exp.Expr
    name: str = field(default_factory=_name)


@dataclass(frozen=True, eq=False)
class DatabaseSource:
    """A table of a database."""

    backend: RelationBackend
    table: exp.Table
    name: str = field(default_factory=_name)

    def open(self) -> pa.RecordBatchReader:
        return self.backend.stream(self._query(), 65_536)

    @property
    def schema(self) -> pa.Schema:
        return self.backend.schema(self._query())

    def _query(self) -> exp.Query:
        return exp.select("*").from_(self.table.copy())


Source = ArrowSource | ScanSource | DatabaseSource


def parquet_source(*paths: str | Path) -> ScanSource:
    files = [exp.Literal.string(str(path)) for path in paths]
    return ScanSource(
        exp.Anonymous(this="READ_PARQUET", expressions=[exp.Array(expressions=files)])
    )
