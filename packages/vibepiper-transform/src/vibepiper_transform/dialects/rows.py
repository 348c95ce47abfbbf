"""Rows: compared they are so column by column, as in DuckDB a null in one equals a null in the
other, and the answer is never null; as values they are DuckDB's alone."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import refuse

__all__ = ["rows_apart"]

_EQUAL = (exp.EQ, exp.NullSafeEQ)
_OTHER = (exp.NEQ, exp.NullSafeNEQ)
_ORDERED = (exp.Between, exp.GT, exp.GTE, exp.LT, exp.LTE)
_HINT = "Compare their columns one by one."
_KEYS = (exp.Group, exp.GroupingSets, exp.Rollup, exp.Cube, exp.Values, exp.Tuple)


def rows_apart(query: exp.Query, dialect: str) -> exp.Query:
    """``query``, itself changed. Raises `UnsupportedSql` for rows that are told to be less or more
    than others, or are compared with what is no row, or are values themselves."""
    for node in list(query.find_all(*_EQUAL, *_OTHER, *_ORDERED, exp.In)):
        if _is_row(node.this) and not is_native(node) and node.args.get("query") is None:
            node.replace(_apart(node, dialect))
    for row in query.find_all(exp.Tuple):
        if not is_native(row) and not _is_list(row, dialect):
            why = "a row is no value there"
            raise refuse("rows as values", dialect, why, "Use its columns one by one.", node=row)
    return query


def _is_list(row: exp.Tuple, dialect: str) -> bool:
    """Whether it lists keys or columns, and is no value. PostgreSQL counts rows, too."""
    around = row.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    if isinstance(around, exp.Distinct):
        if row.arg_key == "on":
            return True
        around = around.parent
    if isinstance(around, exp.Count):
        return dialect == "postgresql"
    sought = isinstance(around, exp.In) and around.args.get("query") is not None
    return isinstance(around, _KEYS) or sought


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
