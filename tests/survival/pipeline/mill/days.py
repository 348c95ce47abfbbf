"""Partitions: days, and days of regions, in three stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute
from vibepiper import asset, incremental
from vibepiper.partitions import PartitionKey, daily, product, static

from mill.rounds import entered

DAYS = daily("2026-01-01", end="2026-01-07", column="at")
REGIONS = static(["eu", "us"], column="region")
BOTH = product(date=DAYS, region=REGIONS)
SEEN = pa.schema({"at": pa.timestamp("us", "UTC"), "region": pa.string(), "round": pa.int64()})


def seen(number: int, days: list[str]) -> pa.Table:
    """Of some days none, of others many."""
    rows = []
    for day in days:
        begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
        for place in range((number + begin.day) % 7):
            at = begin + timedelta(hours=23, minutes=59, microseconds=place)
            rows.append({"at": at, "region": ("eu", "us")[place % 2], "round": number})
    return pa.Table.from_pylist(rows, schema=SEEN)


@asset(partitions=DAYS, cache=False)
def days(date: str) -> pa.Table:
    return seen(entered("days", date), [date])


def declare(prefix: str, store: str) -> None:
    @asset(name=f"{prefix}_days", io_manager=store, partitions=DAYS)
    def of_days(days: pa.Table, date: str) -> pa.Table:
        entered(f"{prefix}_days", date)
        return days

    @asset(
        name=f"{prefix}_replaced",
        io_manager=store,
        partitions=DAYS,
        cache=False,
        materialization=incremental("delete_insert"),
    )
    def replaced(date: str) -> pa.Table:
        return seen(entered(f"{prefix}_replaced", date), [date])

    @asset(name=f"{prefix}_regions", io_manager=store, partitions=BOTH)
    def regions(days: pa.Table, date: str, region: str) -> pa.Table:
        entered(f"{prefix}_regions", f"{date}/{region}")
        return days.filter(pa.compute.equal(days["region"], region))


def declare_ranges(prefix: str, store: str) -> None:
    @asset(name=f"{prefix}_ranges", io_manager=store, partitions=DAYS, ranges=True)
    def ranges(days: pa.Table, date: list[PartitionKey]) -> pa.Table:
        for day in date:
            entered(f"{prefix}_ranges", str(day))
        return days


declare("file", "default")
declare("duck", "warehouse")
declare("pg", "postgres")
declare_ranges("duck", "warehouse")
declare_ranges("pg", "postgres")
