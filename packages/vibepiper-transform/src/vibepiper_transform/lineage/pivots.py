"""Rows turned into columns, and columns into rows."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from vibepiper_transform.lineage.dependencies import (
    NOTHING,
    Dependencies,
    Output,
    as_rows,
    merged,
    through,
)
from vibepiper_transform.lineage.scope import Scope

__all__ = ["pivoted"]

_Value = Callable[[exp.Expr, Scope], Dependencies]


def pivoted(node: exp.Pivot, table: Output, value: _Value) -> Output:
    """What ``table PIVOT (...)`` or ``UNPIVOT (...)`` gives."""
    scope = Scope({})
    scope.add("", table)
    return (
        _unpivot(node, table, value, scope) if node.unpivot else _pivot(node, table, value, scope)
    )


def _pivot(node: exp.Pivot, table: Output, value: _Value, scope: Scope) -> Output:
    aggregates = merged(
        value(each, scope) for each in node.expressions or node.args.get("using") or ()
    )
    tests = [each.this for each in node.args.get("fields") or ()] or list(node.expressions)
    chosen = merged(value(each, scope) for each in tests)
    made = aggregates | through(chosen, "aggregate")
    taken = {
        c.name.lower() for each in (*node.expressions, *tests) for c in each.find_all(exp.Column)
    }
    group = node.args.get("group")
    if group is not None:
        wanted = {each.name.lower() for each in group.expressions}
        kept = {n: d for n, d in table.columns.items() if n.lower() in wanted}
    else:
        kept = {n: d for n, d in table.columns.items() if n.lower() not in taken}
    rows = table.rows | as_rows(merged(kept.values()), "group_key")
    names = [each.name for each in node.args.get("columns") or ()]
    return Output({**kept, **dict.fromkeys(names, made)}, rows, None if names else made)


def _unpivot(node: exp.Pivot, table: Output, value: _Value, scope: Scope) -> Output:
    """Each row becomes one a column; which one is no value of any."""
    taken: set[str] = set()
    names: dict[str, Dependencies] = {}
    for each in node.args.get("fields") or ():
        columns = [c for listed in each.expressions for c in listed.find_all(exp.Column)]
        taken |= {c.name.lower() for c in columns}
        made = merged(value(c, scope) for c in columns)
        names[each.this.name] = NOTHING
        names |= {e.name: made for e in node.expressions}
    kept = {n: d for n, d in table.columns.items() if n.lower() not in taken}
    return Output({**kept, **names}, table.rows)
