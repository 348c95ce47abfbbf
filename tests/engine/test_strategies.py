"""Incremental strategies through the engine, on files, DuckDB and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from vibepiper.errors import DefinitionError

PEOPLE = """
@asset(key={key}, materialization=incremental({options}))
def people():
    return delivered()
"""


def people(key="'id'", options=""):
    return PEOPLE.format(key=key, options=options)


def day(number):
    return datetime(2026, 3, number, tzinfo=UTC)


def test_a_table_holds_what_the_last_run_made(stored):
    stored.pipeline("@asset\ndef people(): return delivered()")
    stored.deliver([{"id": 1}, {"id": 2}]).make()
    stored.deliver([{"id": 3}]).make()
    assert stored.values("people", "id") == [3]


def test_append_adds_rows_and_keeps_equal_ones(stored):
    stored.pipeline(people(key="()", options="'append'"))
    stored.deliver([{"id": 1}, {"id": 2}]).make()
    run = stored.deliver([{"id": 2}, {"id": 3}]).make()
    assert stored.values("people", "id") == [1, 2, 2, 3]
    assert run["people"].rows == 2


def test_upsert_replaces_the_rows_of_a_key_and_keeps_the_others(stored):
    stored.pipeline(people())
    stored.deliver([{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bo"}]).make()
    stored.deliver([{"id": 2, "name": "Bob"}, {"id": 3, "name": "Cy"}]).make()
    assert stored.rows("people", "id") == [
        {"id": 1, "name": "Ada"},
        {"id": 2, "name": "Bob"},
        {"id": 3, "name": "Cy"},
    ]


def test_upsert_by_several_keys_replaces_where_all_are_equal(stored):
    stored.pipeline(people(key="['shop', 'id']"))
    stored.deliver([{"shop": "a", "id": 1, "n": 1}, {"shop": "b", "id": 1, "n": 2}]).make()
    stored.deliver([{"shop": "b", "id": 1, "n": 3}, {"shop": "b", "id": 2, "n": 4}]).make()
    assert stored.rows("people", "shop", "id") == [
        {"shop": "a", "id": 1, "n": 1},
        {"shop": "b", "id": 1, "n": 3},
        {"shop": "b", "id": 2, "n": 4},
    ]


def test_two_rows_of_one_key_are_refused_and_nothing_is_changed(stored):
    stored.pipeline(people()).deliver([{"id": 1, "name": "Ada"}]).make()
    run = stored.deliver([{"id": 2, "name": "x"}, {"id": 2, "name": "y"}]).run()
    assert "people" in run.message("people")
    assert stored.rows("people") == [{"id": 1, "name": "Ada"}]


def test_a_null_in_the_key_is_refused_and_nothing_is_changed(stored):
    stored.pipeline(people()).deliver([{"id": 1}]).make()
    run = stored.deliver([{"id": None}, {"id": 2}]).run()
    assert "null" in run.message("people")
    assert stored.values("people", "id") == [1]


def test_a_key_that_is_no_column_is_named(stored):
    run = stored.pipeline(people(key="'code'")).deliver([{"id": 1}]).run()
    assert "its key names the column 'code', which its data does not have" in run.message("people")
    assert not stored.exists("people")


def test_rows_that_are_marked_deleted_are_removed(stored):
    stored.pipeline(people(options="deleted='gone'"))
    stored.deliver([{"id": 1, "gone": False}, {"id": 2, "gone": False}]).make()
    stored.deliver([{"id": 2, "gone": True}, {"id": 3, "gone": True}]).make()
    assert stored.values("people", "id") == [1]


def test_a_late_row_does_not_take_the_place_of_a_newer_one(stored):
    stored.pipeline(people(options="cursor='seen'"))
    stored.deliver([{"id": 1, "seen": 5, "name": "new"}, {"id": 2, "seen": 5, "name": "x"}]).make()
    stored.deliver([{"id": 1, "seen": 4, "name": "old"}, {"id": 3, "seen": 3, "name": "y"}]).make()
    assert stored.rows("people", "id") == [
        {"id": 1, "seen": 5, "name": "new"},
        {"id": 2, "seen": 5, "name": "x"},
        {"id": 3, "seen": 3, "name": "y"},
    ]


def test_of_several_rows_of_a_key_the_greatest_cursor_counts(stored):
    stored.pipeline(people(options="cursor='seen'"))
    stored.deliver([{"id": 1, "seen": 2, "name": "b"}, {"id": 1, "seen": 1, "name": "a"}]).make()
    assert stored.rows("people") == [{"id": 1, "seen": 2, "name": "b"}]


def test_delete_insert_by_key_replaces_all_rows_of_the_keys_that_are_delivered(stored):
    stored.pipeline(people(options="'delete_insert'"))
    stored.deliver([{"id": 1, "n": 1}, {"id": 1, "n": 2}, {"id": 2, "n": 3}]).make()
    stored.deliver([{"id": 1, "n": 9}, {"id": 3, "n": 4}, {"id": 3, "n": 5}]).make()
    assert stored.rows("people", "id", "n") == [
        {"id": 1, "n": 9},
        {"id": 2, "n": 3},
        {"id": 3, "n": 4},
        {"id": 3, "n": 5},
    ]


def test_delete_insert_of_a_partition_replaces_its_rows_alone(stored):
    stored.pipeline(
        """
        DAYS = daily("2026-03-01", end="2026-03-04", column="day")


        @asset(partitions=DAYS, materialization=incremental("delete_insert"))
        def sales(date):
            return [row for row in delivered() if str(row["day"]) == date]
        """
    )
    both = [{"day": date(2026, 3, 1), "n": 1}, {"day": date(2026, 3, 2), "n": 2}]
    stored.deliver(both)
    stored.cli("run", "--from=2026-03-01", "--to=2026-03-02")
    stored.deliver([{**row, "n": 10 * row["n"]} for row in both])
    stored.cli("run", "--partition=2026-03-02", "--force")
    assert stored.values("sales", "n") == [1, 20]


def test_history_keeps_what_a_row_was(stored):
    stored.pipeline(people(options="'scd2', cursor='seen'"))
    stored.deliver([{"id": 1, "seen": day(1), "name": "Ada"}]).make()
    stored.deliver([{"id": 1, "seen": day(3), "name": "Ada L."}]).make()
    assert history(stored) == [("Ada", day(1), day(3)), ("Ada L.", day(3), None)]


def test_a_late_row_is_put_in_its_place_in_history(stored):
    stored.pipeline(people(options="'scd2', cursor='seen'"))
    stored.deliver([{"id": 1, "seen": day(1), "name": "a"}]).make()
    stored.deliver([{"id": 1, "seen": day(5), "name": "c"}]).make()
    stored.deliver([{"id": 1, "seen": day(3), "name": "b"}]).make()
    assert history(stored) == [
        ("a", day(1), day(3)),
        ("b", day(3), day(5)),
        ("c", day(5), None),
    ]


def test_a_row_that_is_delivered_again_unchanged_adds_no_history(stored):
    stored.pipeline(people(options="'scd2', cursor='seen'"))
    stored.deliver([{"id": 1, "seen": day(1), "name": "a"}]).make()
    stored.make()
    assert history(stored) == [("a", day(1), None)]


def test_a_row_that_is_marked_deleted_is_closed_in_history(stored):
    stored.pipeline(people(options="'scd2', cursor='seen', deleted='gone'"))
    stored.deliver([{"id": 1, "seen": day(1), "name": "a", "gone": False}]).make()
    stored.deliver([{"id": 1, "seen": day(2), "name": "a", "gone": True}]).make()
    assert history(stored) == [("a", day(1), day(2))]


def test_a_key_that_is_missing_is_closed_where_every_run_delivers_all(stored):
    stored.pipeline(people(options="'scd2', close_missing=True"))
    stored.deliver([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]).make()
    stored.deliver([{"id": 2, "name": "b"}]).make()
    stored.deliver([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]).make()
    found = [(name, until is None) for name, _, until in history(stored)]
    assert found == [("a", False), ("a", True), ("b", True)]


def test_a_key_that_is_missing_stays_open_otherwise(stored):
    stored.pipeline(people(options="'scd2'"))
    stored.deliver([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]).make()
    stored.deliver([{"id": 2, "name": "b"}]).make()
    assert [until for _, _, until in history(stored)] == [None, None]


def test_the_columns_of_history_have_the_names_that_are_asked_for(stored):
    options = "'scd2', cursor='seen', valid_from='since', valid_to='until'"
    stored.pipeline(people(options=options))
    stored.deliver([{"id": 1, "seen": day(1)}]).make()
    assert stored.rows("people") == [{"id": 1, "seen": day(1), "since": day(1), "until": None}]


@pytest.mark.parametrize("mode", ["append", "upsert", "delete_insert", "scd2"])
def test_no_rows_change_nothing(stored, mode):
    stored.pipeline(people(options=f"'{mode}'"))
    stored.deliver([{"id": 1, "name": "a"}]).make()
    stored.deliver(stored.table("people").select(["id", "name"]).slice(0, 0)).make()
    assert stored.values("people", "id") == [1]


@pytest.mark.parametrize("mode", ["append", "upsert", "delete_insert"])
def test_a_full_refresh_replaces_all_that_was_gathered(stored, mode):
    stored.pipeline(people(options=f"'{mode}'"))
    stored.deliver([{"id": 1}, {"id": 2}]).make()
    stored.deliver([{"id": 3}]).make(full_refresh=True)
    assert stored.values("people", "id") == [3]
    stored.deliver([{"id": 4}]).make()
    assert stored.values("people", "id") == [3, 4]


def test_a_full_refresh_that_fails_keeps_what_was_gathered(stored):
    stored.pipeline(people(key="'id'")).deliver([{"id": 1}]).make()
    run = stored.deliver([{"other": 2}]).run(full_refresh=True)
    assert "names the column 'id'" in run.message("people")
    assert stored.values("people", "id") == [1]


@pytest.mark.parametrize(
    ("key", "options", "message"),
    [
        ("()", "'upsert'", "mode 'upsert' needs to know which rows are the same"),
        ("()", "'scd2'", "mode 'scd2' needs to know which rows are the same"),
        ("()", "'delete_insert'", "replaces a partition or the rows of a key, and it has neither"),
        ("'id'", "'append', deleted='gone'", "deleted is of modes that know the key"),
        ("'id'", "'delete_insert', chunks=True", "would let each take the place of the one before"),
        ("'id'", "'scd2', close_missing=True, chunks=True", "close_missing needs all rows at once"),
        ("'id'", "'upsert', close_missing=True", "close_missing is of mode 'scd2'"),
        ("'id'", "'merge'", "'merge' is no mode of an incremental asset"),
        ("'id'", "lookback=1", "lookback and initial are of a cursor, and none is declared"),
        ("()", "'append', cursor='id', lookback=1", "which append would store twice"),
        ("()", "cursor='id', lookback=1", "which mode 'append' would store twice"),
    ],
)
def test_what_contradicts_itself_is_refused_where_it_is_declared(engine, key, options, message):
    engine.pipeline(people(key, options))
    with pytest.raises(DefinitionError, match=message):
        engine.plan()


def history(engine):
    rows = engine.rows("people", "id", "valid_from")
    return [(row["name"], row["valid_from"], row["valid_to"]) for row in rows]
