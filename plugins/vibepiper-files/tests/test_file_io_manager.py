"""The file IO manager: stage, publish, load, query, objects, places."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.data import count_rows
from vibepiper.errors import DataError, NotMaterialized, StoreError
from vibepiper.io_manager import AssetRef
from vibepiper_files import FileIOManager
from vibepiper_transform import col, from_arrow

OLD, NEW = pa.table({"id": [1, 2], "v": ["a", None]}), pa.table({"id": [3], "v": ["c"]})
REF = AssetRef("raw/orders", load_id="a1")


def files(root: Path) -> list[str]:
    found = [p.relative_to(root) for p in root.rglob("*") if p.is_file()]
    return sorted(str(path) for path in found if ".versions" not in path.parts)


def test_staged_data_is_apart_until_it_is_published(store: FileIOManager, tmp_path: Path):
    store.save(REF.published, OLD)
    staged = store.stage(REF, NEW)
    assert store.load(REF).read_all() == NEW
    assert store.load(REF.published).read_all() == OLD
    stored = store.publish(REF, staged)
    assert store.publish(REF, staged) == stored
    assert store.load(REF.published).read_all() == NEW
    assert files(tmp_path) == ["data/raw/orders.parquet"]
    assert (stored.rows, stored.schema) == (1, NEW.schema)


def test_discarded_data_leaves_nothing(store: FileIOManager, tmp_path: Path):
    staged = store.stage(REF, NEW)
    store.discard(REF)
    store.discard(REF)
    assert (files(tmp_path), store.exists(REF)) == ([], False)
    with pytest.raises(StoreError, match="load a1 is not staged"):
        store.publish(REF, staged)
    with pytest.raises(NotMaterialized, match=r"'raw/orders' has no data"):
        store.load(REF.published)


def test_an_asset_may_read_its_own_file_while_replacing_it(store: FileIOManager):
    store.save(REF.published, OLD)
    store.save(REF.published, store.load(REF.published))
    assert store.load(REF.published).read_all() == OLD
    store.save(REF.published, store.relation(REF.published).filter(col("id") > 1))
    assert store.load(REF.published).read_all()["id"].to_pylist() == [2]


def test_a_relation_is_written_by_duckdb_and_its_rows_are_reported(store: FileIOManager):
    seen: list[int] = []
    with count_rows(seen.append):
        stored = store.save(REF.published, from_arrow(OLD).filter(col("id") == 1))
    assert (stored.rows, sum(seen)) == (1, 1)


def test_a_producers_error_comes_through_and_leaves_nothing(store: FileIOManager, tmp_path: Path):
    def batches():
        yield from OLD.to_batches()
        raise FileNotFoundError("the user's own")

    store.save(REF.published, OLD)
    reader = pa.RecordBatchReader.from_batches(OLD.schema, batches())
    with pytest.raises(FileNotFoundError, match="the user's own"):
        store.stage(REF, reader)
    assert files(tmp_path) == ["data/raw/orders.parquet"]


@pytest.mark.parametrize("uri", ["x/t.csv", "t.csv.gz", "t.csv.zip", "t.parquet"])
def test_the_uris_suffix_decides_the_format(store: FileIOManager, tmp_path: Path, uri: str):
    ref = AssetRef("t", uri=uri)
    store.save(ref, OLD)
    assert files(tmp_path) == [f"data/{uri}"]
    assert store.load(ref).read_all() == OLD
    assert store.relation(ref).filter(col("v").is_null()).to_table()["id"].to_pylist() == [2]


@pytest.mark.parametrize(
    ("uri", "data"),
    [(None, "text é"), (None, b"\x00\xff"), (None, {"a": [1, None]}), ("r.html", "<p>")],
)
def test_objects_come_back(store: FileIOManager, uri: str | None, data: object):
    ref = AssetRef("thing", uri=uri)
    store.save(ref, data)
    assert store.load(ref) == data
    store.save(AssetRef("thing"), OLD)
    assert store.load(AssetRef("thing")).read_all() == OLD


@pytest.mark.parametrize("data", [None, {1: "a"}, {"a": (1,)}, {"a": float("nan")}, object()])
def test_objects_that_would_not_come_back_are_refused(store: FileIOManager, data: object):
    with pytest.raises(DataError, match=r"stored|come back"):
        store.save(AssetRef("thing"), data)


def test_data_that_a_suffix_cannot_hold_is_refused(store: FileIOManager):
    with pytest.raises(DataError, match=r"'\.html' cannot hold a table"):
        store.save(AssetRef("t", uri="t.html"), OLD)
    with pytest.raises(DataError, match=r"'\.pickle' cannot hold an object of type dict"):
        store.save(AssetRef("t", uri="t.pickle"), {})


@pytest.mark.parametrize(
    "ref",
    [
        AssetRef("../x"),
        AssetRef("a/../../x"),
        AssetRef("/etc/x"),
        AssetRef(".staging/x"),
        AssetRef("a\0b"),
        AssetRef("x" * 300),
        AssetRef("x", uri="../x.csv"),
        AssetRef("x", uri="a/../../x.csv"),
        AssetRef("x", uri="s3://bucket/x.csv"),
        AssetRef("x", uri="a/\ud800.csv"),
        AssetRef("x", uri="x"),
    ],
)
def test_places_that_no_asset_may_have(store: FileIOManager, ref: AssetRef):
    with pytest.raises(StoreError, match="asset '"):
        store.save(ref, OLD)


@pytest.mark.parametrize("key", ["a'b", 'a"b', "a;b", "größe/日本", "a*b", "a[b]?", "a b", "$(x)"])
def test_hostile_names_are_only_names(store: FileIOManager, key: str):
    store.save(AssetRef(key), from_arrow(OLD))
    assert store.load(AssetRef(key)).read_all() == OLD
    assert store.relation(AssetRef(key)).to_table() == OLD


def test_readers_see_the_old_table_or_the_new_whole(store: FileIOManager):
    tables = [pa.table({"x": [i] * 5_000}) for i in range(2)]
    store.save(REF.published, tables[0])
    seen: list[pa.Table] = []
    reader = threading.Thread(
        target=lambda: seen.extend(store.load(REF.published).read_all() for _ in range(60))
    )
    reader.start()
    for i in range(20):
        store.save(REF.published, tables[i % 2])
    reader.join()
    assert len(seen) == 60
    assert all(table in tables for table in seen)
