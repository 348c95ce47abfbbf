from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import ComponentContext
from vibepiper.errors import DataError, StoreError
from vibepiper_postgres import PostgresConnector, PostgresSettings
from vibepiper_postgres.session import Database, Session
from vibepiper_postgres.streams import open_stream, prepare
from vibepiper_testing import PostgresServer, start_postgres

ROWS = "SELECT i, i * 2 AS twice FROM generate_series(1, {}) AS i"


def test_a_query_arrives_in_batches(connector: PostgresConnector) -> None:
    reader = connector.query(ROWS.format(1_000_000))
    first = reader.read_next_batch()
    assert first.num_rows < 1_000_000
    assert first.num_rows + sum(batch.num_rows for batch in reader) == 1_000_000


def test_parameters_are_bound_and_not_spliced(connector: PostgresConnector) -> None:
    values = ["it's \\ $1 -- ; DROP", 7, 1.5, None, True, b"\x00'", dt.date(2024, 2, 29)]
    query = (
        "SELECT $1::text AS a, $2::int AS b, $3::float8 AS c, $4::text AS d, $5::bool AS e, "
        "$6::bytea AS f, $7::date AS g"
    )
    found = connector.query(query, values).read_all().to_pylist()[0]
    assert list(found.values()) == values


def test_a_missing_parameter_is_refused(connector: PostgresConnector) -> None:
    with pytest.raises(StoreError, match=r"asks for \$2, found 1 parameters"):
        connector.query("SELECT $1, $2", ["a"])


def test_an_abandoned_query_is_cancelled(connector: PostgresConnector) -> None:
    endless = (
        "SELECT a.i, b.i AS j FROM generate_series(1, 9999) a(i), generate_series(1, 9999) b(i)"
    )
    reader = connector.query(endless)
    reader.read_next_batch()
    del reader
    running = connector.query(
        "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%generate%'"
        " AND pid <> pg_backend_pid()"
    )
    assert running.read_all().num_rows == 0


def test_a_reader_that_is_dropped_cancels_no_query_of_others(postgres_database: str) -> None:
    """Its query is over and its session another's before it is dropped."""
    released, resumed = threading.Event(), threading.Event()

    class Lingering(Database):
        def release(self, session: Session) -> None:
            super().release(session)
            released.set()
            resumed.wait(10)

    address = PostgresSettings(url=postgres_database).address()
    with closing(Database(address)) as first, first.session() as session:
        answer = prepare(session, "SELECT 1 AS a")
    with closing(Lingering(address)) as database, ThreadPoolExecutor(1) as pool:
        readers = [open_stream(database, answer)]
        readers[0].read_next_batch()
        assert released.wait(10)
        session = database.acquire()
        dropping = pool.submit(readers.clear)
        try:
            assert session.rows("SELECT 2 FROM pg_sleep(0.3)") == [(2,)]
        finally:
            resumed.set()
            session.close()
        dropping.result()


def test_a_stream_that_was_never_read_leaves_nothing_open(connector: PostgresConnector) -> None:
    before = threading.active_count()
    reader = connector.query(ROWS.format(10))
    del reader
    assert threading.active_count() == before


def test_an_error_half_way_is_told_when_it_comes(connector: PostgresConnector) -> None:
    reader = connector.query("SELECT 1 / (i - 2000000) AS x FROM generate_series(1, 3000000) AS i")
    with pytest.raises(StoreError, match="division by zero"):
        reader.read_all()
    connector.ping()


def test_the_schema_is_that_of_the_stream(connector: PostgresConnector) -> None:
    connector.ingest("t", pa.table({'o"dd é': [1], "b": [b"x"]}))
    assert connector.schema("t") == connector.query('SELECT * FROM "t"').schema
    assert connector.schema("t").names == ['o"dd é', "b"]


def test_append_adds_and_create_refuses(connector: PostgresConnector) -> None:
    table = pa.table({"a": [1, 2]})
    assert connector.ingest("t", table) == 2
    assert connector.ingest("t", table, "append") == 2
    with pytest.raises(StoreError, match='relation "t" already exists'):
        connector.ingest("t", table)
    assert connector.query("SELECT count(*) AS n FROM t").read_all()["n"].to_pylist() == [4]


