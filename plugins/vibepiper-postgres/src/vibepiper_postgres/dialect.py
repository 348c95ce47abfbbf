"""What PostgreSQL must be told so that a relation's results equal DuckDB's."""

from __future__ import annotations

from typing import cast

from sqlglot import exp

__all__ = ["lowered"]


def lowered(query: exp.Query) -> exp.Query:
    """``query`` with the functions that PostgreSQL has under another meaning spelled out.

    Rounding: PostgreSQL rounds halves of a double to even and takes no digits for one; both
    are done here as DuckDB does them, giving a double. The second of a time: without its fraction.
    """
    return cast("exp.Query", query.transform(_lower))


def _lower(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Round):
        return _round(node)
    if isinstance(node, exp.Extract) and node.name.upper() == "SECOND":
        if isinstance(node.parent, exp.Floor):
            return node
        return exp.Floor(this=node.copy())
    return node


def _round(node: exp.Round) -> exp.Expr:
    """Half away from zero: ``sign(x) * floor(abs(x) * 10^n + 0.5) / 10^n``."""
    value = exp.cast(exp.paren(node.this.copy()), "DOUBLE")
    digits = node.args.get("decimals") or exp.Literal.number(0)
    ten = exp.cast(exp.Literal.number(10), "DOUBLE")
    factor = exp.Pow(this=ten, expression=exp.cast(digits.copy(), "DOUBLE"))
    half = exp.cast(exp.Literal.number("0.5"), "DOUBLE")
    scaled = exp.Mul(this=exp.Abs(this=value), expression=factor)
    whole = exp.Floor(this=exp.Add(this=scaled, expression=half))
    signed = exp.Mul(this=exp.Sign(this=value.copy()), expression=whole)
    return exp.paren(exp.Div(this=signed, expression=factor.copy(), typed=True, safe=False))
