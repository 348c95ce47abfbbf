"""TPC-H's 22 queries in the builder against the standard's SQL, both run by DuckDB."""

from __future__ import annotations

import statistics

import duckdb
from vibepiper_testing.tpch import QUERIES, build_query, generate, standard_sql
from vibepiper_transform import scan_parquet

from benchmarks.data import FOLDER
from benchmarks.measure import Measure, compare

BY_HAND = "SQL by hand in DuckDB"
BUILDER = "the builder"


def measure() -> list[Measure]:
    files = generate(FOLDER / "tpch", scale=1)
    connection = duckdb.connect()
    for table, path in files.items():
        connection.read_parquet(str(path)).create_view(table)
    tables = {table: scan_parquet(path) for table, path in files.items()}
    found = []
    for number in QUERIES:
        sql, built = standard_sql(number), build_query(number, tables)
        found.append(
            compare(
                f"query {number}, scale 1",
                {
                    BY_HAND: lambda sql=sql: connection.sql(sql).to_arrow_table(),
                    BUILDER: lambda built=built: built.to_table(),
                },
                budget="of the median, within 1.05",
            )
        )
    return [*found, _median(found)]


def _median(found: list[Measure]) -> Measure:
    """The median of the ratios, as parts of 1."""
    ratios = [one.medians[BUILDER] / one.medians[BY_HAND] for one in found]
    medians = {BY_HAND: 1.0, BUILDER: statistics.median(ratios)}
    return Measure("the median of the 22 ratios", medians, "within 1.05")
