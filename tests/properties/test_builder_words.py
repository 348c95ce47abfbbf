"""Words of the builder that engines read otherwise: the same rows on each, or refused before."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from vibepiper.errors import StoreError
from vibepiper_transform import (
    Count,
    Expression,
    Median,
    Quantile,
    Sum,
    UnsupportedSql,
    coalesce,
    col,
    cume_dist,
    lit,
    percent_rank,
)

from tests.properties.engines import NAMES, Engine, answer

TEXTS = ["aXbXc", "a\nb", "éb", "ab", "", "x_y 12", None, "e\u0301x", "日本"]
T = pa.table(
    {
        "id": range(len(TEXTS)),
        "s": TEXTS,
        "n": pa.array([None if n == 4 else n * n for n in range(len(TEXTS))], pa.int64()),
        "x": [n / 7 for n in range(len(TEXTS))],
        "day": [dt.date(1968, 2, 27) + dt.timedelta(days=n) for n in range(len(TEXTS))],
        "at": pa.array(
            [dt.datetime(2024, 3, 31, 0, 30) + dt.timedelta(hours=n) for n in range(len(TEXTS))],
            pa.timestamp("us"),
        ),
        "t": pa.array([None, *[dt.time(1, 2, 3, n) for n in range(1, len(TEXTS))]]),
    }
)
S, AT, DAY = col("s"), col("at"), col("day")
UTC, CLOCK = pa.timestamp("us", "UTC"), pa.timestamp("us")
SAME: dict[str, tuple[Expression, tuple[str, ...]]] = {
    # A value, and the engines that have to give it.
    "a dot is no newline": (S.matches("a.b"), ("postgresql", "mysql")),
    "a dot is told to be one": (S.matches("(?s)a.b"), ("postgresql", "mysql")),
    "a set that excludes": (S.matches("a[^x]b"), ("postgresql", "mysql")),
    "words are ASCII": (S.matches(r"^\w+$"), ("postgresql", "mysql")),
    "the edge of a word": (S.matches(r"\bb"), ("postgresql", "mysql")),
    "inside a word": (S.matches(r"\Bb"), ("postgresql", "mysql")),
    "classes by name": (S.matches("^[[:alpha:]]+$"), ("postgresql", "mysql")),
    "a bracket and a brace": (S.matches("[[a]{1}b|{"), ("postgresql", "mysql")),
    "the ends of the text": (S.matches(r"\Aa|b\z"), ("postgresql", "mysql")),
    "each dot": (S.replace_matches(".", "_"), ("postgresql",)),
    "groups": (S.replace_matches(r"(?P<one>\w)(b)", r"\2\1"), ("postgresql",)),
    "either letter": (S.replace_matches("X|b", "-"), ("postgresql",)),
    "lazily": (S.replace_matches("a.*?b", "-"), ("postgresql",)),
    "a clock without a zone": (AT.to_local("Europe/Berlin"), ("postgresql", "sqlite")),
    "a date's clock": (DAY.to_local("Asia/Kolkata"), ("postgresql", "sqlite")),
    "the text of an instant": (AT.cast(UTC).cast(pa.string()), NAMES),
    "the text of a clock": (AT.cast(UTC).cast(CLOCK).cast(pa.string()), NAMES),
    "microseconds of a time": (coalesce(col("t"), dt.time(1, 2, 3, 4)), NAMES),
    "times are compared": (col("t") == dt.time(1, 2, 3, 4), NAMES),
    "the hour of a date": (DAY.date_part("hour") + DAY.date_part("second"), NAMES),
    "shares": (percent_rank().over(order_by="id") * 3, NAMES),
    "shares of groups": (
        cume_dist().over(partition_by=col("n") > 20, order_by=col("x").desc()),
        NAMES,
    ),
    "a fraction around whole numbers": (
        Sum("id").over(order_by="n", range=(-4.5, 0)),
        ("postgresql", "sqlite"),
    ),
}
REFUSED: dict[str, tuple[Expression, dict[str, str]]] = {
    "the first or the longest": (
        S.replace_matches("a|ab", "-"),
        {"postgresql": "alternatives that may begin alike"},
    ),
    "greedy and lazy": (
        S.replace_matches("a+b*?", "-"),
        {"postgresql": "greedy and lazy quantifiers in one pattern"},
    ),
    "nothing": (
        S.replace_matches("x*", "-"),
        {"postgresql": "a pattern of which nothing is a match"},
    ),
    "other letters": (S.matches(r"\pL"), {"postgresql": r"'\\p' in a pattern"}),
    "into letters": (S.split(""), {"postgresql": "a text parted by an empty separator"}),
    "the first letter": (
        S.split_part("", 1),
        {"postgresql": "a text parted by an empty separator"},
    ),
    "letters with accents": (S.reverse(), {"postgresql": "reverse"}),
    "single precision": (
        col("x").cast(pa.float32()),
        {"mysql": "a cast to FLOAT", "sqlite": "a cast to FLOAT"},
    ),
    "the hour of a time": (col("t").date_part("hour"), {"sqlite": "the hour of a time of day"}),
    "years of two digits": (S.parse_time("%y-%m"), {"postgresql": "parse_time of '%y-%m'"}),
}


@pytest.mark.parametrize("name", SAME)
def test_engines_that_have_it_give_the_same(engines: dict[str, Engine], name: str) -> None:
    value, have_it = SAME[name]
    expected = answer(engines["duckdb"].keep({"w": T})["w"].select("id", v=value))
    assert len(expected) == len(TEXTS)
    for engine in have_it:
        assert answer(engines[engine].keep({"w": T})["w"].select("id", v=value)) == expected, engine
    for engine in set(NAMES) - set(have_it):
        with pytest.raises(UnsupportedSql):
            engines[engine].keep({"w": T})["w"].select("id", v=value).to_table()


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_differ_is_refused(engines: dict[str, Engine], name: str) -> None:
    value, refusals = REFUSED[name]
    for engine, feature in refusals.items():
        with pytest.raises(UnsupportedSql, match=f"^{engine} cannot do {feature}"):
            engines[engine].keep({"w": T})["w"].select("id", v=value).to_table()


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize("middle", [Median("day"), Quantile("at", 0.3), Median("s")])
def test_a_middle_is_of_numbers(engines: dict[str, Engine], engine: str, middle: Median) -> None:
    with pytest.raises(UnsupportedSql, match="a median or a quantile of"):
        engines[engine].keep({"w": T})["w"].aggregate(m=middle).to_table()


FORM = "%Y-%m-%d %H:%M"


def test_times_are_parsed_by_their_form(engines: dict[str, Engine]) -> None:
    table = pa.table({"s": ["2020-01-31 10:20", "1960-1-2 3:04", "  2020-1-1 0:0 ", None]})
    value = col("s").parse_time(FORM)
    expected, found = (
        answer(engines[name].keep({"p": table})["p"].select(v=value))
        for name in ("duckdb", "postgresql")
    )
    assert found == expected


@pytest.mark.parametrize(
    "text", ["2020-01-31", "2020-01-31 10:20:30", "2020-00-31 10:20", "2020-02-30 10:20", "x"]
)
def test_a_time_of_another_form_is_an_error(engines: dict[str, Engine], text: str) -> None:
    tables = engines["postgresql"].keep({"p": pa.table({"s": [text]})})
    with pytest.raises(StoreError, match=text):
        tables["p"].select(v=col("s").parse_time(FORM)).to_table()


@pytest.mark.parametrize("engine", ["duckdb", *NAMES])
def test_constants_are_keys_and_orders(engines: dict[str, Engine], engine: str) -> None:
    """Which engines refuse alone in GROUP BY and ORDER BY, or take for places of columns."""
    w = engines[engine].keep({"w": T})["w"]
    grouped = w.groupby(a=lit("x"), b=lit(True), c=lit(2)).aggregate(n=Count())
    assert answer(grouped) == [("x", True, 2, len(TEXTS))]
    rolled = w.rollup(a=lit("x"), level="level").aggregate(n=Count())
    assert answer(rolled) == [("x", 0, len(TEXTS)), (None, 1, len(TEXTS))]
    assert answer(w.order_by(lit("x"), lit(1), col("id").desc()).limit(1).select("id")) == [(8,)]
