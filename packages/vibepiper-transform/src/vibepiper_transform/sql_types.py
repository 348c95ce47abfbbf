"""Arrow types as SQL types, for casts."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite

__all__ = ["check_comparable", "sql_type"]

_NAMES = {
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.string(): "TEXT",
    pa.large_string(): "TEXT",
    pa.binary(): "VARBINARY",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
    pa.time64("us"): "TIME",
}

_FAMILIES = {
    "number": (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
    "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
    "boolean": (pa.types.is_boolean,),
    "date": (pa.types.is_date, pa.types.is_timestamp),
    "time": (pa.types.is_time,),
    "binary": (pa.types.is_binary, pa.types.is_large_binary),
}


def sql_type(kind: pa.DataType) -> exp.DataType:
    """The SQL type of an Arrow type. Raises `DefinitionError` for one that SQL dialects do not
    share (unsigned, nested, dictionary)."""
    if not isinstance(kind, pa.DataType):
        raise DefinitionError(
            f"expected an Arrow type, found {kind!r}", at=callsite(), hint="Such as pa.int64()."
        )
    if pa.types.is_decimal128(kind):
        return exp.DataType.build(f"DECIMAL({kind.precision}, {kind.scale})")
    if (name := _NAMES.get(kind)) is None:
        known = ", ".join(str(known) for known in _NAMES)
        raise DefinitionError(
            f"cannot cast to {kind}", at=callsite(), hint=f"There are: {known}, decimal128."
        )
    return exp.DataType.build(name)


def check_comparable(name: str, one: pa.DataType, two: pa.DataType) -> None:
    """Refuses to match two columns that some engines would cast to each other and some would
    not, such as a number and a text."""
    families = _family(one), _family(two)
    if None not in families and families[0] != families[1]:
        raise DefinitionError(
            f"the column '{name}' is {one} on one side and {two} on the other",
            at=callsite(),
            hint="Cast one of them.",
        )


def _family(kind: pa.DataType) -> str | None:
    if pa.types.is_dictionary(kind):
        return _family(kind.value_type)
    for name, tests in _FAMILIES.items():
        if any(test(kind) for test in tests):
            return name
    return None
