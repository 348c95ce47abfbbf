"""Rows that are compared, column by column: in DuckDB a null in one equals a null in the other,
and the answer is never null."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import refuse

__all__ = ["rows_apart"]

_EQUAL = (exp.EQ, exp.NullSafeEQ)
_OTHER = (exp.NEQ, exp.NullSafeNEQ)
_ORDERED = (exp.Between, exp.GT, exp.GTE, exp.LT, exp.LTE)
_HINT = "Compare their columns one by one."


def rows_apart(query: exp.Query, dialect: str) -> exp.Query:
    """``query``, itself changed. Raises `UnsupportedSql` for rows that are told to be less or more
    than others, or are compared with what is no row."""
    for node in list(query.find_all(*_EQUAL, *_OTHER, *_ORDERED, exp.In)):
        if _is_row(node.this) and not is_native(node) and node.args.get("query") is None:
            node.replace(_apart(node, dialect))
    return query


def _apart(node: exp.Expr, dialect: str) -> exp.Expr:
    one = node.this.unnest()
    others = node.expressions if isinstance(node, exp.In) else [node.expression]
    if isinstance(node, _ORDERED) or not all(map(_is_row, others)):
        why = "nulls in them mean another thing there"
        raise refuse("this comparison of rows", dialect, why, _HINT, node=node)
    found = exp.or_(*(_equal(one, other.unnest()) for other in others), copy=False)
    whole = exp.paren(found, copy=False)
    return exp.Not(this=whole) if isinstance(node, _OTHER) else whole


def _equal(one: exp.Expr, other: exp.Expr) -> exp.Expr:
    pairs = zip(one.expressions, other.expressions, strict=True)
    same = (exp.NullSafeEQ(this=_part(a), expression=_part(b)) for a, b in pairs)
    return exp.paren(exp.and_(*same, copy=False), copy=False)


def _part(node: exp.Expr) -> exp.Expr:
    return exp.paren(node.copy(), copy=False)


def _is_row(node: exp.Expr | None) -> bool:
    return node is not None and isinstance(node.unnest(), exp.Tuple)
