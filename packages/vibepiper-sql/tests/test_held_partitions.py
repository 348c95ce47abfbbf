"""The table of partitions, in DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp
from vibepiper.io_manager import AssetRef, Slice
from vibepiper_sql import PARTITIONS, HeldPartitions, create_partitions

if TYPE_CHECKING:
    from conftest import Tables

TABLE = exp.table_(PARTITIONS, quoted=True)
START = datetime(1969, 12, 30, tzinfo=UTC)
REGIONS = ("a/b", "a%2Fb", "eu")


@pytest.fixture
def held(tables: Tables) -> HeldPartitions:
    tables.execute(create_partitions(TABLE))
    tables.execute(create_partitions(TABLE))
    return HeldPartitions(tables, TABLE, "orders")


def regions(*keys: str) -> AssetRef:
    return AssetRef("orders", partition=(Slice("region", keys, "region"),))


def days(first: int, after: int, *keys: str) -> AssetRef:
    """The days from ``first`` up to but not including ``after``, of the regions."""
    begin, end = (START + timedelta(days=number) for number in (first, after))
    named = tuple(f"{begin + timedelta(days=n):%Y-%m-%d}" for n in range(after - first))
    parts = (Slice("region", keys, "region"), Slice("date", named, "day", begin, end))
    return AssetRef("orders", partition=parts)


def rows(held: HeldPartitions) -> int:
    return len(held.runner.rows(exp.select("*").from_(TABLE.copy())))


def test_a_partition_without_time_is_held(held: HeldPartitions) -> None:
    held.add(regions("eu"))
    held.add(regions("eu"))
    assert held.holds(regions("eu"))
    assert not held.holds(regions("eu", "us"))
    held.add(regions("us"))
    assert held.holds(regions("eu", "us"))


def test_those_of_a_table_are_forgotten_alone(held: HeldPartitions) -> None:
    other = HeldPartitions(held.runner, TABLE, "customers")
    for each in (held, other):
        each.add(regions("eu"))
    held.clear()
    assert not held.holds(regions("eu"))
    assert other.holds(regions("eu"))


def test_days_that_follow_each_other_are_one_row(held: HeldPartitions) -> None:
    for first in (0, 2, 4, 3, 1):
        held.add(days(first, first + 1, "eu"))
    assert rows(held) == 1
    assert held.holds(days(0, 5, "eu"))
    assert not held.holds(days(0, 6, "eu"))


RANGES = st.tuples(st.sampled_from(REGIONS), st.integers(0, 12), st.integers(1, 4))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RANGES, max_size=12), st.integers(0, 12), st.integers(1, 4))
def test_any_ranges_are_held_as_a_set_of_days_is(
    held: HeldPartitions, loaded: list[tuple[str, int, int]], first: int, number: int
) -> None:
    held.clear()
    known: set[tuple[str, int]] = set()
    for region, begin, length in loaded:
        held.add(days(begin, begin + length, region))
        known |= {(region, day) for day in range(begin, begin + length)}
    asked = range(first, first + number)
    for region in REGIONS:
        there = all((region, day) in known for day in asked)
        assert held.holds(days(first, first + number, region)) == there
    gaps = {(region, day) for region, day in known if (region, day - 1) not in known}
    assert rows(held) == len(gaps)
