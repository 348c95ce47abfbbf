"""Parts of dates and times as DuckDB gives them."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.rules import refuse
from vibepiper_transform.dialects.trees import call
from vibepiper_transform.dialects.typing import kind

__all__ = ["extracted", "make_date"]


def make_date(node: exp.Expr) -> exp.Expr:
    """A date of its parts by the name that PostgreSQL has for it, which sqlglot does not know."""
    if not isinstance(node, exp.DateFromParts):
        return node
    return call("MAKE_DATE", *(node.args[part] for part in ("year", "month", "day")))


_NAMES = {"DAYOFWEEK": "DOW", "DAYOFYEAR": "DOY", "WEEKDAY": "DOW", "WEEKOFYEAR": "WEEK"}
_FRACTIONS = ("MILLISECOND", "SECOND")
_CLOCK = ("HOUR", "MICROSECOND", "MINUTE", *_FRACTIONS)
_PARTS = (
    "CENTURY", "DAY", "DECADE", "DOW", "DOY", "EPOCH", "HOUR", "ISODOW", "ISOYEAR", "MICROSECOND",
    "MILLENNIUM", "MINUTE", "MONTH", "QUARTER", "WEEK", "YEAR", *_FRACTIONS,
)  # fmt: skip


def extracted(node: exp.Expr) -> exp.Expr:
    """A part of a time that PostgreSQL has: seconds without their fraction, which it gives too."""
    part = node.name.upper()
    part = _NAMES.get(part, part)
    if part.removesuffix("S") not in _PARTS:
        raise refuse(f"the {part.lower()} of a time", "postgresql", "it has another, or none")
    node.set("this", exp.var(part))
    if kind(node.expression) == "DATE" and part.removesuffix("S") in _CLOCK:
        node.set("expression", exp.cast(node.expression, "TIMESTAMP", copy=False))
    if part.removesuffix("S") not in _FRACTIONS or isinstance(node.parent, exp.Floor):
        return node
    return exp.Floor(this=node.copy())
