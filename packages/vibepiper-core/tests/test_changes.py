"""What each change leaves of a table, in a few rows."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from vibepiper.changes import changed
from vibepiper.errors import DataError, DefinitionError
from vibepiper.io_manager import Change, Slice

SCHEMA = pa.schema(
    [("id", pa.int64()), ("v", pa.string()), ("n", pa.int64()), ("gone", pa.bool_())]
)
UPSERT = Change(mode="upsert", key=("id",), order_by="n", deleted="gone")


def rows(*found: tuple[Any, ...], schema: pa.Schema = SCHEMA) -> pa.Table:
    """Each row's first values; the others are null."""
    filled = [dict(zip(schema.names, row, strict=False)) for row in found]
    return pa.Table.from_pylist(filled, schema)


def left(published: pa.Table | None, staged: pa.Table, change: Change, *part: Slice) -> list[Any]:
    """The first two columns of what is left, sorted."""
    table = changed(published, staged, change, part, asset="orders").table
    assert table.schema.names == SCHEMA.names
    return sorted((row["id"], row["v"]) for row in table.to_pylist())


OLD = rows((1, "a", 5), (2, "b", 5))


def test_replace_leaves_the_staged_rows_and_their_columns():
    staged = pa.table({"other": [1]})
    assert changed(OLD, staged, Change()).table == staged


def test_append_adds():
    assert left(OLD, rows((2, "c")), Change(mode="append")) == [(1, "a"), (2, "b"), (2, "c")]


def test_upsert_takes_the_place_of_the_row_of_its_key():
    change = Change(mode="upsert", key=("id",))
    assert left(OLD, rows((2, "c"), (3, "d")), change) == [(1, "a"), (2, "c"), (3, "d")]


def test_a_late_row_never_takes_the_place_of_a_newer_one():
    staged = rows((1, "old", 4), (2, "same", 5), (1, "none", None))
    assert left(OLD, staged, UPSERT) == [(1, "a"), (2, "same")]


def test_of_staged_rows_of_one_key_the_greatest_counts_and_then_the_last():
    staged = rows((3, "x", 1), (3, "z", 3), (3, "y", 2), (4, "one", None), (4, "two", None))
    assert left(OLD, staged, UPSERT) == [(1, "a"), (2, "b"), (3, "z"), (4, "two")]


def test_deleted_rows_are_removed_unless_they_are_late():
    staged = rows((1, "a", 4, True), (2, "b", 6, True), (9, "x", 1, True), (3, "c", 1, False))
    assert left(OLD, staged, UPSERT) == [(1, "a"), (3, "c")]


def test_the_first_load_is_settled_too():
    staged = rows((1, "a", 1), (1, "b", 2), (2, "c", 1, True))
    assert left(None, staged, UPSERT) == [(1, "b")]


def test_delete_insert_replaces_all_rows_of_the_staged_keys():
    staged = rows((2, "c"), (2, "d"))
    change = Change(mode="delete_insert", key=("id",))
    assert left(OLD, staged, change) == [(1, "a"), (2, "c"), (2, "d")]


def test_upsert_keeps_what_is_not_staged():
    staged = pa.table({"id": [2, 3], "n": [6, 1]})
    found = changed(OLD, staged, UPSERT_PLAIN)
    assert sorted(map(tuple, (row.values() for row in found.table.to_pylist())), key=repr) == [
        (1, "a", 5, None),
        (2, "b", 6, None),
        (3, None, 1, None),
    ]
    assert "column 'v' was not staged" in found.notes


UPSERT_PLAIN = Change(mode="upsert", key=("id",))
DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
HISTORY = SCHEMA.append(pa.field("at", pa.timestamp("us", "UTC")))


def day(number: int | None) -> dt.datetime | None:
    return None if number is None else DAY + dt.timedelta(days=number - 1)


def snapshot(number: int, **options: Any) -> Change:
    return Change(mode="scd2", key=("id",), deleted="gone", at=day(number), **options)


def versions(*loads: tuple[pa.Table, Change]) -> list[tuple[Any, ...]]:
    """Key, value and the days from and to of what a sequence of loads leaves."""
    table = None
    for staged, change in loads:
        table = changed(table, staged, change).table
    assert table is not None
    found = table.select(["id", "v", "valid_from", "valid_to"]).to_pylist()
    days = [[d and (d - DAY).days + 1 for d in list(row.values())[2:]] for row in found]
    return sorted(((row["id"], row["v"], *d) for row, d in zip(found, days, strict=True)), key=repr)


def test_a_changed_row_closes_the_one_before_it():
    loads = [(rows((1, "a")), snapshot(1)), (rows((1, "b")), snapshot(3))]
    assert versions(*loads) == [(1, "a", 1, 3), (1, "b", 3, None)]


