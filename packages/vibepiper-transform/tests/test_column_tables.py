"""Types of queries over columns that have no rows are those of queries over the data itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import cast

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp, parse_one
from vibepiper_transform.column_tables import kinds_in
from vibepiper_transform.dialects.native import nodes_at_last
from vibepiper_transform.sources import ArrowSource

KINDS = [
    *(pa.null(), pa.int8(), pa.uint64(), pa.float32(), pa.bool_(), pa.string(), pa.binary(16)),
    *(pa.decimal128(38, 4), pa.date64(), pa.time64("ns"), pa.timestamp("s"), pa.duration("us")),
    *(pa.timestamp("us", "Europe/Paris"), pa.list_(pa.null()), pa.map_(pa.string(), pa.int64())),
    *(pa.dictionary(pa.int32(), pa.string()), pa.list_(pa.int8(), 3)),
    pa.struct([("a b", pa.int8()), ('q"x', pa.list_(pa.string()))]),
]


def told(schema: pa.Schema, query: str = "SELECT * FROM {}") -> dict[str, str]:
    """By `kinds_in`."""
    source = ArrowSource(schema, schema.empty_table)
    tree = parse_one(query.format(source.name), dialect="duckdb")
    return kinds_in(tree, [source])  # type: ignore[arg-type]


def read(schema: pa.Schema) -> dict[str, str]:
    """By DuckDB, of the data."""
    with duckdb.connect() as connection:
        found = connection.from_arrow(schema.empty_table())
        return dict(zip(found.columns, map(str, found.types), strict=True))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_type_is_told_as_it_is_read(kind: pa.DataType) -> None:
    schema = pa.schema([("x", kind), ('na"me', pa.int64())])
    assert told(schema) == read(schema)


@pytest.mark.parametrize("names", [("a", "A", "a_1"), ("", "b"), ("a", "a"), ("select", "x y")])
def test_names_are_those_that_duckdb_gives(names: tuple[str, ...]) -> None:
    schema = pa.schema([(name, pa.int32()) for name in names])
    assert told(schema) == read(schema)


def test_a_column_is_known_by_the_name_of_its_source() -> None:
    schema = pa.schema([("x", pa.int32())])
    assert told(schema, "SELECT {0}.x + 1 AS y FROM {0} AS other, {0}") == {"y": "INTEGER"}


def test_no_cte_of_the_query_is_taken_for_a_source() -> None:
    schema = pa.schema([("x", pa.int32())])
    ctes = ", ".join(f"columns_{number} AS (SELECT 'text' AS x)" for number in range(200))
    assert told(schema, f"WITH {ctes} SELECT * FROM {{0}}") == {"x": "INTEGER"}


def test_a_copy_is_used_up_or_the_query_itself() -> None:
    source = ArrowSource(pa.schema([("x", pa.int32())]), lambda: pa.table({"x": [1]}))
    query = f"SELECT x, sum(x) OVER () / 2 AS y FROM {source.name} AS t WHERE t.x > 0"
    tree = cast("exp.Query", parse_one(query, dialect="duckdb"))
    before = tree.sql("duckdb")
    kinds = kinds_in(tree, [source])
    assert tree.sql("duckdb") == before
    assert kinds_in(tree, [source], nodes_at_last) == kinds == {"x": "INTEGER", "y": "DOUBLE"}


def test_threads_make_tables_beside_each_other() -> None:
    schemas = [pa.schema([(f"c{n % 7}", pa.int64()), ("d", pa.string())]) for n in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(told, schemas)) == [read(schema) for schema in schemas]
