"""Checks are planned: what is known is not read, and what is read is read once."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vibepiper.checks import CheckContext, CheckResult
from vibepiper.component import ComponentContext
from vibepiper_expectations import ExpectationSettings, ExpectationValidator, expect
from vibepiper_transform import col, scan_parquet

ROWS = 3000
TABLE = pa.table(
    {
        "id": range(ROWS),
        "shuffled": [n * 7 % ROWS for n in range(ROWS)],
        "part": [n % 60 for n in range(ROWS)],
        "number": [n // 60 for n in range(ROWS)],
        "x": [None if n % 100 == 0 else n / 10 for n in range(ROWS)],
    }
)
OTHERS = pa.table({"id": range(0, ROWS, 2)})


@pytest.fixture
def run(tmp_path: Path):
    def run(*checks: object, table: pa.Table = TABLE, keys: str = "examples") -> list[CheckResult]:
        pq.write_table(table, tmp_path / "t.parquet", row_group_size=500)
        settings = ExpectationSettings(keys=keys)
        validator = ExpectationValidator(settings, ComponentContext("x", Path()))
        context = CheckContext("t", ("id",), lambda name: OTHERS)
        return list(validator.evaluate(checks, scan_parquet(tmp_path / "t.parquet"), context))

    return run


def test_footers_answer_what_they_tell(run) -> None:
    checks = [
        expect.column_values_not_null("x"),
        expect.column_values_between("id", 0, ROWS),
        expect.column_null_share_between("x", 0, 0.02),
        expect.row_count_between(ROWS, ROWS),
    ]
    results = run(*checks)
    assert [r.sql for r in results] == [None] * 4
    assert [(r.rows, r.failed_rows, r.value) for r in results] == [
        (ROWS, 30, None),
        (ROWS, 0, None),
        (None, None, 0.01),
        (None, None, ROWS),
    ]


def test_a_range_that_footers_do_not_prove_is_counted(run) -> None:
    (result,) = run(expect.column_values_between("id", 10, None))
    assert (result.rows, result.failed_rows) == (ROWS, 10)
    assert result.sql is not None


@pytest.mark.parametrize(
    ("check", "way"),
    [
        (expect.column_values_unique("id"), "LAG("),
        (expect.columns_unique_together(["part", "id"]), "LAG("),
        (expect.column_values_unique("shuffled"), "BITSTRING_AGG("),
        (expect.columns_unique_together(["part", "number"]), "BITSTRING_AGG("),
        (expect.column_values_unique("x"), "GROUP BY"),
    ],
)
def test_uniqueness_is_proved_the_cheapest_way(run, check, way: str) -> None:
    (result,) = run(check)
    assert result.passed
    assert way in result.sql
    assert result.rows == (2970 if "x" in check.label.split("(")[1] else ROWS)


@pytest.mark.parametrize("column", ["id", "shuffled"])
def test_what_a_shortcut_does_not_prove_is_counted(run, column: str) -> None:
    values = TABLE[column].to_pylist()
    values[7] = values[1700]
    table = TABLE.set_column(TABLE.column_names.index(column), column, pa.array(values))
    (result,) = run(expect.column_values_unique(column), table=table)
    assert (result.rows, result.failed_rows) == (ROWS, 2)


@pytest.mark.parametrize("keys", ["examples", "all"])
def test_repeated_values_of_a_sorted_column_are_found_beside_each_other(run, keys: str) -> None:
    values = [*range(ROWS)]
    values[6:9] = [6] * 3  # across no row group, and across one
    values[500] = values[499]
    table = TABLE.set_column(0, "id", pa.array(values))
    (result,) = run(expect.column_values_unique("id"), table=table, keys=keys)
    assert (result.rows, result.failed_rows) == (ROWS, 5)
    assert "LEAD(" in result.sql
    assert result.examples == ({"id": 6, "count(*)": 3}, {"id": 499, "count(*)": 2})
    if keys == "all":
        assert result.keys["id"].to_pylist() == [6, 6, 6, 499, 499]


def test_nan_that_is_there_twice_is_found(run) -> None:
    table = TABLE.set_column(4, "x", pa.array([*range(ROWS - 2), math.nan, math.nan], pa.float64()))
    (result,) = run(expect.column_values_unique("x"), table=table, keys="all")
    assert result.failed_rows == 2
    assert result.keys["id"].to_pylist() == [ROWS - 2, ROWS - 1]


def test_examples_of_some_rows_need_no_column_that_chose_them(run) -> None:
    check = expect.column_values_unique("part", when="number < 2")
    (result,) = run(check, keys="all")
    assert result.failed_rows == 120
    assert result.examples[0] == {"part": 0, "count(*)": 2}


def test_other_checks_share_one_query(run) -> None:
    checks = [
        expect.column_values_between("shuffled", 5, ROWS),
        expect.column_mean_between("x", 0, 1000),
        expect.column_median_between("x", 0, 1000),
        expect.column_values_in_set("part", list(range(60))),
        expect.column_pair_comparison("part", "<=", "id"),
        expect.column_values_in_reference("id", "others"),
    ]
    results = run(*checks)
    assert len({result.sql for result in results}) == 1
    assert [result.failed_rows for result in results] == [5, None, None, 0, 0, ROWS // 2]


def test_the_keys_of_all_failing_rows_are_fetched_on_request(run) -> None:
    checks = [
        expect.column_values_not_null("x"),
        expect.column_values_increasing("shuffled"),
        expect.column_values_in_reference("id", "others"),
        expect.column_values_unique("part", when="id < 120"),
    ]
    results = run(*checks, keys="all")
    keys = [result.keys["id"].to_pylist() for result in results]
    assert keys[0] == list(range(0, ROWS, 100))
    assert keys[1] == [n for n in range(1, ROWS) if n * 7 % ROWS <= (n - 1) * 7 % ROWS]
    assert keys[2] == list(range(1, ROWS, 2))
    assert keys[3] == list(range(120))


@pytest.mark.parametrize(
    "check",
    [
        expect.column_distinct_count_between("id", 2900, 3100, approximate=True),
        expect.column_quantile_between("id", 0.5, 1450, 1550, approximate=True),
    ],
)
def test_an_estimate_is_made_only_where_it_is_asked_for(run, check) -> None:
    (result,) = run(check)
    assert result.passed
    assert "APPROX_" in result.sql
    (exact,) = run(dataclasses.replace(check, approximate=False))
    assert "APPROX_" not in exact.sql


def test_a_condition_may_be_of_columns_or_in_sql(run) -> None:
    written = expect.column_values_between("id", 10, when="part < 5")
    built = expect.column_values_between("id", 10, when=col("part") < 5)
    results = run(written, built)
    assert [(result.rows, result.failed_rows) for result in results] == [(250, 5), (250, 5)]
    assert "when='\"part\" < 5'" in built.label


def test_so_many_rows_may_fail(run) -> None:
    checks = [expect.column_values_between("id", 10, max_failed=n) for n in (9, 10)]
    assert [result.passed for result in run(*checks)] == [False, True]
