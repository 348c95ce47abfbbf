"""How often a query reads its tables."""

from __future__ import annotations

from collections import Counter

from sqlglot import exp

from vibepiper_transform.placement.scopes import Scope
from vibepiper_transform.placement.tables import ctes_of, is_recursive

__all__ = ["reads", "times_read"]


def reads(tree: exp.Expr, scope: Scope) -> Counter[object]:
    """How often each table stands in the tree: by its name, or by the ``id`` of the common table
    expression that it means."""
    found: Counter[object] = Counter()
    if isinstance(tree, exp.Query):
        scope = scope.within(tree)
    if isinstance(tree, exp.Table):
        cte = scope.cte(tree)
        found[tree.name if cte is None else id(cte)] += 1
    for child in tree.iter_expressions():
        found.update(reads(child, scope))
    return found


def times_read(tree: exp.Query, name: str) -> int:
    """How often running the query may read a table: as often as it stands there, or as what it
    stands in is read; within recursion more than once."""
    return _times(tree, name, {})


def _times(node: exp.Expr, name: str, ctes: dict[str, int]) -> int:
    if isinstance(node, exp.Table) and not node.db:
        own = 1 if node.name == name else ctes.get(node.name.lower(), 0)
    else:
        own = 0
    ctes = dict(ctes)
    for cte in ctes_of(node):
        ctes.pop(cte.alias.lower(), None)
        ctes[cte.alias.lower()] = _times(cte.this, name, ctes) * (2 if is_recursive(node) else 1)
    rest = (child for child in node.iter_expressions() if not isinstance(child, exp.With))
    return own + sum(_times(child, name, ctes) for child in rest)
