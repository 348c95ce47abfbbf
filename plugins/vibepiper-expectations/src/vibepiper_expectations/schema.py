"""Schemas: the columns an asset's data must have, declared as a class."""

from __future__ import annotations

import inspect
import types
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

import pyarrow as pa
from vibepiper.errors import DefinitionError

from vibepiper_expectations.arrow_types import (
    PYTHON_TYPES,
    Declared,
    arrow_type,
    declared_family,
    type_text,
)
from vibepiper_expectations.column_values import (
    ColumnValuesBetween,
    ColumnValuesInSet,
    ColumnValuesLengthsBetween,
    ColumnValuesMatchRegex,
    ColumnValuesNotNull,
    ColumnValuesUnique,
)
from vibepiper_expectations.families import Value
from vibepiper_expectations.kinds import ColumnValueExpectation

__all__ = ["Field", "FieldRule", "Schema", "SchemaColumn", "schema_column", "wrong_column"]


@dataclass(frozen=True)
class FieldRule:
    """What `Field` declares of one column besides its type."""

    unique: bool = False
    ge: Value | None = None
    gt: Value | None = None
    le: Value | None = None
    lt: Value | None = None
    isin: Collection[Value] | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    alias: str | None = None

    def checks(self, column: str) -> tuple[ColumnValueExpectation, ...]:
        """The checks that the rule stands for."""
        found: list[ColumnValueExpectation] = []
        if self.unique:
            found.append(ColumnValuesUnique(column))
        if self._bounded:
            found.append(self._between(column))
        if self.isin is not None:
            found.append(ColumnValuesInSet(column, self.isin))
        if self.pattern is not None:
            found.append(ColumnValuesMatchRegex(column, self.pattern))
        if self.min_length is not None or self.max_length is not None:
            found.append(ColumnValuesLengthsBetween(column, self.min_length, self.max_length))
        return tuple(found)

    def constraints(self) -> dict[str, object]:
        """The rule in the words of JSON Schema, and ``unique``."""
        words = {
            "unique": self.unique or None,
            "minimum": self.ge,
            "exclusiveMinimum": self.gt,
            "maximum": self.le,
            "exclusiveMaximum": self.lt,
            "enum": None if self.isin is None else list(self.isin),
            "pattern": self.pattern,
            "minLength": self.min_length,
            "maxLength": self.max_length,
        }
        return {word: value for word, value in words.items() if value is not None}

    @property
    def _bounded(self) -> bool:
        return any(bound is not None for bound in (self.ge, self.gt, self.le, self.lt))

    def _between(self, column: str) -> ColumnValuesBetween:
        for one, other in (("ge", "gt"), ("le", "lt")):
            if None not in (getattr(self, one), getattr(self, other)):
                raise DefinitionError(f"column '{column}' has both {one} and {other}")
        return ColumnValuesBetween(
            column,
            self.ge if self.gt is None else self.gt,
            self.le if self.lt is None else self.lt,
            strict_min=self.gt is not None,
            strict_max=self.lt is not None,
        )


def Field(  # noqa: N802  (named as in pydantic and pandera)
    *,
    unique: bool = False,
    ge: Value | None = None,
    gt: Value | None = None,
    le: Value | None = None,
    lt: Value | None = None,
    isin: Collection[Value] | None = None,
    pattern: str | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    alias: str | None = None,
) -> Any:
    """What holds of a column's values besides its type, as a `Schema` attribute's value.

    ``ge``, ``gt``, ``le``, ``lt`` bound values; ``isin`` lists those allowed; ``pattern`` must
    be found in a text, of ``min_length`` to ``max_length`` characters. ``alias`` is the column's
    name where it is no Python name. Nulls are subject to none of these.
    """
    return FieldRule(unique, ge, gt, le, lt, isin, pattern, min_length, max_length, alias)


@dataclass(frozen=True)
class SchemaColumn:
    """One declared column."""

    name: str
    type: Declared
    nullable: bool
    checks: tuple[ColumnValueExpectation, ...]
    rule: FieldRule = FieldRule()


