"""Every Arrow type comes back from Parquet as it was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper.errors import DataError
from vibepiper.io_manager import AssetRef
from vibepiper_files import FileIOManager

NOW = dt.datetime(2024, 2, 29, 12, 30, 15)
COLUMNS = [
    pa.array([2**64 - 1, None], pa.uint64()),
    pa.array([float("inf"), None], pa.float64()),
    pa.array([Decimal("-1.25"), None], pa.decimal128(38, 9)),
    pa.array([NOW, None], pa.timestamp("us", "America/New_York")),
    pa.array([NOW, None], pa.timestamp("s")),
    pa.array([NOW, None], pa.timestamp("ns")),
    pa.array([NOW.time(), None], pa.time32("s")),
    pa.array([NOW.time(), None], pa.time64("us")),
    pa.array([dt.timedelta(seconds=3), None], pa.duration("us")),
    pa.array([NOW.date(), None], pa.date32()),
    pa.array([b"\x00\xff", None], pa.binary()),
    pa.array(["é", None], pa.large_string()),
    pa.array([True, None], pa.bool_()),
    pa.array([None, None], pa.null()),
    pa.array([[1, None], None], pa.list_(pa.int8())),
    pa.array([{"a": [{"b": "x"}]}, None]),
    pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
    pa.array(["x", None]).dictionary_encode(),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.type)[:30])
@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_type_comes_back(store: FileIOManager, column: pa.Array, rows: int):
    table = pa.table({"größe": column}).slice(0, rows)
    store.save(AssetRef("t"), table)
    found = store.load(AssetRef("t")).read_all()
    assert found.schema == table.schema
    assert found.to_pylist() == table.to_pylist()


def test_nan_is_no_null(store: FileIOManager):
    store.save(AssetRef("t"), pa.table({"x": [float("nan"), None]}))
    column = store.load(AssetRef("t")).read_all()["x"]
    assert (column.null_count, str(column[0])) == (1, "nan")


def test_unions_are_refused(store: FileIOManager):
    union = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])
    with pytest.raises(DataError, match="the format cannot hold this table"):
        store.save(AssetRef("t"), pa.table({"u": union}))
    assert not store.exists(AssetRef("t"))
