"""Append, upsert, delete_insert and scd2: what a table holds after any loads."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from vibepiper.errors import DataError, Fenced, NotMaterialized, StoreError
from vibepiper.io_manager import AssetRef, Change, Committed
from vibepiper_files import FileIOManager

REF = AssetRef("raw/orders")
SCHEMA = pa.schema(
    [("id", pa.int64()), ("n", pa.int64()), ("v", pa.string()), ("gone", pa.bool_())]
)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def rows(*values: tuple[Any, ...]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, value, strict=False)) for value in values], SCHEMA
    )


def apply(store: FileIOManager, table: object, change: Change, ref: AssetRef = REF) -> Any:
    load = AssetRef(ref.key, ref.uri, ref.load_id or uuid.uuid4().hex, ref.partition)
    return store.apply(load, store.stage(load, table), change)


def held(store: FileIOManager, ref: AssetRef = REF) -> list[tuple[Any, ...]]:
    table = store.load(ref).read_all()
    assert store.relation(ref).to_table().num_rows == table.num_rows
    found = [tuple(row.values()) for row in table.to_pylist()]
    return sorted(found, key=repr)


def test_appended_rows_are_added(store: FileIOManager):
    for i in range(20):
        stored = apply(store, rows((i, i, "a")), Change(mode="append"))
    assert (stored.rows, stored.total_rows) == (1, 20)
    assert [row[0] for row in sorted(held(store))] == list(range(20))


def test_a_replaced_file_becomes_a_table_when_it_is_appended_to(
    store: FileIOManager, tmp_path: Path
):
    store.save(REF, rows((1, 1, "a")))
    apply(store, rows((2, 2, "b")), Change(mode="append"))
    assert len(held(store)) == 2
    assert not (tmp_path / "data/raw/orders.parquet").exists()
    store.save(REF, rows((3, 3, "c")))
    assert [row[0] for row in held(store)] == [3]


def test_the_same_load_again_changes_nothing(store: FileIOManager):
    ref = AssetRef(REF.key, load_id="a1")
    first = apply(store, rows((1, 1, "a")), Change(mode="append", cursor="7"), ref)
    apply(store, rows((2, 2, "b")), Change(mode="append", cursor="8"))
    before = held(store)
    store.apply(ref, first, Change(mode="append", cursor="7"))
    apply(store, rows((1, 1, "a")), Change(mode="append", cursor="7"), ref)
    assert held(store) == before
    assert store.committed(REF).cursor == "8"
    assert store.is_committed(ref)
    assert not store.exists(ref)


def test_a_table_whose_files_are_gone_is_begun_anew(store: FileIOManager, tmp_path: Path):
    load = AssetRef(REF.key, load_id="a1")
    for _ in range(2):
        apply(store, rows((1, 1, "a")), Change(mode="append", cursor="7"), load)
        assert held(store) == [(1, 1, "a", None)]
        shutil.rmtree(tmp_path / "data/raw/orders")
        assert (store.exists(REF), store.committed(REF), store.versions(REF)) == (False, None, [])
        assert not store.is_committed(load)
    with pytest.raises(NotMaterialized, match="asset 'raw/orders' has no data"):
        store.load(REF)


def test_a_table_of_which_a_file_is_gone_is_not_there_and_not_read(
    store: FileIOManager, tmp_path: Path
):
    for number in range(2):
        apply(store, rows((number, 1, "a")), Change(mode="append"))
    next((tmp_path / "data/raw/orders").glob("part~*")).unlink()
    assert not store.exists(REF)
    with pytest.raises(StoreError, match="cannot be read") as caught:
        held(store)
    assert f"remove the whole folder {tmp_path / 'data/raw/orders'}" in str(caught.value)


@pytest.mark.parametrize("mode", ["replace", "append"])
def test_a_smaller_token_is_refused(store: FileIOManager, mode: Any):
    apply(
        store,
        rows((1, 1, "a")),
        Change(mode=mode, token=5, cursor="x"),
        AssetRef(REF.key, load_id="a1"),
    )
    with pytest.raises(Fenced, match="token 4 comes after one with 5"):
        apply(store, rows((2, 2, "b")), Change(mode=mode, token=4))
    assert store.committed(REF) == Committed("a1", "x", 5)
    store.save(REF, rows((3, 3, "c")))
    with pytest.raises(Fenced, match="token 4"):
        apply(store, rows((2, 2, "b")), Change(mode=mode, token=4))
    assert held(store)[0][0] == 3


def test_data_that_follows_another_load_than_the_last_is_refused(store: FileIOManager):
    """Two runs fetched the same rows; only the first to publish may add them."""
    first, second, third = (AssetRef(REF.key, load_id=name) for name in ("a1", "a2", "a3"))
    with pytest.raises(Fenced, match=r"to follow the load 9, and the last one in .* is no load"):
        apply(store, rows((1, 1, "a")), Change(mode="append", base="9"), first)
    apply(store, rows((1, 1, "a")), Change(mode="append", base=""), first)
    apply(store, rows((2, 1, "a")), Change(mode="append", base="a1"), second)
    for base, told in (("", "no load"), ("a1", "the load a1")):
        with pytest.raises(Fenced, match=rf"to follow {told}, and the last .* is the load a2"):
            apply(store, rows((2, 1, "a")), Change(mode="append", base=base), third)
    apply(store, rows((2, 1, "a")), Change(mode="append", base="a1"), second)
    assert [row[0] for row in held(store)] == [1, 2]


@pytest.mark.parametrize("mode", ["upsert", "scd2"])
def test_repeated_keys_are_refused(store: FileIOManager, mode: Any):
    said = r"1 keys are staged more than once, such as id = 1 \(2(?s:.*)incremental\(cursor"
    with pytest.raises(DataError, match=said):
        apply(
            store,
            rows((1, 1, "a"), (1, 2, "b"), (2, 1, "c")),
            Change(mode=mode, key=("id",), at=NOON),
        )
    assert not store.exists(REF)


@pytest.mark.parametrize("mode", ["upsert", "scd2", "delete_insert"])
def test_null_keys_are_refused(store: FileIOManager, mode: Any):
    with pytest.raises(DataError, match="the key column 'id' is null in 1 of"):
        apply(store, rows((None, 1, "a")), Change(mode=mode, key=("id",), at=NOON))


def test_csv_does_not_change(store: FileIOManager):
    ref = AssetRef("t", uri="t.csv")
    store.save(ref, rows((1, 1, "a")))
    with pytest.raises(DataError, match=r"append needs Parquet, and t\.csv is stored as \.csv"):
        apply(store, rows((1, 1, "a")), Change(mode="append"), ref)
    assert len(store.load(ref).read_all()) == 1


def test_a_kept_version_is_read_as_it_was(store: FileIOManager):
    """Replaced files and a table that is appended to, in turn."""
    expected = {}
    for n, mode in enumerate(["replace", "replace", "append", "append", "replace"]):
        ref = AssetRef(REF.key, load_id=f"v{n}")
        apply(store, rows((n, n, "a")), Change(mode=mode), ref)
        expected[f"v{n}"] = held(store)
    for version in store.versions(REF):
        table = store.read_version(REF, version.load_id).to_table()
        assert (
            sorted((tuple(r.values()) for r in table.to_pylist()), key=repr)
            == expected[version.load_id]
        )
    assert [version.load_id for version in store.versions(REF)] == ["v4", "v3", "v2", "v1"]
    with pytest.raises(StoreError, match=r"the version v9 is not kept(.|\n)*v4, v3"):
        store.read_version(REF, "v9")


def test_a_kept_object_is_read_as_it_was(store: FileIOManager):
    for n in (1, 2):
        ref = AssetRef("settings", load_id=f"v{n}")
        store.publish(ref, store.stage(ref, {"n": n}))
    assert store.read_version(AssetRef("settings"), "v1") == {"n": 1}
