"""Python values as SQL literals that mean the same in every dialect."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlglot import exp
from vibepiper.errors import DefinitionError, a_type

from vibepiper_transform.callsite import callsite

__all__ = ["literal"]

INT64 = range(-(2**63), 2**63)


def literal(value: object) -> exp.Expr:
    """The tree of a Python value. Aware datetimes become UTC; a float is a DOUBLE, never the
    DECIMAL that its digits would be. Raises `DefinitionError` for what has no literal."""
    match value:
        case None:
            return exp.Null()
        case bool():
            return exp.Boolean(this=value)
        case int():
            return _integer(value)
        case float():
            return _float(value)
        case str():
            return _text(value)
        case Decimal():
            return _decimal(value)
        case datetime():
            return _timestamp(value)
        case date():
            return _typed(value.isoformat(), "DATE")
        case time():
            return _time(value)
        case timedelta():
            return _interval(value)
    raise DefinitionError(
        f"{a_type(value)} has no SQL literal: {value!r}",
        at=callsite(),
        hint="There are: None, bool, int, float, str, Decimal, date, datetime, time, timedelta.",
    )


def _integer(value: int) -> exp.Expr:
    if value not in INT64:
        return _decimal(Decimal(value))
    number = exp.Literal.number(abs(value))
    return exp.Neg(this=number) if value < 0 else number


def _float(value: float) -> exp.Expr:
    if not math.isfinite(value) or value == 0:
        return _typed(str(value), "DOUBLE")  # a number would lose the sign of -0.0
    number: exp.Expr = exp.Literal.number(repr(abs(value)))
    return exp.cast(exp.Neg(this=number) if value < 0 else number, "DOUBLE")


def _decimal(value: Decimal) -> exp.Expr:
    if not value.is_finite():
        raise DefinitionError(
            f"the decimal {value} has no SQL literal", at=callsite(), hint="Use a float."
        )
    _, digits, exponent = value.as_tuple()
    scale = max(0, -int(exponent))
    precision = max(len(digits) + max(0, int(exponent)), scale)
    if precision > 38:
        raise DefinitionError(
            f"the number {value} has {precision} digits; SQL holds 38", at=callsite()
        )
    return _typed(format(value, "f"), f"DECIMAL({precision}, {scale})")


def _text(value: str) -> exp.Expr:
    if "\0" in value or (not value.isprintable() and any("\ud800" <= c <= "\udfff" for c in value)):
        raise DefinitionError(
            f"a text in SQL holds no NUL and no lone surrogate, found {value!r}", at=callsite()
        )
    return exp.Literal.string(value)


def _time(value: time) -> exp.Expr:
    if value.tzinfo is not None:
        raise DefinitionError(f"a time of day in SQL has no zone, found {value!r}", at=callsite())
    return _typed(value.isoformat(), "TIME")


def _interval(value: timedelta) -> exp.Expr:
    parts = f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    return _typed(parts, "INTERVAL")


def _timestamp(value: datetime) -> exp.Expr:
    if value.tzinfo is None:
        return _typed(value.isoformat(sep=" "), "TIMESTAMP")
    return _typed(value.astimezone(UTC).isoformat(sep=" "), "TIMESTAMPTZ")


def _typed(text: str, kind: str) -> exp.Expr:
    return exp.cast(exp.Literal.string(text), kind)
