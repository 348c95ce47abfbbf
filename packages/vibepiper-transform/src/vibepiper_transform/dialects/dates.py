"""Parts of dates and times as DuckDB gives them."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.trees import call

__all__ = ["make_date", "whole_seconds"]


def make_date(node: exp.Expr) -> exp.Expr:
    """A date of its parts by the name that PostgreSQL has for it, which sqlglot does not know."""
    if not isinstance(node, exp.DateFromParts):
        return node
    return call("MAKE_DATE", *(node.args[part] for part in ("year", "month", "day")))


def whole_seconds(node: exp.Expr) -> exp.Expr:
    """The second of a time without its fraction, for engines that give it with one."""
    if not isinstance(node, exp.Extract) or node.name.upper() != "SECOND":
        return node
    if isinstance(node.parent, exp.Floor):
        return node
    return exp.Floor(this=node.copy())
