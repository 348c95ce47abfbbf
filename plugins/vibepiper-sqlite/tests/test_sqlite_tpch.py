"""The 22 queries of TPC-H in the builder, run whole by SQLite. It has no decimals: amounts are
doubles, and are refused as decimals."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vibepiper import AssetRef
from vibepiper.errors import DataError
from vibepiper_sqlite import SQLiteBackend, SQLiteIOManager
from vibepiper_testing.tpch import QUERIES, assert_same_answer, build_query, generate
from vibepiper_transform import from_arrow


def with_doubles(table: pa.Table) -> pa.Table:
    kinds = [pa.float64() if pa.types.is_decimal(f.type) else f.type for f in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


@pytest.mark.timeout(600)
def test_tpch_in_the_builder(store: SQLiteIOManager, tmp_path: Path) -> None:
    """The tables are loaded once, so all queries are one test."""
    tables = {t: with_doubles(pq.read_table(path)) for t, path in generate(tmp_path).items()}
    for name, table in tables.items():
        store.save(AssetRef(name), table)
    there = {name: store.relation(AssetRef(name)) for name in tables}
    here = {name: from_arrow(table) for name, table in tables.items()}
    for number in QUERIES:
        made = build_query(number, there)
        assert isinstance(made.backend, SQLiteBackend)
        assert_same_answer(made.to_table(), build_query(number, here).to_table())


def test_decimals_are_refused(store: SQLiteIOManager, tmp_path: Path) -> None:
    orders = pq.read_table(generate(tmp_path)["orders"])
    with pytest.raises(DataError, match=r"column 'o_totalprice': SQLite has no type for decimal"):
        store.save(AssetRef("orders"), orders)
