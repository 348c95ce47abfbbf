"""What the queries of a tree read and give, as far as that is certain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vibepiper_transform.placement.tables import ctes_of, is_recursive

__all__ = ["Columns", "Item", "Scope", "is_closed", "resolve"]

Columns = tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Item:
    """An entry of a FROM clause: the first, or one that is joined."""

    node: exp.Expr
    columns: Columns | None
    join: exp.Join | None = None

    @property
    def alias(self) -> str:
        return str(self.node.alias_or_name)

    @property
    def has_column_aliases(self) -> bool:
        return bool(self.node.alias_column_names)

    def holds(self, column: exp.Column) -> bool:
        """Whether it may be the one that the column is of."""
        if column.table:
            return column.table.lower() == self.alias.lower()
        return self.columns is None or self._has(column.name)

    def surely_holds(self, column: exp.Column) -> bool:
        return self.holds(column) and (bool(column.table) or self.columns is not None)

    def _has(self, name: str) -> bool:
        return name.lower() in map(str.lower, self.columns or ())


@dataclass(frozen=True, slots=True)
class _Defined:
    cte: exp.CTE
    scope: Scope | None


class Scope:
    """The tables that may be named at a place of a tree: sources, and common table expressions."""

    def __init__(
        self, sources: Mapping[str, Columns | None], ctes: Mapping[str, _Defined] | None = None
    ) -> None:
        self._sources = sources
        self._ctes = dict(ctes or {})

    def within(self, query: exp.Expr) -> Scope:
        """As it is inside of the query, which may define more."""
        scope = self
        for cte in ctes_of(query):
            # Of a recursive one no columns are known: it would have to be known already.
            found = _Defined(cte, None if is_recursive(query) else scope)
            others = {name: c for name, c in scope._ctes.items() if name != cte.alias.lower()}
            scope = Scope(self._sources, {**others, cte.alias.lower(): found})
        return scope

    def before(self, cte: exp.CTE) -> Scope | None:
        """What one in reach may name itself; None of a recursive one."""
        return next(found.scope for found in self._ctes.values() if found.cte is cte)

    def defined(self) -> list[exp.CTE]:
        """The common table expressions in reach; each may need those before it."""
        return [found.cte for found in self._ctes.values()]

    def cte(self, table: exp.Expr) -> exp.CTE | None:
        """The common table expression that a table means."""
        if not isinstance(table, exp.Table) or table.db:
            return None
        found = self._ctes.get(table.name.lower())
        return None if found is None else found.cte

    def outputs(self, query: exp.Expr) -> Columns | None:
        """The names of a query's columns; None where they are not certain."""
        if isinstance(query, exp.Subquery):
            inner = self.within(query)
            return inner.outputs(query.this)
        if isinstance(query, exp.SetOperation):
            inner = self.within(query)
            return None if query.args.get("by_name") else inner.outputs(query.this)
        if not isinstance(query, exp.Select):
            return None
        items = self.within(query).items(query)
        found: list[str] = []
        for chosen in query.expressions:
            names = _chosen(chosen, items)
            if names is None:
                return None
            found.extend(names)
        return tuple(found)

    def items(self, select: exp.Select) -> list[Item]:
        """What the query selects from; it is that of the place inside of it."""
        first = select.args.get("from_")
        items = [] if first is None else [self._item(first.this)]
        items += [self._item(join.this, join) for join in select.args.get("joins") or ()]
        return items + [Item(node, None) for node in select.args.get("laterals") or ()]

    def _item(self, node: exp.Expr, join: exp.Join | None = None) -> Item:
        columns = self._columns(node)
        if (names := node.alias_column_names) and columns is not None:
            columns = (*names, *columns[len(names) :])
        return Item(node, None if node.args.get("pivots") else columns, join)

    def _columns(self, node: exp.Expr) -> Columns | None:
        if isinstance(node, exp.Subquery):
            return self.outputs(node.this) if isinstance(node.this, exp.Query) else None
        if not isinstance(node, exp.Table) or node.db:
            return None
        if (found := self._ctes.get(node.name.lower())) is not None:
            if found.scope is None:
                return None
            columns = found.scope.outputs(found.cte.this)
            names = found.cte.alias_column_names
            return columns if columns is None else (*names, *columns[len(names) :])
        return self._sources.get(node.name)


def _chosen(chosen: exp.Expr, items: Sequence[Item]) -> Columns | None:
    star = chosen if isinstance(chosen, exp.Star) else chosen.this
    if isinstance(star, exp.Star):
        if any(star.args.values()) or any(i.join and i.join.args.get("using") for i in items):
            return None
        table = chosen.table if isinstance(chosen, exp.Column) else ""
        read = [i for i in items if not table or i.alias.lower() == table.lower()]
        if any(i.columns is None for i in read) or any(_is_unusual(i.join) for i in read):
            return None
        return tuple(name for item in read for name in item.columns or ())
    if isinstance(chosen, (exp.Alias, exp.Column)):
        return (chosen.alias_or_name,)
    return None


def _is_unusual(join: exp.Join | None) -> bool:
    """Of which `*` gives not simply the columns of all entries."""
    return join is not None and (join.kind in ("SEMI", "ANTI") or bool(join.method))


def resolve(column: exp.Column, items: Iterable[Item]) -> Item | None:
    """The one entry that the column is of; None where that is not certain."""
    found = [item for item in items if item.holds(column)]
    if len(found) != 1 or not found[0]._has(column.name):
        return None
    return found[0]


def is_closed(query: exp.Expr, scope: Scope) -> bool:
    """Whether it is certain that no column of the query is one of a query around it."""
    return _closed(query, scope, [])


def _closed(node: exp.Expr, scope: Scope, around: list[Item]) -> bool:
    if isinstance(node, exp.Query):
        inner = scope.within(node)
        for cte in ctes_of(node):
            if not _closed(cte.this, inner, []):
                return False
        scope = inner
        if isinstance(node, exp.Select):
            around = [*around, *scope.items(node)]
            own = tuple(e.alias for e in node.expressions if isinstance(e, exp.Alias))
            around.append(Item(exp.Table(), own))
        elif node.args.get("order"):
            around = [*around, Item(exp.Table(), scope.outputs(node))]
    if isinstance(node, exp.Column) and not any(item.surely_holds(node) for item in around):
        return False
    return all(
        _closed(child, scope, around)
        for child in node.iter_expressions()
        if not isinstance(child, exp.With)
    )
