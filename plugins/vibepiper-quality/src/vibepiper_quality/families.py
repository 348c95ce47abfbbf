"""What a column's type holds, which says what can be asked of it."""

from __future__ import annotations

import pyarrow as pa
from vibepiper.errors import DataError, DefinitionError, suggest
from vibepiper_transform import Relation

from vibepiper_quality.profile import Family

__all__ = ["check_number", "family_of"]


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


def check_number(relation: Relation, column: str) -> None:
    """Raises `DefinitionError` for a column that is not there, `DataError` for one that holds no
    numbers."""
    if column not in relation.columns:
        hint = suggest(column, relation.columns)
        raise DefinitionError(f"the table has no column '{column}'", hint=hint)
    kind = relation.schema.field(column).type
    if family_of(kind) != "number":
        raise DataError(f"anomalies are found among numbers; column '{column}' is {kind}")
