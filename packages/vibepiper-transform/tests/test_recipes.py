"""Deduplicating, sessions, gaps; and what is nearest before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.errors import DefinitionError
from vibepiper_transform import Relation, col, from_arrow, union

ROWS = [{"k": "a", "t": 1, "x": 5}, {"k": "a", "t": 2, "x": 7}, {"k": None, "t": 1, "x": 1}]
ROWS += [{"k": "a", "t": 2, "x": 6}, {"k": "b", "t": None, "x": 0}]


@settings(max_examples=20, deadline=None)
@given(st.permutations(ROWS))
def test_the_row_that_is_kept_does_not_depend_on_the_order_of_rows(rows: list[Any]) -> None:
    data = from_arrow(pa.Table.from_pylist(rows))
    kept = data.deduplicate("k", order_by=col("t").desc()).order_by("k").to_table().to_pylist()
    assert kept == [{"k": "a", "t": 2, "x": 6}, ROWS[4], ROWS[2]]


def at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2024, 1, 1, hour, minute)


def test_a_session_ends_with_a_gap() -> None:
    times = [at(9), at(9, 30), at(9, 30), at(10, 1), None, at(8)]
    data = pa.table({"u": ["a"] * 5 + ["b"], "t": times})
    found = from_arrow(data).sessionize("t", gap=dt.timedelta(minutes=30), by="u")
    sessions = found.order_by("u", "t").to_table()["session"].to_pylist()
    assert sessions == [1, 1, 1, 2, None, 1]


def test_sessions_of_numbers_have_a_gap_in_numbers() -> None:
    found = from_arrow(pa.table({"n": [1, 2, 5, 6]})).sessionize("n", gap=1, name="run")
    assert found.order_by("n").to_table()["run"].to_pylist() == [1, 1, 2, 2]


def days(relation: Relation) -> list[Any]:
    return [tuple(row.values()) for row in relation.order_by("k", "d").to_table().to_pylist()]


def test_missing_days_are_filled_for_each_key_and_null_is_a_key() -> None:
    rows = [("a", 1, 5), ("a", 3, None), ("a", 4, 7), (None, 1, 1), ("b", None, 2)]
    data = from_arrow(
        pa.table(
            {
                "k": [k for k, _, _ in rows],
                "d": [d and dt.date(2024, 2, d) for _, d, _ in rows],
                "v": [v for _, _, v in rows],
            }
        )
    )
    found = [(k, d.day, v) for k, d, v in days(data.fill_gaps("d", every="day", by="k"))]
    assert found == [("a", 1, 5), ("a", 2, None), ("a", 3, None), ("a", 4, 7), (None, 1, 1)]
    forward = days(data.fill_gaps("d", every="day", by=["k"], fill="forward"))
    assert [v for _, _, v in forward] == [5, 5, 5, 7, 1]


@pytest.mark.parametrize(
    ("zone", "hours"), [("Europe/Berlin", [23, 23, 22, 22]), (None, [23, 23, 23, 23])]
)
def test_a_day_is_one_on_the_clock_when_summer_begins(zone: str | None, hours: list[int]) -> None:
    """Midnight of Berlin is 23:00 UTC in winter, and from 31 March on 22:00."""
    ends = [dt.datetime(2024, 3, day, 23, tzinfo=dt.UTC) for day in (29, 30)]
    ends.append(dt.datetime(2024, 4, 1, hours[-1], tzinfo=dt.UTC))
    data = from_arrow(pa.table({"t": pa.array(ends, pa.timestamp("us", "UTC"))}))
    found = data.fill_gaps("t", every="day", zone=zone).order_by("t").to_table()["t"].to_pylist()
    assert [time.hour for time in found] == hours


@pytest.mark.parametrize(
    ("every", "last", "expected"),
    [
        ("month", dt.date(2024, 4, 30), [(1, 31), (2, 29), (3, 31), (4, 30)]),
        ("month", dt.date(2024, 4, 29), [(1, 31), (2, 29), (3, 31), (4, 29)]),
        ("quarter", dt.date(2024, 7, 31), [(1, 31), (4, 30), (7, 31)]),
        ("year", dt.date(2026, 1, 30), [(1, 31), (1, 31), (1, 30)]),
    ],
)
def test_months_are_counted_from_the_first(
    every: str, last: dt.date, expected: list[tuple[int, int]]
) -> None:
    """The end of February does not move what follows it."""
    data = from_arrow(pa.table({"d": [dt.date(2024, 1, 31), last]}))
    found = data.fill_gaps("d", every=every).order_by("d").to_table()["d"].to_pylist()
    assert [(day.month, day.day) for day in found] == expected


def test_hours_are_filled_through_the_hour_that_comes_twice() -> None:
    begin = dt.datetime(2024, 10, 26, 22, tzinfo=dt.UTC)
    ends = [begin, begin + dt.timedelta(hours=5)]
    data = from_arrow(pa.table({"t": pa.array(ends, pa.timestamp("us", "UTC"))}))
    assert data.fill_gaps("t", every=dt.timedelta(hours=1)).count() == 6


def test_gaps_of_nothing_are_nothing() -> None:
    empty = from_arrow(pa.table({"d": pa.array([], pa.date32()), "v": pa.array([], pa.int8())}))
    assert empty.fill_gaps("d", every="month", fill="forward").to_table().schema == empty.schema
    assert empty.sessionize("d", gap=dt.timedelta(days=1)).count() == 0
    assert empty.deduplicate("d", order_by="v").count() == 0


TRADES = from_arrow(pa.table({"s": ["x", "x", "y", None], "t": [1, 10, 10, 10]}))
QUOTES = pa.table({"s": ["x", "x", "y", None], "t": [1, 8, 11, 1], "p": [1, 2, 3, 4]})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [("x", 1, 1), ("x", 10, 2), ("y", 10, None), (None, 10, None)]),
        ({"how": "inner"}, [("x", 1, 1), ("x", 10, 2)]),
        ({"how": "inner", "strict": True}, [("x", 10, 2)]),
        ({"how": "inner", "direction": "forward"}, [("x", 1, 1), ("y", 10, 3)]),
        ({"how": "inner", "tolerance": 1}, [("x", 1, 1)]),
        ({"tolerance": 1}, [("x", 1, 1), ("x", 10, None), ("y", 10, None), (None, 10, None)]),
    ],
)
def test_what_is_nearest(options: dict[str, Any], expected: list[Any]) -> None:
    found = TRADES.asof_join(QUOTES, on="t", by="s", **options).select("s", "t", "p")
    rows = [tuple(row.values()) for row in found.order_by("s", "t").to_table().to_pylist()]
    assert rows == expected


def test_a_cross_join_is_of_all_with_all() -> None:
    pairs = TRADES.select("t").join(QUOTES, how="cross", suffix=("_trade", "_quote"))
    assert pairs.columns == ("t_trade", "s", "t_quote", "p")
    assert pairs.count() == 16


def test_a_function_of_one_s_own_is_a_link_of_the_chain() -> None:
    def newest(relation: Relation, rows: int) -> Relation:
        return relation.order_by(col("t").desc()).limit(rows)

    assert TRADES.pipe(newest, rows=1).to_table()["t"].to_pylist() == [10]
    assert union(TRADES, TRADES).pipe(newest, 3).count() == 3


def test_a_notebook_shows_columns_types_and_sql_and_runs_nothing() -> None:
    from vibepiper_transform import ArrowSource, from_source

    def refuse() -> pa.Table:
        raise AssertionError("it was read")

    schema = pa.schema([("<b>", pa.int64())])
    shown = from_source(ArrowSource(schema, refuse)).filter(col("<b>") > 1)._repr_html_()
    assert "<th>&lt;b&gt;<br><i>int64</i></th>" in shown
    assert "WHERE" in shown


def test_a_preview_is_the_first_rows() -> None:
    assert repr(TRADES.order_by("t").preview(1)) == "s  t\nx  1"
    assert "<td>x</td><td>1</td>" in TRADES.order_by("t").preview(1)._repr_html_()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda r: r.deduplicate(order_by="t"), "at least one key"),
        (lambda r: r.deduplicate("s", order_by="u"), "no column 'u'"),
        (lambda r: r.sessionize("t", gap=dt.timedelta(1)), "No function matches|Cannot compare"),
        (lambda r: r.sessionize("u", gap=1), "no column 'u'"),
        (lambda r: r.fill_gaps("t", every="day"), "'t' is no date or timestamp but int64"),
        (lambda r: r.join(r, how="cross", on="t"), "a cross join has no key"),
        (lambda r: r.join(r, on=col("t") + col("t_right")), "is true or false, but"),
        (lambda r: r.join(r, on="t", how="outer"), "'outer' is no kind of join"),
        (lambda r: r.asof_join(r, on="u"), "no column 'u'"),
        (lambda r: r.asof_join(r, on="t", direction="up"), "'up' is no direction"),
        (lambda r: r.preview(-1), "a limit is a whole number, 0 or more"),
    ],
)
def test_it_is_refused(build: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        build(TRADES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": "hour"}, "steps of dates are whole days, found 'hour'"),
        ({"every": "dya"}, "'dya' is no step of time|whole days"),
        ({"every": dt.timedelta()}, "a step is above zero"),
        ({"every": "day", "zone": "Europe/Berlin"}, "only instants have a zone"),
        ({"every": "day", "fill": "back"}, "fill is 'null' or 'forward', found 'back'"),
    ],
)
def test_no_step(options: dict[str, Any], message: str) -> None:
    dates = from_arrow(pa.table({"d": [dt.date(2024, 1, 1)]}))
    with pytest.raises(DefinitionError, match=message):
        dates.fill_gaps("d", **options)
