"""Strategies of assets with partitions, through the engine, on each kind of store."""

from __future__ import annotations

from datetime import date

import pytest
from vibepiper.partition_choice import PartitionChoice

PARTED = """
DAYS = daily("2026-03-01", end="2026-03-04", column="day")


@asset(partitions=DAYS, key="id", materialization=incremental({options}))
def sales(date):
    return [row for row in delivered() if str(row["day"]) == date]
"""
MARCH = [date(2026, 3, number) for number in range(1, 4)]


def every(engine, options, *rows):
    engine.pipeline(PARTED.format(options=options)).deliver(list(rows))
    partitions = PartitionChoice(tuple(sorted({str(row["day"]) for row in rows})))
    return engine.make(partitions=partitions, force=True)


@pytest.mark.parametrize("mode", ["append", "upsert", "delete_insert"])
def test_a_key_may_be_in_several_partitions(stored, mode):
    """A partition is written by itself: what it holds does not depend on the order of others."""
    first, second = [{"day": MARCH[n], "id": 1, "n": n} for n in range(2)]
    every(stored, f"'{mode}'", first, second)
    assert stored.rows("sales", "day") == [first, second]
    if mode != "append":
        every(stored, f"'{mode}'", {**first, "n": 5})
        assert stored.rows("sales", "day") == [{**first, "n": 5}, second]


ORDERED = "'upsert', cursor='n', deleted='gone'"


def test_a_key_of_another_partition_is_no_newer_row_and_is_not_deleted(stored):
    first, second = [{"day": MARCH[n], "id": 1, "n": 9 - n, "gone": False} for n in range(2)]
    every(stored, ORDERED, first)
    every(stored, ORDERED, second)
    assert stored.rows("sales", "day") == [first, second]
    every(stored, ORDERED, {**second, "n": 9, "gone": True})
    assert stored.rows("sales", "day") == [first]


def test_a_column_that_is_left_out_stays_as_it_is_in_the_own_partition(stored):
    first, second = [{"day": MARCH[n], "id": 1, "n": n, "more": "x"} for n in range(2)]
    every(stored, "'upsert'", first, second)
    every(
        stored, "'upsert'", {"day": MARCH[1], "id": 1, "n": 7}, {"day": MARCH[1], "id": 2, "n": 8}
    )
    found = [(row["id"], row["n"], row["more"]) for row in stored.rows("sales", "day", "id")]
    assert found == [(1, 0, "x"), (1, 7, "x"), (2, 8, None)]


@pytest.mark.parametrize("options", ["'scd2', close_missing=True", "'scd2', cursor='n'"])
def test_a_key_has_a_history_in_each_partition(stored, options):
    first, second = [{"day": MARCH[n], "id": 1, "n": n} for n in range(2)]
    every(stored, options, first, second)
    every(stored, options, {**second, "n": 5})
    rows = stored.rows("sales", "day", "n")
    found = [(row["day"], row["n"], row["valid_to"] is None) for row in rows]
    # The cursor is no part of what a version says.
    ends = [(MARCH[1], 1, False), (MARCH[1], 5, True)]
    assert found == [(MARCH[0], 0, True), *(ends if "close" in options else [(MARCH[1], 1, True)])]


def test_delete_insert_of_a_partition_with_a_key_replaces_all_of_it(stored):
    rows = [{"day": MARCH[0], "id": 1, "n": 1}, {"day": MARCH[0], "id": 2, "n": 2}]
    every(stored, "'delete_insert'", *rows, {"day": MARCH[1], "id": 1, "n": 3})
    every(stored, "'delete_insert'", {"day": MARCH[0], "id": 1, "n": 9})
    assert [(row["id"], row["n"]) for row in stored.rows("sales", "day")] == [(1, 9), (1, 3)]


def test_an_upsert_of_a_partition_keeps_the_other_rows_of_it(stored):
    day = MARCH[0]
    every(stored, "'upsert'", {"day": day, "id": 1, "n": 1}, {"day": day, "id": 2, "n": 2})
    every(stored, "'upsert'", {"day": day, "id": 2, "n": 3})
    assert [(row["id"], row["n"]) for row in stored.rows("sales", "id")] == [(1, 1), (2, 3)]


def test_rows_of_another_partition_are_refused(stored):
    stored.pipeline(PARTED.format(options="'delete_insert'").replace("== date", '!= "x"'))
    stored.deliver([{"day": MARCH[0], "id": 1}, {"day": MARCH[1], "id": 1}])
    run = stored.run(partitions=PartitionChoice(("2026-03-01",)))
    assert run.statuses == {"sales[2026-03-01]": "failed"}
    assert not stored.exists("sales")


def test_a_history_is_kept_by_partition(stored):
    day = MARCH[0]
    every(stored, "'scd2', close_missing=True", {"day": day, "id": 1, "n": 1})
    every(stored, "'scd2', close_missing=True", {"day": MARCH[1], "id": 2, "n": 1})
    found = [(row["id"], row["valid_to"]) for row in stored.rows("sales", "id")]
    assert found == [(1, None), (2, None)]


def test_a_full_refresh_of_a_partition_keeps_the_others(stored):
    rows = [{"day": each, "id": each.day, "n": 1} for each in MARCH]
    every(stored, "'upsert'", *rows)
    stored.deliver([{"day": MARCH[1], "id": 7, "n": 2}])
    stored.make(partitions=PartitionChoice(("2026-03-02",)), full_refresh=True)
    assert [(row["day"], row["id"]) for row in stored.rows("sales", "day")] == [
        (MARCH[0], 1),
        (MARCH[1], 7),
        (MARCH[2], 3),
    ]
