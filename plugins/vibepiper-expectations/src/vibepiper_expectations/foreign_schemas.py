"""Schemas that were written for other tools: pydantic's models, and Pandera's schemas."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from vibepiper.errors import DefinitionError

from vibepiper_expectations import texts, values
from vibepiper_expectations.arrow_types import declared_family
from vibepiper_expectations.column_values import (
    ColumnValuesBetween,
    ColumnValuesInSet,
    ColumnValuesLengthsBetween,
    ColumnValuesMatchRegex,
)
from vibepiper_expectations.kinds import ColumnValueExpectation
from vibepiper_expectations.schema import FieldRule, SchemaColumn, schema_column, wrong_column

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

__all__ = ["columns_of_model", "columns_of_pandera", "is_pandera"]

_BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")


def columns_of_model(model: type[BaseModel]) -> tuple[SchemaColumn, ...]:
    """A column a field of a pydantic model: its type, and the constraints that `Field` knows. A
    ``Literal`` or an Enum is a set of values. What pydantic would convert is not converted."""
    return tuple(_of_field(model, name, field) for name, field in model.model_fields.items())


def _of_field(model: type[BaseModel], name: str, field: FieldInfo) -> SchemaColumn:
    annotation, members = _members(field.annotation)
    rule: dict[str, Any] = {"alias": field.alias}
    for constraint in field.metadata:
        known = [word for word in _BOUNDS if getattr(constraint, word, None) is not None]
        if not known:
            problem = f"has {constraint!r}, which no check is known for"
            raise wrong_column(model.__name__, name, problem, "Declare it with expect, beside it.")
        rule.update({word: getattr(constraint, word) for word in known})
    return schema_column(model.__name__, name, annotation, FieldRule(**rule, isin=members or None))


def _members(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type of the members of a Literal or an Enum, optional or not, and these."""
    if get_origin(annotation) is Literal:
        members = get_args(annotation)
        return type(members[0]), members
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        members = tuple(member.value for member in annotation)
        return type(members[0]), members
    if get_origin(annotation) is None or type(None) not in get_args(annotation):
        return annotation, ()
    (inner, *others) = [each for each in get_args(annotation) if each is not type(None)]
    if others:
        return annotation, ()
    kind, members = _members(inner)
    return Union[kind, None], members  # noqa: UP007  (the type is known only here)


def is_pandera(schema: object) -> bool:
    """Whether it is a schema or a model of Pandera, for whichever frames."""
    kind = schema if isinstance(schema, type) else type(schema)
    names = {base.__name__ for base in kind.__mro__ if base.__module__.startswith("pandera")}
    return bool(names & {"DataFrameSchema", "DataFrameModel"})


_NAMED: tuple[tuple[str, Any], ...] = (
    (r"u?int\d+|int", int),
    (r"float\d+|float", float),
    (r"str|string(\[.*\])?|utf8|object", str),
    (r"bool|boolean", bool),
    (r"date|date32(\[.*\])?", datetime.date),
    (r"datetime64\[\w+, ?[^\]]+\]|datetime\(.*time_zone='[^']+'.*\)", datetime.datetime),
    (r"datetime64\[\w+\]|datetime(\(.*\))?|timestamp\[\w+\]", pa.timestamp("us")),
    (r"decimal.*", Decimal),
)
"""What Pandera calls types, lower case, and the types of columns that they stand for."""

_Made = Callable[[str, Mapping[str, Any]], ColumnValueExpectation]
_CHECKS: Mapping[str, _Made] = {
    "equal_to": lambda name, given: ColumnValuesInSet(name, [given["value"]]),
    "not_equal_to": lambda name, given: values.ColumnValuesNotInSet(name, [given["value"]]),
    "greater_than": lambda name, given: ColumnValuesBetween(
        name, given["min_value"], strict_min=True
    ),
    "greater_than_or_equal_to": lambda name, given: ColumnValuesBetween(name, given["min_value"]),
    "less_than": lambda name, given: ColumnValuesBetween(
        name, max=given["max_value"], strict_max=True
    ),
    "less_than_or_equal_to": lambda name, given: ColumnValuesBetween(name, max=given["max_value"]),
    "in_range": lambda name, given: ColumnValuesBetween(
        name,
        given["min_value"],
        given["max_value"],
        strict_min=not given.get("include_min", True),
        strict_max=not given.get("include_max", True),
    ),
    "isin": lambda name, given: ColumnValuesInSet(name, list(given["allowed_values"])),
    "notin": lambda name, given: values.ColumnValuesNotInSet(name, list(given["forbidden_values"])),
    "str_startswith": lambda name, given: texts.ColumnValuesStartWith(name, given["string"]),
    "str_endswith": lambda name, given: texts.ColumnValuesEndWith(name, given["string"]),
    "str_contains": lambda name, given: ColumnValuesMatchRegex(name, _text(given["pattern"])),
    "str_matches": lambda name, given: ColumnValuesMatchRegex(
        name, f"^(?:{_text(given['pattern']).removeprefix('^')})"
    ),
    "str_length": lambda name, given: ColumnValuesLengthsBetween(
        name, given.get("min_value"), given.get("max_value")
    ),
}


def columns_of_pandera(schema: object) -> tuple[SchemaColumn, ...]:
    """The columns of a schema or a model of Pandera: types, nulls, uniqueness and its built-in
    checks. Raises `DefinitionError` for what has no equal here, such as a check of one's own."""
    given: Any = schema
    made = given.to_schema() if isinstance(schema, type) else given
    owner = made.name or type(made).__name__
    if made.checks or made.unique:
        raise DefinitionError(
            f"schema '{owner}': checks of the whole frame are not taken over",
            hint="Declare them with expect: columns_unique_together, expression_true, ...",
        )
    return tuple(_of_pandera(owner, str(name), column) for name, column in made.columns.items())


def _of_pandera(owner: str, name: str, column: Any) -> SchemaColumn:
    kind = _type_of(owner, name, column.dtype)
    annotation = Union[kind, None] if column.nullable else kind  # noqa: UP007
    found = schema_column(owner, name, annotation, FieldRule(unique=bool(column.unique)))
    more = tuple(_of_check(owner, name, check) for check in _each(column.checks))
    for check in more:
        if declared_family(found.type) not in check.accepts:
            raise wrong_column(owner, name, f"is {kind}, which {check.label} is not for")
    return SchemaColumn(name, found.type, found.nullable, (*found.checks, *more), found.rule)


def _type_of(owner: str, name: str, dtype: object) -> Any:
    told = str(dtype).lower()
    for pattern, kind in _NAMED:
        if re.fullmatch(pattern, told):
            return kind
    raise wrong_column(owner, name, f"is {dtype}, which no type of a column is known for")


def _of_check(owner: str, name: str, check: Any) -> ColumnValueExpectation:
    made = _CHECKS.get(check.name or "")
    if made is None:
        problem = f"has the check {check.name or check!r}, which is Pandera's alone"
        raise wrong_column(owner, name, problem, "Declare it with expect, beside the schema.")
    return made(name, check.statistics)


def _each(checks: Any) -> Iterable[Any]:
    return checks if isinstance(checks, list) else [] if checks is None else [checks]


def _text(pattern: Any) -> str:
    return pattern.pattern if isinstance(pattern, re.Pattern) else str(pattern)
