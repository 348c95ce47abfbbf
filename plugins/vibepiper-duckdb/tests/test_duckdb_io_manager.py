from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext
from vibepiper.data import count_rows
from vibepiper.errors import DataError, NotMaterialized, StoreError
from vibepiper_duckdb import DuckDBConnector, DuckDBIOManager, DuckDBSettings
from vibepiper_transform import col, from_arrow, join

ORDERS = AssetRef("raw/orders")
OLD = pa.table({"id": [1, 2], "name": ["a", None]})
NEW = pa.table({"id": [3], "name": ["c"]})
TABLES = "SELECT table_name FROM duckdb_tables() WHERE table_name NOT LIKE 'vibepiper%' ORDER BY 1"


def load(number: int, ref: AssetRef = ORDERS) -> AssetRef:
    return AssetRef(ref.key, ref.uri, f"{number:032x}")


def names(connector: DuckDBConnector) -> list[str]:
    return connector.query(TABLES).read_all()["table_name"].to_pylist()


def test_what_is_saved_is_a_table(store: DuckDBIOManager, connector: DuckDBConnector) -> None:
    saved = store.save(ORDERS, OLD)
    assert store.load(ORDERS).read_all() == OLD
    assert (saved.rows, saved.schema) == (2, OLD.schema)
    assert saved.uri.endswith("/data/warehouse.duckdb/main.raw__orders")
    assert names(connector) == ["raw__orders"]


def test_reading_does_not_make_the_file(store: DuckDBIOManager, context: ComponentContext) -> None:
    assert not store.exists(ORDERS)
    with pytest.raises(NotMaterialized, match=r"asset 'raw/orders' has no table main\.raw__orders"):
        store.load(ORDERS)
    store.discard(load(1))
    assert list(context.root.iterdir()) == []


def test_a_file_that_was_just_removed_is_made_anew(store: DuckDBIOManager) -> None:
    """Not the one written to that is open still, and that nobody will see."""
    store.save(AssetRef("old"), OLD)
    for file in (store.context.root / "data").glob("warehouse.duckdb*"):
        if file.is_file():
            file.unlink()
    store.save(ORDERS, NEW)
    store.close()
    assert store.load(ORDERS).read_all() == NEW
    assert not store.exists(AssetRef("old"))


def test_a_load_that_is_not_staged_is_not_published(store: DuckDBIOManager) -> None:
    staged = store.stage(load(1), NEW)
    store.discard(load(1))
    with pytest.raises(StoreError, match=r"asset 'raw/orders': load 0+1 is not staged"):
        store.publish(load(1), staged)
    assert not store.exists(ORDERS)


@pytest.mark.parametrize(
    ("uri", "table"),
    [("t", "main.t"), ("sales.t", "sales.t"), ('"a b"."c""d"', 'a b.c"d')],
)
def test_a_uri_names_the_table(store: DuckDBIOManager, uri: str, table: str) -> None:
    ref = AssetRef("orders", uri)
    assert store.save(ref, OLD).uri.endswith(f"/{table}")
    assert store.load(ref).read_all() == OLD


@pytest.mark.parametrize("uri", ["", "a.b.c", "t; DROP TABLE x", "f(1)", "t AS u", "'t", "{date}"])
def test_a_uri_that_names_no_table_is_refused(store: DuckDBIOManager, uri: str) -> None:
    with pytest.raises(StoreError, match="names no DuckDB table"):
        store.save(AssetRef("orders", uri), OLD)


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE main.raw__orders (precious int)",
        "CREATE VIEW main.RAW__orders AS SELECT 1 AS precious",
        "CREATE TABLE main.raw__orders (n int); COMMENT ON TABLE raw__orders IS 'vibepiper {}'",
    ],
)
def test_what_others_made_is_never_replaced(
    store: DuckDBIOManager, connector: DuckDBConnector, made: str
) -> None:
    connector.execute("CREATE TABLE other (i int)")
    connector.execute(made)
    with pytest.raises(StoreError, match=r"raw__orders.* (not written by VibePiper|is a view)"):
        store.save(ORDERS, OLD)
    assert connector.query("SELECT * FROM raw__orders").schema.names != OLD.schema.names


def test_a_table_that_came_while_a_load_was_staged_is_not_replaced(
    store: DuckDBIOManager, connector: DuckDBConnector
) -> None:
    staged = store.stage(load(1), NEW)
    connector.execute("CREATE TABLE raw__orders AS SELECT 'precious' AS x")
    with pytest.raises(StoreError, match="not written by VibePiper"):
        store.publish(load(1), staged)
    assert connector.query("FROM raw__orders").read_all()["x"].to_pylist() == ["precious"]


