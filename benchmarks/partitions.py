"""What sets of partitions cost: a million of them, against what as many keys in a set cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from vibepiper.partitions import (
    Partitions,
    PartitionSet,
    cron,
    daily,
    default_mapping,
    dynamic,
    hourly,
    product,
)

from benchmarks.measure import Measure, compare

_BUDGET = "0.3 s"
_NOW = datetime(2022, 1, 1, tzinfo=UTC)
_HOLES = 10


def measure() -> list[Measure]:
    berlin = "Europe/Berlin"
    minutes = cron("* * * * *", "2020-01-01", end="2021-11-25T10:40")
    hours = hourly("1907-11-15", end="2021-12-15", timezone=berlin)
    tenants = product(date=daily("2019-04-07"), tenant=dynamic("tenants"))
    return [
        _planned("1,000,000 minutes", minutes),
        _planned("1,000,000 hours of Berlin", hours),
        _planned("1,000 days of 1,000 tenants", tenants),
        _mapped(berlin),
    ]


def _planned(what: str, partitions: Partitions) -> Measure:
    """Which there are, less ten that were made: how many, and the first ten."""
    keys = [f"tenant-{number}" for number in range(1_000)]
    there = partitions.universe(_NOW, lambda name: keys)
    made = _some(partitions, there)
    listed = set(there.first(100_000))

    def intervals() -> object:
        left = partitions.universe(_NOW, lambda name: keys) - made
        return left.count(), list(left.first(_HOLES)), left.describe()

    sides: dict[str, Callable[[], object]] = {
        "the difference of two sets of 100,000 keys": lambda: listed - set(made),
        "a set of partitions: all, less 10, first 10": intervals,
    }
    return compare(what, sides, budget=_BUDGET)


def _some(partitions: Partitions, there: PartitionSet) -> PartitionSet:
    every = there.count() // (_HOLES + 1)
    spans = [span for n in range(1, _HOLES + 1) for span in there.first(n * every).last(1).spans()]
    return PartitionSet.from_spans(partitions, spans)


def _mapped(zone: str) -> Measure:
    days, hours = (declare("2016-01-01", timezone=zone) for declare in (daily, hourly))
    mapping, there = default_mapping(days, hours), days.universe(_NOW)
    keys = list(there)

    def needed() -> object:
        return [mapping.upstream(key, days, hours, _NOW) for key in keys]

    sides: dict[str, Callable[[], object]] = {
        "2,192 days, listed": lambda: list(there),
        "the hours that each of them needs": needed,
    }
    return compare("mapping", sides, budget="0.1 ms a partition")