def test_a_failing_replace_leaves_the_old_rows(connector: PostgresConnector) -> None:
    connector.ingest("t", pa.table({"a": ["old"]}))
    with pytest.raises(DataError, match="NUL"):
        connector.ingest("t", pa.table({"a": ["new", "\0"]}), "replace")
    assert connector.query("SELECT a FROM t").read_all()["a"].to_pylist() == ["old"]


def test_a_source_that_fails_raises_its_own_error(connector: PostgresConnector) -> None:
    schema = pa.schema([("a", pa.int64())])

    def batches():
        yield pa.record_batch([[1]], schema=schema)
        raise DataError("orders.csv, row 2: not a number")

    with pytest.raises(DataError, match=r"orders.csv, row 2"):
        connector.ingest("t", pa.RecordBatchReader.from_batches(schema, batches()))
    with pytest.raises(StoreError, match="there is no table"):
        connector.schema("t")


def failing_change(connector: PostgresConnector) -> None:
    with connector.transaction() as change:
        assert change.execute("DELETE FROM t WHERE a = 1") == 1
        change.execute("INSERT INTO t SELECT 1 / 0")


def test_a_transaction_is_all_or_nothing(connector: PostgresConnector) -> None:
    connector.ingest("t", pa.table({"a": [1]}))
    with pytest.raises(StoreError, match="division by zero"):
        failing_change(connector)
    with connector.transaction() as change:
        change.ingest("t", pa.table({"a": [2]}), "append")
    found = connector.query("SELECT a FROM t ORDER BY a").read_all()["a"].to_pylist()
    assert found == [1, 2]


def test_threads_share_a_connector(connector: PostgresConnector) -> None:
    def work(number: int) -> int:
        connector.ingest(f"t{number}", pa.table({"a": [number] * 1000}))
        return connector.query(f"SELECT a FROM t{number}").read_all()["a"].to_pylist().count(number)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(24))) == [1000] * 24


def test_close_drops_every_connection(connector: PostgresConnector, postgres_database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: connector.ping(), range(8)))
    connector.close()
    other = PostgresConnector(PostgresSettings(url=postgres_database), connector.context)
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'vibepiper' "
        "AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    left = 1
    for _ in range(100):  # a closed connection's server process takes a moment to end
        if (left := other.query(query).read_all().num_rows) <= 1:
            break
    other.close()
    assert left <= 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"password": "s3cr3t wr@ng"}, "password authentication failed"),
        ({"password": "s3cr3t", "port": 1}, "Connection refused"),
        ({"password": "s3cr3t", "host": "no such host"}, "could not translate host name|spaces"),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
    ],
)
def test_a_failing_connection_is_told_without_the_password(
    postgres_server: PostgresServer, change: dict[str, object], told: str
) -> None:
    parts = {
        "host": postgres_server.host, "port": postgres_server.port, "user": postgres_server.user,
        "password": postgres_server.password, "database": "postgres",
    }  # fmt: skip
    settings = PostgresSettings.model_validate(parts | change)
    connector = PostgresConnector(settings, ComponentContext("x", Path()))
    with pytest.raises(StoreError, match=told) as caught:
        connector.ping()
    seen = f"{caught.value} {caught.value.__cause__}"
    assert "s3cr3t" not in seen
    assert postgres_server.password not in seen


def test_a_server_that_dies_is_told_and_a_new_one_found() -> None:
    with start_postgres() as server:
        connector = PostgresConnector(
            PostgresSettings(url=server.url), ComponentContext("x", Path())
        )
        schema = pa.schema([("a", pa.int64())])

        def batches():
            for number in range(200):
                if number == 100:
                    server.crash()
                yield pa.record_batch([[number] * 10_000], schema=schema)

        with pytest.raises(StoreError, match=r"write public\.t") as caught:
            connector.ingest("t", pa.RecordBatchReader.from_batches(schema, batches()))
        connector.close()
    assert server.password not in f"{caught.value} {caught.value.__cause__}"
