"""Columns that nothing needs, left out where they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from vibepiper_transform.placement.outputs import drop_outputs, has_ordinals
from vibepiper_transform.placement.scopes import Columns, Item, Scope
from vibepiper_transform.placement.tables import ctes_of, is_recursive, renamed

__all__ = ["Pruning"]

Needed = frozenset[str] | None
"""Names of columns in lower case; None for all."""


class Pruning:
    """``tree``, in which the sources ``targets`` are read for no more columns than its result is
    made of; ``needed`` says which, by their names in lower case."""

    def __init__(self, tree: exp.Query, scope: Scope, targets: Mapping[str, Columns]) -> None:
        self._targets = targets
        self._wanted: dict[int, set[str]] = defaultdict(set)
        self._wanted_whole: set[int] = set()
        self.needed: dict[str, set[str]] = defaultdict(set)
        self.tree = self._query(tree, scope, None)

    def _query(self, query: exp.Query, scope: Scope, needed: Needed) -> exp.Query:
        """The query with only the needed columns, in their order, where that is possible; else
        with all of them."""
        inner, ctes = scope.within(query), ctes_of(query)
        if is_recursive(query):
            self._rest(query, inner)
            return query
        if isinstance(query, exp.Subquery) and isinstance(query.this, exp.Query):
            query.set("this", self._query(query.this, inner, needed))
        elif isinstance(query, exp.SetOperation):
            self._set_operation(query, inner, needed)
        elif isinstance(query, exp.Select):
            self._select(query, inner, needed)
        else:
            self._rest(query, inner)
        for cte in reversed(ctes):
            whole = id(cte) in self._wanted_whole
            wanted = None if whole else frozenset(self._wanted[id(cte)])
            cte.set("this", self._query(cte.this, inner.before(cte) or inner, wanted))
        return query

    def _set_operation(self, query: exp.SetOperation, scope: Scope, needed: Needed) -> None:
        names = scope.outputs(query.this), scope.outputs(query.expression)
        branches = [query.this, query.expression]
        if needed is not None and _is_bag(query) and names[0] is not None and names[1] is not None:
            kept = [n for n, name in enumerate(names[0]) if name.lower() in needed] or [0]
            wanted = [tuple(each[n] for n in kept) for each in names if each is not None]
            tried = [
                self._query(branch.copy(), scope, frozenset(map(str.lower, each)))
                for branch, each in zip(branches, wanted, strict=True)
            ]
            if [scope.outputs(branch) for branch in tried] == wanted:
                query.set("this", tried[0])
                query.set("expression", tried[1])
                return
        query.set("this", self._query(branches[0], scope, None))
        query.set("expression", self._query(branches[1], scope, None))

    def _select(self, select: exp.Select, scope: Scope, needed: Needed) -> None:
        items = [item for item in scope.items(select) if _is_simple(item)]
        if needed is not None:
            known = (name.lower() for item in items for name in item.columns or ())
            drop_outputs(select, needed, frozenset(known))
        handled = {id(item.node) for item in items}
        names = list(_columns(select, handled))
        wanted = [_needed(item, select, names, needed) for item in items]
        self._rest(select, scope, handled)
        for item, columns in zip(items, wanted, strict=True):
            self._item(item, scope, columns)

    def _item(self, item: Item, scope: Scope, needed: Needed) -> None:
        node, columns = item.node, item.columns
        if isinstance(node, exp.Subquery):
            node.set("this", self._query(node.this, scope.within(node), needed))
            return
        is_cte = scope.cte(node) is not None
        if needed == frozenset() and columns is not None and not is_cte:
            needed = frozenset((columns[0].lower(),))  # to have rows, it needs a column
        self._want(node, scope, needed)
        if columns is None or not needed or not (is_cte or node.name in self._targets):
            return
        kept = [name for name in columns if name.lower() in needed]
        if len(kept) < len(columns):
            table = exp.Table(this=node.this.copy())
            chosen = exp.select(*(exp.column(name, quoted=True) for name in kept)).from_(table)
            node.replace(renamed(node, exp.Subquery(this=chosen)))

    def _want(self, table: exp.Expr, scope: Scope, needed: Needed) -> None:
        cte = scope.cte(table)
        if cte is not None:
            self._wanted[id(cte)] |= needed or set()
            if needed is None:
                self._wanted_whole.add(id(cte))
        elif table.name in self._targets:
            whole = {name.lower() for name in self._targets[table.name]}
            self.needed[table.name] |= whole if needed is None else (needed & whole)

    def _rest(self, node: exp.Expr, scope: Scope, handled: Iterable[int] = ()) -> None:
        """What is below a node, other than its FROM clause: all of each query in it."""
        for child in list(node.iter_expressions()):
            if id(child) in handled or isinstance(child, exp.With):
                continue
            if isinstance(child, exp.Query):
                child.replace(self._query(child, scope, None))
                continue
            if isinstance(child, exp.Table):
                self._want(child, scope, None)
            self._rest(child, scope, handled)


def _is_bag(query: exp.SetOperation) -> bool:
    plain = isinstance(query, exp.Union) and not query.args.get("distinct")
    return plain and not query.args.get("by_name") and not query.args.get("order")


def _is_simple(item: Item) -> bool:
    node = item.node
    if isinstance(node, exp.Subquery) and not isinstance(node.this, exp.Query):
        return False
    plain = isinstance(node, (exp.Table, exp.Subquery))
    return plain and not any(node.args.get(name) for name in ("joins", "laterals", "pivots"))


def _columns(node: exp.Expr, handled: Iterable[int]) -> Iterator[exp.Expr]:
    """Every column, and every star that is none of the outputs, below a node; not in its FROM
    clause."""
    for child in node.iter_expressions():
        if id(child) in handled or isinstance(child, exp.With):
            continue
        if isinstance(child, exp.Column):
            if not isinstance(child.this, exp.Star):
                yield child
                continue
        elif isinstance(child, exp.Star) and not isinstance(node, (exp.Count, exp.Select)):
            yield child
        yield from _columns(child, handled)


def _needed(item: Item, select: exp.Select, names: Iterable[exp.Expr], needed: Needed) -> Needed:
    """Which of an entry's columns the query reads."""
    if item.columns is None or item.has_column_aliases:
        return None
    whole = frozenset(name.lower() for name in item.columns)
    found: set[str] = set()
    for column in names:
        if isinstance(column, exp.Star) or column.name.lower() == item.alias.lower():
            return None
        if isinstance(column, exp.Column) and item.holds(column):
            found.add(column.name.lower())
    for join in select.args.get("joins") or ():
        if join.method == "NATURAL":
            return None
        found |= {using.name.lower() for using in join.args.get("using") or ()}
    for star in (chosen for chosen in select.expressions if chosen.is_star):
        table = star.table if isinstance(star, exp.Column) else ""
        if table and table.lower() != item.alias.lower():
            continue
        inner = star.this if isinstance(star, exp.Column) else star
        if needed is None or has_ordinals(select) or any(inner.args.values()):
            return None
        if select.args.get("distinct"):
            return None
        found |= needed & whole
    return frozenset(found & whole)
