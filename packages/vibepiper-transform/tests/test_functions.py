"""Functions of text, numbers, times, lists and structs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_transform import (
    coalesce,
    col,
    concat,
    from_arrow,
    greatest,
    least,
    list_of,
    lit,
    make_date,
    struct,
    when,
)

UTC = dt.UTC
ROW = pa.table(
    {
        "s": ["Straße, 5"],
        "n": [-4],
        "x": [2.5],
        "xs": [[3, None, 1, 3]],
        "p": [{"a": 1, "b c": "x"}],
        "none": pa.array([None], pa.string()),
        "day": [dt.date(2024, 1, 31)],
        "at": pa.array([dt.datetime(2024, 3, 30, 23, 30, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        "clock": [dt.datetime(2024, 3, 31, 2, 30)],
    }
)

VALUES: list[tuple[Any, Any]] = [
    (col("s").length(), 9),
    (lit("é").upper(), "É"),
    (col("s").substring(5, 2), "ße"),
    (col("s").replace("ß", "ss"), "Strasse, 5"),
    (col("s").contains("ra"), True),
    (col("s").starts_with("S") & ~col("s").ends_with("S"), True),
    (col("s").position("ß"), 5),
    (col("s").like("Stra_e%"), True),
    (col("s").matches(r"\d$"), True),
    (col("s").extract(r"(\w)a", 1), "r"),
    (col("s").replace_matches("[a-z]", "."), "S...ß., 5"),
    (col("s").pad_start(11, "*"), "**Straße, 5"),
    (col("s").pad_end(3), "Str"),
    (col("s").split(", "), ["Straße", "5"]),
    (col("s").split_part(", ", 2), "5"),
    (col("s").split_part(", ", 3), ""),
    (lit(" x ").trim_start(), "x "),
    (lit(" x ").trim_end(), " x"),
    (lit("ab").reverse(), "ba"),
    (lit("ab").repeat(2), "abab"),
    (lit("31.12.2024").parse_time("%d.%m.%Y"), dt.datetime(2024, 12, 31)),
    (concat(col("s"), col("none")), None),
    (coalesce(col("none"), "y"), "y"),
    (col("none").same_as(None), True),
    (lit("a").null_if("a"), None),
    (lit("12x").cast(pa.int64(), errors="null"), None),
    (col("n").abs() + col("n").sign(), 3),
    (col("n").sqrt(), None),
    (col("n").ln(), None),
    (lit(0).ln(), None),
    (col("x").round(), 3.0),
    ((-col("x")).round(), -3.0),
    ((-col("x")).floor(), -3.0),
    ((-col("x")).ceil(), -2.0),
    (col("n") ** 2, 16.0),
    (lit(float("nan")).is_nan(), True),
    (greatest(col("n"), None, 1), 1),
    (least(col("n"), None, 1), -4),
    (when(col("n") < 0).then("-").otherwise("+"), "-"),
    (col("xs").list_length(), 4),
    (col("xs").element(0), 3),
    (col("xs").element(-1), 3),
    (col("xs").element(9), None),
    (col("xs").list_contains(1), True),
    (col("xs").list_sort(), [1, 3, 3, None]),
    (col("xs").list_distinct(), [1, 3]),
    (list_of("a", "b").list_join("+"), "a+b"),
    (col("p").field("b c"), "x"),
    (struct(a=col("n"), b="k"), {"a": -4, "b": "k"}),
    (lit("2024-02-29").cast(pa.date32()), dt.date(2024, 2, 29)),
    (make_date(lit(2024), lit(2), lit(29)), dt.date(2024, 2, 29)),
    (col("day").shift(months=1), dt.datetime(2024, 2, 29)),
    (col("day").shift(days=-31, hours=1), dt.datetime(2023, 12, 31, 1)),
    (col("day").date_part("week"), 5),
    (col("day").date_part("day_of_week"), 3),
    (col("day").date_part("day_of_year"), 31),
    (col("at").date_part("epoch"), 1711841400),
    (col("day").diff("month", dt.date(2023, 12, 31)), 1),
    (col("at").format_time("%Y-%m-%dT%H"), "2024-03-30T23"),
    (col("at").date_trunc("day"), dt.date(2024, 3, 30)),
    (col("at").date_trunc("day", zone="Europe/Berlin"), dt.date(2024, 3, 31)),
    (col("at").date_trunc("hour"), dt.datetime(2024, 3, 30, 23, tzinfo=UTC)),
    (col("at").to_local("Asia/Kolkata"), dt.datetime(2024, 3, 31, 5)),
    # Berlin's clocks went from 2:00 to 3:00 that night, so that 2:30 was never shown.
    (col("clock").from_local("Europe/Berlin"), dt.datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=lambda value: repr(value)[:60])
def test_a_value(expression: Any, expected: object) -> None:
    assert from_arrow(ROW).select(x=expression).to_table()["x"][0].as_py() == expected


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: col("s").upper() + 1, r"No function matches .* '\+\(VARCHAR"),
        (lambda: col("n").upper(), "upper.BIGINT"),
        (lambda: col("n").date_part("day"), "date_part"),
        (lambda: col("p").field("z"), 'Could not find key "z"'),
        (lambda: col("s") > col("n"), "Cannot compare|No function matches|Cannot mix"),
        (lambda: col("s").substring(0), "a position is a whole number, 1 or more"),
        (lambda: col("at").date_trunc("hour", zone="Europe/Berlin"), "not truncated to the hour"),
        (lambda: col("at").to_local("Europe/Berln"), "no time zone 'Europe/Berln'"),
        (lambda: col("at").date_trunc("hours"), "'hours' is no part of a date"),
        (lambda: col("day").shift(day=1), "'day' is no part of a date"),
        (lambda: col("day").shift(), "a shift needs a unit"),
        (lambda: col("s").cast(pa.int64(), errors="nul"), "errors is 'raise' or 'null'"),
        (lambda: list_of(), "a list needs at least one value"),
        (lambda: struct(), "a struct needs at least one field"),
    ],
)
def test_what_does_not_fit_is_refused_in_this_file(build: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message) as caught:
        from_arrow(ROW).select(x=build())
    assert caught.value.at is not None
    assert caught.value.at.file == __file__