def test_what_says_the_same_again_is_no_new_version():
    loads = [(rows((1, None)), snapshot(1)), (rows((1, None)), snapshot(3))]
    assert versions(*loads) == [(1, None, 1, None)]


def test_a_snapshot_of_a_day_before_is_put_in_its_place():
    loads = [(rows((1, "a")), snapshot(1)), (rows((1, "c")), snapshot(5))]
    assert versions(*loads, (rows((1, "b")), snapshot(3))) == [
        (1, "a", 1, 3),
        (1, "b", 3, 5),
        (1, "c", 5, None),
    ]


def test_a_late_row_that_joins_its_neighbours_makes_them_one():
    loads = [(rows((1, "a")), snapshot(3)), (rows((1, "a")), snapshot(1))]
    assert versions(*loads) == [(1, "a", 1, None)]


def test_a_row_of_the_same_moment_takes_the_place_of_the_earlier():
    loads = [(rows((1, "a")), snapshot(1)), (rows((1, "b")), snapshot(1))]
    assert versions(*loads) == [(1, "b", 1, None)]


def test_a_deleted_key_is_closed_and_may_come_back():
    gone, again = (rows((1, "a", None, True)), snapshot(2)), (rows((1, "a")), snapshot(4))
    assert versions((rows((1, "a")), snapshot(1)), gone, again) == [
        (1, "a", 1, 2),
        (1, "a", 4, None),
    ]


def test_a_key_that_is_deleted_first_leaves_nothing():
    assert versions((rows((1, "a", None, True)), snapshot(1))) == []


def test_keys_that_are_missing_are_closed_where_all_are_staged():
    loads = [(rows((1, "a"), (2, "b")), snapshot(1)), (rows((2, "b")), snapshot(2))]
    kept = [(1, "a", 1, None), (2, "b", 1, None)]
    assert versions(*loads) == kept
    closing = snapshot(2, close_missing=True)
    assert versions(loads[0], (rows((2, "b")), closing)) == [(1, "a", 1, 2), (2, "b", 1, None)]


def test_rows_that_say_since_when_they_are_valid_come_in_any_order():
    change = Change(mode="scd2", key=("id",), order_by="at")
    late = rows((1, "b", None, None, day(2)), schema=HISTORY)
    first = rows((1, "c", None, None, day(4)), (1, "a", None, None, day(1)), schema=HISTORY)
    assert versions((first, change), (late, change)) == [
        (1, "a", 1, 2),
        (1, "b", 2, 4),
        (1, "c", 4, None),
    ]


def test_a_key_that_was_missing_is_there_again_from_when_it_is_delivered():
    """Its row tells of a moment before the one at which it was closed."""

    def seen(at: int, *ids: int) -> tuple[pa.Table, Change]:
        staged = rows(*((n, "a", None, None, day(n)) for n in ids), schema=HISTORY)
        return staged, replace(snapshot(at, close_missing=True), order_by="at")

    loads = [seen(5, 1, 2), seen(6, 2), seen(8, 1, 2), seen(9, 1, 2)]
    assert versions(*loads) == [(1, "a", 1, 6), (1, "a", 8, None), (2, "a", 2, None)]


def test_a_version_that_lacks_a_column_does_not_merge_those_that_differ_in_it():
    narrow = rows((1, "b")).select(["id", "gone"])
    loads = [(rows((1, "a")), snapshot(1)), (rows((1, "b")), snapshot(2)), (narrow, snapshot(3))]
    assert versions(*loads) == [(1, "a", 1, 2), (1, "b", 2, 3), (1, None, 3, None)]


def test_nan_is_what_it_was():
    schema = pa.schema([("id", pa.int64()), ("v", pa.float64()), ("gone", pa.bool_())])
    first, second = rows((1, math.nan), schema=schema), rows((1, math.nan), schema=schema)
    assert len(versions((first, snapshot(1)), (second, snapshot(2)))) == 1


EU, US = (Slice("region", (name,), "v") for name in ("eu", "us"))
REGIONS = rows((1, "eu", 1), (2, "us", 1), (3, None, 1))


