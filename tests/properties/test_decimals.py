"""Decimals have DuckDB's digits and types on engines that have decimals."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper_transform import UnsupportedSql, sql_asset

from tests.properties.engines import Engine

AMOUNTS = ["10.50", "-0.01", None, "12345678901234567890.12", "0.00"]
TABLES = {
    "m": pa.table(
        {
            "id": [1, 2, 3, 4, 5],
            "k": ["a", "a", "b", None, "b"],
            "amt": pa.array([a and Decimal(a) for a in AMOUNTS], pa.decimal128(24, 2)),
            "x": [1.005, -1.005, 2.5, None, 0.285],
            "n": [15, -15, 2**53 + 1, None, 449],
        }
    )
}
QUERIES = [
    "SELECT k, min(amt) AS a, sum(amt) AS b, max(amt) - min(amt) AS c FROM {{ m }} GROUP BY k",
    "SELECT id, amt + 1 AS a, coalesce(amt, 0) AS b, -amt AS c, abs(amt) AS d FROM {{ m }}",
    "SELECT s FROM (SELECT sum(amt) AS s FROM {{ m }} GROUP BY k) AS q",
    "WITH w AS (SELECT amt * 1.5 AS a FROM {{ m }}) SELECT * FROM w",
    "SELECT amt FROM {{ m }} UNION ALL SELECT amt * 1.25 FROM {{ m }} UNION ALL SELECT 7",
    "SELECT id, lag(amt) OVER (ORDER BY id) AS a FROM {{ m }}",
    "SELECT id, n * 1.5 AS a, 0.1 + 0.2 AS b FROM {{ m }} WHERE n < 1000",
    "SELECT id, x::DECIMAL(10, 2) AS a, x::DECIMAL(5, 0) AS b, "
    "(x * 1000)::DECIMAL(18, 3) AS c FROM {{ m }}",
    "SELECT id, x::DECIMAL(18, 15) AS a, amt::DECIMAL(38, 3) AS b FROM {{ m }} WHERE id > 2",
    "SELECT id, x::DECIMAL AS a, x::NUMERIC(9) AS b FROM {{ m }}",
    "SELECT coalesce(x.a, least(x.b, 1)) AS a FROM "
    "(SELECT NULL::BIGINT AS a, n AS b FROM {{ m }}) AS x",
    "SELECT id, round(n) AS a, round(n, 2) AS b, round(n, -1) AS c, round(n, -2) AS d FROM {{ m }}",
]


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
@pytest.mark.parametrize("sql", QUERIES)
def test_digits_and_types_are_duckdbs(engines: dict[str, Engine], engine: str, sql: str) -> None:
    def made():
        return sql

    declared = sql_asset(dialect="duckdb")(made)
    told, found = (declared(**engines[name].keep(TABLES)).to_table() for name in ("duckdb", engine))
    assert found.schema.types == told.schema.types
    assert sorted(map(repr, found.to_pylist())) == sorted(map(repr, told.to_pylist()))


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_more_decimals_than_a_double_tells_are_refused(
    engines: dict[str, Engine], engine: str
) -> None:
    @sql_asset
    def made():
        return "SELECT x::DECIMAL(38, 20) AS a FROM {{ m }}"

    with pytest.raises(UnsupportedSql, match="a DOUBLE with 20 decimals"):
        made(**engines["duckdb"].keep(TABLES)).sql(engine)
