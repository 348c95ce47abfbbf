"""Declared types: the Arrow type each stands for, and which found types fulfil it.

A Python type is fulfilled by its family: ``int`` by integers of any width. An Arrow type is
fulfilled by itself and by what a store without that type keeps it as: ``pa.int8()`` by a
16-bit integer (Postgres), a dictionary by its values, ``timestamp[ns]`` by ``timestamp[us]``.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
from vibepiper.widening import is_kept_as

from vibepiper_expectations.families import Family, family_of

if TYPE_CHECKING:
    from vibepiper_expectations.kinds import Expectation

__all__ = [
    "PYTHON_TYPES",
    "Declared",
    "arrow_type",
    "check_declared",
    "declared_family",
    "fulfils",
    "type_text",
]

Declared: TypeAlias = type | pa.DataType
"""A Python type of `PYTHON_TYPES`, or an Arrow type."""

PYTHON_TYPES: dict[type, pa.DataType] = {
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    bool: pa.bool_(),
    datetime.date: pa.date32(),
    datetime.datetime: pa.timestamp("us", tz="UTC"),
    Decimal: pa.decimal128(38, 9),
}
_EXACT: frozenset[Family] = frozenset(("integer", "float", "decimal", "nested"))


def arrow_type(declared: Declared) -> pa.DataType:
    """The Arrow type that a declared type stands for."""
    return PYTHON_TYPES[declared] if isinstance(declared, type) else declared


def declared_family(declared: Declared) -> Family:
    return family_of(arrow_type(declared))


def fulfils(found: pa.DataType, declared: Declared) -> bool:
    """Whether a column of type ``found`` is what was declared, in any store."""
    found = _plain(found)
    if isinstance(declared, type):
        whole = declared is int and pa.types.is_decimal(found) and found.scale == 0
        return whole or family_of(found) == declared_family(declared)
    wanted = _plain(declared)
    if is_kept_as(wanted, found):
        return True
    return family_of(wanted) not in _EXACT and family_of(found) == family_of(wanted)


def check_declared(check: Expectation, declared: object) -> None:
    """Raises `DefinitionError` for what is no type of a column."""
    is_python = isinstance(declared, type) and declared in PYTHON_TYPES
    if not is_python and not isinstance(declared, pa.DataType):
        known = ", ".join(kind.__name__ for kind in PYTHON_TYPES)
        raise check.wrong(f"{declared!r} is no type", f"A type is one of {known}, or Arrow's.")


def type_text(declared: Declared) -> str:
    """How a message calls a declared type: ``int``, ``datetime (UTC)``, ``int32``."""
    if declared is datetime.datetime:
        return "datetime with time zone"
    return str(declared.__name__ if isinstance(declared, type) else declared)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
