"""dbgen's data, and the 22 queries in standard SQL."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from vibepiper_testing import tpch


def opened(files: dict[str, Path]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table, path in files.items():
        connection.read_parquet(str(path)).create_view(table)
    return connection


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(tpch.generate(tmp_path_factory.mktemp("tpch"))) as connection:
        yield connection


def test_the_tables_have_the_rows_that_the_specification_says(
    small: duckdb.DuckDBPyConnection,
) -> None:
    rows = {name: len(small.table(name)) for name in tpch.TABLES if name != "lineitem"}
    assert rows == {
        "customer": 1500,
        "nation": 25,
        "orders": 15000,
        "part": 2000,
        "partsupp": 8000,
        "region": 5,
        "supplier": 100,
    }


@pytest.mark.parametrize("number", tpch.QUERIES)
def test_every_query_runs(small: duckdb.DuckDBPyConnection, number: int) -> None:
    assert small.sql(tpch.standard_sql(number)).columns


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    made = tpch.generate(tmp_path, scale=0.001)
    before = {path: path.stat().st_mtime_ns for path in made.values()}
    tpch.generate(tmp_path, scale=0.001)
    assert {path: path.stat().st_mtime_ns for path in made.values()} == before


@pytest.mark.long
def test_the_published_answers_at_scale_1(tmp_path: Path) -> None:
    """Of the answers that the TPC publishes for its qualification database."""
    with opened(tpch.generate(tmp_path, scale=1)) as connection:

        def answer(number: int) -> tuple[object, ...]:
            return connection.sql(tpch.standard_sql(number)).fetchall()[0]

        assert answer(1)[2:4] == (Decimal("37734107.00"), Decimal("56586554400.73"))
        assert answer(4) == ("1-URGENT", 10594)
        assert answer(6) == (Decimal("123141078.2283"),)
        assert answer(12) == ("MAIL", 6202, 9324)
        assert answer(14)[0] == pytest.approx(16.3807786263955)
        assert answer(17)[0] == pytest.approx(348406.054285714)
        assert answer(19) == (Decimal("3083843.0578"),)
        assert answer(22) == ("13", 888, Decimal("6737713.99"))
