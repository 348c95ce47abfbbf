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
from vibepiper_transform.names import TABLE
from vibepiper_transform.text_comparisons import wrong_texts

__all__ = [
    "CAST",
    "Kinds",
    "check_comparable",
    "common_kind",
    "comparable_kind",
    "family_of",
    "fields_of",
    "is_integer",
    "is_number",
    "is_time",
    "kind_of",
    "kinds_of",
    "null_of",
    "schema_of",
    "shown",
    "wrong_text",
]

Kinds: TypeAlias = "Mapping[str, str]"
"""Names of columns and their types, in DuckDB's words."""

SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
INTEGERS = (*SIGNED, *(f"U{kind}" for kind in SIGNED))

_NULLS = ("NULL", '"NULL"')

_ARROW = {
    "BOOLEAN": "bool",
    "TINYINT": "int8",
    "SMALLINT": "int16",
    "INTEGER": "int32",
    "BIGINT": "int64",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "string",
    "BLOB": "binary",
    "DATE": "date32[day]",
    "TIMESTAMP": "timestamp[us]",
    "TIMESTAMP WITH TIME ZONE": "timestamp[us, tz=UTC]",
    "TIME": "time64[us]",
}

_FAMILIES = {
    "number": (*INTEGERS, "HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
    "text": ("VARCHAR", "ENUM"),
    "boolean": ("BOOLEAN",),
    "date": ("DATE", "TIMESTAMP"),
    "time": ("TIME",),
    "binary": ("BLOB",),
}


_READ = frozenset({"number", "date", "time", "boolean"})

CAST = "Compare it with a value of its type, or cast the column to a text."


def shown(kind: str) -> str:
    """A type as Arrow calls it, where it has a name there."""
    return _ARROW.get(kind, kind)


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
    nulls = [_null(name, kind) for name, kind in (used or {"x": "BOOLEAN"}).items()]
    table = exp.select(*nulls).subquery(exp.to_identifier(TABLE, quoted=True))
    query = exp.select(exp.alias_(tree.copy(), "x", quoted=True)).from_(table)
    try:
        kind = _bound(compile_query(query, "duckdb"))
    except duckdb.Error as error:
        raise DefinitionError(_reason(error, tree), at=callsite()) from error
    for column, text, of in wrong_texts(tree, lambda column: comparable_kind(kinds[column.name])):
        raise DefinitionError(wrong_text(column, text, of), at=callsite(), hint=CAST)
    return kind


def comparable_kind(kind: str) -> str | None:
    """A type whose values a text is read as where it is compared with them; None for others."""
    return kind if family_of(kind) in _READ else None


def wrong_text(column: exp.Column, text: exp.Literal, kind: str) -> str:
    """What is wrong where a column is compared with a text that is none of its type."""
    return f"'{column.name}' is {shown(kind)}, and the text {text.sql()} is none"


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


def common_kind(one: str, two: str) -> str:
    """The type of a column that has values of both, as in a union."""
    if one == two or two in _NULLS:
        return one
    if one in _NULLS:
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
    """A column of a type that is given in DuckDB's own words, which are not parsed again."""
    verbatim = exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=kind)
    return exp.alias_(exp.Cast(this=exp.Null(), to=verbatim), name, quoted=True)


def _reason(error: duckdb.Error, tree: exp.Expr) -> str:
    """DuckDB's first line, without the list of candidates and the place in a query that the user
    has not written."""
    first = next(line for line in str(error).splitlines() if line.strip())
    told = first.partition(": ")[2] or first
    told = told.partition(". You might need")[0].rstrip(".")
    return f"{tree.sql()}: {told}"


def family_of(kind: str) -> str | None:
    """Types of one family are compared by every engine; None is a family of its own: lists,
    structs, intervals."""
    if kind.endswith("]"):
        return None
    for family, starts in _FAMILIES.items():
        if any(kind.startswith(start) for start in starts):
            return family
    return None
