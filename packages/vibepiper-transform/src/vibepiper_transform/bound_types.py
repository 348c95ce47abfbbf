"""Types, asked of DuckDB: it binds queries over columns that have no rows, and runs none."""

from __future__ import annotations

from functools import lru_cache

import duckdb
import pyarrow as pa

from vibepiper_transform.engine import engine_errors, offer_columns, open_cursor
from vibepiper_transform.families import family_of

__all__ = [
    "fault_of_constant",
    "fault_of_pattern",
    "has_cast",
    "is_castable",
    "kind_in",
    "kind_read",
    "type_given",
]

_VALUES = {"BOOLEAN": "true", "DATE": "'2000-01-01'", "VARCHAR": "''", "UUID": "uuid()"}
_VALUES |= dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), "'2000-01-01'")
_VALUES |= {"TIME": "'00:00:00'", "INTERVAL": "'1 day'", "BLOB": "''"}


@lru_cache(maxsize=4096)
def kind_read(kind: pa.DataType) -> str:
    """The type that DuckDB reads an Arrow column as, in its own words."""
    with engine_errors([]), open_cursor() as cursor:
        offer_columns(cursor, "columns", pa.schema([("x", kind)]))
        return str(cursor.table("columns").types[0])


@lru_cache(maxsize=4096)
def type_given(kind: str) -> pa.DataType:
    """The Arrow type that DuckDB gives a column as, which is ``kind`` in its own words."""
    with engine_errors([]), open_cursor() as cursor:
        column = cursor.sql(f"SELECT CAST(NULL AS {kind}) AS x")
        return column.limit(0).to_arrow_table().schema.field(0).type


@lru_cache(maxsize=4096)
def is_castable(text: str, kind: str) -> bool:
    """Whether DuckDB reads the text as a value of a type, as it does where it compares the two."""
    with open_cursor() as cursor:
        row = cursor.execute(f"SELECT TRY_CAST(? AS {kind}) IS NOT NULL", [text]).fetchone()
        return row is not None and bool(row[0])


@lru_cache(maxsize=4096)
def has_cast(kind: str, target: str) -> bool:
    """Whether DuckDB has a cast between two types at all. It says so of no null, nor before it
    meets a value."""
    with open_cursor() as cursor:
        try:
            cursor.execute(f"SELECT CAST({_sample(kind)} AS {target})").fetchone()
        except duckdb.Error as error:
            return "Unimplemented type for cast" not in str(error)
    return True


@lru_cache(maxsize=4096)
def fault_of_pattern(pattern: str) -> str | None:
    """Why DuckDB does not take the text as a regular expression."""
    with open_cursor() as cursor:
        try:
            cursor.execute("SELECT regexp_matches('', ?)", [pattern]).fetchone()
        except duckdb.InvalidInputException as error:
            return str(error).removeprefix("Invalid Input Error: ")
    return None


@lru_cache(maxsize=4096)
def fault_of_replacement(pattern: str, replacement: str) -> str | None:
    """Why DuckDB does not take the text for what replaces a match of the pattern."""
    with open_cursor() as cursor:
        try:
            cursor.execute("SELECT regexp_replace('', ?, ?)", [pattern, replacement]).fetchone()
        except duckdb.InvalidInputException as error:
            return str(error).partition("regexp_replace: ")[2]
    return None


@lru_cache(maxsize=4096)
def fault_of_constant(expression: str, kinds: tuple[str, ...], text: str) -> str | None:
    """Why DuckDB cannot read the text, a constant of the expression, as what is taken there.
    ``kinds`` are the types of the columns ``c0``, ``c1``, ... It is tried with values of these."""
    columns = ", ".join(f"{_sample(kind)} AS c{n}" for n, kind in enumerate(kinds))
    query = " ".join(["SELECT", expression, "FROM (SELECT", columns or "1", ")"])
    with open_cursor() as cursor:
        try:
            cursor.execute(query).fetchone()
        except duckdb.ConversionException as error:
            told = str(error).partition("\n")[0].removeprefix("Conversion Error: ")
            return told if f"'{text}'" in told or f'"{text}"' in told else None
        except duckdb.Error:
            return None  # it is told elsewhere, or is wrong with these values alone
    return None


def _sample(kind: str) -> str:
    """A value of the type."""
    if kind.endswith("[]"):
        sample = "[]"
    elif kind.startswith(("STRUCT(", "MAP(")):
        sample = "'{}'"
    else:
        sample = "1" if family_of(kind) == "number" else _VALUES.get(kind, "NULL")
    return f"CAST({sample} AS {kind})"


def kind_in(sql: str) -> str:
    """The type of a query's first column."""
    with open_cursor() as cursor:
        return str(cursor.sql(sql).types[0])
