"""Rounding as DuckDB rounds: by the exact value, halves away from zero."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.trees import case, integer, whole

__all__ = ["round_halves_away"]

_EXACT = 7
"""Ten to the power of so many digits has at most 26 bits, of which products are exact."""
_SPLIT = 2**27 + 1


def round_halves_away(node: exp.Expr) -> exp.Expr:
    """For engines that round halves of a double to even, or take no digits for one: what is
    rounded becomes ``sign(x) * n / 10^digits``, a double."""
    if not isinstance(node, exp.Round):
        return node
    value = exp.cast(exp.paren(node.this.copy()), "DOUBLE")
    digits = node.args.get("decimals") or integer(0)
    factor = exp.Pow(this=_double("10"), expression=exp.cast(digits.copy(), "DOUBLE"))
    known = whole(digits)
    exact = known is not None and 0 <= known <= _EXACT
    rounded = _nearest(exp.Abs(this=value), factor, exact=exact)
    signed = exp.Mul(this=exp.Sign(this=value.copy()), expression=rounded)
    return exp.paren(exp.Div(this=signed, expression=factor.copy(), typed=True, safe=False))


def _nearest(size: exp.Expr, factor: exp.Expr, *, exact: bool) -> exp.Expr:
    """The whole number next to ``size * factor``. The product of doubles may be a half where the
    ``exact`` one is less: 2.505 is less than what it is written as."""
    scaled = exp.paren(exp.Mul(this=size.copy(), expression=factor.copy()), copy=False)
    below = exp.Floor(this=scaled.copy())
    above = exp.paren(exp.Add(this=below.copy(), expression=integer(1)), copy=False)
    rest = exp.Sub(this=scaled.copy(), expression=below.copy())
    half = _double("0.5")
    if not exact:
        return case((exp.LT(this=rest, expression=half), below), otherwise=above)
    missing = exp.LT(this=_missing(size, factor, scaled), expression=integer(0))
    return case(
        (exp.LT(this=rest, expression=half), below),
        (exp.GT(this=rest, expression=half), above),
        (missing, below),
        otherwise=above,
    )


def _missing(size: exp.Expr, factor: exp.Expr, scaled: exp.Expr) -> exp.Expr:
    """What the exact product has more than the one of doubles, by the two halves of its bits."""
    spread = exp.paren(exp.Mul(this=_double(str(_SPLIT)), expression=size.copy()), copy=False)
    lower = exp.paren(exp.Sub(this=spread.copy(), expression=size.copy()), copy=False)
    high = exp.paren(exp.Sub(this=spread, expression=lower), copy=False)
    low = exp.paren(exp.Sub(this=size.copy(), expression=high.copy()), copy=False)
    first = exp.Mul(this=high, expression=factor.copy())
    apart = exp.paren(exp.Sub(this=first, expression=scaled.copy()), copy=False)
    return exp.Add(this=apart, expression=exp.Mul(this=low, expression=factor.copy()))


def _double(number: str) -> exp.Expr:
    return exp.cast(exp.Literal.number(number), "DOUBLE")
