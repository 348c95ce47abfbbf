"""Sequences of loads give what a small model in Python gives, whatever is late or repeated."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vibepiper import AssetRef, Change
from vibepiper_postgres import PostgresIOManager

Row = dict[str, Any]
KEY = ("a b", 'sel"ect')
SCHEMA = pa.schema(
    [("a b", pa.int64()), ('sel"ect', pa.string()), ("v", pa.float64()), ("n", pa.int32())]
)
FLAGGED = SCHEMA.append(pa.field("gone", pa.bool_()))
START = datetime(2026, 3, 1, tzinfo=UTC)
numbers = itertools.count()

key_a = st.sampled_from([1, 2, 2**62])
key_b = st.sampled_from(["x", "ü'", ""])
value = st.sampled_from([None, 0.0, -0.0, math.nan, math.inf, 1.5])
rows = st.fixed_dictionaries(
    {
        "a b": key_a,
        'sel"ect': key_b,
        "v": value,
        "n": st.one_of(st.none(), st.integers(0, 4)),
        "gone": st.sampled_from([None, False, False, True]),
    }
)
loads = st.lists(st.lists(rows, max_size=6), min_size=1, max_size=5)
repeats = st.integers(0, 9)


def key_of(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in KEY)


def once(staged: list[Row], *names: str) -> list[Row]:
    """Without rows that repeat a key."""
    return list({tuple(row[name] for name in names): row for row in staged}.values())


def least(order: int | None) -> float:
    return -math.inf if order is None else order


def upserted(published: list[Row], staged: list[Row]) -> list[Row]:
    held = {key_of(row): row for row in published}
    for row in sorted(staged, key=lambda row: least(row["n"])):
        old = held.get(key_of(row))
        if old is not None and least(old["n"]) > least(row["n"]):
            continue
        held[key_of(row)] = row
    return [row for row in held.values() if row.get("gone") is not True]


def by_key(published: list[Row], staged: list[Row]) -> list[Row]:
    touched = {key_of(row) for row in staged}
    kept = [row for row in published if key_of(row) not in touched]
    return [*kept, *(row for row in staged if row["gone"] is not True)]


def same(one: Row, two: Row) -> bool:
    a, b = one["v"], two["v"]
    return a == b or (a is not None and b is not None and math.isnan(a) and math.isnan(b))


def histories(
    published: list[Row], staged: list[Row], at: datetime | None, close: bool
) -> list[Row]:
    touched = {key_of(row) for row in staged}
    if close:
        touched |= {key_of(row) for row in published if row["until"] is None}
    kept = [row for row in published if key_of(row) not in touched]
    for key in touched:
        events: dict[datetime, Row | None] = {}
        mine = [row for row in published if key_of(row) == key]
        events |= {row["until"]: None for row in mine if row["until"] is not None}
        events |= {row["since"]: row for row in mine}
        if close and at is not None and not any(key_of(row) == key for row in staged):
            events[at] = None
        for row in staged:
            if key_of(row) == key:
                events[at or row["moved"]] = None if row["gone"] else row
        kept += versions(events)
    return kept


def versions(events: dict[datetime, Row | None]) -> Iterator[Row]:
    changes: list[tuple[datetime, Row | None]] = []
    for since, row in sorted(events.items(), key=lambda event: event[0]):
        before = changes[-1][1] if changes else None
        if before is None and row is None:
            continue
        if before is not None and row is not None and same(before, row):
            continue
        changes.append((since, row))
    ends = [*(since for since, _ in changes), None][1:]
    for (since, row), until in zip(changes, ends, strict=True):
        if row is not None:
            yield {**row, "since": since, "until": until}


def told(found: list[Row]) -> list[str]:
    """NaN and -0.0 tell themselves apart as text only."""
    return sorted(str([(name, str(value)) for name, value in sorted(row.items())]) for row in found)


def check(
    store: PostgresIOManager,
    staged: list[list[Row]],
    schema: pa.Schema,
    change: Callable[[int], Change],
    model: Callable[[list[Row], list[Row], int], list[Row]],
    repeat: int,
) -> None:
    """Every load, and after each an earlier one once more."""
    ref = AssetRef(f"a{next(numbers)}")
    expected: list[Row] = []
    for number, found in enumerate(staged):
        table = pa.Table.from_pylist(found, schema=schema)
        load = AssetRef(ref.key, load_id=f"{number:x}")
        stored = store.apply(load, store.stage(load, table), change(number))
        expected = model(expected, found, number)
        again = AssetRef(ref.key, load_id=f"{min(repeat, number):x}")
        store.apply(again, store.stage(again, table), change(min(repeat, number)))
        kept = store.load(ref).read_all().to_pylist()
        assert told(kept) == told(expected)
        assert (stored.rows, stored.total_rows) == (len(found), len(expected))


quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(loads, repeats)
def test_append(store: PostgresIOManager, staged: list[list[Row]], repeat: int) -> None:
    check(
        store,
        staged,
        FLAGGED,
        lambda _: Change(mode="append"),
        lambda old, new, _: old + new,
        repeat,
    )


@quick
@given(loads, repeats)
def test_upsert(store: PostgresIOManager, staged: list[list[Row]], repeat: int) -> None:
    """Without an order each load has a key once, and the last load counts."""
    change = Change(mode="upsert", key=KEY, deleted="gone")
    unordered = [[{**row, "n": None} for row in once(load, *KEY)] for load in staged]
    check(store, unordered, FLAGGED, lambda _: change, lambda o, n, _: upserted(o, n), repeat)


@quick
@given(loads, repeats)
def test_upsert_in_order(store: PostgresIOManager, staged: list[list[Row]], repeat: int) -> None:
    change = Change(mode="upsert", key=KEY, order_by="n", deleted="gone")
    check(store, staged, FLAGGED, lambda _: change, lambda o, n, _: upserted(o, n), repeat)


@quick
@given(loads, repeats)
def test_delete_insert(store: PostgresIOManager, staged: list[list[Row]], repeat: int) -> None:
    change = Change(mode="delete_insert", key=KEY, deleted="gone")
    check(store, staged, FLAGGED, lambda _: change, lambda o, n, _: by_key(o, n), repeat)


def history(**options: Any) -> Change:
    return Change(
        mode="scd2", key=KEY, deleted="gone", valid_from="since", valid_to="until", **options
    )


@quick
@given(loads, repeats, st.booleans(), st.permutations(range(5)))
def test_history_of_snapshots(
    store: PostgresIOManager, staged: list[list[Row]], repeat: int, close: bool, days: list[int]
) -> None:
    """The moments of loads are in any order: late ones as well."""

    def at(number: int) -> datetime:
        return START + timedelta(days=days[number])

    check(
        store,
        [[{**row, "n": None} for row in once(load, *KEY)] for load in staged],
        FLAGGED,
        lambda number: history(at=at(number), close_missing=close),
        lambda old, new, number: histories(old, new, at(number), close),
        repeat,
    )


@quick
@given(loads, repeats)
def test_history_of_events(store: PostgresIOManager, staged: list[list[Row]], repeat: int) -> None:
    """Rows say themselves since when they are valid; they come in any order."""
    schema = FLAGGED.append(pa.field("moved", pa.timestamp("us", "UTC")))

    def dated(load: list[Row]) -> list[Row]:
        days = [timedelta(days=row["n"] or 0) for row in load]
        found = zip(load, days, strict=True)
        return once([{**row, "n": None, "moved": START + day} for row, day in found], *KEY, "moved")

    change = history(order_by="moved")
    check(
        store,
        [dated(load) for load in staged],
        schema,
        lambda _: change,
        lambda old, new, _: histories(old, new, None, close=False),
        repeat,
    )


@pytest.mark.parametrize("mode", ["upsert", "scd2"])
def test_an_empty_load_changes_nothing(store: PostgresIOManager, mode: Any) -> None:
    change = Change(mode=mode, key=KEY, at=START)
    first, second = AssetRef("e", load_id="1"), AssetRef("e", load_id="2")
    table = pa.Table.from_pylist([{"a b": 1, 'sel"ect': "x", "v": 1.0, "n": 1}], schema=SCHEMA)
    store.apply(first, store.stage(first, table), change)
    before = store.load(AssetRef("e")).read_all()
    store.apply(second, store.stage(second, SCHEMA.empty_table()), change)
    assert store.load(AssetRef("e")).read_all() == before
