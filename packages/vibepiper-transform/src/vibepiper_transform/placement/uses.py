"""How often a query reads its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlglot import exp

from vibepiper_transform.placement.scopes import Scope
from vibepiper_transform.placement.tables import ctes_of, is_recursive

__all__ = ["reads", "times_read"]


def reads(tree: exp.Expr, scope: Scope) -> Counter[object]:
    """How often each table stands in the tree: by its name, or by the ``id`` of the common table
    expression that it means."""
    found: Counter[object] = Counter()
    ahead = [(tree, scope)]
    while ahead:
        node, scope = ahead.pop()
        if isinstance(node, exp.Query):
            scope = scope.within(node)
        if isinstance(node, exp.Table):
            cte = scope.cte(node)
            found[node.name if cte is None else id(cte)] += 1
        ahead.extend((child, scope) for child in node.iter_expressions())
    return found


def times_read(tree: exp.Query, name: str) -> int:
    """How often running the query may read a table: as often as it stands there, or as what it
    stands in is read; within recursion more than once."""
    return _times(tree, name, {})


def _times(tree: exp.Expr, name: str, ctes: Mapping[str, int]) -> int:
    total = 0
    ahead = [(tree, ctes)]
    while ahead:
        node, ctes = ahead.pop()
        if isinstance(node, exp.Table) and not node.db:
            total += 1 if node.name == name else ctes.get(node.name.lower(), 0)
        ctes = _with_ctes(node, name, ctes)
        rest = (child for child in node.iter_expressions() if not isinstance(child, exp.With))
        ahead.extend((child, ctes) for child in rest)
    return total


def _with_ctes(node: exp.Expr, name: str, ctes: Mapping[str, int]) -> Mapping[str, int]:
    found = ctes
    for cte in ctes_of(node):
        before = {key: times for key, times in found.items() if key != cte.alias.lower()}
        times = _times(cte.this, name, before) * (2 if is_recursive(node) else 1)
        found = {**before, cte.alias.lower(): times}
    return found
