"""Cursors: fetched from, committed with the data, never ahead of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper import StateStore
from vibepiper.cursor import decode_cursor

FEED = """
@asset(key="id", materialization=incremental({options}))
def feed(cursor):
    called(f"{{cursor.last}}|{{cursor.start}}".replace(" ", "_"))
    rows = delivered()
    if isinstance(rows, pa.Table):
        return rows
    start = cursor.start
    return [r for r in rows if None in (start, r["seen"]) or r["seen"] {op} start]
"""


def feed(options="'upsert', cursor='seen'", op=">="):
    return FEED.format(options=options, op=op)


def rows(*seen):
    return [{"id": number, "seen": value} for number, value in enumerate(seen, 1)]


def cursor(engine):
    kept = engine.committed("feed").cursor
    return None if kept is None else decode_cursor(kept)


def test_the_first_run_has_no_cursor_and_the_next_one_has_the_greatest_value(stored):
    stored.pipeline(feed()).deliver(rows(3, 1, 2)).make()
    run = stored.deliver(rows(3, 1, 2, 4)).make()
    assert stored.calls == ["None|None", "3|3"]
    assert (run["feed"].rows, cursor(stored)) == (2, 4)
    assert stored.values("feed", "seen") == [1, 2, 3, 4]


def test_the_first_run_begins_where_the_asset_says(stored):
    stored.pipeline(feed("'upsert', cursor='seen', initial=2")).deliver(rows(1, 2, 3)).make()
    stored.make()
    assert stored.calls == ["None|2", "3|3"]
    assert stored.values("feed", "seen") == [2, 3]


def test_append_fetches_what_comes_after_the_cursor_and_repeats_nothing(stored):
    stored.pipeline(feed("'append', cursor='seen'", op=">")).deliver(rows(1, 2)).make()
    stored.deliver(rows(1, 2, 3)).make()
    assert stored.values("feed", "seen") == [1, 2, 3]


def test_late_rows_are_fetched_within_the_lookback_and_do_not_move_the_cursor_back(stored):
    stored.pipeline(feed("'upsert', cursor='seen', lookback=2")).deliver(rows(1, 5)).make()
    late = [{"id": 3, "seen": 4}, {"id": 4, "seen": 2}]
    stored.deliver(late).make()
    assert stored.calls == ["None|None", "5|3"]
    assert (stored.values("feed", "seen"), cursor(stored)) == ([1, 4, 5], 5)


def test_a_run_without_new_rows_keeps_the_rows_and_the_cursor(stored):
    stored.pipeline(feed(op=">")).deliver(rows(1, 2)).make()
    run = stored.make()
    assert (run.statuses, cursor(stored)) == ({"feed": "succeeded"}, 2)
    assert stored.values("feed", "seen") == [1, 2]
    stored.deliver(rows(1, 2, 3)).make()
    assert stored.calls[-2:] == ["2|2", "2|2"]


def test_a_table_without_rows_keeps_the_cursor(stored):
    stored.pipeline(feed()).deliver(rows(1, 2)).make()
    empty = pa.table({"id": pa.array([], pa.int64()), "seen": pa.array([], pa.int64())})
    stored.deliver(empty).make()
    assert (stored.values("feed", "seen"), cursor(stored)) == ([1, 2], 2)


def test_rows_without_a_cursor_value_are_kept_and_do_not_count(stored):
    stored.pipeline(feed("'append', cursor='seen'")).deliver(rows(1, None, 3)).make()
    assert (stored.values("feed", "id"), cursor(stored)) == ([1, 2, 3], 3)


def test_without_any_value_there_is_no_cursor_and_the_next_run_fetches_all(stored):
    column = pa.table({"id": [1, 2], "seen": pa.array([None, None], pa.int64())})
    stored.pipeline(feed("'append', cursor='seen'")).deliver(column).make()
    assert cursor(stored) is None
    stored.deliver(rows(7)).make()
    assert stored.calls == ["None|None", "None|None"]
    assert cursor(stored) == 7


@pytest.mark.parametrize(
    ("before", "lookback", "start"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), "timedelta(hours=13)", "2026-03-01_23:00:00+00:00"),
        (datetime(2026, 3, 2, 12), "timedelta(days=1)", "2026-03-01_12:00:00"),
        (date(2026, 3, 2), "timedelta(days=1)", "2026-03-01"),
        (2.5, "0.5", "2.0"),
    ],
    ids=["instant", "local_time", "date", "double"],
)
def test_cursors_of_every_kind_come_back_as_they_were(stored, before, lookback, start):
    stored.pipeline(feed(f"'upsert', cursor='seen', lookback={lookback}"))
    stored.deliver(rows(before)).make()
    assert cursor(stored) == before
    stored.make()
    assert stored.calls[1] == f"{before}|{start}".replace(" ", "_")


def test_a_decimal_can_be_a_cursor(stored):
    stored.pipeline(feed("'upsert', cursor='seen', lookback=1"))
    stored.deliver(rows(Decimal("2.50"))).make()
    stored.make()
    last, start = stored.calls[1].split("|")
    assert (Decimal(last), Decimal(start)) == (Decimal("2.5"), Decimal("1.5"))


def test_a_text_can_be_a_cursor(stored):
    stored.pipeline(feed()).deliver(rows("2026-W09", "2026-W10")).make()
    stored.make()
    assert stored.calls[1] == "2026-W10|2026-W10"


def test_the_same_instant_in_another_zone_is_not_a_step_back(stored):
    stored.pipeline(feed()).deliver(rows(datetime(2026, 3, 2, 12, tzinfo=UTC))).make()
    zone = pa.timestamp("us", "Europe/Berlin")
    later = pa.table({"id": [2], "seen": pa.array([datetime(2026, 3, 2, 11, tzinfo=UTC)], zone)})
    stored.deliver(later).make()
    assert cursor(stored) == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_cursor_that_changes_its_type_is_refused_and_nothing_is_published(stored):
    stored.pipeline(feed()).deliver(rows(1, 2)).make()
    other = pa.table({"id": [9], "seen": ["three"]})
    message = stored.deliver(other).run().message("feed")
    assert "the cursor was 2 and is now 'three', which cannot be compared" in message
    assert "vibepiper run --full-refresh --select feed" in message
    assert (stored.values("feed", "id"), cursor(stored)) == ([1, 2], 2)


def test_a_cursor_whose_type_changed_begins_anew_with_a_full_refresh(stored):
    stored.pipeline(feed()).deliver(rows(1, 2)).make()
    stored.deliver(pa.table({"id": [9], "seen": ["three"]})).make(full_refresh=True)
    assert (stored.values("feed", "seen"), cursor(stored)) == (["three"], "three")


def test_a_lookback_of_another_kind_than_the_cursor_is_named(stored):
    stored.pipeline(feed("'upsert', cursor='seen', lookback=timedelta(days=1)"))
    message = stored.deliver(rows(1, 2)).run().message("feed")
    assert "cannot be taken off the cursor 'seen', which is 2" in message
    assert "incremental(cursor='seen', lookback=100)" in message
    assert not stored.exists("feed")


@pytest.mark.parametrize("value", [True, [1], {"a": 1}, float("nan")])
def test_a_column_without_an_order_is_no_cursor(engine, value):
    run = engine.pipeline(feed()).deliver(rows(value)).run()
    message = run.message("feed")
    assert "cannot be" in message or "has no greatest value" in message
    assert not engine.exists("feed")


def test_a_cursor_that_is_no_column_is_named(stored):
    run = stored.pipeline(feed()).deliver(pa.table({"id": [1]})).run()
    assert "its cursor names the column 'seen', which its data does not have" in run.message("feed")
    assert not stored.exists("feed")


def test_rows_that_are_refused_do_not_move_the_cursor(stored):
    stored.pipeline(feed()).deliver(rows(1, 2)).make()
    run = stored.deliver([*rows(3, 4), {"id": None, "seen": 9}]).run()
    assert run.statuses == {"feed": "failed"}
    assert (stored.values("feed", "seen"), cursor(stored)) == ([1, 2], 2)


def test_a_full_refresh_begins_without_a_cursor(stored):
    stored.pipeline(feed()).deliver(rows(1, 5)).make()
    stored.deliver(rows(1, 2)).make(full_refresh=True)
    assert stored.calls == ["None|None", "None|None"]
    assert (stored.values("feed", "seen"), cursor(stored)) == ([1, 2], 2)


def test_what_takes_no_cursor_may_still_declare_one(stored):
    stored.pipeline(
        """
        @asset(key="id", materialization=incremental(cursor="seen"))
        def feed():
            return delivered()
        """
    )
    stored.deliver(rows(1, 2)).make()
    assert cursor(stored) == 2


def test_every_partition_has_a_cursor_of_its_own(stored):
    stored.pipeline(
        """
        @asset(
            key="id",
            partitions=static(["eu", "us"], name="region", column="region"),
            materialization=incremental("upsert", cursor="seen"),
        )
        def feed(region, cursor):
            called(f"{region}:{cursor.last}")
            return [{**row, "region": region} for row in delivered(region)]
        """
    )
    stored.deliver([{"id": 1, "seen": 1}], "eu").deliver([{"id": 2, "seen": 7}], "us")
    stored.make()
    stored.make(force=True)
    assert sorted(stored.calls) == ["eu:1", "eu:None", "us:7", "us:None"]


def test_a_day_is_taken_off_across_a_change_of_the_clock(stored):
    """Aware times are instants: a lookback of a day is 24 hours."""
    stored.pipeline(feed("'upsert', cursor='seen', lookback=timedelta(days=1)"))
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    stored.deliver(rows(noon)).make()
    stored.make()
    assert stored.calls[1].endswith(str(noon - timedelta(days=1)).replace(" ", "_"))


def test_the_cursor_of_a_run_is_on_record(stored):
    stored.pipeline(feed()).deliver(rows(1, 2)).make()
    project = stored.load()
    with StateStore(project.state) as state:
        (made,) = state.latest(project.environment).values()
    assert made.cursor == stored.committed("feed").cursor
