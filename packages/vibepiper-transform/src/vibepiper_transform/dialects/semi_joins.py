"""SEMI and ANTI joins as conditions that ask whether there are such rows."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.trees import integer

__all__ = ["semi_joins_by_exists"]


def semi_joins_by_exists(query: exp.Query) -> exp.Query:
    """``query``, itself changed. Before its columns are told: sqlglot would take a column of the
    joined table for a field, where the other table has a column of the table's name."""
    for join in list(query.find_all(exp.Join)):
        select, on = join.parent, join.args.get("on")
        if join.kind not in ("SEMI", "ANTI") or on is None or not isinstance(select, exp.Select):
            continue
        if is_native(select):
            continue
        found: exp.Expr = exp.Exists(this=exp.select(integer(1)).from_(join.this).where(on))
        select.where(exp.Not(this=found) if join.kind == "ANTI" else found, copy=False)
        join.pop()
    return query
