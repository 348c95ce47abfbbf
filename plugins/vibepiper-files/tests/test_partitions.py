"""Partitions: each its own file, read alone and together."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from vibepiper.errors import DataError, NotMaterialized, StoreError
from vibepiper.io_manager import AssetRef, Change, Slice
from vibepiper_files import FileIOManager
from vibepiper_transform import col


def day(key: str, *, uri: str | None = None, column: str | None = None) -> AssetRef:
    begin = dt.datetime.fromisoformat(key).replace(tzinfo=dt.UTC)
    end = begin + dt.timedelta(days=1)
    return AssetRef("sales", uri, uuid.uuid4().hex, (Slice("date", (key,), column, begin, end),))


def region(key: str, uri: str | None = None) -> AssetRef:
    return AssetRef("sales", uri, uuid.uuid4().hex, (Slice("region", (key,)),))


def put(store: FileIOManager, ref: AssetRef, data: Any, **change: Any) -> Any:
    return store.apply(ref, store.stage(ref, pa.table(data)), Change(**change))


def files(root: Path) -> list[str]:
    found = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return sorted(str(path) for path in found if ".versions" not in path.parts)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        (None, "sales/date={}/data.parquet"),
        ("out/{date}.parquet", "out/{}.parquet"),
        ("out/{date}/x.csv", "out/{}/x.csv"),
        ("out/all.csv", "out/all/date={}/data.csv"),
    ],
)
def test_each_partition_is_a_file(
    store: FileIOManager, tmp_path: Path, uri: str | None, place: str
):
    days = ["2026-03-01", "2026-03-02"]
    for number, key in enumerate(days):
        put(store, day(key, uri=uri), {"n": [number]})
    put(store, day(days[0], uri=uri), {"n": [7]})
    assert files(tmp_path / "data") == sorted(place.format(key) for key in days)
    assert store.load(day(days[0], uri=uri).published).read_all()["n"].to_pylist() == [7]
    whole = AssetRef("sales", uri)
    assert sorted(store.load(whole).read_all()["n"].to_pylist()) == [1, 7]
    assert store.relation(whole).filter(col("n") > 1).to_table()["n"].to_pylist() == [7]


def test_several_partitions_are_read_together(store: FileIOManager):
    for number in range(1, 5):
        put(store, day(f"2026-03-0{number}"), {"n": [number]})
    ref = AssetRef("sales", partition=(Slice("date", ("2026-03-02", "2026-03-03")),))
    assert store.exists(ref)
    assert store.load(ref).read_all()["n"].to_pylist() == [2, 3]


@pytest.mark.parametrize("keys", [("2027-01-01",), ("2026-03-01", "2027-01-01", "2026-03-02")])
def test_partitions_of_which_one_is_lacking_are_not_read(
    store: FileIOManager, keys: tuple[str, ...]
):
    for number in range(1, 5):
        put(store, day(f"2026-03-0{number}"), {"n": [number]})
    ref = AssetRef("sales", partition=(Slice("date", keys),))
    assert not store.exists(ref)
    with pytest.raises(NotMaterialized, match=r"no data of date=2027-01-01"):
        store.load(ref)


def test_columns_are_united_by_name(store: FileIOManager):
    put(store, region("a"), {"n": pa.array([1], pa.int32())})
    put(store, region("b"), {"n": pa.array([2**40]), "v": ["x"]})
    whole = AssetRef("sales")
    rows = [{"n": 1, "v": None}, {"n": 2**40, "v": "x"}]
    assert store.load(whole).read_all().to_pylist() == rows
    assert store.relation(whole).to_table().to_pylist() == rows
    assert store.load(whole).schema == store.relation(whole).schema


@pytest.mark.parametrize("uri", [None, "sales/{region}.parquet", "sales/{region}/x.parquet"])
@pytest.mark.parametrize(
    "key",
    ["a b", "ü", "..", ".", ".hidden", "%2F", "a/b", "a\\b", "a=b", "{x}", "a\nb", "*", "x~1"],
)
def test_hostile_keys_are_only_names(
    store: FileIOManager, tmp_path: Path, key: str, uri: str | None
):
    put(store, region(key, uri), {"k": [key]})
    put(store, region("other", uri), {"k": ["other"]})
    assert store.load(region(key, uri).published).read_all()["k"].to_pylist() == [key]
    assert store.committed(region(key, uri)) is not None
    whole = store.load(AssetRef("sales", uri)).read_all()
    assert sorted(whole["k"].to_pylist()) == sorted([key, "other"])
    assert all(name.startswith("sales/") for name in files(tmp_path / "data"))


@pytest.mark.parametrize("key", ["", "x" * 300])
def test_keys_that_no_path_can_have(store: FileIOManager, key: str):
    with pytest.raises(StoreError, match="asset 'sales'"):
        put(store, region(key), {"k": [key]})


def test_two_dimensions_are_two_folders(store: FileIOManager, tmp_path: Path):
    def ref(*keys: str) -> AssetRef:
        slices = (Slice("date", (keys[0],)), Slice("region", keys[1:]))
        return AssetRef("sales", None, uuid.uuid4().hex, slices)

    for date in ("1", "2"):
        for place in ("eu", "us"):
            put(store, ref(date, place), {"k": [date + place]})
    assert "sales/date=1/region=eu/data.parquet" in files(tmp_path / "data")
    both = store.load(ref("2", "eu", "us").published).read_all()
    assert both["k"].to_pylist() == ["2eu", "2us"]
    assert store.load(AssetRef("sales")).read_all().num_rows == 4


def test_partitions_change_like_assets(store: FileIOManager):
    for number in range(3):
        put(store, region("a"), {"id": [number, 9]}, mode="upsert", key=("id",), cursor=f"{number}")
    put(store, region("b"), {"id": [5]})
    assert sorted(store.load(region("a").published).read_all()["id"].to_pylist()) == [0, 1, 2, 9]
    assert store.load(AssetRef("sales")).read_all().num_rows == 5
    assert store.committed(region("a")).cursor == "2"
    assert store.committed(region("b")).cursor is None
    put(store, region("a"), {"id": [4]}, mode="delete_insert")
    assert store.load(region("a").published).read_all()["id"].to_pylist() == [4]


def test_rows_of_another_partition_are_refused(store: FileIOManager):
    days = [dt.date(2026, 3, 1), dt.date(2026, 3, 2)]
    with pytest.raises(DataError, match=r"1 of the staged rows are not of the partition .* 2\)"):
        put(store, day("2026-03-01", column="on"), {"on": days})
    put(store, day("2026-03-01", column="on"), {"on": days[:1]})


def test_an_asset_is_whole_or_in_partitions(store: FileIOManager):
    put(store, region("a"), {"n": [1]})
    with pytest.raises(StoreError, match="is kept in partitions, and this load has none"):
        store.save(AssetRef("sales"), pa.table({"n": [1]}))
    store.save(AssetRef("other"), pa.table({"n": [1]}))
    ref = AssetRef("other", None, "a1", (Slice("region", ("a",)),))
    with pytest.raises(StoreError, match="is kept as a whole"):
        put(store, ref, {"n": [1]})


def test_uris_that_do_not_tell_partitions_apart(store: FileIOManager):
    def ref(uri: str, *keys: str) -> AssetRef:
        slices = (Slice("a", keys[:1]), Slice("b", keys[1:]))
        return AssetRef("x", uri, uuid.uuid4().hex, slices)

    with pytest.raises(StoreError, match="nothing stands between two keys"):
        put(store, ref("{a}{b}.parquet", "1", "2"), {"n": [1]})
    put(store, ref("{a}-{b}.parquet", "1-2", "3"), {"n": [1]})
    with pytest.raises(StoreError, match="is the place of the partition a=1-2, b=3 and of"):
        put(store, ref("{a}-{b}.parquet", "1", "2-3"), {"n": [1]})
    with pytest.raises(StoreError, match="one partition is written at a time, found none for 'a'"):
        store.save(AssetRef("x", "{a}.parquet"), pa.table({"n": [1]}))


def test_a_partition_whose_columns_do_not_fit_is_refused(store: FileIOManager):
    put(store, region("a"), {"n": [1]})
    with pytest.raises(DataError, match="column 'n'"):
        put(store, region("b"), {"n": ["x"]})
    with pytest.raises(DataError, match=r"the column 'v' .* is new"):
        put(store, region("b"), {"n": [1], "v": [1]}, evolution="freeze")
    put(store, region("b"), {"n": [1], "v": [1]}, evolution="discard_column")
    assert store.load(region("b").published).read_all().schema.names == ["n"]


@pytest.mark.parametrize("uri", [None, "out/{date}.parquet"])
def test_a_publish_looks_at_the_partition_before_it_alone(
    store: FileIOManager, tmp_path: Path, uri: str | None
):
    for key in ("2026-03-01", "2026-03-02"):
        put(store, day(key, uri=uri), {"n": [1]})
    (first,) = (path for path in (tmp_path / "data").rglob("*.parquet") if "03-01" in str(path))
    first.write_bytes(b"")
    put(store, day("2026-03-03", uri=uri), {"n": [1]})
    with pytest.raises(DataError, match="'m'"):
        put(store, day("2026-03-04", uri=uri), {"n": [1], "m": [1]}, evolution="freeze")


@pytest.mark.parametrize("lost", [".newest~*", "*2026-03-02*"])
def test_where_the_note_of_the_last_partition_is_lost_the_partitions_tell(
    store: FileIOManager, tmp_path: Path, lost: str
):
    for key in ("2026-03-01", "2026-03-02"):
        put(store, day(key, uri="out/{date}.parquet"), {"n": [1]})
    for path in [path for path in tmp_path.rglob(lost) if path.is_file()]:
        path.unlink()
    with pytest.raises(DataError, match="'m'"):
        put(
            store,
            day("2026-03-03", uri="out/{date}.parquet"),
            {"n": [1], "m": [1]},
            evolution="freeze",
        )


@pytest.mark.parametrize("left", [b"", b"\0" * 40], ids=["empty", "zeros"])
def test_a_note_that_a_power_cut_has_left_is_none(
    store: FileIOManager, tmp_path: Path, left: bytes
):
    put(store, day("2026-03-01"), {"n": [1]})
    (note,) = tmp_path.rglob(".newest~*")
    note.write_bytes(left)
    with pytest.raises(DataError, match="'m'"):
        put(store, day("2026-03-02"), {"n": [1], "m": [1]}, evolution="freeze")


def test_where_no_note_can_be_written_nothing_is_published(store: FileIOManager, tmp_path: Path):
    notes = tmp_path / "data/sales/.versions"
    notes.parent.mkdir(parents=True)
    notes.symlink_to("gone")
    first = day("2026-03-01")
    staged = store.stage(first, pa.table({"n": [1]}))
    with pytest.raises(StoreError, match=r"newest.*is removed again"):
        store.apply(first, staged, Change())
    assert not store.exists(first.published)
    notes.unlink()
    store.apply(first, staged, Change())
    assert store.exists(first.published)


def test_others_may_remove_the_folder_of_the_note_while_it_is_empty(
    store: FileIOManager, tmp_path: Path
):
    notes, ended = tmp_path / "data/sales/.versions", threading.Event()

    def sweep() -> None:
        while not ended.wait(0.0001):
            with suppress(OSError):
                notes.rmdir()

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for _ in range(30):
            put(store, day("2026-03-01"), {"n": [1]})
            shutil.rmtree(tmp_path / "data", ignore_errors=True)
    finally:
        ended.set()
        sweeper.join()


def test_the_last_partition_is_told_by_all_of_its_key(store: FileIOManager):
    put(store, region("eu", "out/{region}.parquet"), {"n": [1]})
    put(store, region("eu ", "out/{region}.parquet"), {"n": [1], "m": [1]})
    wide = {"n": [1], "m": [1]}
    put(store, region("us", "out/{region}.parquet"), wide, evolution="freeze")
    with pytest.raises(DataError, match="'m'"):
        put(store, region("uk", "out/{region}.parquet"), {"n": [1]}, evolution="freeze")


def test_a_partition_that_is_restored_is_the_last(store: FileIOManager):
    first = region("eu")
    put(store, first, {"n": [1]})
    for key in ("eu", "us"):
        put(store, region(key), {"n": [1], "m": [1]})
    store.restore(region("eu"), first.load_id or "")
    put(store, region("uk"), {"n": [1]}, evolution="freeze")
    assert store.exists(region("uk").published)
