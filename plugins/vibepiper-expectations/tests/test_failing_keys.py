"""For random tables and random checks, what fails and the keys of it are what a row-by-row
evaluation in plain Python finds; from Arrow, and from Parquet with its footers."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper_expectations import Expectation, check_table, expect
from vibepiper_transform import scan_parquet

Row = dict[str, Any]
Naive = Callable[[list[Row]], list[int]]
"""The ids of the rows that fail."""

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.none() | st.integers(-4, 4),
            "m": st.none() | st.integers(-4, 4),
            "g": st.sampled_from(["x", "y", None]),
            "t": st.none() | st.sampled_from(["", "a", "ab", "é", "A b", " a", "a%", "日本"]),
        }
    ),
    max_size=25,
)
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("n", pa.int64()),
        ("m", pa.int64()),
        ("g", pa.string()),
        ("t", pa.string()),
    ]
)
OTHERS = pa.table({"n": [0, 1, 2, None]})


def where(fails: Callable[[Row], bool], *columns: str) -> Naive:
    """Those among the rows without a null in the columns of which a function says so."""

    def naive(rows: list[Row]) -> list[int]:
        known = [row for row in rows if None not in [row[name] for name in columns]]
        return [row["id"] for row in known if fails(row)]

    return naive


def repeated(*columns: str) -> Naive:
    def naive(rows: list[Row]) -> list[int]:
        found = [(row["id"], tuple(row[name] for name in columns)) for row in rows]
        known = [(key, values) for key, values in found if None not in values]
        often = Counter(values for _, values in known)
        return [key for key, values in known if often[values] > 1]

    return naive


def not_rising(rows: list[Row]) -> list[int]:
    failing, last = [], None
    for row in rows:
        if row["n"] is not None:
            if last is not None and row["n"] <= last:
                failing.append(row["id"])
            last = row["n"]
    return failing


CHECKS: list[tuple[Expectation, Naive]] = [
    (expect.column_values_not_null("n"), where(lambda r: r["n"] is None)),
    (expect.column_values_null("n"), where(lambda r: r["n"] is not None)),
    (expect.column_values_unique("n"), repeated("n")),
    (expect.columns_unique_together(["n", "m"]), repeated("n", "m")),
    (expect.column_values_between("n", -1, 2), where(lambda r: not -1 <= r["n"] <= 2, "n")),
    (expect.column_values_in_set("n", [0, 3]), where(lambda r: r["n"] not in (0, 3), "n")),
    (expect.column_values_not_in_set("t", ["a"]), where(lambda r: r["t"] == "a", "t")),
    (expect.column_values_multiple_of("n", 2), where(lambda r: r["n"] % 2 != 0, "n")),
    (expect.column_pair_comparison("n", "<", "m"), where(lambda r: r["n"] >= r["m"], "n", "m")),
    (
        expect.columns_distinct_in_row(["n", "m"]),
        where(lambda r: r["n"] == r["m"], "n", "m"),
    ),
    (expect.columns_sum_to(["n", "m"], 0), where(lambda r: r["n"] + r["m"] != 0, "n", "m")),
    (expect.rows_complete(["n", "t"]), where(lambda r: r["n"] is None or r["t"] is None)),
    (expect.any_column_not_null(["n", "t"]), where(lambda r: r["n"] is None and r["t"] is None)),
    (
        expect.column_values_between("n", 0, when="g = 'x' AND m > 0"),
        where(lambda r: r["g"] == "x" and r["m"] > 0 and r["n"] < 0, "n", "g", "m"),
    ),
    (
        expect.column_values_lengths_between("t", 1, 2),
        where(lambda r: not 1 <= len(r["t"]) <= 2, "t"),
    ),
    (expect.column_values_start_with("t", "a"), where(lambda r: not r["t"].startswith("a"), "t")),
    (expect.column_values_match_like("t", "a%"), where(lambda r: not r["t"].startswith("a"), "t")),
    (expect.column_values_contain("t", "b"), where(lambda r: "b" not in r["t"], "t")),
    (expect.column_values_trimmed("t"), where(lambda r: r["t"] != r["t"].strip(" "), "t")),
    (expect.column_values_in_reference("n", "o"), where(lambda r: r["n"] not in (0, 1, 2), "n")),
    (expect.column_values_increasing("n"), not_rising),
    (
        expect.rows_satisfy(lambda b: [v.as_py() != 1 for v in b.column(0)], "n"),
        where(lambda r: r["n"] == 1),
    ),
]


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sets(st.integers(0, len(CHECKS) - 1), min_size=1), st.booleans())
def test_verdicts_and_keys_are_those_of_plain_python(rows, chosen, stored) -> None:
    numbered = [{"id": number, **row} for number, row in enumerate(rows)]
    table = pa.Table.from_pylist(numbered, schema=SCHEMA)
    checks = [CHECKS[number] for number in sorted(chosen)]
    with tempfile.TemporaryDirectory() as folder:
        data: object = table
        if stored:
            pq.write_table(table, Path(folder) / "t.parquet", row_group_size=4)
            data = scan_parquet(Path(folder) / "t.parquet")
        asked = [check for check, _ in checks]
        report = check_table(data, asked, key=["id"], others={"o": OTHERS}, keys="all")
    for result, (check, naive) in zip(report.results, checks, strict=True):
        expected = naive(numbered)
        found = [] if result.keys is None else result.keys["id"].to_pylist()
        assert (result.check, found) == (check.label, sorted(expected))
        assert (result.failed_rows, result.status) == (
            len(expected),
            "failed" if expected else "passed",
        )
    plain = check_table(table, asked, key=["id"], others={"o": OTHERS})
    assert [r.failed_rows for r in plain.results] == [r.failed_rows for r in report.results]
    assert [r.rows for r in plain.results] == [r.rows for r in report.results]
