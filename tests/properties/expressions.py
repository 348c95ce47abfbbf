"""Random expressions over `COLUMNS`, each of the type that its strategy is named after."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
from hypothesis import strategies as st
from vibepiper_transform import Expression, coalesce, col, concat, greatest, least, lit, when

COLUMNS = pa.schema(
    [
        ("id", pa.int64()),
        ("k", pa.string()),
        ("n", pa.int64()),
        ("i", pa.int32()),
        ("x", pa.float64()),
        ("ok", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("moment", pa.timestamp("us", "UTC")),
    ]
)
"""``id`` is unique and never null."""

TEXTS = st.text("aAzé%_'\\ 雪\"", max_size=4)
DAYS = st.dates(dt.date(1970, 1, 2), dt.date(2037, 12, 31))
TIMES = st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2037, 12, 31))
FRACTIONS = st.integers(-64, 64).map(lambda n: n / 8)
"""Sums of them are exact in any order."""
SMALL = st.integers(-9, 9)
PARTS = st.sampled_from(["year", "quarter", "month", "week", "day", "day_of_week", "day_of_year"])
TRUNCATED = st.sampled_from(["year", "quarter", "month", "week", "day"])


def rows(*, nan: bool) -> st.SearchStrategy[pa.Table]:
    """A table of a few rows; NaN among its doubles if told."""
    fractions = st.one_of(FRACTIONS, st.just(float("nan"))) if nan else FRACTIONS
    values = {
        "k": TEXTS,
        "n": st.one_of(SMALL, st.sampled_from([2**40, -(2**40)])),
        "i": SMALL,
        "x": fractions,
        "ok": st.booleans(),
        "day": DAYS,
        "at": TIMES,
        "moment": TIMES.map(lambda found: found.replace(tzinfo=dt.UTC)),
    }
    row = st.fixed_dictionaries({n: st.one_of(st.none(), v) for n, v in values.items()})
    return st.lists(row, max_size=8).map(_table)


def _table(found: list[dict[str, object]]) -> pa.Table:
    listed = [{"id": number, **row} for number, row in enumerate(found)]
    return pa.Table.from_pylist(listed, schema=COLUMNS)


def _whole(deeper: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(lambda a, b: a + b, deeper, deeper),
        st.builds(lambda a, b: a - b, deeper, SMALL),
        st.builds(lambda a, b: a % b, deeper, deeper),
        st.builds(lambda a: -a, deeper),
        st.builds(lambda a: a.abs(), deeper),
        st.builds(lambda a, b: coalesce(a, b), deeper, SMALL),
        st.builds(lambda a, b: greatest(a, b), deeper, deeper),
        st.builds(lambda a, b: least(a, b), deeper, deeper),
        st.builds(lambda a, b: when(a > b).then(a).otherwise(b), deeper, deeper),
    )


whole = st.recursive(
    st.one_of(
        st.sampled_from(["n", "i", "id"]).map(col),
        SMALL.map(lit),
        st.builds(lambda p: col("day").date_part(p), PARTS),
        st.builds(lambda p: col("at").date_part(p), PARTS),
        st.builds(lambda p: col("moment").date_part(p), st.sampled_from(["hour", "second"])),
        st.just(col("k").length()),
        st.builds(lambda d: col("day").diff("day", d), DAYS),
    ),
    _whole,
    max_leaves=4,
)
fraction = st.one_of(
    st.just(col("x")),
    st.builds(lambda a, b: a / b, whole, whole),
    st.builds(lambda a, d: (a / 8).round(d), whole, st.integers(0, 2)),
    st.builds(lambda a: col("x") * a, SMALL),
    st.just(col("x").floor()),
    st.just(col("x").ceil()),
)
text = st.recursive(
    st.one_of(st.just(col("k")), TEXTS.map(lit), st.just(col("n").cast(pa.string()))),
    lambda deeper: st.one_of(
        st.builds(lambda a, b: concat(a, b), deeper, deeper),
        st.builds(lambda a: a.lower(), deeper),
        st.builds(lambda a: a.trim(), deeper),
        st.builds(lambda a, n: a.substring(n), deeper, st.integers(1, 3)),
        st.builds(lambda a, b: a.replace(b, "x"), deeper, st.sampled_from(["a", "\\", "'"])),
    ),
    max_leaves=3,
)
moment = st.one_of(
    st.builds(
        lambda n, t: col(n).date_trunc(t), st.sampled_from(["day", "at", "moment"]), TRUNCATED
    ),
    st.builds(lambda n: col("day").shift(months=n), SMALL),
    st.builds(lambda n: col("at").shift(days=n, seconds=n), SMALL),
    st.just(col("day")),
    st.just(col("at")),
    st.just(col("moment")),
)
truth = st.recursive(
    st.one_of(
        st.just(col("ok")),
        st.builds(lambda a, b: a < b, whole, whole),
        st.builds(lambda a, b: a == b, text, text),
        st.builds(lambda a, b: a >= b, text, TEXTS),
        st.builds(lambda a, p: a.like(p), text, TEXTS),
        st.builds(lambda a: a.is_null(), st.one_of(whole, text, moment)),
        st.builds(lambda a, v: a.is_in(v), whole, st.lists(SMALL, max_size=3)),
        st.builds(lambda a, b, c: a.between(b, c), whole, SMALL, SMALL),
        st.builds(lambda d: col("at") >= d, TIMES),
        st.builds(lambda d: col("day") < d, DAYS),
        st.builds(lambda a, p: a.starts_with(p), text, TEXTS),
        st.builds(lambda a, p: a.contains(p), text, TEXTS),
    ),
    lambda deeper: st.one_of(
        st.builds(lambda a, b: a & b, deeper, deeper),
        st.builds(lambda a, b: a | b, deeper, deeper),
        st.builds(lambda a: ~a, deeper),
    ),
    max_leaves=3,
)
anything = st.one_of(whole, fraction, text, moment, truth)
