"""A table by the values of a column: each part's numbers, and its drift from the one before."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pyarrow as pa
import pytest
from vibepiper.errors import DataError, DefinitionError
from vibepiper_quality import find_drift, find_drift_by
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import database_table

DRAW = np.random.default_rng(6)
MONTHS = [datetime.date(2024, n, 1) for n in (1, 2, 3)]
TABLE = pa.table(
    {
        "month": [day for day in MONTHS for _ in range(400)],
        "price": np.concatenate([DRAW.normal(mean, 1, 400) for mean in (10, 10, 14)]),
        "state": [None if n % 4 == 0 else "open" for n in range(1200)],
    }
)


def test_each_part_is_compared_with_the_one_before() -> None:
    parts = find_drift_by(TABLE, "month")
    assert [(part.value, part.rows) for part in parts] == [(day, 400) for day in MONTHS]
    moved = [
        None if p.drift is None else [c.name for c in p.drift.columns if c.drifted] for p in parts
    ]
    assert moved == [None, [], ["price"]]
    rest = TABLE.drop_columns("month")
    assert parts[2].drift == find_drift(rest.slice(400, 400), rest.slice(800))


def test_a_part_has_means_and_shares_of_nulls() -> None:
    part = find_drift_by(TABLE, "month")[1]
    assert part.null_shares == {"price": 0, "state": 0.25}
    assert part.means == {"price": pytest.approx(np.mean(TABLE["price"][400:800].to_numpy()))}


def test_parts_of_a_database_are_those_of_memory_and_nulls_come_last() -> None:
    table = pa.table({"k": [2, None, 1, 1, None], "x": [1.0, 2.0, 3.0, None, 5.0]})
    there = database_table(RecordingBackend("elsewhere", table=table), "table")
    parts = find_drift_by(there, "k")
    assert [(part.value, part.rows) for part in parts] == [(1, 2), (2, 1), (None, 2)]
    assert [part.means for part in parts] == [{"x": 3.0}, {"x": 1.0}, {"x": 3.5}]
    assert parts == find_drift_by(table, "k")


def test_means_are_of_finite_numbers() -> None:
    odd = [1.0, math.nan, 3.0, math.inf, math.nan, -math.inf]
    table = pa.table({"k": [1, 1, 1, 1, 2, 2], "x": odd, "n": range(6)})
    assert [part.means for part in find_drift_by(table, "k")] == [{"x": 2.0, "n": 1.5}, {"n": 4.5}]


def test_as_many_rows_are_compared_as_are_asked_for() -> None:
    table = pa.table({"k": [n % 2 for n in range(220_000)], "x": range(220_000)})
    whole = find_drift_by(table, "k", sample=110_000)[1].drift
    assert whole is not None
    assert whole.sampled == (110_000, 110_000)


def test_a_column_that_makes_no_parts_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"no column 'mnth'(.|\n)*'month'"):
        find_drift_by(TABLE, "mnth")
    with pytest.raises(DataError, match="column 'n' has more than 100 different values"):
        find_drift_by(pa.table({"n": range(101)}), "n")
    assert find_drift_by(TABLE.slice(0, 0), "month") == []
