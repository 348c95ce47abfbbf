"""What is read off footers equals what the rows say."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vibepiper_transform import FooterColumn, col, from_arrow, read_footers, scan_parquet

NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 1)
TABLE = pa.table(
    {
        "id": range(10),
        "x": [0.5, None, math.nan, *[1.5] * 7],
        "at": pa.array([NOON] * 10, pa.timestamp("us")),
        "text": list("abcdefghij"),
        "none": pa.nulls(10, pa.int64()),
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    pq.write_table(TABLE, tmp_path / "t.parquet", row_group_size=4)
    return tmp_path / "t.parquet"


def test_columns_are_told_of(path: Path) -> None:
    footers = read_footers(scan_parquet(path))
    assert footers is not None
    assert footers.rows == 10
    found = footers.columns
    assert (found["id"].nulls, found["id"].low, found["id"].high) == (0, 0, 9)
    assert (found["id"].sorted, found["id"].ascending) == (True, True)
    assert (found["at"].low, found["at"].ascending) == (NOON, False)
    assert (found["none"].nulls, found["none"].low) == (10, None)
    assert found["text"] == FooterColumn(0, None, None, None, found["text"].exact, False, False)


def test_it_is_not_said_that_there_is_no_nan_where_nobody_counted(path: Path) -> None:
    footers = read_footers(scan_parquet(path))
    assert footers is not None
    assert footers.columns["x"].nans != 0


def test_columns_that_are_computed_are_not_told_of(path: Path) -> None:
    relation = scan_parquet(path)
    assert read_footers(relation.filter(col("id") > 3)) is None
    assert read_footers(relation.mutate(y=col("id") + 1)) is not None
    assert "y" not in read_footers(relation.mutate(y=col("id") + 1)).columns


def test_other_data_has_no_footers() -> None:
    assert read_footers(from_arrow(TABLE)) is None
