from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import pyarrow as pa
import pytest
from vibepiper import AssetRef, Change
from vibepiper.data import count_rows
from vibepiper.errors import DataError, NotMaterialized, StoreError
from vibepiper_postgres import PostgresConnector, PostgresIOManager
from vibepiper_postgres.names import lock_key
from vibepiper_sql import POSTGRES, TableName, side_table

ORDERS = AssetRef("raw/orders")
OLD = pa.table({"id": [1, 2], "name": ["a", None]})
NEW = pa.table({"id": [3], "name": ["c"]})


def load(number: int, ref: AssetRef = ORDERS) -> AssetRef:
    return AssetRef(ref.key, ref.uri, f"{number:032x}")


def names(connector: PostgresConnector) -> list[str]:
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND NOT starts_with(relname, 'vibepiper_') ORDER BY 1"
    )
    return connector.query(query).read_all()["relname"].to_pylist()


def test_what_is_saved_is_loaded(store: PostgresIOManager, connector: PostgresConnector) -> None:
    saved = store.save(ORDERS, OLD)
    assert store.load(ORDERS).read_all() == OLD
    assert (saved.rows, saved.schema) == (2, OLD.schema)
    assert saved.uri.endswith("/public.raw__orders")
    assert "@" not in saved.uri
    assert saved.bytes is not None
    assert saved.bytes > 0
    assert names(connector) == ["raw__orders"]


def test_staged_data_is_apart_until_it_is_published(store: PostgresIOManager) -> None:
    store.save(ORDERS, OLD)
    staged = store.stage(load(1), NEW)
    assert store.load(load(1)).read_all() == NEW
    assert store.load(ORDERS).read_all() == OLD
    published = store.publish(load(1), staged)
    assert store.load(ORDERS).read_all() == NEW
    assert not store.exists(load(1))
    assert published.rows == 1


