"""Sums that have one type on every engine."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from sqlglot import exp

__all__ = ["typed_sums"]


def typed_sums(tree: exp.Expr, kind_of: Callable[[exp.Expr], pa.DataType]) -> exp.Expr:
    """``tree``, where sums of integers and of booleans are 64-bit integers; engines widen them
    each in their way. ``kind_of`` tells the type of what is summed."""
    for total in list(tree.find_all(exp.Sum)):
        kind = kind_of(total.this)
        if pa.types.is_boolean(kind):
            total.set("this", exp.cast(total.this.copy(), "INT"))
        if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
            tree = _widened(tree, total)
    return tree


def _widened(tree: exp.Expr, total: exp.Expr) -> exp.Expr:
    """The cast stands outside of the sum's FILTER and OVER."""
    whole = total
    while isinstance(whole.parent, (exp.Filter, exp.Window)) and whole.arg_key == "this":
        whole = whole.parent
    cast = exp.cast(whole.copy(), "BIGINT")
    if whole is tree:
        return cast
    whole.replace(cast)
    return tree
