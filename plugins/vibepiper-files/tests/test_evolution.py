"""Columns that differ from those published, under each policy."""

from __future__ import annotations

import uuid
from typing import Any

import pyarrow as pa
import pytest
from vibepiper.errors import DataError
from vibepiper.io_manager import AssetRef, Change
from vibepiper_files import FileIOManager
from vibepiper_transform import col

REF = AssetRef("raw/orders")
MODES = ["append", "upsert", "delete_insert", "scd2"]


def put(store: FileIOManager, data: Any, **change: Any) -> Any:
    load = AssetRef(REF.key, load_id=uuid.uuid4().hex)
    change = {"mode": "append", "key": ("id",), "at": AT, **change}
    return store.apply(load, store.stage(load, pa.table(data)), Change(**change))


AT = pa.scalar(0, pa.timestamp("us", "UTC")).as_py()


def held(store: FileIOManager, *names: str) -> list[tuple[Any, ...]]:
    table = store.load(REF).read_all()
    assert store.relation(REF).schema.types == table.schema.types
    rows = table.select(list(names)).to_pylist()
    return sorted((tuple(row.values()) for row in rows), key=repr)


@pytest.mark.parametrize("mode", MODES)
def test_columns_are_added_and_types_widened(store: FileIOManager, mode: str):
    put(store, {"id": pa.array([1, 2], pa.int32()), "v": ["a", "b"]}, mode=mode)
    stored = put(store, {"id": [2**40], "v": ["c"], "w": [1.5]}, mode=mode)
    assert held(store, "id", "v", "w") == [(1, "a", None), (2**40, "c", 1.5), (2, "b", None)]
    assert "column 'w' (double) was added" in stored.notes
    big = store.relation(REF).filter(col("id") > 5).to_table()
    assert big["w"].to_pylist() == [1.5]


def test_an_upsert_leaves_columns_that_it_lacks(store: FileIOManager):
    put(store, {"id": [1, 2], "v": ["a", "b"], "w": [["x"], None]}, mode="upsert")
    put(store, {"id": [1, 3], "v": ["A", "c"]}, mode="upsert")
    assert held(store, "id", "v", "w") == [(1, "A", ["x"]), (2, "b", None), (3, "c", None)]


@pytest.mark.parametrize("mode", ["replace", *MODES])
def test_frozen_columns_refuse_others(store: FileIOManager, mode: str):
    put(store, {"id": [1], "v": ["a"]}, mode=mode)
    with pytest.raises(DataError, match=r"the column 'w' .* is new"):
        put(store, {"id": [2], "v": ["b"], "w": [1]}, mode=mode, evolution="freeze")
    assert held(store, "id", "v") == [(1, "a")]


@pytest.mark.parametrize("mode", ["replace", *MODES])
def test_what_does_not_fit_is_left_out(store: FileIOManager, mode: str):
    put(store, {"id": [1], "v": ["a"]}, mode=mode)
    rows = {"id": [2, 3], "v": ["b", "c"], "w": [1, None]}
    stored = put(store, rows, mode=mode, evolution="discard_row")
    old = [] if mode == "replace" else [(1, "a")]
    assert held(store, "id", "v") == [*old, (3, "c")]
    assert stored.rows == 1
    assert stored.notes[-1] == "1 rows were left out"
    put(store, {**rows, "id": [5, 6]}, mode=mode, evolution="discard_column")
    assert "w" not in store.load(REF).schema.names
    assert (5, "b") in held(store, "id", "v")


def test_a_column_that_was_left_out_does_not_come_back(store: FileIOManager):
    put(store, {"id": [1]})
    put(store, {"id": [2], "w": [5]}, evolution="discard_column")
    put(store, {"id": [3], "w": [6]})
    assert held(store, "id", "w") == [(1, None), (2, None), (3, 6)]


def test_a_history_begins_with_one(store: FileIOManager):
    put(store, {"id": [1]})
    with pytest.raises(DataError, match="keeps no history: it has no column 'valid_from'"):
        put(store, {"id": [1]}, mode="scd2")
