"""One file, several processes: turns, kills, and what others hold open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper.errors import StoreError
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings

ORDERS = AssetRef("orders")
PATH = Path("data/warehouse.duckdb")
HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
"""
SAVE = """
import sys
from pathlib import Path
import pyarrow as pa
from vibepiper import AssetRef, ComponentContext
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings
store = DuckDBIOManager(DuckDBSettings(), ComponentContext("x", Path(sys.argv[1])))
for _ in range(int(sys.argv[3])):
    store.save(AssetRef(sys.argv[2]), pa.table({"n": [int(sys.argv[3])] * 1000}))
"""


@contextmanager
def running(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def held_elsewhere(path: Path) -> bool:
    """Whether another process could not open the file: DuckDB's own answer."""
    code = "import sys, duckdb; duckdb.connect(sys.argv[1]).close()"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode == 0 or "Could not set lock" in done.stderr, done.stderr
    return done.returncode != 0


def until(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_file_that_another_process_keeps_open_is_told_with_its_pid(
    context: ComponentContext,
) -> None:
    store = DuckDBIOManager(DuckDBSettings(lock_timeout=0.3), context)
    store.save(ORDERS, pa.table({"n": [1]}))
    store.close()
    with running(HOLD, context.root / PATH) as process:
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(StoreError, match=rf"warehouse\.duckdb: process {process.pid} has the"):
            store.exists(ORDERS)
    assert store.exists(ORDERS)
    store.close()


def test_a_file_that_is_given_back_in_time_is_waited_for(store: DuckDBIOManager) -> None:
    store.save(ORDERS, pa.table({"n": [1]}))
    store.close()
    code = HOLD.replace("sys.stdin.readline()", "import time; time.sleep(1)")
    with running(code, store.context.root / PATH) as process:
        assert process.stdout.readline() == "ready\n"
        assert store.load(ORDERS).read_all()["n"].to_pylist() == [1]


def test_an_idle_file_is_closed(store: DuckDBIOManager) -> None:
    store.save(ORDERS, pa.table({"n": [1]}))
    staged = store.stage(AssetRef("orders", load_id="a1"), pa.table({"n": [2]}))
    until(lambda: not held_elsewhere(store.context.root / PATH))
    store.publish(AssetRef("orders", load_id="a1"), staged)
    assert store.load(ORDERS).read_all()["n"].to_pylist() == [2]


def test_a_large_answer_holds_the_file_until_it_is_read_or_dropped(store: DuckDBIOManager) -> None:
    store.save(ORDERS, pa.table({"n": range(6_000_000)}))
    first, second = store.load(ORDERS), store.load(ORDERS)
    first.read_next_batch()
    time.sleep(0.3)
    assert held_elsewhere(store.context.root / PATH)
    del first
    assert sum(batch.num_rows for batch in second) == 6_000_000
    until(lambda: not held_elsewhere(store.context.root / PATH))


def test_a_small_answer_does_not_hold_the_file(store: DuckDBIOManager) -> None:
    store.save(ORDERS, pa.table({"n": [1, 2]}))
    kept = store.load(ORDERS)
    until(lambda: not held_elsewhere(store.context.root / PATH))
    assert kept.read_all()["n"].to_pylist() == [1, 2]


def test_a_slow_producer_does_not_hold_the_file(store: DuckDBIOManager) -> None:
    schema = pa.schema([("n", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([[1]], schema=schema)
        until(lambda: not held_elsewhere(store.context.root / PATH))
        yield pa.record_batch([[2]], schema=schema)

    store.save(ORDERS, pa.table({"n": [0]}))
    store.save(ORDERS, pa.RecordBatchReader.from_batches(schema, batches()))
    assert store.load(ORDERS).read_all()["n"].to_pylist() == [1, 2]


def test_processes_take_turns(context: ComponentContext) -> None:
    """None starves: each ends within the time that it may wait for the file."""
    with (
        running(SAVE, context.root, "a", 25) as one,
        running(SAVE, context.root, "b", 26) as two,
        running(SAVE, context.root, "c", 27) as three,
    ):
        assert [one.wait(), two.wait(), three.wait()] == [0, 0, 0]
    store = DuckDBIOManager(DuckDBSettings(), context)
    found = [store.load(AssetRef(key)).read_all()["n"][0].as_py() for key in "abc"]
    assert found == [25, 26, 27]
    store.close()


def test_a_file_is_not_even_opened_while_another_process_uses_it(
    store: DuckDBIOManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB reads the header before it locks the file: a process that has just lost the race
    for the lock would go on with what the winner has since replaced."""
    store.save(ORDERS, pa.table({"n": [1]}))
    store.close()
    opened: list[float] = []
    connect = duckdb.connect

    def connecting(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        opened.append(time.monotonic())
        return connect(*arguments, **options)

    monkeypatch.setattr(duckdb, "connect", connecting)
    wait = "print('ready', flush=True); time.sleep(0.7)"
    slow = f"{SAVE}\nimport time\nwith store._database.session():\n    {wait}"
    with running(slow, store.context.root, "orders", 2) as held:
        assert held.stdout.readline() == "ready\n"
        began = time.monotonic()
        assert store.load(ORDERS).read_all()["n"].to_pylist() == [2] * 1000
    assert len(opened) == 1
    assert opened[0] > began + 0.5


def test_a_file_that_changes_while_it_is_opened_is_opened_anew(
    store: DuckDBIOManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a process that knows nothing of VibePiper's locks."""
    store.save(ORDERS, pa.table({"n": [1]}))
    store.close()
    path = store.context.root / PATH
    insert = "duckdb.connect(sys.argv[1]).execute('INSERT INTO orders VALUES (2)')"
    write = f"import sys, duckdb; {insert}"
    opened = []
    connect = duckdb.connect

    def connecting(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        if not opened:
            subprocess.run([sys.executable, "-c", write, str(path)], check=True)
        opened.append(arguments)
        return connect(*arguments, **options)

    monkeypatch.setattr(duckdb, "connect", connecting)
    assert store.load(ORDERS).read_all()["n"].to_pylist() == [1, 2]
    assert len(opened) == 2


def test_an_unopened_file_is_named_with_the_process_that_has_it(context: ComponentContext) -> None:
    store = DuckDBIOManager(DuckDBSettings(lock_timeout=0.3), context)
    slow = f"{SAVE}\nwith store._database.session():\n    print('ready', flush=True); input()"
    with running(slow, context.root, "orders", 2) as held:
        assert held.stdout.readline() == "ready\n"
        with pytest.raises(StoreError, match=rf"process {held.pid} has the file open"):
            store.load(ORDERS)
        held.kill()
    assert store.load(ORDERS).read_all()["n"].to_pylist() == [2] * 1000
    store.close()


def test_what_fails_while_a_file_is_opened_keeps_no_lock(
    store: DuckDBIOManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", full)
        with pytest.raises(StoreError, match="No space left on device"):
            store.save(ORDERS, pa.table({"n": [1]}))
    store.save(ORDERS, pa.table({"n": [1]}))
    assert store.load(ORDERS).read_all()["n"].to_pylist() == [1]


def test_a_forked_child_does_not_keep_the_file(context: ComponentContext) -> None:
    code = FORK.replace("print(error, flush=True)", "pass")
    code = code.replace("os._exit(0)", "os.close(0); os.close(1); __import__('time').sleep(60)")
    code = code.replace(
        "sys.exit(os.waitpid(child, 0)[1])", "print(child, flush=True), os._exit(0)"
    )
    (context.root / "data").mkdir()
    with running(code, context.root) as process:
        child = int(process.stdout.readline())
        process.wait()
        try:
            store = DuckDBIOManager(DuckDBSettings(lock_timeout=2), context)
            store.save(ORDERS, pa.table({"n": [1]}))
            os.kill(child, 0)  # it still lives
        finally:
            os.kill(child, signal.SIGKILL)
    assert store.load(ORDERS).read_all()["n"].to_pylist() == [1]
    store.close()


FORK_CLOSED = """
import os, sys, time
from pathlib import Path
import pyarrow as pa
from vibepiper import AssetRef, ComponentContext
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings
store = DuckDBIOManager(DuckDBSettings(), ComponentContext("x", Path(sys.argv[1])))
store.save(AssetRef("orders"), pa.table({"n": [1]}))
store.close()
if os.fork():
    os._exit(0)
store.save(AssetRef("orders"), pa.table({"n": [2]}))
print(os.getpid(), flush=True)
os.close(1)
sys.stdin.readline()
"""


def test_a_process_forked_after_the_file_was_closed_closes_it_when_idle(
    context: ComponentContext,
) -> None:
    (context.root / "data").mkdir()
    with running(FORK_CLOSED, context.root) as process:
        child = int(process.stdout.readline())
        store = DuckDBIOManager(DuckDBSettings(lock_timeout=3), context)
        try:
            assert store.load(ORDERS).read_all()["n"].to_pylist() == [2]
        finally:
            os.kill(child, signal.SIGKILL)  # it still lived
    store.close()


def test_what_a_writer_left_in_the_log_is_replayed(store: DuckDBIOManager) -> None:
    """A process killed after its commit: the rows are in the write-ahead log."""
    code = SAVE + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with running(code, store.context.root, "orders", 3) as process:
        assert process.wait() == -9
    assert os.path.exists(store.context.root / f"{PATH}.wal")
    assert store.load(ORDERS).read_all()["n"].to_pylist() == [3] * 1000


def test_users_may_have_the_file_open_in_the_same_process(store: DuckDBIOManager) -> None:
    store.save(ORDERS, pa.table({"n": [1]}))
    with duckdb.connect(store.context.root / PATH) as mine:
        assert mine.execute("SELECT n FROM orders").fetchall() == [(1,)]
        store.save(ORDERS, pa.table({"n": [2]}))
        assert mine.execute("SELECT n FROM orders").fetchall() == [(2,)]
        store.close()
        assert held_elsewhere(store.context.root / PATH), "DuckDB's lock was lost"
    assert not held_elsewhere(store.context.root / PATH)


FORK = """
import os, sys
from pathlib import Path
import pyarrow as pa
from vibepiper import AssetRef, ComponentContext
from vibepiper.errors import StoreError
from vibepiper_duckdb import DuckDBConnector, DuckDBSettings
made = DuckDBConnector(DuckDBSettings(), ComponentContext("x", Path(sys.argv[1])))
with made.transaction():
    if child := os.fork():
        sys.exit(os.waitpid(child, 0)[1])
    try:
        made.ping()
    except StoreError as error:
        print(error, flush=True)
    os._exit(0)
"""


def test_a_process_forked_while_the_file_is_open_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with running(FORK, tmp_path) as process:
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "forked from one that has the file open" in told


def test_a_frozen_process_that_has_the_file_open_is_named(context: ComponentContext) -> None:
    (context.root / "data").mkdir()
    store = DuckDBIOManager(DuckDBSettings(lock_timeout=0.2), context)
    with running(HOLD, context.root / PATH) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(StoreError, match=f"process {process.pid} has the file open"):
            store.save(ORDERS, pa.table({"n": [1]}))
        process.send_signal(signal.SIGCONT)
