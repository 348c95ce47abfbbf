"""Parts of dates and times as DuckDB gives them."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["whole_seconds"]


def whole_seconds(node: exp.Expr) -> exp.Expr:
    """The second of a time without its fraction, for engines that give it with one."""
    if not isinstance(node, exp.Extract) or node.name.upper() != "SECOND":
        return node
    if isinstance(node.parent, exp.Floor):
        return node
    return exp.Floor(this=node.copy())
