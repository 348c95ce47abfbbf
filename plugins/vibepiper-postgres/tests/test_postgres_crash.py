"""Processes that are killed while they write."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper.errors import StoreError
from vibepiper_postgres import PostgresConnector, PostgresIOManager, PostgresSettings
from vibepiper_testing import start_postgres

ORDERS = AssetRef("orders")
ROWS = 200_000
WRITER = f"""
import sys
from pathlib import Path
import pyarrow as pa
from vibepiper import AssetRef, ComponentContext
from vibepiper_postgres import PostgresIOManager, PostgresSettings

settings = PostgresSettings(url=sys.stdin.readline().strip())
store = PostgresIOManager(settings, ComponentContext("x", Path.cwd()))
batch = pa.record_batch({{"n": [int(sys.argv[1])] * 10_000}})
print("ready", flush=True)
while True:
    batches = (batch for _ in range({ROWS} // 10_000))
    store.save(AssetRef("orders"), pa.RecordBatchReader.from_batches(batch.schema, batches))
"""


def kill_a_writer(url: str, number: int, after: float) -> None:
    command = [sys.executable, "-c", WRITER, str(number)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(url + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)


def check_whole(store: PostgresIOManager, numbers: set[int]) -> None:
    column = store.load(ORDERS).read_all()["n"]
    assert len(column) == ROWS
    assert len(found := set(column.unique().to_pylist())) == 1
    assert found <= numbers


def crash_and_check(store: PostgresIOManager, connector: PostgresConnector, kills: int) -> None:
    dice = random.Random(kills)
    url = store.settings.url
    assert url is not None
    store.save(ORDERS, pa.table({"n": [0] * ROWS}))
    for number in range(1, kills + 1):
        kill_a_writer(url.get_secret_value(), number, after=dice.uniform(0, 0.5))
        check_whole(store, set(range(number + 1)))
    wait_until_alone(connector)
    store.save(ORDERS, pa.table({"n": [-1] * ROWS}))
    check_whole(store, {-1})
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND NOT starts_with(relname, 'vibepiper_') ORDER BY 1"
    )
    assert connector.query(query).read_all()["relname"].to_pylist() == ["orders"]


def wait_until_alone(connector: PostgresConnector) -> None:
    """A killed client's server process may need a moment to notice."""
    query = (
        "SELECT count(*) AS n FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    )
    deadline = time.monotonic() + 30
    while connector.query(query).read_all()["n"][0].as_py() > 0 and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_killed_writer_leaves_the_table_whole_and_no_litter(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    crash_and_check(store, connector, kills=10)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_hundred_killed_writers_leave_the_table_whole(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    crash_and_check(store, connector, kills=200)


def test_a_server_that_dies_while_a_load_is_written() -> None:
    """The load fails with an error that names the table; after a restart the old data is there."""
    with start_postgres() as server:
        settings = PostgresSettings(url=server.url)
        store = PostgresIOManager(settings, ComponentContext("x", Path.cwd()))
        store.save(ORDERS, pa.table({"n": [1]}))
        schema = pa.schema([("n", pa.int64())])

        def batches():
            for number in range(200):
                if number == 100:
                    server.crash()
                yield pa.record_batch([[number] * 10_000], schema=schema)

        with pytest.raises(StoreError, match=r"write public\.vp_\w+: ") as caught:
            store.save(ORDERS, pa.RecordBatchReader.from_batches(schema, batches()))
        assert server.password not in f"{caught.value} {caught.value.__cause__}"
        server.restart()
        assert store.load(ORDERS).read_all()["n"].to_pylist() == [1]
        store.save(ORDERS, pa.table({"n": [2]}))
        assert store.load(ORDERS).read_all()["n"].to_pylist() == [2]
        store.close()
