"""Rows as dicts, turned into Arrow tables without losing a value."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vibepiper.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["describe_columns", "rows_to_table"]

Row = Mapping[str, object]


def rows_to_table(rows: Sequence[Row], schema: pa.Schema | None, *, first_row: int) -> pa.Table:
    """The rows as a table; ``first_row`` is how many came before them.

    Without a schema, types are taken from the values and a column is there when any row has it.
    With one, values must fit it exactly. Raises `DataError` with the row, counted from 1, and
    the column.
    """
    import pyarrow as pa

    names = _names(rows, schema, first_row)
    if schema is None:
        columns = [_infer(name, [row.get(name) for row in rows], first_row) for name in names]
        return pa.Table.from_arrays(columns, names=names)
    fitted = [_fit([row.get(f.name) for row in rows], f, first_row) for f in schema]
    return pa.Table.from_arrays(fitted, schema=schema)


def describe_columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema) or "no columns"


def _names(rows: Sequence[Row], schema: pa.Schema | None, first_row: int) -> list[str]:
    names: dict[str, None] = {}
    known = None if schema is None else set(schema.names)
    for number, row in enumerate(rows, start=first_row + 1):
        for name in row:
            if not isinstance(name, str):
                raise DataError(f"row {number:,}: a column's name must be text, found {name!r}")
            if known is not None and name not in known and schema is not None:
                raise DataError(
                    f"row {number:,}: column '{name}' is not among those of the rows before: "
                    f"{describe_columns(schema)}",
                    hint="Give every row all columns, with None where it has no value.",
                )
        names.update(dict.fromkeys(row))
    if not names and schema is None:
        raise DataError(f"row {first_row + 1:,} is empty: a row needs at least one column")
    return list(names)


def _infer(name: str, values: list[object], first_row: int) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeError) as error:
        bad = _first_misfit(values)
        alone = _fits(values[bad : bad + 1])
        why = "does not fit the rows before" if alone else "has no Arrow type"
        raise DataError(
            f"row {first_row + bad + 1:,}, column '{name}': {_short(values[bad])} {why}: {error}",
            hint="Give the column values of one type, or return a table whose schema says it."
            if alone
            else "Give it as a text, a number, a time, a list or a dict.",
        ) from error


def _fit(values: list[object], field: pa.Field, first_row: int) -> pa.Array:
    import pyarrow as pa

    try:
        return _convert(values, field.type)
    except (pa.ArrowException, OverflowError, UnicodeError) as error:
        bad = _first_misfit(values, field.type)
        hint = None
        if pa.types.is_null(field.type):
            hint = (
                "Its values were all None in the rows before, so that its type was not known. "
                "Yield record batches with a schema instead of dicts."
            )
        raise DataError(
            f"row {first_row + bad + 1:,}, column '{field.name}': expected {field.type} as in "
            f"the rows before, found {_short(values[bad])}",
            hint=hint,
        ) from error


def _convert(values: list[object], kind: pa.DataType) -> pa.Array:
    """As ``pa.array(values, kind)``, which would cut 1.5 to 1 and a struct to known fields."""
    import pyarrow as pa

    found = pa.array(values)
    if found.type == kind:
        return found
    if _accepts(kind, found.type):
        return pa.array(values, kind)
    if pa.types.is_floating(found.type) and pa.types.is_integer(kind):
        return found.cast(kind)
    raise pa.ArrowTypeError(f"{found.type} does not fit {kind}")


def _accepts(kind: pa.DataType, found: pa.DataType) -> bool:
    """Whether pyarrow converts ``found`` to ``kind`` exactly, or refuses to."""
    from pyarrow import types

    if found == kind or types.is_null(found):
        return True
    if types.is_struct(kind) and types.is_struct(found):
        known = {field.name: field.type for field in kind}
        return all(f.name in known and _accepts(known[f.name], f.type) for f in found)
    if types.is_list(kind) and types.is_list(found):
        return _accepts(kind.value_type, found.value_type)
    if types.is_decimal(kind):
        return bool(types.is_decimal(found))
    return bool(types.is_integer(found) and types.is_floating(kind))


def _first_misfit(values: list[object], kind: pa.DataType | None = None) -> int:
    """The index of the value with which ``values``, which do not fit, stop to fit."""
    return bisect.bisect_left(
        range(len(values)), True, key=lambda last: not _fits(values[: last + 1], kind)
    )


def _fits(values: list[object], kind: pa.DataType | None = None) -> bool:
    import pyarrow as pa

    try:
        if kind is None:
            pa.array(values)
        else:
            _convert(values, kind)
    except (pa.ArrowException, OverflowError, UnicodeError):
        return False
    return True


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
