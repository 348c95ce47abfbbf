"""Assets of one file, made by the engine: DuckDB writes each of another, and no row leaves it."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper import Asset, AssetRef, asset
from vibepiper_duckdb import DuckDBIOManager, io_manager
from vibepiper_testing import materialize
from vibepiper_transform import Relation, Sum, col, transform


@asset(io_manager="file")
def orders() -> pa.Table:
    return pa.table({"id": [1, 2, 3], "day": [1, 1, 2], "amount": [5, 7, 9]})


@transform(io_manager="file", materialization="view")
def large(orders: Relation) -> Relation:
    return orders.filter(col("amount") > 5)


@transform(io_manager="file")
def days(large: Relation) -> Relation:
    return large.groupby("day").aggregate(total=Sum("amount"))


@transform(io_manager="file", materialization="incremental", key="day")
def newest(large: Relation) -> Relation:
    return large.groupby("day").aggregate(total=Sum("amount"))


@pytest.mark.parametrize("made", [days, newest], ids=["table", "incremental"])
def test_only_what_python_made_is_written_from_python(
    store: DuckDBIOManager, monkeypatch: pytest.MonkeyPatch, made: Asset
) -> None:
    streamed: list[list[str]] = []
    chunks = io_manager.chunks

    def watched(reader: pa.RecordBatchReader) -> object:
        streamed.append(reader.schema.names)
        return chunks(reader)

    monkeypatch.setattr(io_manager, "chunks", watched)
    materialize(orders, large, made, io_managers={"file": store})
    assert streamed == [["id", "day", "amount"]]
    found = store.relation(AssetRef(made.key)).order_by("day").to_table()
    assert found.to_pylist() == [{"day": 1, "total": 7}, {"day": 2, "total": 9}]
    told = store.relation(AssetRef("orders")).filter(col("amount") > 5).explain(engine=True)
    assert told.parts[0].place.startswith("DuckDB, duckdb://")
    assert told.parts[0].rows is not None