class Schema:
    """The base of declared schemas. An attribute's annotation is the column's type::

        class CustomerSchema(Schema):
            id: int = Field(unique=True, ge=1)
            email: str = Field(pattern=r"^[\\w\\.-]+@")
            age: Annotated[int, pa.int16()] | None

    ``int``, ``float``, ``str``, ``bool``, ``date``, ``datetime`` (an instant, kept in UTC) and
    ``Decimal`` are fulfilled by every Arrow type of their family; an Arrow type, alone or in
    ``Annotated``, by itself and what a database widens it to. ``| None`` allows nulls.
    A subclass adds to, and may redeclare, its base's columns.
    """

    __columns__: ClassVar[tuple[SchemaColumn, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        inherited = {c.name: c for base in cls.__bases__ for c in getattr(base, "__columns__", ())}
        own = {column.name: column for column in _own_columns(cls)}
        cls.__columns__ = tuple({**inherited, **own}.values())

    @classmethod
    def to_arrow(cls) -> pa.Schema:
        """The schema in Arrow types, as `read_csv` takes it: ``int`` is ``int64``, ``datetime``
        ``timestamp[us, UTC]``, ``Decimal`` ``decimal128(38, 9)``."""
        return pa.schema(
            [
                pa.field(column.name, arrow_type(column.type), nullable=column.nullable)
                for column in cls.__columns__
            ]
        )

    @classmethod
    def constraints(cls) -> dict[str, dict[str, object]]:
        """What holds of the columns, by name, in the words of JSON Schema: ``minimum``, ``enum``,
        ``pattern``, ``maxLength`` ..., and ``notNull`` and ``unique``."""
        return {
            column.name: {"notNull": not column.nullable, **column.rule.constraints()}
            for column in cls.__columns__
        }


def _own_columns(cls: type[Schema]) -> list[SchemaColumn]:
    try:
        annotations = inspect.get_annotations(cls, eval_str=True)
    except (NameError, AttributeError, SyntaxError) as error:
        raise DefinitionError(
            f"schema '{cls.__name__}': an annotation cannot be read: {error}",
            hint="Import the types it names at the top of the module.",
        ) from error
    columns = []
    for attribute, annotation in annotations.items():
        origin: object = get_origin(annotation)
        if origin is not ClassVar:
            columns.append(_column(cls, attribute, annotation))
    for attribute, value in vars(cls).items():
        if isinstance(value, FieldRule) and attribute not in annotations:
            raise _wrong(cls, attribute, "has no type", "Annotate it, as in `name: str = Field()`.")
    return columns


def _column(cls: type[Schema], attribute: str, annotation: object) -> SchemaColumn:
    rule = vars(cls).get(attribute, FieldRule())
    if not isinstance(rule, FieldRule):
        raise _wrong(cls, attribute, f"has the value {rule!r}", "A column's value is a Field(...).")
    return schema_column(cls.__name__, attribute, annotation, rule)


def schema_column(owner: str, attribute: str, annotation: object, rule: FieldRule) -> SchemaColumn:
    """A column by its annotation and what `Field` says of it. Raises `DefinitionError` for a type
    that no column has, and for a rule that is not for its type."""
    declared, nullable = _declared(annotation)
    if not isinstance(declared, pa.DataType) and declared not in PYTHON_TYPES:
        known = ", ".join(kind.__name__ for kind in PYTHON_TYPES)
        hint = f"A type is one of {known}, or Arrow's."
        raise wrong_column(owner, attribute, f"is {annotation!r}", hint)
    name = rule.alias or attribute
    checks = rule.checks(name)
    for check in checks:
        if declared_family(declared) not in check.accepts:
            told = f"is {type_text(declared)}, which {check.label} is not for"
            raise wrong_column(owner, attribute, told)
    nulls = () if nullable else (ColumnValuesNotNull(name),)
    return SchemaColumn(name, declared, nullable, (*nulls, *checks), rule)


def wrong_column(
    owner: str, attribute: str, problem: str, hint: str | None = None
) -> DefinitionError:
    """The error for a column of a schema that cannot be right."""
    return DefinitionError(f"schema '{owner}': column '{attribute}' {problem}", hint=hint)


def _declared(annotation: object) -> tuple[Any, bool]:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        declared, nullable = _declared(inner)
        arrow = [item for item in metadata if isinstance(item, pa.DataType)]
        return (arrow[0] if arrow else declared), nullable
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        if len(members) == 1:
            return _declared(members[0])[0], True
    return annotation, False


def _wrong(
    cls: type[Schema], attribute: str, problem: str, hint: str | None = None
) -> DefinitionError:
    return wrong_column(cls.__name__, attribute, problem, hint)
