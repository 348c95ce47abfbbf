"""Writers that die, freeze or lose their server while they change a table."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import AssetRef, Change, ComponentContext
from vibepiper.errors import Fenced, StoreError
from vibepiper.io_manager import Committed
from vibepiper_postgres import PostgresConnector, PostgresIOManager, PostgresSettings
from vibepiper_postgres.names import lock_key
from vibepiper_sql import TableName
from vibepiper_testing import start_postgres

ROWS = 50_000
ORDERS = AssetRef("orders")
UPSERT = Change(mode="upsert", key=("id",), token=1)
WRITER = f"""
import sys
from pathlib import Path
import pyarrow as pa
import vibepiper_postgres.catalog
from vibepiper import AssetRef, Change, ComponentContext
from vibepiper_postgres import PostgresIOManager, PostgresSettings

vibepiper_postgres.catalog.FROZEN = "500ms"
settings = PostgresSettings(url=sys.stdin.readline().strip())
store = PostgresIOManager(settings, ComponentContext("x", Path.cwd()))
first, once = int(sys.argv[1]), sys.argv[2] == "once"
for number in range(first, first + (1 if once else 1_000)):
    ref = AssetRef("orders", load_id=f"{{number:x}}")
    rows = {{"id": range({ROWS}), "load": [number] * {ROWS}, "select": ["x"] * {ROWS}}}
    staged = store.stage(ref, pa.table({{k: list(v) for k, v in rows.items()}}))
    print("staged", flush=True)
    if once:
        sys.stdin.readline()
    change = Change(mode="upsert", key=("id",), cursor=str(number), token=number)
    store.apply(ref, staged, change)
    print("applied", flush=True)
