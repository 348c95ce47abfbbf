"""What the value of an expression depends on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from sqlglot import exp

from vibepiper_transform.lineage.dependencies import (
    NOTHING,
    UNKNOWN,
    Dependencies,
    Output,
    merged,
    through,
)
from vibepiper_transform.lineage.scope import Scope

__all__ = ["Values"]

_NOTHING = frozenset({exp.Literal, exp.DataType, exp.Identifier, exp.Boolean, exp.Null})
_PLAIN = frozenset({exp.Add, exp.Case, exp.Cast, exp.Coalesce, exp.EQ, exp.GT, exp.If, exp.Mul})
"""What most expressions are made of, each a value of its parts."""
_KEEPING = (exp.Alias, exp.Paren)
_STARS = (exp.Star, exp.Columns)
_AGGREGATING = (exp.AggFunc, exp.Filter)
_FUNCTIONS = (exp.AggFunc, exp.Filter, exp.IgnoreNulls, exp.RespectNulls)
_Query = Callable[[exp.Expr, Scope], Output]


class Values:
    """Follows expressions. ``query`` follows the subqueries in them, ``on_use`` is told each
    column that is named, with what it depends on."""

    def __init__(self, query: _Query, on_use: Callable[[exp.Expr, Dependencies], None]) -> None:
        self._query = query
        self._on_use = on_use

    def of(self, node: exp.Expr, scope: Scope) -> Dependencies:
        if type(node) is exp.Column:
            return self._column(node, scope)
        if type(node) in _NOTHING or _counts_rows(node):
            return NOTHING
        if type(node) in _PLAIN:
            return through(self._parts(node, scope), "expression")
        if isinstance(node, _KEEPING):
            return self.of(node.this, scope)
        if isinstance(node, exp.Query):
            made = self._query(node, scope)
            return made.all() | made.rows
        if isinstance(node, _STARS):
            return merged(found for _, found in scope.shown())
        if isinstance(node, exp.Window):
            found = self._over(node, scope) | self._named_window(node, scope)
            return through(found, "window")
        if isinstance(node, _AGGREGATING) or _is_other_aggregate(node):
            return through(self._parts(node, scope), "aggregate")
        return through(self._parts(node, scope), "expression")

    def _parts(self, node: exp.Expr, scope: Scope) -> Dependencies:
        found = NOTHING
        for child in node.iter_expressions():
            if part := self.of(child, scope):
                found = found | part if found else part
        return found

    def _over(self, node: exp.Expr, scope: Scope) -> Dependencies:
        """The parts of a window and of its function, which makes no group's aggregate there."""
        parts = (
            self._over(child, scope) if isinstance(child, _FUNCTIONS) else self.of(child, scope)
            for child in node.iter_expressions()
            if not _counts_rows(child)
        )
        return merged(parts)

    def _named_window(self, node: exp.Expr, scope: Scope) -> Dependencies:
        """A window that the SELECT names; it may itself begin from another."""
        window = scope.windows.get(node.alias.lower()) if node.alias else None
        if window is None or window is node:
            return NOTHING
        return self._parts(window, scope) | self._named_window(window, scope)

    def _column(self, node: exp.Column, scope: Scope) -> Dependencies:
        if isinstance(node.this, exp.Star):
            return merged(found for _, found in scope.shown(node.table))
        found = self._found(node, scope)
        self._on_use(node, found)
        return found

    def _found(self, node: exp.Column, scope: Scope) -> Dependencies:
        names = [part.name for part in node.parts]
        here: Scope | None = scope
        while here is not None:
            found = self._in(here, names, node)
            if found is not None:
                return found
            here = here.outer
        return UNKNOWN

    def _in(self, scope: Scope, names: list[str], node: exp.Column) -> Dependencies | None:
        """``a.b.c`` is a column of a table, however it is qualified, or a field of a column."""
        for place in range(len(names) - 1):
            table = scope.table(names[place])
            if table is None:
                continue
            found = table.find(names[place + 1])
            if found is None:
                found = table.open
            if found is not None:
                rest = len(names) - place - 2
                return through(found, "expression") if rest else found
        found = scope.named(names[0])
        if found is not None:
            return through(found, "expression") if len(names) > 1 else found
        if len(names) > 1:
            return None
        made = self._by_alias(scope, names[0])
        return _whole_row(scope, names[0]) if made is None else made

    def _by_alias(self, scope: Scope, name: str) -> Dependencies | None:
        """A column that the same SELECT makes."""
        made = scope.aliases.pop(name.lower(), None)
        if made is None:
            return None
        found = self.of(made, scope)
        scope.aliases[name.lower()] = made
        return found


def _whole_row(scope: Scope, name: str) -> Dependencies | None:
    table = scope.table(name)
    return None if table is None else through(table.all(), "expression")


def _counts_rows(node: exp.Expr) -> bool:
    return isinstance(node, exp.Count) and isinstance(node.this, exp.Star)


def _is_other_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() in _aggregates()


@cache
def _aggregates() -> frozenset[str]:
    """The names of DuckDB's aggregates: sqlglot does not know all of them."""
    import duckdb

    query = "SELECT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'"
    with duckdb.connect() as connection:
        return frozenset(name for (name,) in cast("Any", connection.execute(query)).fetchall())
