"""Aggregates that have one type on every engine."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from vibepiper_transform.kinds import is_integer, is_number

__all__ = ["typed_aggregates"]

MEANS = (exp.Avg, exp.StddevSamp, exp.StddevPop, exp.Variance, exp.VariancePop)
MIDDLES = (exp.Median, exp.PercentileCont)


def typed_aggregates(tree: exp.Expr, kind_of: Callable[[exp.Expr], str]) -> exp.Expr:
    """``tree``, where sums of integers and of booleans are 64-bit integers, and means, deviations
    and quantiles of numbers are doubles; engines widen them each in their way. ``kind_of`` tells
    the type of what is aggregated."""
    for found in list(tree.find_all(exp.Sum, *MEANS, *MIDDLES)):
        kind = kind_of(found.this)
        if kind == "BOOLEAN" and isinstance(found, (exp.Sum, *MEANS)):
            found.set("this", exp.cast(found.this.copy(), "INT"))
        if (target := _type(found, kind)) is not None:
            tree = _cast(tree, found, target)
    return tree


def _type(aggregate: exp.Expr, kind: str) -> str | None:
    if isinstance(aggregate, exp.Sum):
        return "BIGINT" if is_integer(kind) or kind == "BOOLEAN" else None
    if isinstance(aggregate, MIDDLES):
        return "DOUBLE" if is_number(kind) else None
    return "DOUBLE"


def _cast(tree: exp.Expr, aggregate: exp.Expr, target: str) -> exp.Expr:
    """The cast stands outside of the aggregate's FILTER and OVER."""
    whole = aggregate
    while isinstance(whole.parent, (exp.Filter, exp.Window)) and whole.arg_key == "this":
        whole = whole.parent
    cast = exp.cast(whole.copy(), target)
    if whole is tree:
        return cast
    whole.replace(cast)
    return tree
