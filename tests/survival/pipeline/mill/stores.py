"""The same assets in three stores: one of every way to change a table."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute
from vibepiper import Cursor, asset, incremental

from mill.rounds import changes, entered, table


def declare(prefix: str, store: str) -> None:
    @asset(name=f"{prefix}_copy", io_manager=store)
    def copy(source: pa.Table) -> pa.Table:
        entered(f"{prefix}_copy")
        return source

    @asset(
        name=f"{prefix}_append",
        io_manager=store,
        materialization=incremental("append", cursor="seq"),
    )
    def append(cursor: Cursor) -> pa.Table:
        number = entered(f"{prefix}_append")
        first = 1 if cursor.last is None else cursor.last // 100 + 1
        return table(changes(first, number))

    @asset(
        name=f"{prefix}_chunks",
        io_manager=store,
        materialization=incremental("append", cursor="seq", chunks=True),
    )
    def chunks(cursor: Cursor) -> Iterator[pa.Table]:
        number = entered(f"{prefix}_chunks")
        first = 0 if cursor.last is None else cursor.last
        rows = [row for row in changes(first // 100, number) if row["seq"] > first]
        for start in range(0, len(rows), 4):
            yield table(rows[start : start + 4])

    @asset(
        name=f"{prefix}_upsert",
        io_manager=store,
        key="id",
        materialization=incremental(cursor="updated_at", deleted="gone"),
    )
    def upsert(changed: pa.Table) -> pa.Table:
        entered(f"{prefix}_upsert")
        return changed

    @asset(
        name=f"{prefix}_two_keys",
        io_manager=store,
        key=["id", "region"],
        materialization=incremental("upsert", cursor="seq", lookback=200),
    )
    def two_keys(cursor: Cursor) -> pa.Table:
        number = entered(f"{prefix}_two_keys")
        return table(changes((cursor.start or 0) // 100, number))

    @asset(
        name=f"{prefix}_history",
        io_manager=store,
        key="id",
        materialization=incremental("scd2", close_missing=True),
    )
    def history(source: pa.Table) -> pa.Table:
        entered(f"{prefix}_history")
        return source

    @asset(
        name=f"{prefix}_since",
        io_manager=store,
        key="id",
        materialization=incremental("scd2", cursor="updated_at", deleted="gone"),
    )
    def since(changed: pa.Table) -> pa.Table:
        entered(f"{prefix}_since")
        return changed

    @asset(
        name=f"{prefix}_by_region",
        io_manager=store,
        key="region",
        materialization=incremental("delete_insert"),
    )
    def by_region(source: pa.Table) -> pa.Table:
        entered(f"{prefix}_by_region")
        newest = pa.compute.max(source["seq"]).as_py() // 100
        region = ("eu", "us", "日本")[newest % 3]
        return source.filter(pa.compute.equal(source["region"], region))


declare("file", "default")
declare("duck", "warehouse")
declare("pg", "postgres")
