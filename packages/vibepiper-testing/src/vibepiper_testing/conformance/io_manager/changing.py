"""The capability ``apply``: staged rows change published ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import pyarrow as pa
import pytest
from vibepiper import AssetRef
from vibepiper.changes import changed
from vibepiper.io_manager import Change

from vibepiper_testing.conformance.io_manager.store import StoreSuite, contents, load_of
from vibepiper_testing.conformance.suite import needs

__all__ = ["ChangeSuite"]

Load: TypeAlias = tuple[pa.Table, Change]

_START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
_SCHEMA = pa.schema([
    ("id", pa.int64()),
    ("v", pa.string()),
    ("n", pa.int64()),
    ("gone", pa.bool_()),
    ("since", pa.timestamp("us", "UTC")),
])  # fmt: skip
_APPEND = Change(mode="append")
_UPSERT = Change(mode="upsert", key=("id",), deleted="gone")
_ORDERED = Change(mode="upsert", key=("id",), order_by="n", deleted="gone")
_REPLACE_KEYS = Change(mode="delete_insert", key=("id",))
_SINCE = Change(mode="scd2", key=("id",), order_by="since", deleted="gone")


def _day(number: int | None) -> dt.datetime | None:
    return None if number is None else _START + dt.timedelta(days=number)


def _rows(*found: tuple[Any, ...]) -> pa.Table:
    """Each row's first values: id, v, n, gone, the day it is valid from. The others are null."""
    rows = [[*row, *[None] * (len(_SCHEMA) - len(row))] for row in found]
    columns = zip(*rows, strict=True) if rows else [()] * len(_SCHEMA)
    *plain, days = [list(column) for column in columns]
    return pa.table([*plain, [_day(day) for day in days]], schema=_SCHEMA)


def _at(day: int, **options: Any) -> Change:
    """A snapshot of a day."""
    return Change(mode="scd2", key=("id",), deleted="gone", at=_day(day), **options)


def _seen(day: int, *ids: int) -> Load:
    """A snapshot in which each key says itself since when it is what it is: the day of its id."""
    staged = _rows(*((key, "a", None, None, key) for key in ids))
    change = Change(mode="scd2", key=("id",), order_by="since", close_missing=True, at=_day(day))
    return staged, change


def _without(table: pa.Table, *names: str) -> pa.Table:
    return table.drop_columns(list(names))


def _unknown(table: pa.Table, name: str) -> pa.Table:
    """The column without a single value, and so without a type."""
    place = table.column_names.index(name)
    return table.set_column(place, pa.field(name, pa.null()), pa.nulls(table.num_rows))


_A, _B, _C = _rows((1, "a", 1)), _rows((1, "b", 2), (2, "b", 2)), _rows((3, "c", 3))
_WIDE = _A.append_column("more", pa.array([1.5]))
_SMALL = _A.set_column(2, "n", _A["n"].cast(pa.int32()))

_COLUMNS: Mapping[str, tuple[pa.Table, ...]] = {
    "as they were": (_A, _B, _C),
    "one is new": (_A, _WIDE, _B),
    "one is missing": (_A, _without(_B, "v"), _C),
    "one is wider": (_SMALL, _B),
    "one without values has no type": (_A, _unknown(_B, "n"), _C),
    "one without values gets a type later": (_unknown(_A, "n"), _unknown(_A, "n"), _B),
    "no row": (_A, _rows(), _B),
    "no row at first": (_rows(), _A),
}
"""Loads that differ in their columns."""

