"""History, carried out in DuckDB."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from vibepiper.errors import DataError
from vibepiper.io_manager import Change

if TYPE_CHECKING:
    from conftest import Tables

SHOWN = "id, v, strftime(valid_from, '%d'), strftime(valid_to, '%d')"
Rows = list[tuple[Any, ...]]


def at(day: int, **options: Any) -> Change:
    moment = datetime(2026, 3, day, tzinfo=UTC)
    return Change(mode="scd2", key=("id",), at=moment, deleted="gone", **options)


@pytest.fixture
def history(tables: Tables) -> Tables:
    staged = "id INT, v TEXT, gone BOOLEAN"
    tables.make(f"{staged}, valid_from TIMESTAMPTZ, valid_to TIMESTAMPTZ", staged)
    return tables


def shown(tables: Tables) -> Rows:
    query = f'SELECT {SHOWN} FROM "pub lished" ORDER BY id, valid_from'
    return tables.connection.execute(query).fetchall()


def test_a_changed_row_closes_the_one_before(history: Tables) -> None:
    assert history.load(at(1), (1, "a", None), (2, "b", None)) == 2
    assert history.load(at(2), (1, "c", None), (2, "b", None)) == 1
    assert shown(history) == [(1, "a", "01", "02"), (1, "c", "02", None), (2, "b", "01", None)]


def test_a_late_row_is_put_in_its_place(history: Tables) -> None:
    history.load(at(1), (1, "a", None))
    history.load(at(5), (1, "c", None))
    assert history.load(at(3), (1, "b", None)) == 1
    assert shown(history) == [(1, "a", "01", "03"), (1, "b", "03", "05"), (1, "c", "05", None)]


def test_a_late_row_that_equals_the_next_takes_its_place(history: Tables) -> None:
    history.load(at(1), (1, "a", None))
    history.load(at(5), (1, "c", None))
    assert history.load(at(3), (1, "c", None)) == 0
    assert shown(history) == [(1, "a", "01", "03"), (1, "c", "03", None)]


def test_applying_twice_changes_nothing(history: Tables) -> None:
    for day in (1, 2, 2, 1):
        history.load(at(day), (1, f"v{day}", None))
    assert shown(history) == [(1, "v1", "01", "02"), (1, "v2", "02", None)]


def test_a_row_of_the_same_moment_replaces(history: Tables) -> None:
    history.load(at(1), (1, "a", None))
    assert history.load(at(1), (1, "b", None)) == 0
    assert shown(history) == [(1, "b", "01", None)]


def test_a_deleted_row_is_closed_and_may_come_back(history: Tables) -> None:
    history.load(at(1), (1, "a", False))
    history.load(at(2), (1, None, True))
    history.load(at(3), (1, None, True))
    history.load(at(4), (1, "a", None))
    assert shown(history) == [(1, "a", "01", "02"), (1, "a", "04", None)]


def test_keys_that_are_missing_are_closed(history: Tables) -> None:
    history.load(at(1), (1, "a", None), (2, "b", None))
    history.load(at(2, close_missing=True), (2, "b", None))
    history.load(at(3, close_missing=True), (2, "b", None))
    assert shown(history) == [(1, "a", "01", "02"), (2, "b", "01", None)]


def test_a_key_that_was_missing_is_there_again_from_when_it_is_delivered(tables: Tables) -> None:
    """Its row tells of a moment before the one at which it was closed."""
    staged = "id INT, v TEXT, gone BOOLEAN, since TIMESTAMPTZ"
    tables.make(f"{staged}, valid_from TIMESTAMPTZ, valid_to TIMESTAMPTZ", staged)
    old, other = (1, "a", None, "2026-03-01"), (2, "b", None, "2026-03-02")
    for day, rows in ((5, [old, other]), (6, [other]), (8, [old, other]), (9, [old, other])):
        tables.load(at(day, order_by="since", close_missing=True), *rows)
    assert shown(tables) == [(1, "a", "01", "06"), (1, "a", "08", None), (2, "b", "02", None)]


def test_a_column_that_a_load_lacks_is_null_and_merges_nothing(history: Tables) -> None:
    history.load(at(1), (1, "a", None))
    history.load(at(2), (1, "b", None))
    history.connection.execute('ALTER TABLE "sta\'ged" DROP v')
    assert history.load(at(3), (1, None), missing=("v",)) == 1
    assert history.load(at(4), (1, None), missing=("v",)) == 0
    assert shown(history) == [(1, "a", "01", "02"), (1, "b", "02", "03"), (1, None, "03", None)]


def test_nulls_are_values_that_versions_can_share(history: Tables) -> None:
    history.load(at(1), (1, None, None))
    history.load(at(2), (1, None, None))
    history.load(at(3), (1, "a", None))
    assert shown(history) == [(1, None, "01", "03"), (1, "a", "03", None)]


def test_rows_say_themselves_since_when_they_are_valid(tables: Tables) -> None:
    """Two of one key in a load; the column may be ``valid_from`` itself."""
    tables.make("id INT, v TEXT, valid_from INT, valid_to INT", "id INT, v TEXT, valid_from INT")
    change = Change(mode="scd2", key=("id",), order_by="valid_from")
    assert tables.load(change, (1, "b", 4), (1, "a", 2), (1, "b", 6)) == 2
    assert tables.found() == [(1, "a", 2, 4), (1, "b", 4, None)]
    with pytest.raises(DataError, match=r"1 keys are .* such as id = 1, valid_from = 7 \(2 rows\)"):
        tables.load(change, (1, "x", 7), (1, "y", 7))
    with pytest.raises(DataError, match="order_by column 'valid_from' is null in 1"):
        tables.load(change, (1, "x", None))


def test_rows_that_stay_are_not_written(history: Tables) -> None:
    history.load(at(1), (1, "a", None), (2, "b", None))
    rowids = history.connection.execute('SELECT rowid FROM "pub lished" ORDER BY id').fetchall()
    history.load(at(2), (1, "a", None), (2, "b", None))
    again = history.connection.execute('SELECT rowid FROM "pub lished" ORDER BY id').fetchall()
    assert rowids == again
