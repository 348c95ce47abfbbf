"""Staged columns that differ from those published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from vibepiper import AssetRef, Change
from vibepiper.errors import DataError, StoreError
from vibepiper.io_manager import Slice, Stored
from vibepiper_postgres import PostgresConnector, PostgresIOManager
from vibepiper_transform import lit

ORDERS = AssetRef("orders")
AT = datetime(2026, 3, 1, tzinfo=UTC)
MODES: list[Any] = ["append", "upsert", "delete_insert", "scd2"]


def apply(store: PostgresIOManager, number: int, mode: Any, policy: Any, data: Any) -> Stored:
    ref = AssetRef("orders", load_id=f"{number:x}")
    change = Change(mode=mode, key=("id",), at=AT, evolution=policy)
    return store.apply(ref, store.stage(ref, pa.table(data)), change)


def rows(store: PostgresIOManager) -> list[dict[str, Any]]:
    found = store.load(ORDERS).read_all().sort_by("id").to_pylist()
    own = ("valid_from", "valid_to")
    return [{k: v for k, v in row.items() if k not in own} for row in found]


@pytest.mark.parametrize("mode", MODES)
def test_a_new_column_is_added_and_null_before(store: PostgresIOManager, mode: Any) -> None:
    apply(store, 1, mode, "evolve", {"id": [1]})
    stored = apply(store, 2, mode, "evolve", {"id": [2], 'ne"w': ["x"]})
    assert rows(store) == [{"id": 1, 'ne"w': None}, {"id": 2, 'ne"w': "x"}]
    assert any('ne"w' in note for note in stored.notes)
    again = apply(store, 2, mode, "evolve", {"id": [2], 'ne"w': ["x"]})
    assert again.notes == stored.notes


@pytest.mark.parametrize("mode", MODES)
def test_a_type_is_widened_for_values_that_need_it(store: PostgresIOManager, mode: Any) -> None:
    small, large = pa.array([5], pa.int32()), pa.array([2**40], pa.int64())
    apply(store, 1, mode, "evolve", {"id": [1], "n": small})
    stored = apply(store, 2, mode, "evolve", {"id": [2], "n": large})
    apply(store, 3, mode, "evolve", {"id": [3], "n": small})
    assert [row["n"] for row in rows(store)] == [5, 2**40, 5]
    assert store.load(ORDERS).schema.field("n").type == pa.int64()
    assert len(stored.notes) == 1


def test_the_key_is_widened_with_its_index(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    apply(store, 1, "upsert", "evolve", {"id": pa.array([1], pa.int32()), "v": [1]})
    apply(store, 2, "upsert", "evolve", {"id": [1, 2**40], "v": [2, 2]})
    assert [row["v"] for row in rows(store)] == [2, 2]
    count = "SELECT count(*) AS n FROM pg_indexes WHERE tablename = 'orders'"
    assert connector.query(count).read_all()["n"].to_pylist() == [1]


def test_a_column_that_is_not_staged_stays_as_it_was(store: PostgresIOManager) -> None:
    apply(store, 1, "upsert", "evolve", {"id": [1, 2], "v": ["a", "b"], "w": [1, 2]})
    apply(store, 2, "upsert", "evolve", {"id": [2, 3], "w": [5, 6]})
    assert [(row["v"], row["w"]) for row in rows(store)] == [("a", 1), ("b", 5), (None, 6)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("data", [{"id": [2], "new": [1]}, {"id": ["x"]}])
def test_freeze_refuses_and_changes_nothing(
    store: PostgresIOManager, mode: Any, data: dict[str, Any]
) -> None:
    apply(store, 1, mode, "freeze", {"id": [1]})
    with pytest.raises(DataError, match=r"asset 'orders'.*freeze"):
        apply(store, 2, mode, "freeze", data)
    assert rows(store) == [{"id": 1}]
    assert not store.is_committed(AssetRef("orders", load_id="2"))


@pytest.mark.parametrize("mode", MODES)
def test_a_column_is_discarded(store: PostgresIOManager, mode: Any) -> None:
    apply(store, 1, mode, "discard_column", {"id": [1]})
    stored = apply(store, 2, mode, "discard_column", {"id": [2], "new": [5]})
    assert rows(store) == [{"id": 1}, {"id": 2}]
    assert stored.rows == 1
    assert any("new" in note for note in stored.notes)


@pytest.mark.parametrize("mode", MODES)
def test_rows_are_discarded_and_counted(store: PostgresIOManager, mode: Any) -> None:
    apply(store, 1, mode, "discard_row", {"id": [1]})
    stored = apply(store, 2, mode, "discard_row", {"id": [2, 3, 4], "new": [None, 5, 6]})
    assert rows(store) == [{"id": 1}, {"id": 2}]
    assert (stored.rows, stored.total_rows) == (1, 2)
    assert any(note.startswith("2 rows were left out") for note in stored.notes)


def test_a_view_stands_in_the_way_of_a_wider_type(
    store: PostgresIOManager, connector: PostgresConnector
) -> None:
    apply(store, 1, "append", "evolve", {"id": pa.array([1], pa.int32())})
    connector.execute("CREATE VIEW seen AS SELECT id FROM orders")
    with pytest.raises(StoreError, match="cannot alter type of a column used by a view"):
        apply(store, 2, "append", "evolve", {"id": [2]})
    assert rows(store) == [{"id": 1}]


def test_a_replaced_table_keeps_to_its_columns_where_it_is_frozen(store: PostgresIOManager) -> None:
    apply(store, 1, "replace", "freeze", {"id": [1]})
    with pytest.raises(DataError, match="freeze"):
        apply(store, 2, "replace", "freeze", {"id": [2], "new": [1]})
    apply(store, 3, "replace", "discard_column", {"id": [3], "new": [1]})
    assert rows(store) == [{"id": 3}]
    stored = apply(store, 5, "replace", "discard_row", {"id": [4, 5], "new": [1, None]})
    assert (rows(store), stored.rows, stored.total_rows) == ([{"id": 5}], 1, 1)
    apply(store, 4, "replace", "evolve", {"id": ["x"]})
    assert rows(store) == [{"id": "x"}]


def test_a_replaced_partition_brings_new_columns(store: PostgresIOManager) -> None:
    def put(number: int, region: str, evolution: Any = "evolve", **data: Any) -> None:
        part = (Slice("region", (region,), "r"),)
        ref = AssetRef("orders", load_id=f"{number:x}", partition=part)
        staged = store.stage(ref, pa.table({"r": [region], "id": [number], **data}))
        store.apply(ref, staged, Change(evolution=evolution))

    put(1, "eu")
    put(2, "us", x=[1])
    put(3, "us", x=[2], y=[3])
    put(4, "eu", "discard_column", z=[9])
    eu, us = {"r": "eu", "id": 4, "x": None, "y": None}, {"r": "us", "id": 3, "x": 2, "y": 3}
    assert rows(store) == [us, eu]


NONE = pa.array([None], pa.string())
UNKNOWN = pa.nulls(1)


@pytest.mark.parametrize("mode", MODES)
def test_texts_of_which_there_are_none_yet_are_no_numbers(
    store: PostgresIOManager, mode: Any
) -> None:
    apply(store, 1, mode, "evolve", {"id": [1], "n": NONE})
    with pytest.raises(DataError, match="'n'"):
        apply(store, 2, mode, "evolve", {"id": [2], "n": [7]})
    apply(store, 3, mode, "evolve", {"id": [3], "n": UNKNOWN})
    assert store.load(ORDERS).schema.field("n").type == pa.string()


@pytest.mark.parametrize("mode", MODES)
def test_what_was_loaded_without_a_type_gets_the_first_one(
    store: PostgresIOManager, mode: Any
) -> None:
    apply(store, 1, mode, "evolve", {"id": [1]})
    apply(store, 2, mode, "evolve", {"id": [2], "n": UNKNOWN})
    apply(store, 3, mode, "evolve", {"id": [3], "n": UNKNOWN})
    apply(store, 4, mode, "evolve", {"id": [4], "n": [7]})
    with pytest.raises(DataError, match="'n'"):
        apply(store, 5, mode, "evolve", {"id": [5], "n": NONE})
    assert store.load(ORDERS).schema.field("n").type == pa.int64()


@pytest.mark.parametrize("mode", MODES)
def test_a_text_is_a_type_from_its_first_load_on(store: PostgresIOManager, mode: Any) -> None:
    apply(store, 1, mode, "evolve", {"id": [1], "n": UNKNOWN})
    apply(store, 2, mode, "evolve", {"id": [2], "n": NONE})
    with pytest.raises(DataError, match="'n'"):
        apply(store, 3, mode, "evolve", {"id": [3], "n": [7]})


def test_a_null_of_a_query_has_no_type(store: PostgresIOManager) -> None:
    store.save(AssetRef("ids"), pa.table({"id": [1]}))
    apply(store, 1, "append", "evolve", {"id": [1], "n": [7]})
    nulls = store.relation(AssetRef("ids")).select("id", n=lit(None))
    ref = AssetRef("orders", load_id="2")
    store.apply(ref, store.stage(ref, nulls), Change(mode="append"))
    assert rows(store) == [{"id": 1, "n": 7}, {"id": 1, "n": None}]
