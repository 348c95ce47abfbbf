"""Differences of two tables, in one engine and in two."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Literal, get_args

import pyarrow as pa
import pytest
from vibepiper.errors import DataError, DefinitionError
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import Relation, database_table, from_arrow
from vibepiper_transform.diff import diff_tables

LEFT = pa.table(
    {
        "id": [1, 2, 3, 4],
        "name": ["a", "b", None, "d"],
        "x": [1.0, float("nan"), 0.1, None],
        "price": [Decimal("1.10"), None, Decimal("2.00"), Decimal("3.00")],
        "at": [dt.datetime(2026, 1, day, 1, 2, 3, 4) for day in (1, 2, 3, 4)],
        "old": [1, 1, 1, 1],
    }
)
RIGHT = pa.table(
    {
        "id": [1, 2, 3, 9],
        "name": ["a", "B", "c", "d"],
        "x": [1.0, float("nan"), 0.1 + 1e-12, None],
        "price": [Decimal("1.1"), None, Decimal("2.5"), None],
        "at": [dt.datetime(2026, 1, day, 1, 2, 3, 4) for day in (1, 2, 3, 4)],
        "new": ["z"] * 4,
    }
)


@pytest.fixture(params=["here", "one database", "two databases"])
def sides(request: pytest.FixtureRequest) -> tuple[Relation, Relation]:
    if request.param == "here":
        return from_arrow(LEFT), from_arrow(RIGHT)
    one = RecordingBackend("one", left=LEFT, right=RIGHT)
    two = one if request.param == "one database" else RecordingBackend("two", right=RIGHT)
    return database_table(one, "left"), database_table(two, "right")


def test_what_differs_is_counted_by_key_and_by_column(sides: tuple[Relation, Relation]) -> None:
    found = diff_tables(*sides, ["id"], tolerance=1e-9)
    assert (found.left_rows, found.right_rows) == (4, 4)
    assert (found.added, found.removed, found.changed) == (1, 1, 2)
    assert found.by_column == {"name": 2, "price": 1}
    assert (found.added_columns, found.removed_columns) == (("new",), ("old",))
    assert found.retyped == {"price": ("DECIMAL(3,2)", "DECIMAL(2,1)")}
    assert [row.kind for row in found.samples] == ["changed", "changed", "removed", "added"]
    assert found.samples[0].columns == {"name": ("b", "B")}


def test_a_masked_column_is_counted_and_not_shown(sides: tuple[Relation, Relation]) -> None:
    found = diff_tables(*sides, ["id"], masked=["name", "id"])
    assert found.by_column["name"] == 2
    assert {row.key["id"] for row in found.samples} == {"****"}
    assert found.samples[0].columns["name"] == ("****", "****")


def test_equal_tables_of_two_databases_send_only_checksums() -> None:
    rows = pa.table({"id": range(5000), "x": [n / 7 for n in range(5000)]})
    one, two = RecordingBackend("one", t=rows), RecordingBackend("two", t=rows)
    found = diff_tables(database_table(one, "t"), database_table(two, "t"), ["id"])
    assert found.is_same
    assert found.moved == 0
    assert not any('"x" FROM' in query for query in one.queries)


def test_only_segments_that_differ_move() -> None:
    numbers = list(range(20_000))
    one = RecordingBackend("one", t=pa.table({"id": numbers, "n": numbers}))
    numbers[700] = -1
    two = RecordingBackend("two", t=pa.table({"id": range(20_000), "n": numbers}))
    found = diff_tables(database_table(one, "t"), database_table(two, "t"), ["id"])
    assert (found.changed, found.added, found.removed) == (1, 0, 0)
    assert dict(found.samples[0].key) == {"id": 700}
    assert 0 < found.moved < 1000


def test_one_database_compares_by_itself() -> None:
    database = RecordingBackend("one", left=LEFT, right=RIGHT)
    found = diff_tables(database_table(database, "left"), database_table(database, "right"), ["id"])
    assert found.moved == 0
    assert any("FULL" in query for query in database.queries)


def test_a_key_tells_rows_apart() -> None:
    twice = from_arrow(pa.table({"id": [1, 1]}))
    with pytest.raises(DataError, match="the left table has 2 rows with id=1"):
        diff_tables(twice, from_arrow(pa.table({"id": [1]})), ["id"])
    with pytest.raises(DefinitionError, match="the left table has no column 'ids'") as caught:
        diff_tables(twice, twice, ["ids"])
    assert caught.value.hint == "Did you mean 'id'?"


Places = Literal["here", "one database", "two databases"]
PLACES = get_args(Places)


def placed(left: pa.Table, right: pa.Table, place: Places) -> tuple[Relation, Relation]:
    if place == "here":
        return from_arrow(left), from_arrow(right)
    one = RecordingBackend("one", left=left, right=right)
    two = one if place == "one database" else RecordingBackend("two", right=right)
    return database_table(one, "left"), database_table(two, "right")


@pytest.mark.parametrize("place", PLACES)
def test_lists_and_structs_are_compared(place: Places) -> None:
    left = pa.table({"id": [1, 2, 3], "l": [[1], [2, None], None], "s": [{"a": 1}, None, {"a": 3}]})
    right = pa.table({"id": [1, 2, 3], "l": [[1], [2, 5], None], "s": [{"a": 1}, None, {"a": 4}]})
    found = diff_tables(*placed(left, right, place), ["id"])
    assert (found.changed, found.by_column, found.is_same) == (2, {"l": 1, "s": 1}, False)
    assert found.uncompared == ()
    assert diff_tables(*placed(left, left, place), ["id"]).is_same


@pytest.mark.parametrize("place", PLACES)
def test_lists_of_other_types_are_not_the_same(place: Places) -> None:
    left, right = (pa.table({"id": [1], "l": pa.array([v])}) for v in ([1], ["1"]))
    found = diff_tables(*placed(left, right, place), ["id"])
    assert (found.uncompared, found.is_same) == (("l",), False)


SPECIAL = [math.nan, math.inf, -math.inf, 1e20, -1e20, 1.5, None]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_what_is_no_finite_number_equals_itself_alone(kind: pa.DataType, place: Places) -> None:
    left = pa.table({"id": range(7), "x": pa.array(SPECIAL, kind)})
    same = diff_tables(*placed(left, left, place), ["id"], tolerance=1e-6)
    assert (same.is_same, same.moved) == (True, 0)
    right = pa.table({"id": range(7), "x": pa.array([*SPECIAL[1:], SPECIAL[0]], kind)})
    found = diff_tables(*placed(left, right, place), ["id"], tolerance=1e-6)
    assert found.changed == 7
    assert all(row.columns.keys() == {"x"} for row in found.samples)


@pytest.mark.parametrize(
    "keys",
    [
        ["a", None],
        [0, None],
        [0.0, None],
        [False, None],
        [dt.date(1970, 1, 1), None],
        [dt.datetime(1970, 1, 1), None],
        [dt.datetime(1970, 1, 1, tzinfo=dt.UTC), None],
        [dt.time(0), None],
        [b"", None],
        ["", None],
        [[1], None],
    ],
    ids=repr,
)
@pytest.mark.parametrize("place", PLACES)
def test_a_null_in_a_key_equals_a_null(keys: list[object], place: Places) -> None:
    left = pa.table({"k": keys, "id": [1, 1], "x": [1, 2]})
    same = diff_tables(*placed(left, left, place), ["k", "id"])
    assert (same.is_same, same.added, same.removed) == (True, 0, 0)
    right = pa.table({"k": keys, "id": [1, 1], "x": [1, 3]})
    found = diff_tables(*placed(left, right, place), ["k", "id"])
    assert (found.added, found.removed, found.changed) == (0, 0, 1)
    assert dict(found.samples[0].key) == {"k": None, "id": 1}
    only = diff_tables(*placed(left, left.slice(0, 1), place), ["k"])
    assert (only.added, only.removed, dict(only.samples[0].key)) == (0, 1, {"k": None})


@pytest.mark.parametrize("place", PLACES)
def test_keys_of_other_types_are_refused(place: Places) -> None:
    left, right = pa.table({"id": [1]}), pa.table({"id": ["1"]})
    with pytest.raises(DefinitionError, match="the column 'id' is int64 on one side and string"):
        diff_tables(*placed(left, right, place), ["id"])


@pytest.mark.parametrize("right", [[1, 1, 2], [1, 1, 3], [1, 2, 3], [1, 2, 2]])
@pytest.mark.parametrize("place", PLACES)
def test_a_key_that_several_rows_have_is_refused(place: Places, right: list[int]) -> None:
    sides = placed(pa.table({"id": [1, 1, 2]}), pa.table({"id": right}), place)
    with pytest.raises(DataError, match="the left table has 2 rows with id=1"):
        diff_tables(*sides, ["id"])
    with pytest.raises(DataError, match=r"the (left|right) table has 2 rows with id="):
        diff_tables(sides[1], sides[0], ["id"])


def test_a_key_that_several_rows_have_is_refused_where_their_segment_is_the_same() -> None:
    numbers = [*range(20_000), 5]
    one = RecordingBackend("one", t=pa.table({"id": numbers, "n": numbers}))
    changed = [*numbers[:700], -1, *numbers[701:]]
    two = RecordingBackend("two", t=pa.table({"id": numbers, "n": changed}))
    with pytest.raises(DataError, match="the left table has 2 rows with id=5"):
        diff_tables(database_table(one, "t"), database_table(two, "t"), ["id"])
