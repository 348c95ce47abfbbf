"""The 22 queries of TPC-H as SQL assets of PostgreSQL, run whole by a real server."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from vibepiper import AssetRef
from vibepiper_postgres import PostgresBackend, PostgresIOManager
from vibepiper_testing.tpch import (
    QUERIES,
    assert_same_answer,
    generate,
    sql_template,
    standard_sql,
)
from vibepiper_transform import Relation, sql_asset


def test_tpch_as_sql_assets(store: PostgresIOManager, tmp_path: Path) -> None:
    """The tables are loaded once, so all queries are one test."""
    files = generate(tmp_path)
    for table, path in files.items():
        store.save(AssetRef(table), pq.read_table(path))
    with duckdb.connect() as connection:
        for table, path in files.items():
            connection.read_parquet(str(path)).create_view(table)
        for number in QUERIES:
            made = asset_of(number, store)
            assert isinstance(made.backend, PostgresBackend)
            expected = connection.sql(standard_sql(number)).to_arrow_table()
            assert_same_answer(made.to_table(), expected)


def asset_of(number: int, store: PostgresIOManager) -> Relation:
    def query() -> str:
        return sql_template(number)

    asset = sql_asset(name=f"q{number}", dialect="postgresql")(query)
    made = asset(**{p.name: store.relation(AssetRef(p.name)) for p in asset.parameters})
    assert isinstance(made, Relation)
    return made
