"""Rounding as DuckDB rounds: halves away from zero."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["round_halves_away"]


def round_halves_away(node: exp.Expr) -> exp.Expr:
    """For engines that round halves of a double to even, or take no digits for one: what is
    rounded becomes ``sign(x) * floor(abs(x) * 10^n + 0.5) / 10^n``, a double."""
    if not isinstance(node, exp.Round):
        return node
    value = exp.cast(exp.paren(node.this.copy()), "DOUBLE")
    digits = node.args.get("decimals") or exp.Literal.number(0)
    ten = exp.cast(exp.Literal.number(10), "DOUBLE")
    factor = exp.Pow(this=ten, expression=exp.cast(digits.copy(), "DOUBLE"))
    half = exp.cast(exp.Literal.number("0.5"), "DOUBLE")
    scaled = exp.Mul(this=exp.Abs(this=value), expression=factor)
    whole = exp.Floor(this=exp.Add(this=scaled, expression=half))
    signed = exp.Mul(this=exp.Sign(this=value.copy()), expression=whole)
    return exp.paren(exp.Div(this=signed, expression=factor.copy(), typed=True, safe=False))
