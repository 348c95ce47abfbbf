"""Append, upsert and delete_insert, carried out in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlglot import exp
from vibepiper.errors import DataError
from vibepiper.io_manager import Change

if TYPE_CHECKING:
    from conftest import Tables

UPSERT = Change(mode="upsert", key=("id",))
ORDERED = Change(mode="upsert", key=("id",), order_by="n", deleted="gone")
COLUMNS = "id INT, v TEXT, n INT, gone BOOLEAN"


def test_append_adds(tables: Tables) -> None:
    tables.make("id INT")
    assert tables.load(Change(mode="append"), (1,), (1,)) == 2
    assert tables.load(Change(mode="append"), (None,)) == 1
    assert tables.found() == [(1,), (1,), (None,)]


def test_upsert_takes_the_place_of_its_key(tables: Tables) -> None:
    tables.make("id INT, v TEXT")
    assert tables.load(UPSERT, (1, "a"), (2, "b")) == 2
    assert tables.load(UPSERT, (2, "c"), (3, None)) == 1
    assert tables.found() == [(1, "a"), (2, "c"), (3, None)]


def test_of_one_key_the_greatest_counts_and_of_equals_the_last(tables: Tables) -> None:
    tables.make(COLUMNS)
    tables.load(
        ORDERED, (1, "a", 2, None), (1, "b", 3, False), (1, "c", 3, None), (1, "d", None, None)
    )
    assert tables.found("id, v, n") == [(1, "c", 3)]


@pytest.mark.parametrize(
    ("published", "staged", "wins"),
    [(5, 4, "old"), (5, 5, "new"), (5, None, "old"), (None, None, "new"), (None, 1, "new")],
)
def test_a_row_never_takes_the_place_of_a_greater(
    tables: Tables, published: int | None, staged: int | None, wins: str
) -> None:
    tables.make(COLUMNS)
    tables.load(ORDERED, (1, "old", published, False))
    assert tables.load(ORDERED, (1, "new", staged, False)) == 0
    assert tables.found("v") == [(wins,)]


def test_a_deleted_row_goes_unless_it_is_late(tables: Tables) -> None:
    tables.make(COLUMNS)
    tables.load(ORDERED, (1, "a", 5, False), (2, "b", 5, None), (3, "c", 1, True))
    assert tables.load(ORDERED, (1, None, 4, True), (2, None, 6, True)) == -1
    assert tables.found("id, v") == [(1, "a")]


def test_columns_that_are_not_staged_stay_as_they_were(tables: Tables) -> None:
    tables.make("id INT, v TEXT, more TEXT", "id INT, v TEXT")
    tables.connection.execute("INSERT INTO \"pub lished\" VALUES (1, 'a', 'kept'), (2, 'b', 'too')")
    assert tables.load(UPSERT, (1, "c"), (3, "d"), missing=("more",)) == 1
    assert tables.found() == [(1, "c", "kept"), (2, "b", "too"), (3, "d", None)]


def test_the_rows_of_every_staged_key_make_way(tables: Tables) -> None:
    tables.make("id INT, v TEXT")
    tables.load(Change(mode="append"), (1, "a"), (1, "b"), (2, "c"))
    change = Change(mode="delete_insert", key=("id",))
    assert tables.load(change, (1, "x"), (3, "y"), (3, "y")) == 1
    assert tables.found() == [(1, "x"), (2, "c"), (3, "y"), (3, "y")]


def test_the_rows_of_the_partition_make_way(tables: Tables) -> None:
    tables.make("region TEXT, v INT")
    within = exp.EQ(this=exp.column("region"), expression=exp.Literal.string("eu"))
    tables.load(Change(mode="append"), ("eu", 1), ("us", 2), (None, 3))
    assert tables.load(Change(), ("eu", 4), ("eu", 5), within=within) == 1
    assert tables.found() == [("eu", 4), ("eu", 5), ("us", 2), (None, 3)]
    with pytest.raises(DataError, match=r"1 of the staged rows are not .* such as region = None"):
        tables.load(Change(), ("eu", 4), (None, 5), within=within)


def test_nulls_and_repeats_in_the_key_are_refused(tables: Tables) -> None:
    tables.make("id INT, v TEXT")
    with pytest.raises(DataError, match=r"'orders': the key column 'id' is null in 1 of the"):
        tables.load(UPSERT, (None, "a"), (1, "b"))
    said = r"2 keys are staged more than once, such as id = (?s:.*) grows: incremental\(cursor"
    with pytest.raises(DataError, match=said):
        tables.load(UPSERT, (1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "c"))
    assert tables.found() == []
