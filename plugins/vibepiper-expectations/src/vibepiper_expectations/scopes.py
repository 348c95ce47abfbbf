"""Scopes: the rows over which aggregates are taken, and the one query that takes them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlglot import exp

__all__ = ["Scope", "aggregates_over", "rows_of"]


@dataclass(frozen=True)
class Scope:
    """The table's rows; those for which ``where`` holds; or the groups of equal ``groups``.

    Of groups, aggregates within an aggregate are taken over a group's rows and the outer one
    over the groups: ``MAX(COUNT(*))`` is the size of the greatest. ``windows`` tells scopes
    apart whose windows need another order of the rows, so that each sorts once.
    """

    groups: tuple[exp.Expr, ...] = ()
    where: exp.Expr | None = None
    windows: str = ""

    @classmethod
    def of(cls, *trees: exp.Expr, where: exp.Expr | None = None, apart: str = "") -> Scope:
        """The scope of rows in which ``trees``, and the windows in them, are computed; ``apart``
        keeps it to itself."""
        windows = [window for tree in trees for window in tree.find_all(exp.Window)]
        orders = sorted({_order(window) for window in windows})
        return cls(where=where, windows=" ".join((apart, *orders)) if windows or apart else "")


def aggregates_over(scope: Scope, table: exp.Table, columns: Sequence[exp.Expr]) -> exp.Select:
    """One row: the aggregates ``columns`` over the scope's rows or groups."""
    below = _Below(scope, rows=False)
    lifted = [below.lift(column) for column in columns]
    return exp.select(*lifted).from_(below.source(table, lifted))


def rows_of(
    scope: Scope,
    table: exp.Expr,
    columns: Sequence[exp.Expr],
    *,
    where: exp.Expr | None = None,
    order: Sequence[exp.Expr] = (),
) -> exp.Select:
    """The scope's rows or groups for which ``where`` holds."""
    below = _Below(scope, rows=True)
    lifted = [below.lift(column) for column in columns]
    condition = [below.lift(where)] if where is not None else []
    terms = [below.lift(term) for term in order]
    query = exp.select(*lifted).from_(below.source(table, [*lifted, *condition, *terms]))
    query = query.where(*condition) if condition else query
    return query.order_by(*terms) if terms else query


@dataclass
class _Below:
    """What is computed below the aggregates or the condition: windows, and a group's aggregates.
    Each is computed once and has a name above."""

    scope: Scope
    rows: bool
    inner: dict[exp.Expr, str] = field(default_factory=dict)

    def lift(self, tree: exp.Expr) -> exp.Expr:
        """``tree`` as it reads above."""
        return tree.copy().transform(self._lifted)

    def source(self, table: exp.Expr, above: Sequence[exp.Expr]) -> exp.Expr:
        """What the query above selects from."""
        if not (self.inner or self.scope.groups or self.scope.where is not None):
            return table
        names = dict.fromkeys(name for tree in above for name in _own_columns(tree))
        kept = [exp.column(n, quoted=True) for n in names if n not in self.inner.values()]
        made = [exp.alias_(tree.copy(), name, quoted=True) for tree, name in self.inner.items()]
        query = exp.select(*(kept + made or [exp.Literal.number(1)])).from_(table)
        if self.scope.where is not None:
            query = query.where(self.scope.where.copy())
        if self.scope.groups:
            query = query.group_by(*(key.copy() for key in self.scope.groups))
        return query.subquery("scope")

    def _lifted(self, node: exp.Expr) -> exp.Expr:
        if not (isinstance(node, exp.Window) or self._is_of_group(node)):
            return node
        name = self.inner.setdefault(node.copy(), f"inner_{len(self.inner)}")
        return exp.column(name, quoted=True)

    def _is_of_group(self, node: exp.Expr) -> bool:
        if not (self.scope.groups and isinstance(node, exp.AggFunc)):
            return False
        return self.rows or node.find_ancestor(exp.AggFunc) is not None


def _own_columns(tree: exp.Expr) -> Iterator[str]:
    """The columns that it takes from what it selects from, not those of its subqueries."""
    for node in tree.walk(prune=lambda node: isinstance(node, exp.Query)):
        if isinstance(node, exp.Column):
            yield node.name


def _order(window: exp.Window) -> str:
    parts = [*(window.args.get("partition_by") or []), window.args.get("order")]
    return ", ".join(cast("exp.Expr", part).sql() for part in parts if part is not None)
