"""Files as relations, which DuckDB queries where they lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import vibepiper_transform
from sqlglot import exp
from vibepiper.errors import DefinitionError, StoreError
from vibepiper_transform import (
    ArrowSource,
    DuckDBBackend,
    Relation,
    ScanSource,
    from_source,
    relation_at,
    scan_parquet,
)
from vibepiper_transform.sql_types import sql_type

from vibepiper_files.csv_reading import read_csv
from vibepiper_files.file_sets import FileSet
from vibepiper_files.parquet import parquet_schema, read_parquet
from vibepiper_files.places import TABLE_SUFFIXES, suffix_of

__all__ = ["as_relation", "relation_of", "scan", "write_parquet"]

_GLOB = re.compile(r"[*?\[]")


def relation_of(files: FileSet) -> Relation:
    """DuckDB scans Parquet itself, so that filters and columns reach the scan."""
    source = ArrowSource(files.schema, files.open)
    if not files.paths or any(suffix_of(path.name) != ".parquet" for path in files.paths):
        return from_source(source)
    columns = _columns(files.schema, [parquet_schema(path) for path in files.paths])
    if columns is None:
        return from_source(source)
    scanned = ScanSource(scan(files.paths))
    table = exp.Table(this=exp.to_identifier(scanned.name, quoted=True))
    tree = exp.select(*columns).from_(table)
    return Relation(tree, {scanned.name: scanned}, files.schema.names)


def as_relation(path: Path) -> Relation:
    """Over the file where it lies. DuckDB scans Parquet itself, so that filters and columns
    reach the scan; CSV is streamed through `read_csv`, anew for each query and with the columns
    that it needs."""
    suffix = suffix_of(path.name)
    if suffix not in TABLE_SUFFIXES:
        raise StoreError(f"{path}: holds an object; only tables can be queried")
    if suffix == ".parquet" and not _GLOB.search(str(path)):
        return scan_parquet(path)

    def open_table(columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        read = read_parquet if suffix == ".parquet" else read_csv
        return read(path, columns=columns)

    return from_source(ArrowSource(open_table().schema, open_table, project=open_table))


def write_parquet(data: object, path: Path) -> int | None:
    """Lets DuckDB write a relation of its own, and returns its rows; None for other data."""
    relation = relation_at(data, DuckDBBackend())
    return None if relation is None else vibepiper_transform.write_parquet(relation, path)


def _columns(schema: pa.Schema, found: list[pa.Schema]) -> list[exp.Expr] | None:
    """The columns as DuckDB is to read them; None where it cannot."""
    there = {name for file in found for name in file.names}
    if not set(schema.names) <= there or _differ_in_case(schema.names):
        return None
    try:
        return [_column(field, found) for field in schema]
    except DefinitionError:  # a type to cast to that SQL has no name for
        return None


def _column(field: pa.Field, found: list[pa.Schema]) -> exp.Expr:
    column = exp.column(field.name, quoted=True)
    kinds = {s.field(field.name).type for s in found if field.name in s.names}
    if kinds == {field.type}:
        return column
    return exp.alias_(exp.cast(column, sql_type(field.type)), field.name, quoted=True)


def _differ_in_case(names: list[str]) -> bool:
    return len({name.lower() for name in names}) < len(names)


def scan(paths: Sequence[Path], **options: bool) -> exp.Expr:
    """DuckDB's reading of Parquet files: the paths are taken as they are, and no columns are
    made of their folders' names."""
    literals = [exp.Literal.string(_GLOB.sub(r"[\g<0>]", str(path))) for path in paths]
    options = {"union_by_name": len(paths) > 1, "hive_partitioning": False, **options}
    flags = [exp.EQ(this=exp.column(n), expression=exp.Boolean(this=v)) for n, v in options.items()]
    return exp.Anonymous(this="READ_PARQUET", expressions=[exp.Array(expressions=literals), *flags])