_UPSERTS: Mapping[str, tuple[Load, ...]] = {
    "deleted": ((_B, _UPSERT), (_rows((1, None, None, True), (9, None, None, True)), _UPSERT)),
    "of several the last": ((_rows((1, "a", 2), (1, "b", 3), (1, "c", 1)), _ORDERED),),
    "late": ((_rows((1, "a", 5)), _ORDERED), (_rows((1, "b", 4), (2, "c", 1)), _ORDERED)),
    "as new": ((_rows((1, "a", 5)), _ORDERED), (_rows((1, "b", 5)), _ORDERED)),
    "late and deleted": (
        (_rows((1, "a", 5), (2, "a", 5)), _ORDERED),
        (_rows((1, None, 4, True), (2, None, 6, True)), _ORDERED),
    ),
}
_HISTORIES: Mapping[str, tuple[Load, ...]] = {
    "changed": ((_A, _at(1)), (_B, _at(2)), (_B, _at(3))),
    "late": ((_A, _at(1)), (_rows((1, "c")), _at(5)), (_B, _at(3))),
    "deleted": ((_B, _at(1)), (_rows((1, None, None, True)), _at(2)), (_A, _at(4))),
    "missing": (
        (_B, _at(1)),
        (_rows((2, "b", 2)), _at(2, close_missing=True)),
        (_B, _at(3, close_missing=True)),
    ),
    "since": (
        (_rows((1, "c", 1, None, 5), (1, "a", 1, None, 1)), _SINCE),
        (_rows((1, "b", 1, None, 3), (2, "b", 1, None, 3)), _SINCE),
        (_rows((1, "b", 1, True, 7)), _SINCE),
    ),
    "missing for a while": (_seen(5, 1, 2), _seen(6, 2), _seen(8, 1, 2), _seen(9, 1, 2)),
    "of the same moment": (
        (_rows((1, "a", 1, None, 1)), _SINCE),
        (_rows((1, "b", 1, None, 1)), _SINCE),
    ),
    "lacks a column": (
        (_rows((1, "a", 1)), _at(1)),
        (_rows((1, "b", 1)), _at(2)),
        (_without(_rows((1, "b", 1)), "v"), _at(3)),
        (_without(_rows((1, "b", 1)), "v"), _at(4)),
        (_rows((1, "b", 1)), _at(5)),
    ),
}


class ChangeSuite(StoreSuite):
    """What a store with ``apply`` promises: what it holds after each change is what
    `vibepiper.changes` leaves, which says in the plainest way what a `Change` means."""

    @needs("append")
    @pytest.mark.parametrize("loads", _COLUMNS.values(), ids=_COLUMNS)
    def test_appended_rows_are_added(
        self, subject: Any, ref: AssetRef, loads: tuple[pa.Table, ...]
    ) -> None:
        """Appended rows are added, and their columns brought together."""
        _compare(subject, ref, ((load, _APPEND) for load in loads))

    @needs("upsert")
    @pytest.mark.parametrize("loads", _COLUMNS.values(), ids=_COLUMNS)
    def test_upserts_bring_columns_together(
        self, subject: Any, ref: AssetRef, loads: tuple[pa.Table, ...]
    ) -> None:
        """Upserted rows take the place of those of their keys, and their columns are brought
        together."""
        _compare(subject, ref, ((load, _UPSERT) for load in loads))

    @needs("upsert")
    @pytest.mark.parametrize("loads", _UPSERTS.values(), ids=_UPSERTS)
    def test_upserts_leave_out_what_is_late_and_deleted(
        self, subject: Any, ref: AssetRef, loads: tuple[Load, ...]
    ) -> None:
        """An upsert leaves out what is late, and removes what is deleted."""
        _compare(subject, ref, loads)

    @needs("delete_insert")
    @pytest.mark.parametrize("loads", _COLUMNS.values(), ids=_COLUMNS)
    def test_all_rows_of_a_staged_key_are_replaced(
        self, subject: Any, ref: AssetRef, loads: tuple[pa.Table, ...]
    ) -> None:
        """All rows of a staged key are replaced, and their columns brought together."""
        _compare(subject, ref, ((load, _REPLACE_KEYS) for load in loads))

    @needs("scd2")
    @pytest.mark.parametrize("loads", _COLUMNS.values(), ids=_COLUMNS)
    def test_histories_bring_columns_together(
        self, subject: Any, ref: AssetRef, loads: tuple[pa.Table, ...]
    ) -> None:
        """The columns of a history are brought together, and no version is lost by that."""
        _compare(subject, ref, ((load, _at(day)) for day, load in enumerate(loads)))

    @needs("scd2")
    @pytest.mark.parametrize("loads", _HISTORIES.values(), ids=_HISTORIES)
    def test_a_history_has_each_version_once(
        self, subject: Any, ref: AssetRef, loads: tuple[Load, ...]
    ) -> None:
        """A history has each version of each key once, with its bounds."""
        _compare(subject, ref, loads)


def _compare(store: Any, ref: AssetRef, loads: Iterator[Load] | tuple[Load, ...]) -> None:
    """Each load is applied twice: the second time changes nothing."""
    table = None
    for staged, change in loads:
        load = load_of(ref)
        stored = store.stage(load, staged)
        store.apply(load, stored, change)
        store.apply(load, stored, change)
        table = changed(table, staged, change).table
        found = contents(store, ref)
        assert set(found.column_names) == set(table.column_names)
        assert _sorted(found.select(table.column_names)) == _sorted(table)


def _sorted(table: pa.Table) -> list[str]:
    return sorted(repr(tuple(row.values())) for row in table.to_pylist())
