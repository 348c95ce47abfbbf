"""What a column must keep to, as fake data needs to know it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import pyarrow as pa
from vibepiper.errors import DefinitionError, suggest

__all__ = ["KEYWORDS", "Column", "Contract", "SchemaLike", "columns_of", "holds"]

KEYWORDS = (
    "notNull",
    "unique",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
)
"""Names of constraints: JSON Schema's words for them, and ``notNull`` and ``unique``."""


@runtime_checkable
class Contract(Protocol):
    """What can say itself as an Arrow schema, such as a Schema of vibepiper-expectations. One with
    ``constraints()``, which maps columns to their constraints by `KEYWORDS`, is kept to as well."""

    def to_arrow(self) -> pa.Schema: ...


SchemaLike: TypeAlias = pa.Schema | Mapping[str, pa.DataType] | Contract | type


@dataclass(frozen=True)
class Column:
    """One column: its type, and its constraints by keyword."""

    name: str
    type: pa.DataType
    constraints: Mapping[str, Any]

    @property
    def nullable(self) -> bool:
        return not self.constraints.get("notNull", False)

    @property
    def unique(self) -> bool:
        return bool(self.constraints.get("unique", False))

    def without(self, keyword: str) -> Column:
        kept = {k: v for k, v in self.constraints.items() if k != keyword}
        return Column(self.name, self.type, kept)


def columns_of(schema: SchemaLike) -> list[Column]:
    """The columns of an Arrow schema, a mapping of names to types, or a contract. A field of an
    Arrow schema that is not nullable is ``notNull``. Raises `DefinitionError`."""
    arrow = _arrow(schema)
    declared: Mapping[str, Mapping[str, Any]] = getattr(schema, "constraints", dict)()
    for name, constraints in declared.items():
        for keyword in constraints:
            if keyword not in KEYWORDS:
                raise DefinitionError(
                    f"column '{name}': there is no constraint '{keyword}'",
                    hint=suggest(keyword, KEYWORDS),
                )
    return [
        Column(f.name, f.type, {"notNull": not f.nullable, **declared.get(f.name, {})})
        for f in arrow
    ]


def holds(keyword: str, limit: Any, value: Any) -> bool:
    """Whether a value that is there keeps to one constraint."""
    match keyword:
        case "minimum":
            return bool(value >= limit)
        case "exclusiveMinimum":
            return bool(value > limit)
        case "maximum":
            return bool(value <= limit)
        case "exclusiveMaximum":
            return bool(value < limit)
        case "enum":
            return value in limit
        case "pattern":
            return re.search(limit, value) is not None
        case "minLength":
            return bool(len(value) >= limit)
        case "maxLength":
            return bool(len(value) <= limit)
        case _:
            return True  # notNull, and unique, which is of all values


def _arrow(schema: Any) -> pa.Schema:
    if isinstance(schema, pa.Schema):
        return schema
    if isinstance(schema, Mapping):
        return pa.schema(list(schema.items()))
    to_arrow = getattr(schema, "to_arrow", None)
    if to_arrow is None:
        raise DefinitionError(
            f"expected an Arrow schema or what has a to_arrow(), found {schema!r}"
        )
    return to_arrow()
