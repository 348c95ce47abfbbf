"""Relations over Arrow data, files and database tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.data import is_table
from vibepiper.errors import DefinitionError

from vibepiper_transform.backend import RelationBackend
from vibepiper_transform.callsite import callsite
from vibepiper_transform.duckdb_backend import DuckDBBackend
from vibepiper_transform.names import check_names
from vibepiper_transform.relation import Relation
from vibepiper_transform.sources import (
    ArrowSource,
    DatabaseSource,
    Source,
    parquet_source,
)

__all__ = [
    "as_relation",
    "database_table",
    "from_arrow",
    "from_source",
    "scan_parquet",
    "write_parquet",
]


def from_source(source: Source) -> Relation:
    """A relation over any source."""
    table = exp.Table(this=exp.to_identifier(source.name, quoted=True))
    tree = exp.Select(expressions=[exp.Star()], from_=exp.From(this=table))
    return Relation(tree, {source.name: source})


def from_arrow(data: object) -> Relation:
    """A relation over Arrow data, in DuckDB. A one-pass stream is read into memory first, so
    that the relation can be read more than once. Two columns whose names differ only in case
    are refused."""
    if not is_table(data):
        raise DefinitionError(
            f"expected a relation or a table, found {type(data).__name__}", at=callsite()
        )
    table = pa.table(cast("Any", data))
    check_names(table.column_names)
    return from_source(ArrowSource(table.schema, lambda: table))


def as_relation(data: object) -> Relation:
    """``data`` if it is a relation, else one over it."""
    return data if isinstance(data, Relation) else from_arrow(data)


def scan_parquet(*paths: str | Path) -> Relation:
    """A relation over Parquet files, read by DuckDB: only the columns and row groups that are
    asked for."""
    return from_source(parquet_source(*paths))


def database_table(backend: RelationBackend, name: str, *, schema: str | None = None) -> Relation:
    """A relation over a table of a database."""
    place = exp.to_identifier(schema, quoted=True) if schema is not None else None
    table = exp.Table(this=exp.to_identifier(name, quoted=True), db=place)
    return from_source(DatabaseSource(backend, table))


def write_parquet(relation: Relation, path: str | Path, *, row_group_rows: int = 122_880) -> int:
    """Writes a relation that runs in DuckDB to a file, by DuckDB itself, and returns its rows.
    Raises `DefinitionError` for a relation that runs elsewhere."""
    # Imported here, for it brings file systems and TLS.
    import pyarrow.parquet as pq

    if not isinstance(relation.backend, DuckDBBackend):
        raise DefinitionError(f"the relation runs in {relation.backend.dialect}, not in DuckDB")
    relation.backend.write_parquet(relation.query(), Path(path), row_group_rows)
    return cast("int", pq.ParquetFile(path).metadata.num_rows)
