"""Families and names of DuckDB's types."""

from __future__ import annotations

from functools import cache

__all__ = ["INTEGERS", "SIGNED", "family_of", "is_read_from_text", "shown"]

SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
INTEGERS = (*SIGNED, *(f"U{kind}" for kind in SIGNED))

_FAMILIES = {
    "number": (*INTEGERS, "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
    "text": ("VARCHAR", "ENUM"),
    "boolean": ("BOOLEAN",),
    "date": ("DATE", "TIMESTAMP"),
    "time": ("TIME",),
    "binary": ("BLOB",),
}
_READ = frozenset({"number", "date", "time", "boolean"})

_ARROW = {
    "BOOLEAN": "bool",
    "TINYINT": "int8",
    "SMALLINT": "int16",
    "INTEGER": "int32",
    "BIGINT": "int64",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "string",
    "BLOB": "binary",
    "DATE": "date32[day]",
    "TIMESTAMP": "timestamp[us]",
    "TIMESTAMP WITH TIME ZONE": "timestamp[us, tz=UTC]",
    "TIME": "time64[us]",
}


def shown(kind: str) -> str:
    """A type as Arrow calls it, where it has a name there."""
    return _ARROW.get(kind, kind)


@cache
def family_of(kind: str) -> str | None:
    """Types of one family are compared by every engine; None is a family of its own: lists,
    structs, intervals."""
    if kind.endswith("]"):
        return None
    for family, starts in _FAMILIES.items():
        if any(kind.startswith(start) for start in starts):
            return family
    return None


def is_read_from_text(kind: str) -> bool:
    """Whether a text is read as a value of the type where it meets one."""
    return family_of(kind) in _READ