"""


@contextmanager
def writer(url: str, number: int, how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, str(number), how]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        tell(process, url)
        try:
            yield process
        finally:
            process.kill()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def url_of(store: PostgresIOManager) -> str:
    assert store.settings.url is not None
    return store.settings.url.get_secret_value()


def check_whole(store: PostgresIOManager) -> None:
    """All rows are of the load that is committed, and so is the cursor."""
    found = store.load(ORDERS).read_all()
    committed = store.committed(ORDERS)
    assert found.num_rows == ROWS
    (number,) = found["load"].unique().to_pylist()
    assert committed is not None
    assert (committed.load_id, committed.cursor) == (f"{number:x}", str(number))


def kill_and_check(store: PostgresIOManager, connector: PostgresConnector, kills: int) -> None:
    dice = random.Random(kills)
    with writer(url_of(store), 1, "once") as process:
        hear(process)
        tell(process, "go")
        assert hear(process) == "applied"
    for kill in range(1, kills + 1):
        with writer(url_of(store), kill * 1_000, "many") as process:
            assert hear(process) == "staged"
            time.sleep(dice.uniform(0, 0.8))
            process.send_signal(signal.SIGKILL)
        check_whole(store)
    wait_until_alone(connector)
    load = AssetRef("orders", load_id="f" * 12)
    rows = pa.table({"id": [0], "load": [-1], "select": ["y"]})
    store.apply(load, store.stage(load, rows), Change(mode="append"))
    tables = "SELECT tablename AS n FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    assert connector.query(tables).read_all()["n"].to_pylist() == [
        "orders",
        "vibepiper_loads",
        "vibepiper_partitions",
    ]


def wait_until_alone(connector: PostgresConnector) -> None:
    """A killed client's server process may need a moment to notice."""
    query = (
        "SELECT count(*) AS n FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    )
    deadline = time.monotonic() + 30
    while connector.query(query).read_all()["n"][0].as_py() > 0 and time.monotonic() < deadline:
        time.sleep(0.02)


def test_rows_and_cursor_are_those_of_one_load_whenever_a_writer_is_killed(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    kill_and_check(store, connector, kills=6)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_hundred_killed_writers(store: PostgresIOManager, connector: PostgresConnector) -> None:
    kill_and_check(store, connector, kills=100)


def test_a_frozen_writer_is_fenced_when_it_wakes(store: PostgresIOManager) -> None:
    """It staged its rows, slept, and another run took over."""
    with writer(url_of(store), 5, "once") as process:
        assert hear(process) == "staged"
        os.kill(process.pid, signal.SIGSTOP)
        load = AssetRef("orders", load_id="6")
        rows = pa.table({"id": [1], "load": [6], "select": ["x"]})
        staged = store.stage(load, rows)
        assert store.exists(AssetRef("orders", load_id="5"))  # the sleeper's rows are left alone
        store.apply(load, staged, Change(mode="upsert", key=("id",), token=6))
        os.kill(process.pid, signal.SIGCONT)
        tell(process, "go")
        assert process.wait(30) == 1
        assert process.stderr is not None
        assert f"{Fenced.__name__}: asset 'orders': this writer has the token 5" in (
            process.stderr.read()
        )
    assert store.load(ORDERS).read_all().equals(rows)


def test_a_writer_that_freezes_holding_the_lock_is_cut_off(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    """It is stopped while it waits for the lock, which the server then gives it."""
    with writer(url_of(store), 5, "once") as process:
        assert hear(process) == "staged"
        with connector.transaction() as transaction:
            key = lock_key(TableName("public", "orders"))
            transaction.execute("SELECT pg_advisory_xact_lock($1)", [key])
            tell(process, "go")
            wait_for_a_waiter(connector)
            os.kill(process.pid, signal.SIGSTOP)
        load = AssetRef("orders", load_id="6")
        staged = store.stage(load, pa.table({"id": [1]}))
        store.apply(load, staged, Change(mode="upsert", key=("id",), token=6))
        os.kill(process.pid, signal.SIGCONT)
        assert process.wait(30) == 1
        assert process.stderr is not None
        assert "it is worth trying again" in process.stderr.read()
    assert store.committed(ORDERS) == Committed("6", None, 6)


def wait_for_a_waiter(connector: PostgresConnector) -> None:
    query = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    deadline = time.monotonic() + 30
    while connector.query(query).read_all()["n"][0].as_py() == 0 and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_process_that_is_killed_between_stage_and_commit_is_repeated(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    """Another process stages the same load again; what the first left is not in the way."""
    with writer(url_of(store), 5, "once") as process:
        assert hear(process) == "staged"
    wait_until_alone(connector)
    load = AssetRef("orders", load_id="5")
    staged = store.stage(load, pa.table({"id": [1]}))
    assert store.apply(load, staged, UPSERT).total_rows == 1


def test_a_server_that_restarts_between_two_attempts_is_worth_another() -> None:
    with start_postgres() as server:
        settings = PostgresSettings(url=server.url)
        store = PostgresIOManager(settings, ComponentContext("x", Path.cwd()))
        load = AssetRef("orders", load_id="1")
        staged = store.stage(load, pa.table({"id": [1, 2]}))
        server.stop()
        for _ in range(2):  # the connection that was open, and one that cannot be opened
            with pytest.raises(StoreError, match="it is worth trying again"):
                store.apply(load, staged, UPSERT)
        server.restart()
        assert store.apply(load, staged, UPSERT).rows == 2
        assert store.load(ORDERS).read_all()["id"].to_pylist() == [1, 2]
        store.close()


def test_a_server_that_crashes_loses_no_staged_row() -> None:
    with start_postgres() as server:
        settings = PostgresSettings(url=server.url)
        store = PostgresIOManager(settings, ComponentContext("x", Path.cwd()))
        for number in (1, 2):
            load = AssetRef("orders", load_id=f"{number}")
            staged = store.stage(load, pa.table({"id": [number]}))
            server.crash()
            server.restart()
            try:
                store.apply(load, staged, UPSERT)
            except StoreError:  # the connection that was open
                store.apply(load, staged, UPSERT)
        assert store.load(ORDERS).read_all()["id"].to_pylist() == [1, 2]
        store.close()


def test_two_processes_make_the_table_of_loads_at_once(postgres_database: str) -> None:
    with (
        writer(postgres_database, 1, "once") as one,
        writer(postgres_database, 2, "once") as two,
    ):
        assert (hear(one), hear(two)) == ("staged", "staged")
        tell(one, "go")
        tell(two, "go")
        assert one.wait(60) in (0, 1)
        assert two.wait(60) == 0
        assert one.stderr is not None
        assert one.returncode == 0 or "Fenced" in one.stderr.read()
