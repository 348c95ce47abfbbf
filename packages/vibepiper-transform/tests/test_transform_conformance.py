"""What the published suites ask of every relation backend and input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import Asset, asset
from vibepiper.analysis import AnalyzerRequest, KnownUpstream
from vibepiper_testing.conformance import AnalyzerSuite, InputSuite, RelationBackendSuite
from vibepiper_transform import (
    Relation,
    Sum,
    col,
    from_arrow,
    scan_parquet,
    sql_asset,
    transform,
    write_parquet,
)


class TestArrowRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self) -> Callable[[pa.Table], Relation]:
        return from_arrow


class TestParquetRelations(RelationBackendSuite):
    @pytest.fixture
    def relation(self, tmp_path_factory: pytest.TempPathFactory) -> Callable[[pa.Table], Relation]:
        def made(table: pa.Table) -> Relation:
            path = tmp_path_factory.mktemp("relation") / "t.parquet"
            write_parquet(from_arrow(table), path)
            return scan_parquet(path)

        return made


class TestRelationInput(InputSuite):
    component = "vibepiper_transform:Relation"

    def rows(self, given: Relation) -> list[dict[str, object]]:
        return given.to_table().to_pylist()


ORDERS = pa.schema([("id", pa.int64()), ("day", pa.date32()), ("amount", pa.int32())])


def request_of(asset: Asset, root: Path) -> AnalyzerRequest:
    return AnalyzerRequest(asset, {"orders": KnownUpstream("orders", ORDERS)}, {}, root)


class TestTransformAnalyzer(AnalyzerSuite):
    component = "transform"

    def example(self, root: Path) -> AnalyzerRequest:
        @transform
        def daily(orders):  # type: ignore[no-untyped-def]
            return orders.groupby("day").aggregate(total=Sum("amount"))

        return request_of(daily, root)

    def mistaken(self, root: Path) -> AnalyzerRequest:
        return request_of(transform(name="daily")(lambda orders: orders.select("amuont")), root)


class TestPythonAnalyzer(AnalyzerSuite):
    component = "python"

    def example(self, root: Path) -> AnalyzerRequest:
        @asset
        def large(orders: Relation) -> Relation:
            return orders.filter(col("amount") > 3)

        return request_of(large, root)

    def mistaken(self, root: Path) -> AnalyzerRequest:
        return request_of(asset(name="small")(lambda orders: orders.drop("amuont")), root)


class TestSqlAnalyzer(AnalyzerSuite):
    component = "sql"

    def example(self, root: Path) -> AnalyzerRequest:
        @sql_asset
        def daily():  # type: ignore[no-untyped-def]
            return "SELECT day, sum(amount) AS total FROM {{ orders }} GROUP BY day"

        return request_of(daily, root)

    def mistaken(self, root: Path) -> AnalyzerRequest:
        @sql_asset
        def daily():  # type: ignore[no-untyped-def]
            return "SELECT day, amuont FROM {{ orders }}"

        return request_of(daily, root)