def test_records_that_somebody_dropped_are_made_again(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    store.save(ORDERS, OLD)
    connector.execute("DROP TABLE vibepiper_loads, vibepiper_partitions")
    with pytest.raises(StoreError, match="vibepiper_loads"):
        store.save(ORDERS, NEW)
    store.save(ORDERS, NEW)
    assert store.load(ORDERS).read_all() == NEW


def test_who_waited_for_a_table_sees_the_last_load_whatever_isolation_is_usual(
    connector: PostgresConnector,
) -> None:
    (database,) = connector.query("SELECT current_database() AS d").read_all()["d"].to_pylist()
    connector.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = serializable")
    store = PostgresIOManager(connector.settings, connector.context)
    staged = {load(n): store.stage(load(n), NEW) for n in range(6)}
    with ThreadPoolExecutor(6) as pool:
        append = partial(store.apply, change=Change(mode="append"))
        done = list(pool.map(append, staged.keys(), staged.values()))
    store.close()
    assert sorted(each.total_rows or 0 for each in done) == [1, 2, 3, 4, 5, 6]


def test_publishing_the_same_load_again_changes_nothing(store: PostgresIOManager) -> None:
    staged = store.stage(load(1), NEW)
    assert store.publish(load(1), staged) == store.publish(load(1), staged)
    assert store.load(ORDERS).read_all() == NEW


def test_a_load_waits_until_the_server_lets_go_of_its_killed_writer(
    store: PostgresIOManager,
) -> None:
    killed = PostgresIOManager(store.settings, store.context)
    killed.stage(load(1), OLD)
    with ThreadPoolExecutor() as pool:
        staged = pool.submit(store.stage, load(1), NEW)
        assert not wait([staged], timeout=0.3).done
        killed.close()
        store.publish(load(1), staged.result(timeout=60))
    assert store.load(ORDERS).read_all() == NEW


def test_what_a_killed_writer_commits_at_last_is_collected(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    """The server may still be at its commit when the load is staged again."""
    side = side_table(TableName("public", "raw__orders"), f"{1:032x}", POSTGRES)
    with ThreadPoolExecutor() as pool:
        with connector.transaction() as killed:
            killed.execute("SELECT pg_advisory_xact_lock($1)", [lock_key(side)])
            staged = pool.submit(store.stage, load(1), NEW)
            assert not wait([staged], timeout=0.3).done
            killed.execute(f'CREATE TABLE "{side.name}" (id BIGINT)')
        store.publish(load(1), staged.result(timeout=60))
    assert store.load(ORDERS).read_all() == NEW


def test_a_load_that_is_not_staged_is_not_published(store: PostgresIOManager) -> None:
    staged = store.stage(load(1), NEW)
    store.discard(load(1))
    with pytest.raises(StoreError, match=r"asset 'raw/orders': load 0+1 is not staged"):
        store.publish(load(1), staged)
    assert not store.exists(ORDERS)


def test_discarding_leaves_nothing(store: PostgresIOManager, connector: PostgresConnector) -> None:
    store.stage(load(1), NEW)
    store.discard(load(1))
    store.discard(load(1))
    assert names(connector) == []


def test_what_was_never_stored_is_named(store: PostgresIOManager) -> None:
    with pytest.raises(NotMaterialized, match=r"asset 'raw/orders' has no table public\.raw__or"):
        store.load(ORDERS)
    assert not store.exists(ORDERS)


def test_a_failing_stage_leaves_nothing(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    with pytest.raises(DataError, match="column 'a', row 2"):
        store.stage(load(1), pa.table({"a": ["x", "\0"]}))
    assert names(connector) == []


def test_rows_are_counted_as_they_pass(store: PostgresIOManager) -> None:
    seen: list[int] = []
    with count_rows(seen.append):
        store.save(ORDERS, OLD)
    assert sum(seen) == 2


@pytest.mark.parametrize(
    "key", ["naïve/雪", "a" * 200, "a" * 199 + "b", "SELECT", "Mixed/Case", "π" * 40]
)
def test_odd_keys_have_tables_of_their_own(store: PostgresIOManager, key: str) -> None:
    store.save(AssetRef("a" * 198), OLD)
    store.save(AssetRef(key), NEW)
    assert store.load(AssetRef(key)).read_all() == NEW
    assert store.load(AssetRef("a" * 198)).read_all() == OLD


@pytest.mark.parametrize("uri", ['"quo""te\'d"', '"; DROP TABLE x; --"', "other.orders", '"A b".c'])
def test_a_uri_names_the_table(
    store: PostgresIOManager, connector: PostgresConnector, uri: str
) -> None:
    connector.execute("CREATE SCHEMA other")
    connector.execute('CREATE SCHEMA "A b"')
    ref = AssetRef("orders", uri=uri)
    store.save(ref, OLD)
    store.save(ref, NEW)
    assert connector.query(f"SELECT * FROM {uri}").read_all() == NEW
    assert store.load(ref).read_all() == NEW


@pytest.mark.parametrize("uri", ["a.b.c", "a; DROP TABLE b", "SELECT 1", "", "x" * 64])
def test_a_uri_that_names_no_table_is_refused(store: PostgresIOManager, uri: str) -> None:
    with pytest.raises(StoreError, match=r"names no PostgreSQL table|takes 1 to 63 bytes"):
        store.save(AssetRef("orders", uri=uri), OLD)


def test_a_missing_schema_is_told(store: PostgresIOManager) -> None:
    with pytest.raises(StoreError, match='schema "nowhere" does not exist\n  Create the schema'):
        store.save(AssetRef("orders", uri="nowhere.orders"), OLD)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("CREATE TABLE raw__orders (a int)", "was not written by VibePiper"),
        ("CREATE VIEW raw__orders AS SELECT 1 AS a", "which is a view"),
    ],
)
def test_what_others_made_is_never_replaced(
    store: PostgresIOManager, connector: PostgresConnector, made: str, told: str
) -> None:
    connector.execute(made)
    with pytest.raises(StoreError, match=told):
        store.stage(load(1), NEW)
    assert names(connector) == ["raw__orders"]


def test_two_assets_do_not_share_a_table(store: PostgresIOManager) -> None:
    store.save(ORDERS, OLD)
    with pytest.raises(StoreError, match="raw__orders holds asset 'raw/orders', so asset 'raw__"):
        store.save(AssetRef("raw__orders"), NEW)
    assert store.load(ORDERS).read_all() == OLD


ATTACHMENTS = {
    "view": ("CREATE VIEW v AS SELECT id FROM raw__orders", "SELECT id FROM v"),
    "index": ("CREATE INDEX i ON raw__orders (id)", "SELECT 3 FROM pg_indexes WHERE indexname='i'"),
    "grants": (
        "GRANT SELECT ON raw__orders TO pg_monitor",
        "SELECT 3 WHERE has_table_privilege('pg_monitor', 'raw__orders', 'SELECT')",
    ),
    "row type": (
        "CREATE FUNCTION f(raw__orders) RETURNS int LANGUAGE sql AS 'SELECT 3'",
        "SELECT f(raw__orders) FROM raw__orders",
    ),
}


@pytest.mark.parametrize(("attach", "check"), ATTACHMENTS.values(), ids=ATTACHMENTS.keys())
def test_what_hangs_on_the_table_survives(
    store: PostgresIOManager, connector: PostgresConnector, attach: str, check: str
) -> None:
    store.save(ORDERS, OLD)
    connector.execute(attach)
    store.save(ORDERS, NEW)
    assert store.load(ORDERS).read_all() == NEW
    assert [list(row.values()) for row in connector.query(check).read_all().to_pylist()] == [[3]]


def test_new_columns_under_a_view_are_refused_and_nothing_changes(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    store.save(ORDERS, OLD)
    connector.execute("CREATE VIEW v AS SELECT id FROM raw__orders")
    before = names(connector)
    with pytest.raises(StoreError, match=r"changes its columns from .* would break view v"):
        store.save(ORDERS, pa.table({"id": ["x"]}))
    assert store.load(ORDERS).read_all() == OLD
    assert names(connector) == before


def test_rows_that_others_refer_to_are_not_deleted(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    store.save(ORDERS, OLD)
    connector.execute("ALTER TABLE raw__orders ADD PRIMARY KEY (id)")
    connector.execute("CREATE TABLE line (id bigint REFERENCES raw__orders ON DELETE CASCADE)")
    connector.execute("INSERT INTO line VALUES (1)")
    with pytest.raises(StoreError, match="other tables refer to them: line_id_fkey of line"):
        store.save(ORDERS, NEW)
    assert connector.query("SELECT id FROM line").read_all().num_rows == 1


def test_a_comment_of_the_users_is_kept(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    store.save(ORDERS, OLD)
    mark = "SELECT obj_description('raw__orders'::regclass, 'pg_class') AS c"
    noted = connector.query(mark).read_all()["c"][0].as_py()
    connector.execute(f"COMMENT ON TABLE raw__orders IS 'Ours.\n\n{noted}'")
    store.save(ORDERS, NEW)
    kept = connector.query(mark).read_all()["c"][0].as_py()
    assert kept.startswith("Ours.\n\nvibepiper {")
    assert kept != f"Ours.\n\n{noted}"


@pytest.mark.parametrize("comment", ["vibepiper", "vibepiper {", 'vibepiper {"asset": 1}'])
def test_a_comment_that_only_looks_like_ours_protects_the_table(
    store: PostgresIOManager, connector: PostgresConnector, comment: str
) -> None:
    connector.execute("CREATE TABLE raw__orders (a int)")
    connector.execute(f"COMMENT ON TABLE raw__orders IS '{comment}'")
    with pytest.raises(StoreError, match="was not written by VibePiper"):
        store.save(ORDERS, NEW)


def test_columns_may_change_where_nothing_hangs(store: PostgresIOManager) -> None:
    store.save(ORDERS, OLD)
    other = pa.table({"whole": [1.5], 'n"w': ["x"]})
    store.save(ORDERS, other)
    assert store.load(ORDERS).read_all() == other


def test_an_empty_table_is_a_table(store: PostgresIOManager) -> None:
    store.save(ORDERS, OLD[:0])
    assert store.load(ORDERS).read_all() == OLD[:0]


def test_readers_see_one_load_or_the_other(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    """Each load holds one value in all of its rows: a reader that sees two saw a mixture."""
    store.save(ORDERS, pa.table({"n": [0] * 500}))
    done = threading.Event()

    def read() -> set[tuple[int, int]]:
        seen = set()
        while not done.is_set():
            query = "SELECT min(n) AS a, max(n) AS b, count(*) AS c FROM raw__orders"
            row = connector.query(query).read_all().to_pylist()[0]
            seen.add((row["b"] - row["a"], row["c"]))
        return seen

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for number in range(20):
            store.save(ORDERS, pa.table({"n": [number] * 500}))
        done.set()
        assert [reader.result() for reader in readers] == [{(0, 500)}] * 2


def test_threads_share_a_store(store: PostgresIOManager, connector: PostgresConnector) -> None:
    def work(number: int) -> object:
        ref = AssetRef(f"asset_{number % 4}")
        store.save(ref, pa.table({"n": [number] * 100}))
        return len(set(store.load(ref).read_all()["n"].to_pylist()))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(32))) == [1] * 32
    assert names(connector) == [f"asset_{number}" for number in range(4)]


def test_a_living_load_is_left_alone(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    other = PostgresIOManager(store.settings, store.context)
    first = store.stage(load(1), OLD)
    second = other.stage(load(2), NEW)
    store.publish(load(1), first)
    other.publish(load(2), second)
    other.close()
    assert store.load(ORDERS).read_all() == NEW
    assert names(connector) == ["raw__orders"]


def test_what_a_closed_store_left_is_collected(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    other = PostgresIOManager(store.settings, store.context)
    other.stage(load(1), OLD)
    other.close()
    assert len(names(connector)) == 1
    store.save(ORDERS, NEW)
    assert names(connector) == ["raw__orders"]


def test_what_a_dead_process_staged_can_still_be_published(store: PostgresIOManager) -> None:
    other = PostgresIOManager(store.settings, store.context)
    staged = other.stage(load(1), OLD)
    other.close()
    assert store.publish(load(1), staged).rows == 2
    assert store.load(ORDERS).read_all() == OLD
