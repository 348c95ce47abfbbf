"""What a change leaves: sequences of loads against a model, rows as dicts; and what is refused."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vibepiper import AssetRef, ComponentContext
from vibepiper.errors import DataError, DefinitionError, Fenced, NotMaterialized, StoreError
from vibepiper.io_manager import Change, Slice, Stored
from vibepiper_duckdb import DuckDBConnector, DuckDBIOManager, DuckDBSettings

REF = AssetRef("raw/orders")
SCHEMA = pa.schema(
    [("id", pa.int64()), ("n", pa.int64()), ("v", pa.string()), ("gone", pa.bool_())]
)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
Row = dict[str, Any]


def rows(*values: tuple[Any, ...]) -> pa.Table:
    """Rows of `SCHEMA`; what is left out at their ends is null."""
    filled = [(*value, None, None, None)[:4] for value in values]
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, v, strict=True)) for v in filled], SCHEMA)


def apply(store: DuckDBIOManager, table: object, change: Change, ref: AssetRef = REF) -> Stored:
    load = AssetRef(ref.key, ref.uri, ref.load_id or uuid.uuid4().hex, ref.partition)
    again = store.is_committed(load)
    stored = store.apply(load, store.stage(load, table), change)
    assert again or stored.total_rows == store.load(load.whole).read_all().num_rows
    return stored


def held(store: DuckDBIOManager, *names: str, ref: AssetRef = REF) -> list[tuple[Any, ...]]:
    table = store.load(ref).read_all()
    assert store.relation(ref).to_table().num_rows == table.num_rows
    found = table.select(list(names or table.column_names)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=repr)


def expected(table: list[Row], *names: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row[name] for name in names or row) for row in table), key=repr)


def upserted(table: list[Row], staged: list[Row], order_by: str | None) -> list[Row]:
    latest: dict[int, Row] = {}
    for row in staged:
        before = latest.get(row["id"])
        if order_by is None or before is None or row[order_by] >= before[order_by]:
            latest[row["id"]] = row
    result = {row["id"]: row for row in table}
    for key, row in latest.items():
        if order_by is not None and key in result and result[key][order_by] > row[order_by]:
            continue
        result.pop(key, None)
        if not row["gone"]:
            result[key] = row
    return list(result.values())


def history(table: list[Row], staged: list[Row], at: dt.datetime, missing: bool) -> list[Row]:
    keys = {row["id"] for row in staged}
    closed = {row["id"] for row in table if row["valid_to"] is None} - keys if missing else set()
    result = [row for row in table if row["id"] not in keys | closed]
    for key in keys | closed:
        mine = [row for row in table if row["id"] == key]
        events: dict[Any, Row | None] = {row["valid_to"]: None for row in mine if row["valid_to"]}
        events |= {row["valid_from"]: row for row in mine}
        for row in [row for row in staged if row["id"] == key]:
            events[row.get("at", at)] = None if row["gone"] else row
        if key in closed:
            events[at] = None
        result += versions(events)
    return result


def versions(events: dict[Any, Row | None]) -> list[Row]:
    kept: list[tuple[Any, Row | None]] = []
    for moment, row in sorted(events.items()):
        before = kept[-1][1] if kept else None
        same = row is before or (row and before and all(row[n] == before[n] for n in ("n", "v")))
        if not same:
            kept.append((moment, row))
    ends = [*[moment for moment, _ in kept[1:]], None][: len(kept)]
    return [
        {**row, "valid_from": moment, "valid_to": end}
        for (moment, row), end in zip(kept, ends, strict=True)
        if row is not None
    ]


IDS, ORDERS, VALUES = st.integers(0, 4), st.integers(0, 5), st.sampled_from(["a", "b", None])
LOADS = st.lists(
    st.lists(st.tuples(IDS, ORDERS, VALUES, st.sampled_from([True, False, None])), max_size=5),
    min_size=1,
    max_size=5,
)
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


def unique(load: list[tuple[Any, ...]], width: int) -> list[tuple[Any, ...]]:
    return list({row[:width]: row for row in load}.values())


def new_store(folder: Path) -> DuckDBIOManager:
    return DuckDBIOManager(DuckDBSettings(), ComponentContext("x", folder / uuid.uuid4().hex))


@FEW
@given(LOADS, st.booleans())
def test_upserts_leave_what_the_model_says(tmp_path: Path, loads: Any, ordered: bool) -> None:
    store, table = new_store(tmp_path), []
    change = Change(mode="upsert", key=("id",), order_by="n" if ordered else None, deleted="gone")
    for load in loads:
        staged = rows(*unique(load, 2 if ordered else 1))
        stored = apply(store, staged, change)
        table = upserted(table, staged.to_pylist(), change.order_by)
        assert held(store) == expected(table)
        assert stored.total_rows == len(table)


@FEW
@given(LOADS)
def test_delete_inserts_leave_what_the_model_says(tmp_path: Path, loads: Any) -> None:
    store, table = new_store(tmp_path), []
    for load in loads:
        staged = rows(*load).to_pylist()
        apply(store, rows(*load), Change(mode="delete_insert", key=("id",)))
        table = [row for row in table if row["id"] not in {r["id"] for r in staged}] + staged
        assert held(store) == expected(table)


@FEW
@given(LOADS, st.booleans())
def test_history_is_what_the_model_says(tmp_path: Path, loads: Any, missing: bool) -> None:
    store, table = new_store(tmp_path), []
    for number, load in enumerate(loads):
        at = NOON + dt.timedelta(hours=number)
        staged = rows(*unique(load, 1))
        change = Change(mode="scd2", key=("id",), deleted="gone", at=at, close_missing=missing)
        for _ in range(2):
            apply(store, staged, change)
        table = history(table, staged.to_pylist(), at, missing)
        names = ("id", "n", "v", "valid_from", "valid_to")
        assert held(store, *names) == expected(table, *names)


@FEW
@given(LOADS)
def test_late_rows_of_a_history_land_in_their_place(tmp_path: Path, loads: Any) -> None:
    store, table = new_store(tmp_path), []
    change = Change(mode="scd2", key=("id",), deleted="gone", order_by="at")
    for load in loads:
        staged = rows(*unique(load, 2))
        moments = [NOON + dt.timedelta(days=n) for n in staged["n"].to_pylist()]
        staged = staged.append_column("at", pa.array(moments, pa.timestamp("us", "UTC")))
        for _ in range(2):
            apply(store, staged, change)
        table = history(table, staged.to_pylist(), NOON, False)
        names = ("id", "n", "v", "valid_from", "valid_to")
        assert held(store, *names) == expected(table, *names)


def test_the_same_load_again_changes_nothing_after_later_ones(store: DuckDBIOManager) -> None:
    first = AssetRef(REF.key, load_id="a1")
    append = Change(mode="append", cursor="1")
    once = apply(store, rows((1,)), append, first)
    apply(store, rows((2,)), Change(mode="append", cursor="2"))
    again = apply(store, rows((1,)), append, first)
    assert (again.rows, again.total_rows, once.total_rows) == (1, 1, 1)
    assert held(store, "id") == [(1,), (2,)]
    assert not store.exists(first)
    assert store.is_committed(first)
    last = store.committed(REF)
    assert last is not None
    assert last.cursor == "2"


def test_an_older_writer_is_fenced_and_changes_nothing(store: DuckDBIOManager) -> None:
    apply(store, rows((1,)), Change(mode="append", token=7))
    with pytest.raises(Fenced, match="has the token 6, and one with the token 7"):
        apply(store, rows((2,)), Change(mode="append", token=6))
    apply(store, rows((3,)), Change(mode="append", token=7))
    assert held(store, "id") == [(1,), (3,)]


def test_a_dropped_table_begins_anew(store: DuckDBIOManager, connector: DuckDBConnector) -> None:
    apply(store, rows((1,)), Change(mode="append", cursor="9"))
    connector.execute("DROP TABLE raw__orders")
    assert store.committed(REF) is None
    apply(store, rows((2,)), Change(mode="append", cursor="1"))
    assert held(store, "id") == [(2,)]


def test_a_load_whose_table_was_dropped_is_applied_again(
    store: DuckDBIOManager, connector: DuckDBConnector
) -> None:
    """What it wrote is gone, and so is what is known of it."""
    load = AssetRef(REF.key, load_id="a1")
    apply(store, rows((1,)), Change(mode="append"), load)
    connector.execute("DROP TABLE raw__orders")
    assert not store.is_committed(load)
    apply(store, rows((1,)), Change(mode="append"), load)
    assert held(store, "id") == [(1,)]


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        (
            rows((1,), (1,)),
            Change(mode="upsert", key=("id",)),
            r"1 keys .* such as id = 1 \(2 rows",
        ),
        (rows((None,)), Change(mode="upsert", key=("id",)), "'id' is null in 1 of the staged"),
        (rows((None,)), Change(mode="delete_insert", key=("id",)), "'id' is null in 1"),
        (rows((1,), (1,)), Change(mode="scd2", key=("id",), at=NOON), "more than once"),
        (rows((1,)), Change(mode="scd2", key=("id",), order_by="n"), "'n' is null in 1"),
        (rows((1,)), Change(mode="scd2", key=("id",)), "needs to know the moment"),
        (rows((1,)), Change(mode="upsert", key=("idd",)), "needs the column 'idd'"),
        (rows((1,)), Change(mode="upsert"), "needs a key"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_rows_that_break_the_rules_change_nothing(
    store: DuckDBIOManager, table: pa.Table, change: Change, told: str, first: bool
) -> None:
    if not first:
        apply(store, rows((5,)), Change(mode="append"))
        if change.mode == "scd2":
            apply(store, rows((5,)), Change(mode="scd2", key=("id",), at=NOON), AssetRef("h"))
    ref = AssetRef("h") if change.mode == "scd2" else REF
    with pytest.raises(DataError, match=told):
        apply(store, table, change, ref)
    assert store.exists(ref) is not first
    assert first or held(store, "id", ref=ref) == [(5,)]


def test_history_of_a_table_without_it_is_refused(store: DuckDBIOManager) -> None:
    store.save(REF, rows((1,)))
    with pytest.raises(DataError, match=r"keeps no history: it has no column 'valid_from'"):
        apply(store, rows((1,)), Change(mode="scd2", key=("id",), at=NOON))


def test_odd_keys_and_values_are_only_values(store: DuckDBIOManager) -> None:
    odd = {"a b": ["'; DROP", "é", "日本"], 'sel"ect': [1.5, float("nan"), -0.0], "v": [1, 2, None]}
    change = Change(mode="upsert", key=("a b", 'sel"ect'))
    apply(store, pa.table(odd), change)
    apply(store, pa.table({**odd, "v": [4, 5, 6]}), change)
    assert [row[2] for row in held(store)] == [4, 5, 6]


def day(text: str, zone: str = "+00:00", hours: int = 24, column: str | None = "day") -> AssetRef:
    begin = dt.datetime.fromisoformat(f"{text}T00:00:00{zone}").astimezone(dt.UTC)
    end = begin + dt.timedelta(hours=hours)
    return AssetRef("days", partition=(Slice("date", (text,), column, begin, end),))


@pytest.mark.parametrize("zone", ["+00:00", "+13:00", "-11:00"])
@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC")])
def test_a_partition_is_written_and_read_alone(
    store: DuckDBIOManager, kind: pa.DataType, zone: str
) -> None:
    def of(ref: AssetRef, number: int) -> pa.Table:
        begin = ref.partition[0].begin
        assert begin is not None
        moment = begin + dt.timedelta(hours=5)
        if pa.types.is_date(kind):
            moment = (begin + dt.timedelta(hours=23, minutes=59)).date()
        value = pa.array([moment.replace(tzinfo=None) if kind == pa.timestamp("us") else moment])
        return pa.table({"day": value.cast(kind), "n": [number]})

    first, second = day("2026-03-01", zone), day("2026-03-02", zone)
    apply(store, of(first, 1), Change(), first)
    assert store.exists(first)
    assert not store.exists(second)
    apply(store, of(second, 2), Change(), second)
    apply(store, of(first, 3), Change(mode="delete_insert"), first)
    assert held(store, "n", ref=first) == [(3,)]
    assert held(store, "n", ref=second) == [(2,)]
    assert held(store, "n", ref=AssetRef("days")) == [(2,), (3,)]
    with pytest.raises(DataError, match="1 of the staged rows are not of the partition"):
        apply(store, of(second, 9), Change(), first)


def test_partitions_by_key_are_kept_apart(store: DuckDBIOManager) -> None:
    def of(*keys: str) -> AssetRef:
        return AssetRef("regions", partition=(Slice("region", keys, "r"),))

    for number, key in enumerate(["eu", "us'; --"]):
        apply(store, pa.table({"r": [key], "n": [number]}), Change(cursor=key), of(key))
    assert held(store, "n", ref=of("us'; --")) == [(1,)]
    assert held(store, "n", ref=of("eu", "us'; --")) == [(0,), (1,)]
    committed = store.committed(of("eu"))
    assert committed is not None
    assert committed.cursor == "eu"
    greatest = store.greatest(of("eu"), "n")
    assert greatest is not None
    assert greatest.as_py() == 0
    with pytest.raises(NotMaterialized, match="has not all of the partitions asia"):
        store.load(of("asia"))


def test_a_partition_without_a_column_is_refused(store: DuckDBIOManager) -> None:
    with pytest.raises(DefinitionError, match=r"its declaration names none"):
        store.stage(
            AssetRef("days", None, "a1", day("2026-03-01", column=None).partition), rows((1,))
        )
    assert not store.exists(AssetRef("days", load_id="a1"))


def test_the_greatest_value_is_told(store: DuckDBIOManager) -> None:
    assert store.greatest(REF, "n") is None
    store.save(REF, rows((1, None)))
    assert store.greatest(REF, "n") is None
    apply(store, rows((1, 2**62)), Change(mode="append"))
    found = store.greatest(REF, "n")
    assert found is not None
    assert found.as_py() == 2**62
    with pytest.raises(StoreError, match="no_such"):
        store.greatest(REF, "no_such")


@pytest.mark.parametrize("mode", ["append", "upsert", "delete_insert"])
def test_columns_are_added_and_widened(store: DuckDBIOManager, mode: Any) -> None:
    change = Change(mode=mode, key=("id",))
    apply(store, pa.table({"id": pa.array([1], pa.int32()), "s": [[1]]}), change)
    more = {"x": [{"a": 1}], "id": pa.array([2**40]), "d": [dt.date(2026, 1, 1)]}
    stored = apply(store, pa.table(more), change)
    assert len(stored.notes) >= 3
    schema = store.load(REF).schema
    assert schema.names == ["id", "s", "x", "d"]
    assert schema.field("id").type == pa.int64()
    assert held(store, "id", "d") == [(1, None), (2**40, dt.date(2026, 1, 1))]


def test_a_replaced_partition_brings_new_columns(store: DuckDBIOManager) -> None:
    first, second = (AssetRef("r", partition=(Slice("region", (k,), "r"),)) for k in ("eu", "us"))
    apply(store, pa.table({"r": ["eu"]}), Change(), first)
    apply(store, pa.table({"r": ["us"], "x": [1]}), Change(), second)
    apply(store, pa.table({"r": ["us"], "x": [2], "y": [3]}), Change(), second)
    assert held(store, ref=AssetRef("r")) == [("eu", None, None), ("us", 2, 3)]
    discard = Change(evolution="discard_column")
    apply(store, pa.table({"r": ["eu"], "z": [9]}), discard, first)
    assert held(store, ref=AssetRef("r")) == [("eu", None, None), ("us", 2, 3)]


def test_what_the_change_needs_is_not_left_out(store: DuckDBIOManager) -> None:
    apply(store, pa.table({"id": [1], "v": [1]}), Change(mode="append"))
    change = Change(mode="upsert", key=("k",), evolution="discard_column")
    with pytest.raises(DataError, match="The change needs this column"):
        apply(store, pa.table({"id": [1], "k": [1]}), change)


def test_policies_hold(store: DuckDBIOManager) -> None:
    apply(store, pa.table({"id": [1]}), Change(mode="append"))
    wider = pa.table({"id": [2, 3], "x": ["a", None]})
    with pytest.raises(DataError, match="'x'"):
        apply(store, wider, Change(mode="append", evolution="freeze"))
    apply(store, wider, Change(mode="append", evolution="discard_column"))
    assert held(store) == [(1,), (2,), (3,)]
    stored = apply(store, wider, Change(mode="append", evolution="discard_row"))
    assert held(store) == [(1,), (2,), (3,), (3,)]
    assert stored.rows == 1
    assert "1 rows were left out" in stored.notes


@pytest.fixture
def mine(store: DuckDBIOManager, context: ComponentContext) -> Iterator[duckdb.DuckDBPyConnection]:
    """A user's own connection in the same process, which deletes the table's row and waits."""
    store.save(REF, rows((1,)))
    with duckdb.connect(context.root / "data/warehouse.duckdb") as connection:
        connection.begin()
        connection.execute("DELETE FROM raw__orders")
        yield connection


def test_a_conflict_that_passes_is_waited_for(
    store: DuckDBIOManager, mine: duckdb.DuckDBPyConnection
) -> None:
    later = threading.Timer(0.02, mine.commit)
    later.start()
    apply(store, rows((1, 2, "ours")), Change(mode="upsert", key=("id",)))
    later.join()
    assert held(store, "id", "v") == [(1, "ours")]


def test_a_conflict_that_stays_is_told_and_changes_nothing(
    store: DuckDBIOManager, mine: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(StoreError, match=r"(?s)onflict.*changed the same rows at once"):
        apply(store, rows((1, 2, "ours")), Change(mode="upsert", key=("id",)))
    mine.commit()
    assert held(store) == []
