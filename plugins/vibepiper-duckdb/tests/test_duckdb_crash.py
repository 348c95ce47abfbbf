"""Processes that are killed while they change a table: its rows and its cursor agree."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper.io_manager import Change, Stored
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings

ROWS = 150_000
ORDERS = AssetRef("orders")
APPLY = f"""
import sys, uuid
from pathlib import Path
import pyarrow as pa
from vibepiper import AssetRef, ComponentContext
from vibepiper.io_manager import Change
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings

mode = sys.argv[2]
store = DuckDBIOManager(DuckDBSettings(), ComponentContext("x", Path(sys.argv[1])))
known = store.committed(AssetRef("orders"))
turn = 0 if known is None else int(known.cursor)
print("ready", flush=True)
while True:
    turn += 1
    ids = range(turn * {ROWS}, (turn + 1) * {ROWS}) if mode == "append" else range({ROWS})
    load = AssetRef("orders", load_id=uuid.uuid4().hex)
    staged = store.stage(load, pa.table({{"id": ids, "turn": [turn] * {ROWS}}}))
    store.apply(load, staged, Change(mode=mode, key=("id",), cursor=str(turn), token=turn))
"""


def kill_one(root: Path, mode: str, after: float) -> None:
    command = [sys.executable, "-c", APPLY, str(root), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(after)
        process.kill()


def check(store: DuckDBIOManager, mode: str) -> None:
    known = store.committed(ORDERS)
    if known is None or known.cursor is None:
        assert not store.exists(ORDERS)
        return
    counted = store.relation(ORDERS).to_table()["turn"].value_counts().to_pylist()
    found = {each["values"]: each["counts"] for each in counted}
    turns = range(1, int(known.cursor) + 1) if mode == "append" else [int(known.cursor)]
    assert found == dict.fromkeys(turns, ROWS)
    assert store.is_committed(AssetRef(ORDERS.key, load_id=known.load_id))


def crash(root: Path, mode: str, kills: int) -> None:
    dice = random.Random(kills)
    store = DuckDBIOManager(DuckDBSettings(), ComponentContext("x", root))
    for _ in range(kills):
        kill_one(root, mode, dice.uniform(0, 0.7))
        check(store, mode)
    table = pa.table({"id": [-1], "turn": [-1]})
    load = AssetRef("orders", load_id="f1")
    store.apply(load, store.stage(load, table), Change(mode="append"))
    store.close()
    with duckdb.connect(root / "data/warehouse.duckdb") as file:
        tables = file.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    assert tables == [("orders",), ("vibepiper_loads",), ("vibepiper_partitions",)], (
        "litter was left"
    )
    left = {path.name for path in (root / "data/warehouse.duckdb.locks").iterdir()}
    assert left == {"turn", "open"}


@pytest.mark.parametrize("mode", ["append", "upsert", "delete_insert"])
def test_killed_writers_leave_rows_and_cursor_in_agreement(tmp_path: Path, mode: str) -> None:
    crash(tmp_path, mode, kills=5)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_a_hundred_killed_writers_leave_rows_and_cursor_in_agreement(
    tmp_path: Path, mode: str
) -> None:
    crash(tmp_path, mode, kills=100)


def test_what_a_dead_process_staged_can_still_be_published(tmp_path: Path) -> None:
    """A run that is resumed applies what the process before it had staged and checked."""
    code = APPLY.partition("mode = ")[0] + (
        "store = DuckDBIOManager(DuckDBSettings(), ComponentContext('x', Path(sys.argv[1])))\n"
        "store.stage(AssetRef('orders', load_id='a1'), pa.table({'id': [1]}))\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    store = DuckDBIOManager(DuckDBSettings(), ComponentContext("x", tmp_path))
    load = AssetRef("orders", load_id="a1")
    assert store.exists(load)
    stored = store.apply(load, Stored("staged", rows=1), Change())
    assert stored.rows == 1
    assert store.load(ORDERS).read_all()["id"].to_pylist() == [1]
    store.close()


KILLED_BEHIND_ITS_COMMIT = """
import os, sys
from pathlib import Path
import pyarrow as pa
from vibepiper import AssetRef, ComponentContext
from vibepiper.io_manager import Change
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings

store = DuckDBIOManager(DuckDBSettings(), ComponentContext("x", Path(sys.argv[1])))
load = AssetRef("orders", load_id="f1")
staged = store.stage(load, pa.table({"id": [1]}))
store._claims.drop = lambda side: os._exit(9)
store.apply(load, staged, Change(mode="append"))
"""


def test_a_load_that_is_applied_again_leaves_no_lock_of_the_dead(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_BEHIND_ITS_COMMIT, str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == 9
    locks = tmp_path / "data/warehouse.duckdb.locks"
    assert len(list(locks.glob("vp_*"))) == 1
    store = DuckDBIOManager(DuckDBSettings(), ComponentContext("x", tmp_path))
    load = AssetRef("orders", load_id="f1")
    assert store.is_committed(load)
    store.apply(load, Stored(""), Change(mode="append"))
    assert list(locks.glob("vp_*")) == []
    assert store.load(ORDERS).read_all().to_pylist() == [{"id": 1}]
