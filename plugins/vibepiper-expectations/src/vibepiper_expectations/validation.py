"""`validate`: an asset's data must fulfil a schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal, TypeAlias, TypeVar, cast

import pyarrow as pa
from pydantic import BaseModel
from vibepiper import with_checks
from vibepiper.errors import DefinitionError

from vibepiper_expectations.column_values import ColumnValuesNotNull
from vibepiper_expectations.foreign_schemas import (
    columns_of_model,
    columns_of_pandera,
    is_pandera,
)
from vibepiper_expectations.kinds import Expectation
from vibepiper_expectations.schema import Schema, SchemaColumn
from vibepiper_expectations.structure import ColumnHasType, NoOtherColumns

__all__ = ["validate"]

F = TypeVar("F")
AnySchema: TypeAlias = type[Schema] | pa.Schema | type[BaseModel] | object
"""A `Schema`, a ``pyarrow.Schema``, a pydantic model, or a schema or model of Pandera."""


def validate(
    schema: AnySchema,
    *,
    lazy: bool = False,
    strict: bool = False,
    on_fail: Literal["block", "quarantine"] = "block",
) -> Callable[[F], F]:
    """Checks an asset's data against ``schema``: its columns, their types, nulls, and what
    `Field` says of them. Decorates an asset, or its function.

    With ``lazy`` every check of the asset is reported; without it, they end with the first that
    fails. With ``strict``, columns that the schema does not name fail. With
    ``on_fail="quarantine"`` rows that break a rule of a column are set aside.
    """
    columns = _columns(schema)
    checks = tuple(_checks(columns, lazy=lazy, strict=strict, on_fail=on_fail))
    return lambda target: with_checks(target, *checks)


def _columns(schema: AnySchema) -> tuple[SchemaColumn, ...]:
    if isinstance(schema, pa.Schema):
        fields = cast("Iterable[pa.Field]", schema)
        columns = tuple(_from_arrow(field) for field in fields)
    elif isinstance(schema, type) and issubclass(schema, Schema):
        columns = schema.__columns__
    elif isinstance(schema, type) and issubclass(schema, BaseModel):
        columns = columns_of_model(schema)
    elif is_pandera(schema):
        columns = columns_of_pandera(schema)
    else:
        raise DefinitionError(
            f"validate: the schema is {schema!r}, expected a Schema class or a pyarrow.Schema, a "
            "pydantic model or a schema of Pandera",
            hint="Pass the class itself, not an instance of it.",
        )
    names = [column.name for column in columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DefinitionError(f"validate: the schema declares column '{twice[0]}' twice")
    if not names:
        raise DefinitionError("validate: the schema declares no columns")
    return columns


def _from_arrow(field: pa.Field) -> SchemaColumn:
    nulls = () if field.nullable else (ColumnValuesNotNull(field.name),)
    return SchemaColumn(field.name, field.type, field.nullable, nulls)


def _checks(
    columns: tuple[SchemaColumn, ...],
    *,
    lazy: bool,
    strict: bool,
    on_fail: Literal["block", "quarantine"],
) -> Iterator[Expectation]:
    for column in columns:
        yield ColumnHasType(column.name, column.type, fail_fast=not lazy)
    if strict:
        yield NoOtherColumns(tuple(column.name for column in columns), fail_fast=not lazy)
    for column in columns:
        yield from (replace(check, on_fail=on_fail) for check in column.checks)
