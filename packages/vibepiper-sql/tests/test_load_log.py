"""The table of loads, in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlglot import exp
from vibepiper.errors import Fenced
from vibepiper.io_manager import AssetRef, Change, Committed, Slice
from vibepiper_sql import DUCKDB, LOADS, LoadLog, Recorded, create_loads

if TYPE_CHECKING:
    from conftest import Tables

TABLE = exp.table_(LOADS, quoted=True)


def ref(load: int, *keys: str) -> AssetRef:
    parts = (Slice("region", keys, "region"),) if keys else ()
    return AssetRef("orders", load_id=f"{load:x}", partition=parts)


def refuse_older(log: LoadLog, ref: AssetRef, token: int | None) -> None:
    log.refuse_older(ref, token, log.look(ref))


def record(log: LoadLog, ref: AssetRef, change: Change, mode: str, done: Recorded) -> None:
    log.record(ref, change, mode, done, log.look(ref))


@pytest.fixture
def log(tables: Tables) -> LoadLog:
    tables.execute(create_loads(TABLE))
    tables.execute(create_loads(TABLE))
    return LoadLog(tables, TABLE, "orders")


def test_what_a_load_did_is_found_again(log: LoadLog) -> None:
    done = Recorded(3, None, ("column 'a' was added", "quote \"'"))
    record(log, ref(1), Change(), "replace", done)
    assert log.look(ref(1)).done == done
    assert log.look(ref(2)).done is None


def test_loads_of_other_tables_are_others(log: LoadLog) -> None:
    other = LoadLog(log.runner, TABLE, "customers")
    record(log, ref(1), Change(cursor="a", token=9), "append", Recorded(1, 1))
    assert other.look(ref(1)).done is None
    assert other.last(ref(1)) is None
    refuse_older(other, ref(1), 1)
    record(other, ref(1), Change(), "append", Recorded(1, 1))


def test_a_table_that_is_gone_has_no_loads(log: LoadLog) -> None:
    other = LoadLog(log.runner, TABLE, "customers")
    for each in (log, other):
        record(each, ref(1, "eu"), Change(), "append", Recorded(1, 1))
    log.clear()
    assert log.look(ref(1)).done is None
    assert other.look(ref(1, "eu")).done is not None


def test_the_last_load_of_a_partition_and_of_all(log: LoadLog) -> None:
    record(log, ref(1, "eu"), Change(cursor="a", token=1), "append", Recorded(1, 1))
    record(log, ref(2, "us"), Change(cursor="b"), "append", Recorded(1, 5))
    assert log.last(ref(3, "eu")) == Committed("1", "a", 1)
    assert log.last(ref(3)) == Committed("2", "b")
    assert log.last(ref(3, "asia")) is None
    assert log.last_total() == 5


def test_a_load_of_several_partitions_is_that_of_each(log: LoadLog) -> None:
    days = tuple(f"day {number}" for number in range(12_000))
    done = Recorded(3, 9)
    record(log, ref(1, *days), Change(cursor="a", token=7), "delete_insert", done)
    assert (log.look(ref(1, *days)).done, log.last_total()) == (done, 9)
    assert log.last(ref(2, "day 11999")) == Committed("1", "a", 7)
    with pytest.raises(Fenced):
        refuse_older(log, ref(2, "day 11999"), 6)


def test_an_older_token_is_fenced(log: LoadLog) -> None:
    record(log, ref(1, "eu"), Change(token=5), "append", Recorded(1, 1))
    refuse_older(log, ref(2, "us"), 4)
    refuse_older(log, ref(2, "eu"), 5)
    refuse_older(log, ref(2, "eu"), None)
    for late in (ref(2, "eu"), ref(2)):
        with pytest.raises(Fenced, match=r"the token 4, and one with the token 5 has written ord"):
            refuse_older(log, late, 4)


def test_names_fold_as_the_engines_fold_them() -> None:
    names = ("Orders", "ORDERS", "ÄRA", "äRA")
    assert [*map(DUCKDB.folded, names)] == ["orders", "orders", "Ära", "ära"]
