"""The 22 queries of TPC-H, in the builder and written for PostgreSQL, run whole by a real MariaDB
server."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from vibepiper import AssetRef
from vibepiper_mysql import MySQLBackend, MySQLIOManager
from vibepiper_testing.tpch import (
    QUERIES,
    assert_same_answer,
    build_query,
    generate,
    sql_template,
    standard_sql,
)
from vibepiper_transform import Relation, scan_parquet, sql_asset


def test_sql_assets_of_another_dialect_give_the_answers(
    store: MySQLIOManager, tmp_path: Path
) -> None:
    """The tables are small, as MariaDB without indexes is slow, and loaded once."""
    files = generate(tmp_path, scale=0.001)
    for table, path in files.items():
        store.save(AssetRef(table), pq.read_table(path))
    with duckdb.connect() as connection:
        for table, path in files.items():
            connection.read_parquet(str(path)).create_view(table)
        for number in QUERIES:
            made = asset_of(number, store)
            assert made.backend.dialect == "mysql"
            expected = connection.sql(standard_sql(number)).to_arrow_table()
            assert_same_answer(made.to_table(), expected)


@pytest.mark.timeout(600)
def test_the_builder_gives_the_answers(store: MySQLIOManager, tmp_path: Path) -> None:
    """The tables are loaded once, so all queries are one test."""
    files = generate(tmp_path)
    for table, path in files.items():
        store.save(AssetRef(table), pq.read_table(path))
    there = {table: store.relation(AssetRef(table)) for table in files}
    here = {table: scan_parquet(path) for table, path in files.items()}
    for number in QUERIES:
        made = build_query(number, there)
        assert isinstance(made.backend, MySQLBackend)
        assert_same_answer(made.to_table(), build_query(number, here).to_table())


def asset_of(number: int, store: MySQLIOManager) -> Relation:
    def query() -> str:
        return sql_template(number)

    asset = sql_asset(name=f"q{number}", dialect="postgresql")(query)
    made = asset(**{p.name: store.relation(AssetRef(p.name)) for p in asset.parameters})
    assert isinstance(made, Relation)
    return made
