"""Partitions are the rows within their slices."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from vibepiper import AssetRef, Change
from vibepiper.errors import DataError, DefinitionError, Fenced, NotMaterialized
from vibepiper.io_manager import Committed, Slice
from vibepiper_postgres import PostgresIOManager

BERLIN = ZoneInfo("Europe/Berlin")
SALES = AssetRef("sales")


def day(number: int, column: str | None = "day", zone: Any = UTC) -> Slice:
    begin = datetime(2026, 3, number, tzinfo=zone)
    end = datetime(2026, 3, number + 1, tzinfo=zone)
    return Slice("date", (f"2026-03-{number:02}",), column, begin, end)


def of(*parts: Slice, load: int | None = None) -> AssetRef:
    return AssetRef("sales", load_id=None if load is None else f"{load:x}", partition=parts)


def write(
    store: PostgresIOManager, ref: AssetRef, change: Change | None = None, **columns: Any
) -> None:
    store.apply(ref, store.stage(ref, pa.table(columns)), change or Change())


def held(store: PostgresIOManager, ref: AssetRef, column: str = "n") -> list[Any]:
    return sorted(store.load(ref).read_all()[column].to_pylist())


def test_a_partition_is_replaced_by_itself(store: PostgresIOManager) -> None:
    write(store, of(day(1), load=1), day=[date(2026, 3, 1)] * 2, n=[1, 2])
    write(store, of(day(2), load=2), day=[date(2026, 3, 2)], n=[3])
    write(store, of(day(1), load=3), day=[date(2026, 3, 1)], n=[4])
    assert held(store, SALES) == [3, 4]
    assert held(store, of(day(1))) == [4]
    assert store.relation(of(day(2))).to_table()["n"].to_pylist() == [3]
    assert store.relation(of(day(2))).filter().count() == 1


def test_an_empty_partition_is_there_once_it_was_loaded(store: PostgresIOManager) -> None:
    write(store, of(day(1), load=1), day=[date(2026, 3, 1)], n=[1])
    write(store, of(day(2), load=2), day=pa.array([], pa.date32()), n=pa.array([], pa.int64()))
    assert store.exists(of(day(2)))
    assert held(store, of(day(2))) == []
    assert not store.exists(of(day(3)))
    with pytest.raises(NotMaterialized, match=r"has not all of the partitions 2026-03-03"):
        store.load(of(day(3)))


def test_partitions_are_read_together(store: PostgresIOManager) -> None:
    for number in (1, 2, 3):
        write(store, of(day(number), load=number), day=[date(2026, 3, number)], n=[number])
    begin, end = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
    both = Slice("date", ("2026-03-02", "2026-03-03"), "day", begin, end)
    assert held(store, of(both)) == [2, 3]


def test_two_dimensions_are_within_both(store: PostgresIOManager) -> None:
    eu, us = (Slice("region", (name,), "region") for name in ("eu", "u's"))
    one, two = date(2026, 3, 1), date(2026, 3, 2)
    write(store, of(day(1), eu, load=1), day=[one], region=["eu"], n=[1])
    write(store, of(day(1), us, load=2), day=[one], region=["u's"], n=[2])
    write(store, of(day(2), eu, load=3), day=[two], region=["eu"], n=[3])
    write(store, of(day(1), us, load=4), day=[one], region=["u's"], n=[4])
    assert held(store, SALES) == [1, 3, 4]
    assert held(store, of(day(1), us)) == [4]
    assert not store.exists(of(day(2), us))


def test_days_of_a_zone_over_a_change_of_daylight_saving(store: PostgresIOManager) -> None:
    """29 March has 23 hours in Berlin; every hour is in one day, and none is lost."""
    first = datetime(2026, 3, 28, tzinfo=BERLIN).astimezone(UTC)
    hours = [first + timedelta(hours=hour) for hour in range(24 + 23 + 24)]
    for number in (28, 29, 30):
        mine = [moment for moment in hours if moment.astimezone(BERLIN).day == number]
        part = day(number, "at", BERLIN)
        for load in (number, number + 100):  # and again
            write(store, of(part, load=load), at=mine, n=list(range(len(mine))))
        assert len(held(store, of(part))) == {28: 24, 29: 23, 30: 24}[number]
    assert held(store, SALES, "at") == hours


@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_timestamps_of_any_kind_are_compared_as_utc(
    store: PostgresIOManager, zone: str | None
) -> None:
    moments = pa.array([datetime(2026, 3, 1), datetime(2026, 3, 1, 23, 59)], pa.timestamp("us"))
    kind = pa.timestamp("us", zone)
    write(store, of(day(1, "at"), load=1), at=moments.cast(kind), n=[1, 2])
    write(store, of(day(1, "at"), load=2), at=moments.cast(kind), n=[3, 4])
    assert held(store, SALES) == [3, 4]


def test_rows_outside_the_partition_are_refused(store: PostgresIOManager) -> None:
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 2)]
    for number in (1, 2):
        with pytest.raises(DataError, match=r"2 of the staged rows are not of .* day = .*3, 2\)"):
            write(store, of(day(1), load=number), day=days, n=[1, 2, 3])
        write(store, of(day(2), load=3), day=[date(2026, 3, 2)], n=[1])
    assert held(store, SALES) == [1]


def test_a_null_is_in_no_partition(store: PostgresIOManager) -> None:
    with pytest.raises(DataError, match=r"1 of the staged rows are not of"):
        write(store, of(day(1), load=1), day=[date(2026, 3, 1), None], n=[1, 2])


def test_a_slice_without_a_column_is_refused_and_leaves_nothing(store: PostgresIOManager) -> None:
    ref = of(day(1, None), load=1)
    with pytest.raises(DefinitionError, match=r"asset 'sales'.*'date'\n.*partitions=.*column="):
        store.stage(ref, pa.table({"n": [1]}))
    assert not store.exists(ref)


def test_loads_of_partitions_are_known_apart(store: PostgresIOManager) -> None:
    change = Change(cursor="a", token=5)
    write(store, of(day(1), load=1), change, day=[date(2026, 3, 1)], n=[1])
    write(store, of(day(2), load=2), Change(token=2), day=[date(2026, 3, 2)], n=[1])
    assert store.committed(of(day(1))) == Committed("1", "a", 5)
    assert store.committed(of(day(2))) == Committed("2", None, 2)
    assert store.committed(SALES) == Committed("2", None, 2)
    assert store.committed(of(day(3))) is None


def test_a_partition_is_fenced_by_itself_and_by_the_whole(store: PostgresIOManager) -> None:
    one = {"day": [date(2026, 3, 1)], "n": [1]}
    write(store, of(day(1), load=1), Change(token=5), **one)
    with pytest.raises(Fenced, match="token 4, and one with the token 5"):
        write(store, of(day(1), load=2), Change(token=4), **one)
    with pytest.raises(Fenced, match="token 4, and one with the token 5"):
        write(store, of(load=3), Change(token=4), **one)
    write(store, of(load=4), Change(token=6), **one)
    with pytest.raises(Fenced, match="token 5, and one with the token 6"):
        write(store, of(day(2), load=5), Change(token=5), day=[date(2026, 3, 2)], n=[1])


def test_all_that_is_replaced_begins_anew(store: PostgresIOManager) -> None:
    write(store, of(day(1), load=1), day=[date(2026, 3, 1)], n=[1])
    write(store, of(load=2), day=[date(2026, 3, 2)], n=[1])
    assert not store.exists(of(day(1)))


def test_a_partition_of_the_staged_data_is_all_of_it(store: PostgresIOManager) -> None:
    """Checks see every staged row, also one that the partition will refuse."""
    ref = of(day(1), load=1)
    store.stage(ref, pa.table({"day": [date(2026, 3, 2)], "n": [1]}))
    assert held(store, ref) == [1]
    assert store.greatest(ref, "n") == pa.scalar(1)


@pytest.mark.parametrize("mode", ["append", "upsert", "scd2"])
def test_other_modes_write_within_a_partition(store: PostgresIOManager, mode: Any) -> None:
    change = Change(mode=mode, key=("n",), at=datetime(2026, 3, 1, tzinfo=UTC))
    for number, load in ((1, 1), (2, 2)):
        write(store, of(day(number), load=load), change, day=[date(2026, 3, number)], n=[number])
    assert held(store, SALES) == [1, 2]
    assert held(store, of(day(2))) == [2]
    with pytest.raises(DataError, match="not of the partition"):
        write(store, of(day(2), load=3), change, day=[date(2026, 3, 1)], n=[5])
