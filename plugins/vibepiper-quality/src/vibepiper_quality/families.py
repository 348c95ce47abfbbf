"""Which measures a column's type has."""

from __future__ import annotations

import pyarrow as pa

from vibepiper_quality.profile import Family

__all__ = ["family_of"]


def family_of(kind: pa.DataType) -> Family:
    types = pa.types
    if types.is_dictionary(kind):
        return family_of(kind.value_type)
    if types.is_boolean(kind):
        return "boolean"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "text"
    return "time" if types.is_date(kind) or types.is_timestamp(kind) else "other"
