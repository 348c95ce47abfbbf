"""A full disk: an error that names the file; what was published stays and can be read, and once
there is a little room the next load goes on from it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper.errors import StoreError
from vibepiper.io_manager import Change
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings

ORDERS = AssetRef("orders")
OLD = pa.table({"id": [1], "v": ["old"]})
MEGABYTES = 24
LARGE = 3_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBIOManager]:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    made = DuckDBIOManager(DuckDBSettings(), ComponentContext("default", tmp_path))
    made.save(ORDERS, OLD)
    yield made
    made.close()
    subprocess.run(["umount", str(tmp_path)], check=True)


def large() -> pa.Table:
    """More than there is room for, however it is compressed."""
    noise = pa.array(memoryview(os.urandom(8 * LARGE)).cast("q"), pa.int64())
    return pa.table({"id": pa.array(range(LARGE)), "v": noise.cast(pa.string())})


def append(store: DuckDBIOManager, number: int, data: pa.Table) -> None:
    load = AssetRef(ORDERS.key, load_id=f"{number:x}")
    store.apply(load, store.stage(load, data), Change(mode="append", cursor=str(number)))


def check(store: DuckDBIOManager, rows: pa.Table) -> None:
    assert store.load(ORDERS).read_all() == rows
    append(store, 9, OLD)
    assert store.load(ORDERS).read_all() == pa.concat_tables([rows, OLD])
    committed = store.committed(ORDERS)
    assert committed is not None
    assert committed.cursor == "9"


def make_room(folder: Path) -> None:
    room = f"remount,size={MEGABYTES + 2}m"
    subprocess.run(["mount", "-o", room, str(folder)], check=True)


def test_a_load_that_finds_no_room_leaves_nothing(store: DuckDBIOManager) -> None:
    load = AssetRef(ORDERS.key, load_id="1")
    with pytest.raises(StoreError, match=r"warehouse\.duckdb: .*(space|disk|write)"):
        store.stage(load, large())
    assert not store.exists(load)
    assert store.load(ORDERS).read_all() == OLD
    with pytest.raises(StoreError, match="Make room on the disk"):
        append(store, 2, OLD)
    make_room(store.context.root)
    check(store, OLD)


def test_a_change_that_finds_no_room_changes_nothing(store: DuckDBIOManager) -> None:
    """The disk fills up between the load's writing and its publishing."""
    load, count = AssetRef(ORDERS.key, load_id="1"), 400_000
    staged = store.stage(load, large().slice(0, count))
    store.close()
    ballast = store.context.root / "ballast"
    free = os.statvfs(store.context.root)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 200_000))
    with pytest.raises(StoreError, match=r"warehouse\.duckdb: .*(space|disk|write)"):
        store.apply(load, staged, Change(mode="append", cursor="1"))
    assert not store.is_committed(load)
    ballast.unlink()
    check(store, OLD)
