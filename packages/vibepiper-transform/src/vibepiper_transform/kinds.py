"""The types of columns and of expressions over them, as DuckDB gives them without running."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

import duckdb
import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.bound_types import kind_in, kind_read, type_given
from vibepiper_transform.callsite import callsite
from vibepiper_transform.dialects import compile_query
from vibepiper_transform.families import INTEGERS, family_of, shown
from vibepiper_transform.mixed_types import mixed_types
from vibepiper_transform.names import TABLE

__all__ = [
    "CAST",
    "NULLS",
    "Kinds",
    "check_comparable",
    "common_kind",
    "fields_of",
    "is_integer",
    "is_number",
    "is_time",
    "kind_of",
    "kinds_of",
    "null_of",
    "null_told",
    "schema_of",
]

Kinds: TypeAlias = "Mapping[str, str]"
"""Names of columns and their types, in DuckDB's words."""

NULLS = ("NULL", '"NULL"')
"""What DuckDB calls the type of a null without one."""

_NOTHING = {"vp_nothing": "BOOLEAN"}
"""The columns of a table that has none that is named."""

CAST = "Give a value of its type, or cast one of them."


def is_integer(kind: str) -> bool:
    """Whether it is one of at most 64 bits."""
    return kind in INTEGERS


def is_number(kind: str) -> bool:
    return family_of(kind) == "number"


def is_time(kind: str) -> bool:
    """Whether it is a date or a timestamp."""
    return family_of(kind) == "date"


def kinds_of(schema: pa.Schema) -> Kinds:
    """The types of a schema's columns."""
    return {field.name: kind_read(field.type) for field in schema}


def schema_of(kinds: Kinds) -> pa.Schema:
    """The Arrow types that columns of these types have when they are read."""
    return pa.schema([(name, type_given(kind)) for name, kind in kinds.items()])


def kind_of(tree: exp.Expr, kinds: Kinds) -> str:
    """The type of an expression over columns of ``kinds``. Raises `DefinitionError` where its
    operators and functions do not take the types that they are given."""
    if isinstance(tree, exp.Ordered):
        tree = tree.this
    if isinstance(tree, exp.Column):
        return kinds[tree.name]
    used = {column.name: kinds[column.name] for column in tree.find_all(exp.Column)}
    nulls = [_null(name, kind) for name, kind in (used or _NOTHING).items()]
    table = exp.select(*nulls).subquery(exp.to_identifier(TABLE, quoted=True))
    query = exp.select(exp.alias_(tree.copy(), "x", quoted=True)).from_(table)
    try:
        kind = _bound(compile_query(query, "duckdb"))
    except duckdb.Error as error:
        raise DefinitionError(_reason(error, tree), at=callsite()) from error

    def kind_of_column(part: exp.Expr) -> str | None:
        return kinds[part.name] if isinstance(part, exp.Column) else None

    for _, wrong in mixed_types(tree, kind_of_column):
        raise DefinitionError(wrong, at=callsite(), hint=CAST)
    return kind


def check_comparable(name: str, one: str, two: str) -> None:
    """Refuses to match two columns that some engines would cast to each other and some would
    not, such as a number and a text."""
    families = family_of(one), family_of(two)
    if None not in families and families[0] != families[1]:
        raise DefinitionError(
            f"the column '{name}' is {shown(one)} on one side and {shown(two)} on the other",
            at=callsite(),
            hint="Cast one of them.",
        )


def fields_of(kind: str) -> list[str] | None:
    """The names of a struct's fields; of what is no struct None."""
    if not kind.startswith("STRUCT(") or not kind.endswith(")"):
        return None
    return [name for name, _ in duckdb.type(kind).children]


@lru_cache(maxsize=4096)
def common_kind(one: str, two: str) -> str:
    """The type of a column that has values of both, as in a union."""
    if one == two or two in NULLS:
        return one
    if one in NULLS:
        return two
    both = [exp.select(_null("x", kind)) for kind in (one, two)]
    return _bound(compile_query(both[0].union(both[1], distinct=False), "duckdb"))


@lru_cache(maxsize=4096)
def _bound(sql: str) -> str:
    return kind_in(sql)


def null_of(kind: str) -> exp.Expr:
    """A null of a type, in words that can be written for any engine."""
    return exp.cast(exp.Null(), exp.DataType.build(kind, dialect="duckdb"))


def _null(name: str, kind: str) -> exp.Expr:
    """A column of a type."""
    return exp.alias_(null_told(kind), name, quoted=True)


def null_told(kind: str) -> exp.Expr:
    """A null of a type that is given in DuckDB's own words, which are not parsed again: to ask
    DuckDB about."""
    verbatim = exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=kind)
    return exp.Cast(this=exp.Null(), to=verbatim)


def _reason(error: duckdb.Error, tree: exp.Expr) -> str:
    """DuckDB's first line, without the list of candidates and the place in a query that the user
    has not written."""
    first = next(line for line in str(error).splitlines() if line.strip())
    told = first.partition(": ")[2] or first
    told = told.partition(". You might need")[0].rstrip(".")
    return f"{tree.sql()}: {told}"
