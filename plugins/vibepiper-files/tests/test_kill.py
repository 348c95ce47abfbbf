"""A killed process leaves the published table whole, and its litter to the next load."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.component import ComponentContext
from vibepiper.io_manager import AssetRef
from vibepiper_files import FileIOManager, FileSettings

REF = AssetRef("raw/big")
WRITER = """
import sys
from pathlib import Path
import pyarrow as pa
from vibepiper.component import ComponentContext
from vibepiper.io_manager import AssetRef
from vibepiper_files import FileIOManager, FileSettings
store = FileIOManager(FileSettings(), ComponentContext("default", Path(sys.argv[1])))
table = pa.table({"x": [int(sys.argv[2])] * 200_000})
print("ready", flush=True)
for _ in range(int(sys.argv[3])):
    store.save(AssetRef("raw/big"), table)
"""


def writer(root: Path, value: int, times: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(root), str(value), str(times)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def kill_and_check(root: Path, value: int) -> None:
    store = FileIOManager(FileSettings(), ComponentContext("default", root))
    store.save(REF, pa.table({"x": [0] * 200_000}))
    with writer(root, value, 10_000) as process:
        time.sleep(random.uniform(0, 0.15))
        process.kill()
    found = store.load(REF).read_all()
    assert found.num_rows == 200_000
    assert len(set(found["x"].to_pylist())) == 1
    store.save(REF, found)
    names = sorted(p.name for p in (root / "data").rglob("*") if p.is_file())
    assert len(names) == 4, names
    assert (names[-1], [name[-5:] for name in names[:3]].count(".json")) == ("big.parquet", 2)
    assert not (root / "data" / "raw" / ".staging").exists()


def test_sigkill_at_random_moments(tmp_path: Path):
    for value in range(15):
        kill_and_check(tmp_path, value)


@pytest.mark.long
def test_sigkill_at_many_random_moments(tmp_path: Path):
    for value in range(150):
        kill_and_check(tmp_path, value)


def test_two_processes_at_once_leave_the_table_of_one(tmp_path: Path):
    with writer(tmp_path, 1, 10) as one, writer(tmp_path, 2, 10) as two:
        assert (one.wait(), two.wait()) == (0, 0)
    store = FileIOManager(FileSettings(), ComponentContext("default", tmp_path))
    values = store.load(REF).read_all()["x"].to_pylist()
    assert len(values) == 200_000
    assert set(values) in ({1}, {2})
    assert not (tmp_path / "data" / "raw" / ".staging").exists()


def test_what_a_living_load_has_staged_is_left_alone(tmp_path: Path):
    first, second = (
        FileIOManager(FileSettings(), ComponentContext("default", tmp_path)) for _ in range(2)
    )
    load = AssetRef("raw/big", load_id="a1")
    staged = first.stage(load, pa.table({"x": [1]}))
    second.save(REF, pa.table({"x": [2]}))
    first.publish(load, staged)
    assert second.load(REF).read_all().to_pydict() == {"x": [1]}