def test_assets_whose_names_differ_in_case_do_not_share_a_table(store: DuckDBIOManager) -> None:
    store.save(AssetRef("orders"), OLD)
    with pytest.raises(StoreError, match=r"holds asset 'orders', so asset 'Orders'"):
        store.save(AssetRef("Orders"), NEW)
    assert store.load(AssetRef("orders")).read_all() == OLD


def test_beyond_ascii_letters_that_differ_in_case_name_other_tables(store: DuckDBIOManager) -> None:
    """As they do for DuckDB."""
    store.save(AssetRef("Änderung"), OLD)
    store.save(AssetRef("änderung"), NEW)
    assert store.load(AssetRef("Änderung")).read_all() == OLD
    assert store.load(AssetRef("änderung")).read_all() == NEW


def test_beyond_ascii_schemas_that_differ_in_case_are_others(
    store: DuckDBIOManager, connector: DuckDBConnector
) -> None:
    """And so are tables, whose indexes and columns are their own."""
    connector.execute('CREATE SCHEMA "Ä"; CREATE TABLE "Ä".t (i INTEGER)')
    connector.execute('CREATE SCHEMA "ä"; CREATE TABLE "ä"."Ö" (id INTEGER PRIMARY KEY)')
    for uri in ('"ä".t', '"ä"."ö"'):
        store.save(AssetRef(uri, uri), OLD)
        store.save(AssetRef(uri, uri), pa.table({"other": ["x"]}))
        assert store.load(AssetRef(uri, uri)).read_all() == pa.table({"other": ["x"]})


def test_records_that_somebody_dropped_are_made_again(
    store: DuckDBIOManager, connector: DuckDBConnector
) -> None:
    store.save(ORDERS, OLD)
    connector.execute("DROP TABLE vibepiper_loads; DROP TABLE vibepiper_partitions")
    with pytest.raises(StoreError, match="vibepiper_loads"):
        store.save(ORDERS, NEW)
    store.save(ORDERS, NEW)
    assert store.load(ORDERS).read_all() == NEW


@pytest.mark.parametrize(
    "made",
    [
        "CREATE INDEX kept ON raw__orders (name)",
        "CREATE UNIQUE INDEX kept ON raw__orders (id)",
        "ALTER TABLE raw__orders ADD PRIMARY KEY (id)",
        "ALTER TABLE raw__orders ALTER id SET NOT NULL",
    ],
)
def test_indexes_and_constraints_survive(
    store: DuckDBIOManager, connector: DuckDBConnector, made: str
) -> None:
    store.save(ORDERS, OLD)
    connector.execute(made)
    told = (
        "SELECT constraint_text FROM duckdb_constraints() "
        "UNION ALL SELECT index_name FROM duckdb_indexes() ORDER BY 1"
    )
    before = connector.query(told).read_all()
    store.save(ORDERS, pa.concat_tables([OLD, NEW]))
    assert store.load(ORDERS).read_all().num_rows == 3
    with pytest.raises(StoreError, match=r"changes its columns from \(id BIGINT, name VARCHAR\)"):
        store.save(ORDERS, pa.table({"id": [1]}))
    assert connector.query(told).read_all() == before


def test_a_view_sees_the_new_rows(store: DuckDBIOManager, connector: DuckDBConnector) -> None:
    store.save(ORDERS, OLD)
    connector.execute("CREATE VIEW ids AS SELECT id FROM raw__orders")
    store.save(ORDERS, NEW)
    assert connector.query("FROM ids").read_all()["id"].to_pylist() == [3]


def test_a_comment_of_the_users_is_kept(store: DuckDBIOManager, connector: DuckDBConnector) -> None:
    store.save(ORDERS, OLD)
    told = "SELECT comment FROM duckdb_tables() WHERE table_name = 'raw__orders'"
    ours = connector.query(told).read_all()["comment"][0].as_py()
    connector.execute("COMMENT ON TABLE raw__orders IS '{}'".format("it''s ours\n" + ours))
    store.save(ORDERS, NEW)
    lines = connector.query(told).read_all()["comment"][0].as_py().split("\n")
    assert lines[0] == "it's ours"
    assert len(lines) == 2


def test_a_relation_of_the_file_is_written_without_rows_passing_through_python(
    store: DuckDBIOManager,
) -> None:
    store.save(ORDERS, pa.table({"n": range(300_000)}))
    told: list[int] = []
    with count_rows(told.append):
        stored = store.save(AssetRef("odd"), store.relation(ORDERS).filter(col("n") % 2 == 1))
    assert (stored.rows, told) == (150_000, [150_000])


