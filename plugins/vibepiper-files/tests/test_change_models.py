"""Sequences of loads, against a model of the changes: rows as dicts, keyed by ``id``."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vibepiper.component import ComponentContext
from vibepiper.io_manager import AssetRef, Change
from vibepiper_files import FileIOManager, FileSettings

REF = AssetRef("raw/orders")
SCHEMA = pa.schema(
    [("id", pa.int64()), ("n", pa.int64()), ("v", pa.string()), ("gone", pa.bool_())]
)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
Row = dict[str, Any]


def latest(staged: list[Row], order_by: str | None) -> list[Row]:
    found: dict[int, Row] = {}
    for row in staged:
        before = found.get(row["id"])
        if order_by is None or before is None or row[order_by] >= before[order_by]:
            found[row["id"]] = row
    return list(found.values())


def upserted(table: list[Row], staged: list[Row], order_by: str | None) -> list[Row]:
    rows = {row["id"]: row for row in table}
    for row in latest(staged, order_by):
        before = rows.get(row["id"])
        if order_by is not None and before is not None and before[order_by] > row[order_by]:
            continue
        rows.pop(row["id"], None)
        if not row.get("gone"):
            rows[row["id"]] = row
    return list(rows.values())


def delete_inserted(table: list[Row], staged: list[Row]) -> list[Row]:
    keys = {row["id"] for row in staged}
    return [row for row in table if row["id"] not in keys] + staged


def history(table: list[Row], staged: list[Row], at: Any, missing: bool = False) -> list[Row]:
    """Staged rows may say since when they are valid in ``at``, which they keep."""
    keys = {row["id"] for row in staged}
    current = {row["id"] for row in table if row["valid_to"] is None}
    touched = keys | (current if missing else set())
    result = [row for row in table if row["id"] not in touched]
    for key in touched:
        mine = [row for row in table if row["id"] == key]
        events: dict[Any, Row | None] = {
            row["valid_to"]: None for row in mine if row["valid_to"] is not None
        }
        events |= {row["valid_from"]: row for row in mine}
        for row in [row for row in staged if row["id"] == key]:
            events[row.get("at", at)] = None if row.get("gone") else row
        if key not in keys:
            events[at] = None
        result += versions(events)
    return result


def versions(events: dict[Any, Row | None]) -> list[Row]:
    kept: list[tuple[Any, Row | None]] = []
    for moment, row in sorted(events.items()):
        before = kept[-1][1] if kept else None
        if (row is None and before is None) or (
            row and before and all(row[n] == before[n] for n in ("n", "v", "gone"))
        ):
            continue
        kept.append((moment, row))
    ends = [*[moment for moment, _ in kept[1:]], None][: len(kept)]
    return [
        {**row, "valid_from": moment, "valid_to": end}
        for (moment, row), end in zip(kept, ends, strict=True)
        if row is not None
    ]


def rows(*values: tuple[Any, ...]) -> pa.Table:
    return pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, value, strict=False)) for value in values], SCHEMA
    )


def apply(store: FileIOManager, table: object, change: Change, ref: AssetRef = REF) -> Any:
    load = AssetRef(ref.key, ref.uri, ref.load_id or uuid.uuid4().hex, ref.partition)
    return store.apply(load, store.stage(load, table), change)


def held(store: FileIOManager, ref: AssetRef = REF) -> list[tuple[Any, ...]]:
    table = store.load(ref).read_all()
    assert store.relation(ref).to_table().num_rows == table.num_rows
    found = [tuple(row.values()) for row in table.to_pylist()]
    return sorted(found, key=repr)


IDS, ORDERS, VALUES = st.integers(0, 4), st.integers(0, 5), st.sampled_from(["a", "b", None])
STAGED = st.lists(st.tuples(IDS, ORDERS, VALUES, st.booleans()), max_size=5)
LOADS = st.lists(STAGED, min_size=1, max_size=5)
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


def new_store(tmp_path: Path) -> FileIOManager:
    root = ComponentContext("default", tmp_path / uuid.uuid4().hex)
    return FileIOManager(FileSettings(), root)


def expected(table: list[dict[str, Any]], names: list[str]) -> list[tuple[Any, ...]]:
    return sorted((tuple(row[name] for name in names) for row in table), key=repr)


def unique(load: list[tuple[Any, ...]], width: int) -> list[tuple[Any, ...]]:
    return list({row[:width]: row for row in load}.values())


@FEW
@given(LOADS, st.booleans())
def test_upserts_leave_what_the_model_says(tmp_path: Path, loads, ordered: bool):
    store, table = new_store(tmp_path), []
    change = Change(mode="upsert", key=("id",), order_by="n" if ordered else None, deleted="gone")
    for load in loads:
        staged = rows(*unique(load, 2 if ordered else 1))
        apply(store, staged, change)
        table = upserted(table, staged.to_pylist(), change.order_by)
        assert held(store) == expected(table, SCHEMA.names)


@FEW
@given(LOADS)
def test_delete_inserts_leave_what_the_model_says(tmp_path: Path, loads):
    store, table = new_store(tmp_path), []
    for load in loads:
        staged = rows(*load)
        apply(store, staged, Change(mode="delete_insert", key=("id",)))
        table = delete_inserted(table, staged.to_pylist())
        assert held(store) == expected(table, SCHEMA.names)


@FEW
@given(LOADS, st.booleans(), st.booleans())
def test_history_is_what_the_model_says(tmp_path: Path, loads, late: bool, missing: bool):
    store, table = new_store(tmp_path), []
    for number, load in enumerate(loads):
        at = NOON + dt.timedelta(hours=number)
        change = Change(
            mode="scd2", key=("id",), deleted="gone", at=at, close_missing=missing and not late
        )
        staged = rows(*unique(load, 1))
        if late:
            staged = rows(*unique(load, 2))
            moments = [NOON + dt.timedelta(days=n) for n in staged["n"].to_pylist()]
            staged = staged.append_column("at", pa.array(moments, pa.timestamp("us", "UTC")))
            change = Change(mode="scd2", key=("id",), deleted="gone", at=at, order_by="at")
        for _ in range(2):
            apply(store, staged, change)
        table = history(table, staged.to_pylist(), at, change.close_missing)
        compare(store, table, ["id", "n", "v", "valid_from", "valid_to"])


def compare(store: FileIOManager, table: list[dict[str, Any]], names: list[str]) -> None:
    found = store.load(REF).read_all().select(names).to_pylist()
    assert sorted((tuple(row.values()) for row in found), key=repr) == expected(table, names)
