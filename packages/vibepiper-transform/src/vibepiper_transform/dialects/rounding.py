"""Rounding as DuckDB rounds: by the exact value, halves away from zero."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.rules import refuse
from vibepiper_transform.dialects.trees import case, integer, noted_depth, whole

__all__ = ["decimal_of_double", "round_halves_away"]

_DIGITS = 15
"""So many a double shows as they were given."""
_EXACT = 22
"""Of these powers of ten a double holds each exactly."""
_SPLIT = 2**27 + 1
"""Times this less what it makes greater is the upper half of a double's bits."""


_DEEPEST = 2
_DEPTH = "vibepiper_rounds"


def round_halves_away(node: exp.Expr, dialect: str) -> exp.Expr:
    """For engines that round halves of a double to even, or take no digits for one: what is
    rounded becomes ``sign(x) * n / 10^digits``, a double. It is written some thirty times, so that
    `UnsupportedSql` is raised for one in another in another."""
    if not isinstance(node, exp.Round):
        return node
    depth = 1 + noted_depth(node.this, _DEPTH)
    if depth > _DEEPEST:
        why, hint = "each is written many times", "Compute the inner ones in a WITH."
        raise refuse("round() within round() within another", dialect, why, hint)
    made = _rounded(node)
    made.meta[_DEPTH] = depth
    return made


def decimal_of_double(node: exp.Cast, dialect: str) -> exp.Cast:
    """A DOUBLE cast to a DECIMAL as DuckDB casts it: what is nearest to the double
    ``x * 10^scale``, halves away from zero, as that many parts of ten. Other engines go by the
    digits that they show: 1.005 times 100 is less than 100.5. A value of more than
    18 digits is an error there. Raises `UnsupportedSql` for more decimals than a double tells."""
    value = exp.cast(exp.paren(node.this.copy()), "DOUBLE")
    scale = int(node.to.expressions[1].name) if len(node.to.expressions) > 1 else 0
    if scale > _DIGITS:
        why, hint = "it goes by the digits that a double shows", f"Cast to at most {_DIGITS}."
        raise refuse(f"a DOUBLE with {scale} decimals", dialect, why, hint)
    ten = _double(str(10**scale))
    size = _times(exp.Abs(this=value), ten)
    signed = _times(exp.Sign(this=value.copy()), exp.paren(_nearest(exp.paren(size)), copy=False))
    parts = exp.cast(exp.paren(signed, copy=False), "BIGINT", copy=False)
    one = exp.Literal.number(f"0.{'1'.rjust(scale, '0')}" if scale else "1")
    whole = exp.cast(parts, "DECIMAL(38, 0)", copy=False)
    return exp.Cast(this=exp.Mul(this=whole, expression=one), to=node.to.copy())


def _rounded(node: exp.Round) -> exp.Expr:
    value = exp.cast(exp.paren(node.this.copy()), "DOUBLE")
    digits = node.args.get("decimals") or integer(0)
    size, sign = exp.Abs(this=value), exp.Sign(this=value.copy())
    known = whole(digits)
    if known is not None and known < 0:
        ten = _power(integer(-known))
        tens = exp.paren(_times(_nearest(_over(size, ten)), ten), copy=False)
        return exp.paren(_times(sign, tens), copy=False)
    ten = _power(digits)
    scaled = exp.paren(_times(size, ten), copy=False)
    exact = known is None or known <= _EXACT
    rounded = _nearest(scaled, _missing(size, ten, known, scaled) if exact else None)
    return exp.paren(_over(_times(sign, rounded), ten), copy=False)


def _nearest(scaled: exp.Expr, missing: exp.Expr | None = None) -> exp.Expr:
    """The whole number next to it. The product of doubles may be a half where the exact one is
    ``missing`` something of it: 2.505 is less than what it is written as."""
    below = exp.Floor(this=scaled.copy())
    above = exp.paren(exp.Add(this=below.copy(), expression=integer(1)), copy=False)
    rest, half = _minus(scaled, below), _double("0.5")
    if missing is None:
        return case((exp.LT(this=rest, expression=half), below), otherwise=above)
    return case(
        (exp.LT(this=rest, expression=half), below),
        (exp.GT(this=rest, expression=half), above),
        (exp.LT(this=missing, expression=integer(0)), below),
        otherwise=above,
    )


def _missing(size: exp.Expr, ten: exp.Expr, digits: int | None, scaled: exp.Expr) -> exp.Expr:
    """What the exact product has more than the one of doubles, by the halves of their bits."""
    high, low = _halves(size)
    if digits is None:
        upper, lower = _halves(ten)
    else:
        upper, lower = (_double(repr(half)) for half in _halves_of(float(10**digits)))
    parts = [_times(high, lower), _times(low, upper), _times(low, lower)]
    found: exp.Expr = exp.paren(_minus(_times(high, upper), scaled), copy=False)
    for part in parts if digits is None or digits > _SHORT else parts[1:2]:
        found = exp.Add(this=found, expression=part)
    return found


_SHORT = 7
"""Of ten to the power of so many digits the lower half is nothing."""


def _halves(value: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    spread = exp.paren(_times(_double(str(_SPLIT)), value), copy=False)
    upper = exp.paren(_minus(spread, exp.paren(_minus(spread, value), copy=False)), copy=False)
    return upper, exp.paren(_minus(value, upper), copy=False)


def _halves_of(value: float) -> tuple[float, float]:
    spread = _SPLIT * value
    upper = spread - (spread - value)
    return upper, value - upper


def _power(digits: exp.Expr) -> exp.Expr:
    return exp.Pow(this=_double("10"), expression=exp.cast(digits.copy(), "DOUBLE"))


def _times(one: exp.Expr, two: exp.Expr) -> exp.Expr:
    return exp.Mul(this=one.copy(), expression=two.copy())


def _minus(one: exp.Expr, two: exp.Expr) -> exp.Expr:
    return exp.Sub(this=one.copy(), expression=two.copy())


def _over(one: exp.Expr, two: exp.Expr) -> exp.Expr:
    return exp.Div(this=one.copy(), expression=two.copy(), typed=True, safe=False)


def _double(number: str) -> exp.Expr:
    return exp.cast(exp.Literal.number(number), "DOUBLE")
