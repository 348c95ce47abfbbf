"""Types of queries: DuckDB binds them over tables without rows, and runs none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.bound_types import kind_read
from vibepiper_transform.dialects.compiling import write_query
from vibepiper_transform.dialects.native import nodes_to_write
from vibepiper_transform.dialects.trees import take_apart
from vibepiper_transform.dialects.wording import reword
from vibepiper_transform.engine import (
    binding_cursor,
    engine_errors,
    offer_columns,
    open_cursor,
)
from vibepiper_transform.names import alias
from vibepiper_transform.sources import ArrowSource

__all__ = ["NodesOf", "kinds_in"]

NodesOf: TypeAlias = "Callable[[exp.Expr, str], list[exp.Expr]]"

_SCHEMA = "main"
_numbers = itertools.count()


def kinds_in(
    query: exp.Query, sources: Iterable[ArrowSource], nodes_of: NodesOf = nodes_to_write
) -> dict[str, str]:
    """The types of a query's columns by their names. ``nodes_of`` gives the nodes that are used up
    for it: those of a copy, or, as `nodes_at_last`, the query's own."""
    with engine_errors([]):
        tables = {source.name: _column_table(source) for source in sources}
        nodes = nodes_of(query, "duckdb")
        _read(nodes, tables)
        reword(nodes, "duckdb")
        sql = write_query(nodes[0], "duckdb")
        take_apart(nodes)
        bound = binding_cursor().sql(sql)
        return dict(zip(bound.columns, map(str, bound.types), strict=True))


def _read(query: Iterable[exp.Expr], tables: Mapping[str, str]) -> None:
    """Puts other tables in the places of a query's, under the same names."""
    for node in query:
        if type(node) is not exp.Table or (name := tables.get(node.name)) is None:
            continue
        if not node.alias:
            node.set("alias", alias(node.name))
        node.set("this", exp.to_identifier(name))
        node.set("db", exp.to_identifier(_SCHEMA))  # so that no CTE of the query is meant


def _column_table(source: ArrowSource) -> str:
    """The name of a table with the columns that DuckDB reads Arrow data of this schema as. There
    is one for each list of columns, for as long as the process lives: to show DuckDB the data of
    each query takes as long as to bind the query."""
    names: list[str] = source.schema.names
    if all(names) and len({name.lower() for name in names}) == len(names):
        return _table(tuple(source.kinds.items()))
    kinds = (kind_read(kind) for kind in source.schema.types)
    return _table(tuple(zip(_renamed(source.schema), kinds, strict=True)))


def _renamed(schema: pa.Schema) -> Sequence[str]:
    """DuckDB has other names for columns without one, and for two that differ in case alone."""
    with open_cursor() as cursor:
        offer_columns(cursor, "columns", schema)
        return cursor.table("columns").columns


@cache
def _table(columns: tuple[tuple[str, str], ...]) -> str:
    name = f"columns_{next(_numbers)}"
    listed = [
        exp.ColumnDef(
            this=exp.to_identifier(column, quoted=True),
            kind=exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=kind),
        )
        for column, kind in columns
    ]
    made = exp.Create(
        this=exp.Schema(this=exp.table_(name, _SCHEMA), expressions=listed), kind="TABLE"
    )
    with open_cursor() as cursor:
        cursor.execute(made.sql("duckdb"))
    return name
