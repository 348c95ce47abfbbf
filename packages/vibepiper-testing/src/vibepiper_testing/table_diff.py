"""How two tables differ, in words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import pyarrow as pa

__all__ = ["compare_schemas", "compare_tables"]

Row: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Rule:
    """When two values are the same."""

    tolerance: float

    def same(self, one: object, other: object) -> bool:
        if isinstance(one, float) and isinstance(other, float):
            if math.isnan(one) or math.isnan(other):
                return math.isnan(one) and math.isnan(other)
            return one == other or math.isclose(
                one, other, rel_tol=self.tolerance, abs_tol=self.tolerance
            )
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            return one.keys() == other.keys() and all(self.same(one[k], other[k]) for k in one)
        if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
            pairs = zip(one, other, strict=False)
            return len(one) == len(other) and all(self.same(a, b) for a, b in pairs)
        return type(one) is type(other) and one == other


def _exactly(value: object) -> object:
    """The value in a form whose ``repr`` is the same for all that are the same without a
    tolerance: 0.0 is -0.0."""
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, Mapping):
        return {key: _exactly(value[key]) for key in sorted(value, key=repr)}
    if isinstance(value, (list, tuple)):
        return [_exactly(item) for item in value]
    return value


def compare_schemas(found: pa.Schema, expected: pa.Schema) -> list[str]:
    """What differs, a line each; nothing when the columns, types and their order are the same."""
    lines = []
    types = {field.name: field.type for field in expected}
    for field in found:
        if field.name not in types:
            lines.append(f"column '{field.name}' ({field.type}) is not expected")
        elif field.type != types[field.name]:
            wanted = types[field.name]
            lines.append(f"column '{field.name}': expected {wanted}, found {field.type}")
    lines += [
        f"column '{f.name}' ({f.type}) is missing" for f in expected if f.name not in found.names
    ]
    if not lines and not found.equals(expected):
        shown = [[f"{f.name} {f.type}" for f in schema] for schema in (found, expected)]
        lines += _columns_in_place(*shown)
    return lines


def _columns_in_place(found: list[str], expected: list[str]) -> list[str]:
    if found == expected:
        return []  # only metadata, or whether nulls are allowed
    return [f"the columns are {', '.join(found)}, expected {', '.join(expected)}"]


def compare_tables(
    found: pa.Table,
    expected: pa.Table,
    *,
    key: Sequence[str],
    ordered: bool,
    tolerance: float,
    shown: int,
) -> list[str]:
    """What differs, a line each; nothing when the tables are the same. Rows are told apart by
    ``key``, else by their place or, unordered, by all of their values."""
    if lines := compare_schemas(found.schema, expected.schema):
        return lines
    if repeated := sorted({n for n in found.column_names if found.column_names.count(n) > 1}):
        return [f"column '{name}' occurs more than once" for name in repeated]
    rule = _Rule(tolerance)
    ours, theirs = _rows(found), _rows(expected)
    if key:
        lines = list(_by_key(ours, theirs, key, rule))
    elif ordered:
        lines = list(_in_order(ours, theirs, rule))
    else:
        lines = list(_as_bags(ours, theirs, rule))
    if lines and found.num_rows != expected.num_rows:
        lines.insert(0, f"expected {expected.num_rows:,} rows, found {found.num_rows:,}")
    return [*lines[:shown], f"... and {len(lines) - shown:,} more"] if len(lines) > shown else lines


def _rows(table: pa.Table) -> list[Row]:
    columns = [_values(column) for column in table.columns]
    names = table.column_names
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[object]:
    try:
        return cast("list[object]", column.to_pylist())
    except (ValueError, OverflowError):
        # Nanoseconds, and years after 9999, are no Python values; as text they still differ.
        return cast("list[object]", column.cast(pa.string()).to_pylist())


def _in_order(found: list[Row], expected: list[Row], rule: _Rule) -> Iterator[str]:
    for number, (one, other) in enumerate(zip(found, expected, strict=False), start=1):
        yield from _changes(f"row {number}", one, other, rule)
    yield from (f"row {n} is missing: {_text(r)}" for n, r in _after(expected, len(found)))
    yield from (f"row {n} is not expected: {_text(r)}" for n, r in _after(found, len(expected)))


def _after(rows: list[Row], start: int) -> Iterable[tuple[int, Row]]:
    return enumerate(rows[start:], start=start + 1)


def _by_key(
    found: list[Row], expected: list[Row], key: Sequence[str], rule: _Rule
) -> Iterator[str]:
    ours, theirs = _keyed(found, key), _keyed(expected, key)
    for name, rows in (("found", found), ("expected", expected)):
        if len(_keyed(rows, key)) < len(rows):
            yield f"{', '.join(key)} is no key: it occurs more than once in what was {name}"
    for value, row in theirs.items():
        if value in ours:
            yield from _changes(_label(key, row), ours[value], row, rule)
        else:
            yield f"{_label(key, row)} is missing: {_text(row)}"
    yield from (
        f"{_label(key, row)} is not expected: {_text(row)}"
        for value, row in ours.items()
        if value not in theirs
    )


def _keyed(rows: list[Row], key: Sequence[str]) -> dict[str, Row]:
    return {repr([row[name] for name in key]): row for row in rows}


def _as_bags(found: list[Row], expected: list[Row], rule: _Rule) -> Iterator[str]:
    ours, theirs = _cancelled(found, expected)
    if rule.tolerance:
        ours, theirs = _matched(ours, theirs, rule)
    yield from (f"missing: {_text(row)}" for row in theirs)
    yield from (f"not expected: {_text(row)}" for row in ours)


def _cancelled(found: list[Row], expected: list[Row]) -> tuple[list[Row], list[Row]]:
    """Both without the rows that are the same in both, as often as they are in both."""
    left: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        left[repr(_exactly(row))].append(row)
    missing = []
    for row in expected:
        if same := left[repr(_exactly(row))]:
            same.pop()
        else:
            missing.append(row)
    return [row for rows in left.values() for row in rows], missing


def _matched(found: list[Row], expected: list[Row], rule: _Rule) -> tuple[list[Row], list[Row]]:
    left, missing = list(found), []
    for row in expected:
        place = next((i for i, other in enumerate(left) if rule.same(other, row)), None)
        if place is None:
            missing.append(row)
        else:
            del left[place]
    return left, missing


def _changes(label: str, found: Row, expected: Row, rule: _Rule) -> Iterator[str]:
    for name, value in expected.items():
        if not rule.same(found[name], value):
            yield f"{label}, column '{name}': expected {value!r}, found {found[name]!r}"


def _label(key: Sequence[str], row: Row) -> str:
    return ", ".join(f"{name}={row[name]!r}" for name in key)


def _text(row: Row) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in row.items())
