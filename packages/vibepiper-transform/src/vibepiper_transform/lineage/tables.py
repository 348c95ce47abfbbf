"""What stands in a FROM clause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlglot import exp

from vibepiper_transform.lineage.dependencies import (
    NOTHING,
    UNKNOWN,
    Dependencies,
    Output,
    as_rows,
    merged,
    through,
)
from vibepiper_transform.lineage.pivots import pivoted
from vibepiper_transform.lineage.scope import Scope

__all__ = ["Tables"]

_Query = Callable[[exp.Expr, Scope], Output]
_Value = Callable[[exp.Expr, Scope], Dependencies]

_LEFT_ONLY = ("SEMI", "ANTI")


class Tables:
    """Puts tables into scopes. ``sources`` are the columns of each source by its name."""

    def __init__(
        self, sources: Mapping[str, Sequence[str] | Output], query: _Query, value: _Value
    ) -> None:
        self._sources = {name.lower(): _source(name, each) for name, each in sources.items()}
        self._query = query
        self._value = value

    def bring(
        self, tables: Iterable[exp.Expr], joins: Iterable[exp.Join], scope: Scope
    ) -> Dependencies:
        """Adds what is selected from and joined; returns what decides which rows there are."""
        rows = merged(self._add(table, scope) for table in tables)
        for join in joins:
            rows |= self._join(join, scope)
        return rows

    def _add(self, node: exp.Expr, scope: Scope, *, shown: bool = True) -> Dependencies:
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            return self._add(node.this, scope)
        table = self._table(node, scope)
        for pivot in node.args.get("pivots") or ():
            table = pivoted(pivot, table, lambda part, inner: self._value(part, inner))
        scope.add(node.alias_or_name, _renamed(node, table), shown=shown)
        rows = table.rows
        for join in node.args.get("joins") or ():
            rows |= self._join(join, scope)
        return rows

    def _table(self, node: exp.Expr, scope: Scope) -> Output:
        if isinstance(node, exp.Subquery):
            return self._query(node.this, scope)
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            return self._by_name(node, scope)
        if isinstance(node, exp.Lateral):
            return self._lateral(node, scope)
        if isinstance(node, exp.Values):
            return Output(open=NOTHING)
        # A function that makes rows of its arguments: which columns is not told.
        return Output(open=through(self._value(_function(node), scope), "expression"))

    def _by_name(self, node: exp.Table, scope: Scope) -> Output:
        here: Scope | None = scope
        while here is not None and not node.db:
            if (found := here.ctes.get(node.name.lower())) is not None:
                return found
            here = here.outer
        return self._sources.get(node.name.lower()) or Output(open=UNKNOWN)

    def _lateral(self, node: exp.Lateral, scope: Scope) -> Output:
        if isinstance(node.this, exp.Subquery):
            return self._query(node.this.this, scope)
        return Output(open=through(self._value(node.this, scope), "expression"))

    def _join(self, join: exp.Join, scope: Scope) -> Dependencies:
        pairs = self._pairs(join, scope)
        rows = self._add(join.this, scope, shown=join.kind not in _LEFT_ONLY)
        for name, (one, other) in pairs.items():
            scope.share(name, _shared(join, one, other))
            rows |= as_rows(one | other, "join_key")
        if (condition := join.args.get("on")) is not None:
            rows |= as_rows(self._value(condition, scope), "join_key")
        return rows

    def _pairs(
        self, join: exp.Join, scope: Scope
    ) -> Mapping[str, tuple[Dependencies, Dependencies]]:
        """What a join by names matches: of each name the columns on both sides."""
        names = [each.name for each in join.args.get("using") or ()]
        if not names and join.method != "NATURAL":
            return {}
        aside = Scope(scope.ctes, scope.outer)
        self._add(join.this, aside)
        right = Output(dict(aside.shown()))
        if join.method == "NATURAL":
            names = scope.common(right)
        return {name: (scope.named(name) or UNKNOWN, right.find(name) or UNKNOWN) for name in names}


def _source(name: str, columns: Sequence[str] | Output) -> Output:
    if isinstance(columns, Output):
        return columns
    return Output({column: frozenset({(name, column, "identity")}) for column in columns})


def _shared(join: exp.Join, left: Dependencies, right: Dependencies) -> Dependencies:
    """A key of both sides: of the side whose rows are all kept."""
    if join.side == "FULL":
        return through(left | right, "expression")
    return right if join.side == "RIGHT" else left


def _renamed(node: exp.Expr, table: Output) -> Output:
    """With the names that ``AS t(a, b)`` gives."""
    alias = node.args.get("alias")
    names = [each.name for each in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return table
    known = list(table.columns.items())
    columns = {
        name: known[place][1] if place < len(known) else table.open or NOTHING
        for place, name in enumerate(names)
    }
    columns |= dict(known[len(names) :])
    return Output(columns, table.rows, None if len(names) >= len(known) else table.open)


def _function(node: exp.Expr) -> exp.Expr:
    """A function that stands where a table does, or its arguments."""
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Expr):
        return node.this
    if isinstance(node, exp.Unnest):
        return exp.Tuple(expressions=[each.copy() for each in node.expressions])
    return node
