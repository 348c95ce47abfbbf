"""A table by the values of a column: each part's numbers, and its drift from the one before."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from vibepiper.errors import DataError, DefinitionError
from vibepiper_quality import find_drift, find_drift_by
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import database_table

DRAW = np.random.default_rng(6)
DAY = datetime.datetime(2024, 5, 1, 12)
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


@pytest.mark.parametrize(
    "kind",
    [
        pa.timestamp("ns"), pa.time64("ns"), pa.time32("s"), pa.duration("us"), pa.binary(),
        pa.list_(pa.int64()),
    ],
)  # fmt: skip
def test_a_column_whose_values_sql_does_not_name_is_refused(kind: pa.DataType) -> None:
    table = pa.table({"k": pa.array([None, None], kind), "x": [1, 2]})
    with pytest.raises(DataError, match=r"column 'k' is (.|\n)*cast to such a type"):
        find_drift_by(table, "k")


@pytest.mark.parametrize(
    "values",
    [
        pa.array([DAY + datetime.timedelta(microseconds=n) for n in (1, 2)], pa.timestamp("us")),
        pa.array([DAY, DAY + datetime.timedelta(1)], pa.timestamp("s", "Europe/Berlin")),
        pa.array(MONTHS[:2], pa.date64()),
        pa.array(["it's", "so"]).dictionary_encode(),
        pa.array([Decimal("1.10"), Decimal("1.2")]),
        pa.array([False, True]),
        pa.array([0.1, math.nan], pa.float32()),
    ],
)
def test_every_row_is_of_a_part(values: pa.Array) -> None:
    table = pa.table({"k": values, "x": [1.0, 2.0]})
    parts = find_drift_by(pa.concat_tables([table, table.slice(1)]), "k")
    assert [(part.rows, part.means) for part in parts] == [(1, {"x": 1.0}), (2, {"x": 2.0})]
    assert parts[1].drift is not None
    assert parts[1].drift.sampled == (1, 2)


def test_nan_comes_after_all_numbers() -> None:
    table = pa.table({"k": [3.0, math.nan, 1.0, None, 2.0, math.inf], "x": range(6)})
    order = [part.means["x"] for part in find_drift_by(table, "k")]
    assert order == [2, 4, 0, 5, 1, 3]


def test_a_column_that_makes_no_parts_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"no column 'mnth'(.|\n)*'month'"):
        find_drift_by(TABLE, "mnth")
    with pytest.raises(DataError, match="column 'n' has more than 100 different values"):
        find_drift_by(pa.table({"n": range(101), "x": range(101)}), "n")
    with pytest.raises(DataError, match="no column beside 'month'"):
        find_drift_by(TABLE.select(["month"]), "month")
    assert find_drift_by(TABLE.slice(0, 0), "month") == []
