"""Changes other than to replace everything: what is kept with them, and what is refused."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from vibepiper import AssetRef, Change
from vibepiper.errors import DataError, Fenced, StoreError
from vibepiper.io_manager import Committed, Stored
from vibepiper_postgres import PostgresConnector, PostgresIOManager

ORDERS = AssetRef("orders")
UPSERT = Change(mode="upsert", key=("id",))
AT = datetime(2026, 3, 1, tzinfo=UTC)


def load(number: int, key: str = "orders") -> AssetRef:
    return AssetRef(key, load_id=f"{number:x}")


def apply(store: PostgresIOManager, number: int, change: Change, **columns: Any) -> Stored:
    ref = load(number)
    return store.apply(ref, store.stage(ref, pa.table(columns)), change)


def rows(store: PostgresIOManager, by: str = "id") -> list[dict[str, Any]]:
    return store.load(ORDERS).read_all().sort_by(by).to_pylist()


def indexes(connector: PostgresConnector) -> list[str]:
    query = "SELECT indexdef FROM pg_indexes WHERE tablename = 'orders' ORDER BY 1"
    return connector.query(query).read_all()["indexdef"].to_pylist()


def test_the_first_load_becomes_the_table_without_copying(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    staged = store.stage(load(1), pa.table({"id": [1]}))
    oid = "SELECT oid::bigint AS n FROM pg_class WHERE relkind = 'r' AND relname ~ '^(vp_|orders)'"
    before = connector.query(oid).read_all()
    stored = store.apply(load(1), staged, UPSERT)
    assert connector.query(oid).read_all() == before
    assert (stored.rows, stored.total_rows) == (1, 1)


def test_a_key_that_is_upserted_has_a_unique_index(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    apply(store, 1, UPSERT, id=[1], other=[1])
    apply(store, 2, UPSERT, id=[1], other=[2])
    (index,) = indexes(connector)
    assert index.startswith("CREATE UNIQUE INDEX orders_key_")
    assert index.endswith("(id)")


def test_another_key_has_another_index(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    """The old one would refuse rows that the new key tells apart."""
    apply(store, 1, UPSERT, id=[1], other=[1])
    apply(store, 2, Change(mode="upsert", key=("other", "id")), id=[1, 1], other=[2, 3])
    assert len(rows(store)) == 3
    (index,) = indexes(connector)
    assert index.endswith("(other, id)")


@pytest.mark.parametrize(
    "change", [Change(mode="append"), Change(mode="delete_insert", key=("id",))]
)
def test_a_change_that_may_repeat_keys_is_free_of_the_index(
    store: PostgresIOManager, connector: PostgresConnector, change: Change
) -> None:
    apply(store, 1, UPSERT, id=[1])
    apply(store, 2, change, id=[1, 1])
    assert indexes(connector) == []


def test_a_history_is_free_of_the_index(store: PostgresIOManager) -> None:
    """The table was upserted before, with columns that are those of a history."""
    none = pa.array([None], pa.timestamp("us", "UTC"))
    apply(store, 1, UPSERT, id=[1], v=[1], valid_from=[AT], valid_to=none)
    later = Change(mode="scd2", key=("id",), at=datetime(2026, 4, 1, tzinfo=UTC))
    apply(store, 2, later, id=[1], v=[2])
    assert [row["v"] for row in rows(store, by="v")] == [1, 2]


def test_an_index_of_ones_own_on_the_key_is_used(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    apply(store, 1, Change(mode="append"), id=[1, 2])
    connector.execute("CREATE UNIQUE INDEX mine ON orders (id)")
    apply(store, 2, UPSERT, id=[2, 3])
    assert len(indexes(connector)) == 1
    assert [row["id"] for row in rows(store)] == [1, 2, 3]


@pytest.mark.parametrize(
    "index",
    ["(id) WHERE id > 1", "(abs(id))", "(id, v)", "(v) INCLUDE (id)"],
)
def test_an_index_that_says_less_than_that_keys_differ_is_not_used(
    store: PostgresIOManager, connector: PostgresConnector, index: str
) -> None:
    apply(store, 1, Change(mode="append"), id=[1, 2], v=[1, 2])
    connector.execute(f"CREATE UNIQUE INDEX mine ON orders {index}")
    apply(store, 2, UPSERT, id=[2, 3], v=[5, 6])
    assert [row["v"] for row in rows(store)] == [1, 5, 6]


def test_rows_that_share_a_key_already_make_way_together(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    apply(store, 1, Change(mode="append"), id=[1, 1, 2], v=["a", "b", "c"])
    stored = apply(store, 2, UPSERT, id=[1, 3], v=["d", "e"])
    assert [row["v"] for row in rows(store)] == ["d", "c", "e"]
    assert stored.total_rows == 3
    apply(store, 3, UPSERT, id=[1], v=["f"])
    assert len(indexes(connector)) == 1


def test_a_full_refresh_is_free_of_the_index(store: PostgresIOManager) -> None:
    """It may change the columns, though a table that something hangs on may not."""
    apply(store, 1, UPSERT, id=[1], v=["a"])
    apply(store, 2, Change(), id=["x", "x"], w=[1, 2])
    assert [row["w"] for row in rows(store, by="w")] == [1, 2]
    assert store.is_committed(load(1))


def test_the_same_load_again_changes_nothing_even_after_later_ones(
    store: PostgresIOManager,
) -> None:
    first = apply(store, 1, Change(mode="append", token=1), id=[1])
    apply(store, 2, Change(mode="append", token=2), id=[2])
    again = apply(store, 1, Change(mode="append", token=1), id=[1])
    assert (again.rows, again.total_rows) == (first.rows, first.total_rows)
    assert [row["id"] for row in rows(store)] == [1, 2]
    assert not store.exists(load(1))


def test_what_was_committed_last_is_known(store: PostgresIOManager) -> None:
    assert store.committed(ORDERS) is None
    assert not store.is_committed(load(1))
    apply(store, 1, Change(mode="append", cursor="5'", token=3), id=[1])
    apply(store, 2, Change(mode="append"), id=[1])
    assert store.committed(ORDERS) == Committed("2")
    assert store.is_committed(load(1))
    assert not store.is_committed(load(3))
    assert not store.is_committed(load(1, "others"))


def test_a_cursor_is_kept_with_its_load(store: PostgresIOManager) -> None:
    apply(store, 1, Change(mode="append", cursor="2026-03-01 ü", token=2**62), id=[1])
    assert store.committed(ORDERS) == Committed("1", "2026-03-01 ü", 2**62)


def test_a_writer_that_was_overtaken_is_fenced(store: PostgresIOManager) -> None:
    apply(store, 1, Change(mode="append", token=7), id=[1])
    with pytest.raises(Fenced, match=r"token 6, and one with the token 7 has written orders"):
        apply(store, 2, Change(mode="append", token=6), id=[2])
    assert [row["id"] for row in rows(store)] == [1]
    assert not store.is_committed(load(2))
    apply(store, 3, Change(mode="append", token=7), id=[3])


def test_the_greatest_value_is_asked_of_the_server(store: PostgresIOManager) -> None:
    assert store.greatest(ORDERS, "id") is None
    staged = store.stage(load(1), pa.table({"id": [3, None, 9]}))
    assert store.greatest(load(1), "id") == pa.scalar(9)
    store.apply(load(1), staged, Change())
    assert store.greatest(ORDERS, "id") == pa.scalar(9)
    apply(store, 2, Change(), id=pa.array([None], pa.int64()))
    assert store.greatest(ORDERS, "id") is None


@pytest.mark.parametrize("mode", ["upsert", "delete_insert", "scd2"])
def test_a_null_in_the_key_is_refused(store: PostgresIOManager, mode: Any) -> None:
    change = Change(mode=mode, key=("id", "b"), at=AT)
    for number in (1, 2):  # into a new table, and into one that is there
        with pytest.raises(DataError, match=r"'orders': the key column 'b' is null in 2 of the st"):
            apply(store, number, change, id=[1, 2, 3], b=["x", None, None])
        apply(store, 3, change, id=[0], b=["x"])
    assert [row["id"] for row in rows(store)] == [0]


@pytest.mark.parametrize("mode", ["upsert", "scd2"])
def test_a_repeated_key_is_refused(store: PostgresIOManager, mode: Any) -> None:
    change = Change(mode=mode, key=("id", "ü"), at=AT)
    for number in (1, 2):
        with pytest.raises(DataError, match=r"1 keys are .* id = 7, ü = 'x' \(3 rows\)\n.*cursor="):
            apply(store, number, change, id=[7, 7, 7, 7], ü=["x", "x", "y", "x"])
        apply(store, 3, change, id=[0], ü=["x"])
    assert [row["id"] for row in rows(store)] == [0]


def test_nan_is_a_key_like_any_other(store: PostgresIOManager) -> None:
    apply(store, 1, UPSERT, id=[math.nan, 0.0], v=[1, 1])
    apply(store, 2, UPSERT, id=[math.nan, -0.0], v=[2, 2])
    assert [row["v"] for row in rows(store)] == [2, 2]


def test_a_key_of_all_columns_has_nothing_to_update(store: PostgresIOManager) -> None:
    apply(store, 1, UPSERT, id=[1, 2])
    stored = apply(store, 2, UPSERT, id=[2, 3])
    assert [row["id"] for row in rows(store)] == [1, 2, 3]
    assert stored.total_rows == 3


def test_names_and_values_with_quotes_are_data_not_sql(store: PostgresIOManager) -> None:
    name = "a'; DROP TABLE orders; --%s $1"
    change = Change(mode="upsert", key=(name,))
    for number, value in ((1, "x"), (2, "y")):
        apply(store, number, change, **{name: ["'\\; --", "%s"], "id": [value, value]})
    assert [row["id"] for row in rows(store)] == ["y", "y"]


def test_history_needs_a_table_that_keeps_one(store: PostgresIOManager) -> None:
    apply(store, 1, Change(), id=[1])
    with pytest.raises(DataError, match=r"keeps no history: it has no column 'valid_from'"):
        apply(store, 2, Change(mode="scd2", key=("id",), at=AT), id=[1])


def test_a_view_on_an_incremental_table_stays(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    apply(store, 1, UPSERT, id=[1], v=[1])
    connector.execute("CREATE VIEW seen AS SELECT * FROM orders")
    apply(store, 2, UPSERT, id=[1, 2], v=[2, 2])
    assert connector.query("SELECT sum(v)::bigint AS v FROM seen").read_all()["v"].to_pylist() == [
        4
    ]


def test_the_total_is_right_where_no_load_was_recorded(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    apply(store, 1, Change(mode="append"), id=[1, 2])
    connector.execute("DELETE FROM vibepiper_loads")
    assert apply(store, 2, Change(mode="append"), id=[3]).total_rows == 3


def test_two_writers_take_turns(store: PostgresIOManager) -> None:
    """All of them change one row and each adds one; nothing is lost, nobody deadlocks."""

    def one(number: int) -> None:
        apply(store, number, Change(mode="upsert", key=("id",)), id=[0, number], v=[number] * 2)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(1, 25)))
    found = rows(store)
    assert [row["id"] for row in found] == list(range(25))
    assert [row["v"] for row in found[1:]] == list(range(1, 25))


def test_a_table_that_vibepiper_did_not_write_is_not_changed(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    staged = store.stage(load(1), pa.table({"id": [1]}))
    connector.execute("CREATE TABLE orders (id bigint)")
    with pytest.raises(StoreError, match="was not written by VibePiper"):
        store.apply(load(1), staged, Change(mode="append"))


def test_loads_of_long_ago_are_forgotten_but_for_the_last_of_a_partition(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    for number in range(1, 50):
        apply(store, number, Change(mode="append", token=1), id=[number])
    connector.execute("UPDATE vibepiper_loads SET applied_at = now() - interval '91 days'")
    connector.execute("UPDATE vibepiper_loads SET partition = 'x', token = 9 WHERE number = 7")
    apply(store, 50, Change(mode="append", token=9), id=[50])
    found = connector.query("SELECT number FROM vibepiper_loads ORDER BY 1").read_all()["number"]
    assert found.to_pylist() == [7, 50]


def test_a_table_that_was_dropped_is_loaded_anew(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    """A cursor that outlived its rows would leave them out for good."""
    apply(store, 1, Change(mode="append", cursor="5"), id=[1])
    connector.execute("DROP TABLE orders")
    assert store.committed(ORDERS) is None
    assert not store.is_committed(load(1))
    assert apply(store, 1, Change(mode="append"), id=[2]).total_rows == 1
    assert [row["id"] for row in rows(store)] == [2]
