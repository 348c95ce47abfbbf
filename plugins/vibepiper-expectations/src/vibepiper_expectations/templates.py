"""SQL with names to fill: how a check says what it means, without building a tree by hand.

A template is DuckDB's SQL, written in this code and parsed once. A bare name stands for a column
or a tree that is given for it, ``:name`` for a value, which becomes a literal.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from vibepiper.errors import DefinitionError

__all__ = ["fill", "parse_condition", "parse_query", "tables_of"]


def fill(template: str, names: Mapping[str, exp.Expr]) -> exp.Expr:
    """The template's tree, with ``names`` in place of the names and values it leaves open."""

    def place(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder):
            return names[node.name].copy()
        if isinstance(node, exp.Column) and not node.table and node.name in names:
            return names[node.name].copy()
        return node

    return _parsed(template).copy().transform(place)


@lru_cache(maxsize=1024)
def _parsed(template: str) -> exp.Expr:
    return parse_one(template, read="duckdb")


def parse_condition(text: str) -> exp.Expr:
    """A condition that a user wrote in SQL, as DuckDB reads it. Raises `DefinitionError`."""
    try:
        tree = parse_one(text, read="duckdb")
    except SqlglotError as error:
        raise DefinitionError(f"the condition {text!r} is no SQL: {error}") from error
    beyond = tree.find(exp.Query, exp.AggFunc, exp.Window)
    if beyond is not None or not isinstance(tree, exp.Condition):
        raise DefinitionError(f"the condition {text!r} is not of one row")
    return tree


def parse_query(text: str) -> exp.Query:
    """A query that a user wrote in SQL, as DuckDB reads it. Raises `DefinitionError`."""
    try:
        tree = parse_one(text, read="duckdb")
    except SqlglotError as error:
        raise DefinitionError(f"{text!r} is no SQL: {error}") from error
    if not isinstance(tree, exp.Query):
        raise DefinitionError(f"{text!r} is no query")
    return tree


def tables_of(query: exp.Query) -> list[str]:
    """The tables that a query reads and does not define itself."""
    own = {cte.alias for cte in query.find_all(exp.CTE)}
    names = [table.name for table in query.find_all(exp.Table) if not table.db]
    return list(dict.fromkeys(name for name in names if name and name not in own))
