"""TPC-H's 22 queries in the builder and as SQL assets, against the standard's SQL in DuckDB."""

from __future__ import annotations

import statistics

import duckdb
import pyarrow as pa
from vibepiper import Asset
from vibepiper_testing.tpch import QUERIES, build_query, generate, sql_template, standard_sql
from vibepiper_transform import Relation, scan_parquet, sql_asset

from benchmarks.data import FOLDER
from benchmarks.measure import Measure, compare

BY_HAND = "SQL by hand in DuckDB"
BUILDER = "the builder"
ASSET = "a SQL asset, rendered and resolved"


def measure() -> list[Measure]:
    files = generate(FOLDER / "tpch", scale=1)
    connection = duckdb.connect()
    for table, path in files.items():
        connection.read_parquet(str(path)).create_view(table)
    tables = {table: scan_parquet(path) for table, path in files.items()}
    found = []
    for number in QUERIES:
        sql, built = standard_sql(number), build_query(number, tables)
        asset = _asset(number)
        found.append(
            compare(
                f"query {number}, scale 1",
                {
                    BY_HAND: lambda sql=sql: connection.sql(sql).to_arrow_table(),
                    BUILDER: lambda built=built: built.to_table(),
                    ASSET: lambda asset=asset: _made(asset, tables),
                },
                budget="of the median, within 1.05",
            )
        )
    return [*found, _median(found)]


def _asset(number: int) -> Asset:
    def query() -> str:
        return sql_template(number)

    return sql_asset(name=f"q{number}")(query)


def _made(asset: Asset, tables: dict[str, Relation]) -> pa.Table:
    """From the declared asset on, as a run does it."""
    made: Relation = asset(**{p.name: tables[p.name] for p in asset.parameters})
    return made.to_table()


def _median(found: list[Measure]) -> Measure:
    """The median of the ratios, as parts of 1."""
    medians = {BY_HAND: 1.0}
    for side in (BUILDER, ASSET):
        ratios = [one.medians[side] / one.medians[BY_HAND] for one in found]
        medians[side] = statistics.median(ratios)
    return Measure("the median of the 22 ratios", medians, "within 1.05")
