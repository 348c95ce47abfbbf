"""Families of column types: what a check may be asked of which column.

Two stores rarely give one column the same Arrow type (Postgres has no 8-bit integers, DuckDB
has no dictionaries), so checks reason about families, which survive the trip.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "EVERY",
    "NUMBERS",
    "ORDERED",
    "SCALARS",
    "TIMES",
    "Comparison",
    "Family",
    "Value",
    "families_of",
    "family_of",
    "is_finite",
    "value_type",
]

Family = Literal[
    "integer",
    "float",
    "decimal",
    "string",
    "boolean",
    "date",
    "timestamp",
    "timestamp with time zone",
    "time",
    "binary",
    "uuid",
    "nested",
]
Value = str | int | float | bool | Decimal | datetime.date | datetime.datetime
"""What a bound or a member of a set may be."""

Comparison = Literal["<", "<=", "=", "!=", ">=", ">"]

NUMBERS: frozenset[Family] = frozenset(("integer", "float", "decimal"))
ORDERED: frozenset[Family] = frozenset((*NUMBERS, "date", "timestamp", "timestamp with time zone"))
"""Families that every backend orders alike; strings are not among them (collations differ)."""
TIMES: frozenset[Family] = frozenset(("date", "timestamp", "timestamp with time zone"))
EVERY: frozenset[Family] = frozenset(get_args(Family))
SCALARS: frozenset[Family] = frozenset(family for family in EVERY if family != "nested")


def family_of(kind: pa.DataType) -> Family:
    """The family of an Arrow type; a dictionary is in its values' family."""
    import pyarrow.types as t

    if t.is_dictionary(kind):
        return family_of(kind.value_type)
    if t.is_timestamp(kind):
        return "timestamp" if kind.tz is None else "timestamp with time zone"
    if getattr(kind, "extension_name", None) == "arrow.uuid":
        return "uuid"
    for family, tests in _tests():
        if any(test(kind) for test in tests):
            return family
    return "nested"


@cache
def _tests() -> tuple[tuple[Family, tuple[Callable[[pa.DataType], bool], ...]], ...]:
    import pyarrow.types as t

    return (
        ("integer", (t.is_integer,)),
        ("float", (t.is_floating,)),
        ("decimal", (t.is_decimal,)),
        ("string", (t.is_string, t.is_large_string, t.is_string_view)),
        ("boolean", (t.is_boolean,)),
        ("date", (t.is_date,)),
        ("time", (t.is_time,)),
        ("binary", (t.is_binary, t.is_large_binary, t.is_binary_view, t.is_fixed_size_binary)),
    )


def families_of(values: Iterable[Value]) -> frozenset[Family]:
    """The families whose columns every one of ``values`` can be compared with, unguessed.

    Numbers go with numbers, ``True`` with booleans only, a datetime with timestamps of its own
    kind (with or without time zone) and never with dates.
    """
    families = SCALARS
    for value in values:
        families &= _families(value)
    return families


def _families(value: Value) -> frozenset[Family]:
    if isinstance(value, bool):
        return frozenset(("boolean",))
    if isinstance(value, datetime.datetime):
        return frozenset(("timestamp",) if value.tzinfo is None else ("timestamp with time zone",))
    if isinstance(value, datetime.date):
        return frozenset(("date",))
    return frozenset(("string",)) if isinstance(value, str) else NUMBERS


def is_finite(value: Value) -> bool:
    """False for NaN, the infinities, and numbers beyond what a float holds."""
    if not isinstance(value, int | float | Decimal):
        return True
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def value_type(value: Value) -> str:
    """How a message calls the type of ``value``."""
    if isinstance(value, datetime.datetime):
        return "datetime without time zone" if value.tzinfo is None else "datetime with time zone"
    return type(value).__name__
