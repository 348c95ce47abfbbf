"""Denied tests as NOT and the test, so that a rule need not know both."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native

__all__ = ["denials_apart"]

_DENIED = (exp.ILike, exp.Is, exp.Like)


def denials_apart(query: exp.Query) -> exp.Query:
    """``query``, itself changed, with ``x NOT LIKE y`` as ``NOT (x LIKE y)``."""
    for node in list(query.find_all(*_DENIED)):
        if node.args.get("negate") and not is_native(node):
            node.set("negate", None)
            place = node.parent if isinstance(node.parent, exp.Escape) else node
            place.replace(exp.Not(this=exp.paren(place.copy(), copy=False)))
    return query
