"""The 22 queries of TPC-H in the builder, beside the standard's SQL in DuckDB itself."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from vibepiper_testing.tpch import (
    QUERIES,
    assert_same_answer,
    build_query,
    generate,
    standard_sql,
)
from vibepiper_transform import scan_parquet


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return generate(tmp_path_factory.mktemp("tpch"))


def by_hand(number: int, files: dict[str, Path]) -> pa.Table:
    with duckdb.connect() as connection:
        for table, path in files.items():
            connection.read_parquet(str(path)).create_view(table)
        return connection.sql(standard_sql(number)).to_arrow_table()


@pytest.mark.parametrize("number", QUERIES)
def test_the_builder_gives_what_the_standard_says(number: int, small: dict[str, Path]) -> None:
    tables = {table: scan_parquet(path) for table, path in small.items()}
    built = build_query(number, tables).to_table()
    assert_same_answer(built, by_hand(number, small))


@pytest.mark.long
def test_at_scale_1(tmp_path: Path) -> None:
    """Where no query's answer is empty."""
    files = generate(tmp_path, scale=1)
    tables = {table: scan_parquet(path) for table, path in files.items()}
    for number in QUERIES:
        built = build_query(number, tables).to_table()
        assert built.num_rows > 0
        assert_same_answer(built, by_hand(number, files))
