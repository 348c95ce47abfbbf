"""The columns of the tables that a query reads, and what DuckDB makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DataError

from vibepiper_transform.dialects.native import (
    is_mixed,
    refuse_foreign,
    with_native,
    without_marks,
)

if TYPE_CHECKING:
    from vibepiper_transform.duckdb_backend import DuckDBBackend
    from vibepiper_transform.sources import ArrowSource

__all__ = ["Columns", "is_table", "schema_over", "types_read"]

Columns = Callable[[exp.Table], pa.Schema]
"""Tells the columns of a table that a query names."""


def is_table(node: exp.Expr, query: exp.Query) -> bool:
    """Whether ``node`` names a table of the database, and no WITH of the query."""
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
        return False
    return bool(node.db) or node.name not in {cte.alias for cte in query.find_all(exp.CTE)}


def types_read(query: exp.Query, columns: Columns) -> Iterator[pa.DataType]:
    """The types of the columns of all tables that the query names."""
    for node in query.find_all(exp.Table):
        if is_table(node, query):
            yield from columns(node).types


def schema_over(query: exp.Query, columns: Columns, dialect: str) -> pa.Schema:
    """The columns that the query would have in DuckDB, over empty tables: for engines whose own
    types tell less. What is made of a function that only the engine has must be cast. Raises
    `UnsupportedSql` for what has its meaning in another dialect than this."""
    from vibepiper_transform.duckdb_backend import DuckDBBackend

    sources: dict[exp.Table, ArrowSource] = {}

    def place(node: exp.Expr) -> exp.Expr:
        if not is_table(node, query):
            return node
        table = cast("exp.Table", node)
        known = exp.Table(this=table.this.copy(), db=table.args.get("db"))
        if (source := sources.get(known)) is None:
            source = sources[known] = _empty(columns(known))
        table.set("alias", table.args.get("alias") or exp.TableAlias(this=table.this.copy()))
        table.set("this", exp.to_identifier(source.name, quoted=True))
        table.set("db", None)
        return table

    refuse_foreign(with_native(query.copy(), dialect), dialect)
    placed = cast("exp.Query", query.copy().transform(place, copy=False))
    backend = DuckDBBackend(tuple(sources.values()))
    if any(map(is_mixed, placed.walk())):
        return _beside_foreign(placed, backend)
    try:
        return backend.schema(without_marks(placed))
    except DataError:
        return _beside_foreign(placed, backend)


def _beside_foreign(query: exp.Query, backend: DuckDBBackend) -> pa.Schema:
    from vibepiper_transform.kinds import kinds_of, schema_of
    from vibepiper_transform.sql.foreign import check_typed, kinds_beside_foreign

    kinds = kinds_beside_foreign(query, lambda each: kinds_of(backend.schema(each)))
    check_typed(kinds)
    return schema_of(kinds)


def _empty(schema: pa.Schema) -> ArrowSource:
    from vibepiper_transform.sources import ArrowSource

    return ArrowSource(schema, schema.empty_table)
