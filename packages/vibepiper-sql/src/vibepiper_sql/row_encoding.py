"""Arrow data as rows of plain values, for drivers that take nothing else.

Dates and times become ISO texts (timestamps with six digits of a second, those with a zone in UTC),
booleans 0 and 1; null is None.
"""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from sqlglot import exp
from vibepiper.errors import DataError

from vibepiper_sql.trees import identifier

__all__ = ["RowEncoder", "RowRules"]


@dataclass(frozen=True, slots=True)
class RowRules:
    """What a database holds. ``scalar`` gives its type for an Arrow type, and the Arrow type that
    comes back; None where there is none. ``check_name`` refuses a column's name. ``infinity`` and
    ``nul``: whether doubles may be infinite, and texts hold a NUL; NaN is held by none of them."""

    title: str
    scalar: Callable[[pa.DataType], tuple[str, pa.DataType] | None]
    check_name: Callable[[str, str], str]
    infinity: bool
    nul: bool


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    sql: str
    wire: pa.DataType


@dataclass(frozen=True, slots=True)
class RowEncoder:
    """Writes tables of one schema."""

    rules: RowRules
    columns: tuple[_Column, ...]

    @classmethod
    def of(cls, schema: pa.Schema, rules: RowRules) -> RowEncoder:
        """Raises `DataError` or `StoreError`, by column, for what the database cannot hold."""
        if not schema.names:
            raise DataError(
                f"the table has no columns; {rules.title} could not tell its rows apart"
            )
        twice = [name for name in schema.names if schema.names.count(name) > 1]
        if twice:
            raise DataError(f"column '{twice[0]}' occurs more than once; names must differ")
        return cls(rules, tuple(_column(field, rules) for field in schema))

    @property
    def schema(self) -> pa.Schema:
        """The columns as they come back."""
        return pa.schema([(column.name, column.wire) for column in self.columns])

    def definitions(self) -> list[exp.ColumnDef]:
        """The columns of CREATE TABLE."""
        return [
            exp.ColumnDef(
                this=identifier(column.name),
                kind=exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=column.sql),
            )
            for column in self.columns
        ]

    def rows(self, batch: pa.RecordBatch, first: int) -> Iterable[tuple[object, ...]]:
        """The batch's rows, of which the first is the table's row ``first``, counted from 0.
        Raises `DataError` for a value that does not fit."""
        arrays = [
            self._values(column, array, first)
            for column, array in zip(self.columns, batch.columns, strict=True)
        ]
        return zip(*arrays, strict=True)

    def _values(self, column: _Column, array: pa.Array, first: int) -> list[object]:
        converted = _cast(column, array, first, self.rules.title)
        if pt.is_floating(column.wire):
            self._refuse_floats(column, converted, first)
        if pt.is_string(column.wire) and not self.rules.nul:
            found = pc.match_substring(converted, "\0")
            self._refuse(column, converted, found, first, "a NUL character in a text")
        return list(_plain(converted).to_pylist())

    def _refuse_floats(self, column: _Column, array: pa.Array, first: int) -> None:
        self._refuse(column, array, pc.is_nan(array), first, "NaN")
        if not self.rules.infinity:
            self._refuse(column, array, pc.is_inf(array), first, "infinity")

    def _refuse(
        self, column: _Column, array: pa.Array, found: pa.Array, first: int, what: str
    ) -> None:
        place = pc.index(pc.fill_null(found, False), True).as_py()
        if place >= 0:
            raise DataError(
                f"column '{column.name}', row {first + place + 1:,}: {self.rules.title} cannot "
                f"hold {what}, found {array[place].as_py()!r}",
                hint="Make it null or something else before it is stored.",
            )


def _column(field: pa.Field, rules: RowRules) -> _Column:
    rules.check_name(field.name, "column")
    kind = field.type
    while pt.is_dictionary(kind) or pt.is_run_end_encoded(kind):
        kind = kind.value_type
    found = rules.scalar(kind)
    if found is None:
        raise DataError(
            f"column '{field.name}': {rules.title} has no type for {field.type}",
            hint="Cast it, or turn it into text.",
        )
    return _Column(field.name, *found)


def _cast(column: _Column, array: pa.Array, first: int, title: str) -> pa.Array:
    try:
        if pt.is_run_end_encoded(array.type):
            array = pc.run_end_decode(array)
        if pt.is_dictionary(array.type):
            array = array.dictionary_decode()
        return array if array.type == column.wire else array.cast(column.wire)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"column '{column.name}', rows {first + 1:,} to {first + len(array):,}: a "
            f"{array.type} does not fit {title}'s {column.sql.lower()}: {error}",
            hint="Round or cast the column before it is stored.",
        ) from error


def _plain(array: pa.Array) -> pa.Array:
    if pt.is_boolean(array.type):
        return array.cast(pa.int8())
    if pt.is_timestamp(array.type):
        return array.cast(pa.timestamp("us")).cast(pa.string())
    return array.cast(pa.string()) if pt.is_temporal(array.type) else array