def test_only_the_partition_changes():
    replaced = left(REGIONS, rows((4, "eu")), Change(), EU)
    assert [row[0] for row in replaced] == [2, 3, 4]
    deleted = left(REGIONS, rows((4, "eu")), Change(mode="delete_insert"), EU)
    assert deleted == replaced
    closing = snapshot(2, close_missing=True)
    first = changed(None, REGIONS.drop_columns("n"), snapshot(1)).table
    second = changed(first, rows((5, "us")).drop_columns("n"), closing, [US]).table
    current = [row["id"] for row in second.to_pylist() if row["valid_to"] is None]
    assert sorted(current) == [1, 3, 5]


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        (pa.timestamp("us", "Europe/Berlin"), [0, 23]),
        (pa.timestamp("s"), [0, 23]),
        (pa.date32(), [0, 23]),
        (pa.date64(), [0, 23]),
    ],
    ids=str,
)
def test_a_day_is_from_its_midnight_up_to_the_next(kind: pa.DataType, inside: list[int]):
    hours = [-1, 0, 23, 24]
    moments = pa.array([DAY + dt.timedelta(hours=hour) for hour in hours])
    table = pa.table({"h": hours, "t": moments.cast(pa.timestamp("us", "UTC")).cast(kind, False)})
    part = Slice("day", ("2026-03-01",), "t", DAY, DAY + dt.timedelta(days=1))
    found = changed(table, table.slice(0, 0), Change(mode="delete_insert"), [part]).table
    assert sorted(set(hours) - set(found["h"].to_pylist())) == inside


def test_a_full_refresh_keeps_other_partitions_and_the_rules_of_its_mode():
    anew = Change(mode="upsert", key=("id",), order_by="n", anew=True)
    assert left(REGIONS, rows((9, "eu", 1), (9, "eu", 2)), anew, EU) == [
        (2, "us"),
        (3, None),
        (9, "eu"),
    ]
    assert left(OLD, rows((9, "z")), anew) == [(9, "z")]


EXTRA = pa.table({"id": [3, 4], "v": ["c", "d"], "extra": ["x", None]})


def test_columns_evolve():
    found = changed(OLD, EXTRA, Change(mode="append"))
    assert found.table.schema.names == [*SCHEMA.names, "extra"]
    assert found.table["extra"].to_pylist() == [None, None, "x", None]
    wide = changed(pa.table({"n": pa.array([1], pa.int32())}), pa.table({"n": [2**40]}), APPEND)
    assert wide.table == pa.table({"n": [1, 2**40]})
    assert wide.notes == ("column 'n' was widened from int32 to int64",)


APPEND = Change(mode="append")


def test_columns_or_rows_are_discarded_and_told():
    found = changed(OLD, EXTRA, Change(mode="append", evolution="discard_column"))
    assert (found.table.num_rows, found.table.schema) == (4, SCHEMA)
    found = changed(OLD, EXTRA, Change(mode="append", evolution="discard_row"))
    assert (found.table["id"].to_pylist(), found.rows) == ([1, 2, 4], 1)
    assert found.notes[0] == "column 'extra' is new: rows with a value were left out"
    assert found.notes[-1] == "1 rows were left out"


REFUSED = [
    (Change(mode="append", evolution="freeze"), EXTRA, "the column 'extra' .* the policy freeze"),
    (UPSERT_PLAIN, rows((None, "a")), "key column 'id' is null in 1 of the staged rows"),
    (UPSERT_PLAIN, rows((1, "a"), (1, "b")), r"1 keys are staged .* id = 1 \(2 rows\)"),
    (snapshot(1), rows((1, "a"), (1, "b")), "keys are staged more than once"),
    (Change(mode="upsert"), rows((1, "a")), "upsert needs a key, and none is named"),
    (Change(mode="upsert", key=("idd",)), rows(), "needs the column 'idd', which the staged"),
    (Change(mode="scd2", key=("id",)), rows(), "scd2 needs to know the moment of the change"),
    (snapshot(1), rows((1, "a")), "keeps no history: it has no column 'valid_from'"),
    (snapshot(1, valid_to="v"), rows(), "the store itself writes the column 'v'"),
    (Change(mode="scd2", key=("id",), order_by="n"), rows((1, "a")), "order_by column 'n' is null"),
]


@pytest.mark.parametrize(("change", "staged", "message"), REFUSED, ids=lambda one: str(one)[:40])
def test_what_breaks_the_rules_is_refused(change: Change, staged: pa.Table, message: str):
    published = None if "staged" in message or "is null" in message else OLD
    with pytest.raises(DataError, match=f"(?s)asset 'orders': .*{message}"):
        changed(published, staged, change, asset="orders")


def test_rows_of_another_partition_are_refused():
    with pytest.raises(
        DataError, match=r"2 of the staged rows are not of the .*, such as v = 'us'"
    ):
        changed(REGIONS, rows((1, "us"), (1, None)), Change(), [EU])
    with pytest.raises(DataError, match="kept in the column 'zz', which the table lacks"):
        changed(None, rows((1, "us")), Change(), [Slice("region", ("eu",), "zz")])
    with pytest.raises(DefinitionError, match="names none for the dimension 'region'"):
        changed(None, rows((1, "us")), Change(), [Slice("region", ("eu",))])
