"""A full disk: an error that names the place; what was published stays, nothing else does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.component import ComponentContext
from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef
from vibepiper_files import FileIOManager, FileSettings
from vibepiper_transform import from_arrow


@pytest.fixture
def small_disk(tmp_path: Path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize("uri", ["t.parquet", "t.csv", "t.csv.gz", "t.csv.zip"])
@pytest.mark.parametrize("wrap", [pa.table, lambda data: from_arrow(pa.table(data))])
def test_a_full_disk_loses_nothing(small_disk: Path, uri: str, wrap):
    store = FileIOManager(FileSettings(), ComponentContext("default", small_disk))
    ref, old = AssetRef("t", uri=uri), pa.table({"x": ["old"]})
    store.save(ref, old)
    with pytest.raises(StoreError, match=r"data\.(parquet|csv)"):
        store.save(ref, wrap({"x": [os.urandom(20).hex() for _ in range(200_000)]}))
    assert store.load(ref).read_all() == old
    found = [path.name for path in small_disk.rglob("*") if path.is_file()]
    assert sorted(found) == ["000000000001.json", uri]