def test_tables_of_the_file_join_in_it_and_with_arrow_elsewhere(store: DuckDBIOManager) -> None:
    labels = pa.table({"id": [1, 3], "label": ["x", "y"]})
    store.save(ORDERS, OLD)
    store.save(AssetRef("labels"), labels)
    inside = join(store.relation(ORDERS), store.relation(AssetRef("labels")), on="id")
    outside = join(store.relation(ORDERS), from_arrow(labels), on="id")
    assert repr(inside.backend).startswith("DuckDBFileBackend(duckdb:///")
    assert repr(outside.backend) != repr(inside.backend)
    assert inside.to_table() == outside.to_table()
    assert store.save(AssetRef("both"), outside).rows == 1


def test_rows_that_a_reader_began_are_those_of_one_load(store: DuckDBIOManager) -> None:
    store.save(ORDERS, pa.table({"n": [1] * 6_000_000}))
    half = store.load(ORDERS)
    half.read_next_batch()
    store.save(ORDERS, pa.table({"other": ["new"]}))
    assert half.read_all()["n"].unique().to_pylist() == [1]


def test_a_load_that_fails_in_a_later_piece_leaves_nothing(
    store: DuckDBIOManager, connector: DuckDBConnector
) -> None:
    schema = pa.schema([("n", pa.int64())])

    def batches():
        for number in range(20):
            yield pa.record_batch([[number] * 500_000], schema=schema)
        assert not store.exists(load(1)), "half a load is there"
        raise RuntimeError("the producer failed")

    with pytest.raises(RuntimeError, match="the producer failed"):
        store.stage(load(1), pa.RecordBatchReader.from_batches(schema, batches()))
    assert names(connector) == []


def test_a_load_in_many_pieces_keeps_its_order(store: DuckDBIOManager) -> None:
    schema = pa.schema([("n", pa.int64())])
    batches = (
        pa.record_batch([range(i * 500_000, (i + 1) * 500_000)], schema=schema) for i in range(20)
    )
    stored = store.save(ORDERS, pa.RecordBatchReader.from_batches(schema, batches))
    assert stored.rows == 10_000_000
    column = store.load(ORDERS).read_all()["n"]
    assert column.equals(pa.chunked_array([pa.array(range(10_000_000))]))


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (pa.array([b"\xff"]).view(pa.string()), "unicode"),
        (pa.array([1], pa.duration("ns")), "would lose data"),
        (pa.array([2**62], pa.duration("s")), "out of bounds|overflow"),
        (pa.array([(0, 0, 1)], pa.month_day_nano_interval()), "found nanoseconds"),
        (pa.array([2**62], pa.int64()).view(pa.timestamp("s", "UTC")), "out of bounds|overflow"),
        (pa.array([b"x"], pa.opaque(pa.binary(), "a", "b")), "cast it to binary"),
        (pa.array([{"a": 1, "A": 2}]), "differ at most in case"),
    ],
)
def test_values_that_would_change_are_refused(
    store: DuckDBIOManager, column: pa.Array, told: str
) -> None:
    with pytest.raises(DataError, match=told):
        store.save(ORDERS, pa.table({"odd one": column}))
    assert not store.exists(ORDERS)


def test_threads_write_to_one_asset_and_to_many(store: DuckDBIOManager) -> None:
    def work(number: int) -> None:
        for turn in range(6):
            store.save(AssetRef(f"t{number * turn % 3}"), pa.table({"n": [number] * 300}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(store.load(AssetRef("t0")).read_all()["n"].unique()) == 1


def test_components_of_one_file_agree_on_its_engine(
    store: DuckDBIOManager, context: ComponentContext
) -> None:
    with pytest.raises(StoreError, match=r"two components .* different settings"):
        DuckDBConnector(DuckDBSettings(memory_limit="1GB"), context)


@pytest.mark.parametrize("path", ["", ":memory:", "data/:memory:"])
def test_a_database_in_memory_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="expected the path of a file"):
        DuckDBSettings(path=path)


def test_a_file_that_is_no_database_is_told(context: ComponentContext) -> None:
    (context.root / "x.duckdb").write_text("not a database" * 1000)
    made = DuckDBIOManager(DuckDBSettings(path="x.duckdb"), context)
    with pytest.raises(StoreError, match=r"x\.duckdb: open: .*not a valid DuckDB"):
        made.exists(ORDERS)


def test_a_limit_on_memory_and_threads_is_set(context: ComponentContext) -> None:
    settings = DuckDBSettings(path="x.duckdb", memory_limit="100MB", threads=1)
    made = DuckDBConnector(settings, context)
    told = made.query("SELECT current_setting('threads') t, current_setting('memory_limit') m")
    assert told.read_all().to_pylist() == [{"t": 1, "m": "95.3 MiB"}]
    made.close()
