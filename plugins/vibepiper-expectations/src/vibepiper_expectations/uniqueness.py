"""Ways to prove that no values occur twice, from the cheapest that can succeed.

A strictly ascending column has none: one streaming pass compares each value with the one before,
and where none descends, another finds those that repeat. Integers and dates that lie close
together are counted in a bitmap. What neither proves, or what is found to repeat, is grouped, which
also tells how many rows fail.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from vibepiper_expectations.failures import Counted, RepeatedValues
from vibepiper_expectations.families import Family
from vibepiper_expectations.scopes import Scope
from vibepiper_expectations.templates import fill

if TYPE_CHECKING:
    from vibepiper_transform import FooterColumn, Footers

    from vibepiper_expectations.bare_column import BareColumn

__all__ = ["Shortcut", "shortcut"]

_COMPARABLE: frozenset[Family] = frozenset(
    ("integer", "date", "timestamp", "timestamp with time zone")
)
_BITS_A_ROW = 64
_MAX_BITS = 2**29
"""64 MB, for each thread that fills a bitmap of its own."""


@dataclass(frozen=True)
class Shortcut:
    """Aggregates over ``scope``, and what reads off them that no values are repeated (None where
    they do not prove it), and how to look for those that are."""

    scope: Scope
    aggregates: tuple[exp.Expr, ...]
    proves: Callable[[tuple[Any, ...]], Counted | None]
    repeats: Callable[[tuple[Any, ...]], RepeatedValues]


def shortcut(failures: RepeatedValues, footers: Footers) -> Shortcut | None:
    """The cheapest way that what the footers tell lets succeed; None where only grouping can."""
    known = [footers.columns.get(column.name) for column in failures.columns]
    found = [column for column in known if column is not None]
    if failures.when is not None or len(found) < len(known) or footers.rows == 0:
        return None
    return _by_order(failures, found, footers.rows) or _by_bitmap(failures, found, footers.rows)


def _by_order(failures: RepeatedValues, found: list[FooterColumn], rows: int) -> Shortcut | None:
    """One ascending column makes every combination with it unique."""
    if any(known.nulls for known in found):
        return None
    unique = Counted(rows, 0)
    for column, known in zip(failures.columns, found, strict=True):
        tells = known.sorted if len(found) == 1 else known.ascending
        if tells and column.family in _COMPARABLE:
            names = {"x": column.sql}
            unsorted = fill("COUNT_IF(LAG(x) OVER () >= x)", names)
            descents = fill("COUNT_IF(LAG(x) OVER () > x)", names)
            return Shortcut(
                Scope.of(unsorted),
                (unsorted, descents),
                lambda values: None if values[0] else unique,
                lambda values: replace(failures, ordered=len(found) == 1 and not values[1]),
            )
    return None


def _by_bitmap(failures: RepeatedValues, found: list[FooterColumn], rows: int) -> Shortcut | None:
    """A bit for every combination that there can be; a distinct one sets its own."""
    columns = failures.columns
    if not all(_is_laid_out(c, f) for c, f in zip(columns, found, strict=True)):
        return None
    place: exp.Expr = exp.Literal.number(0)
    bits = 1
    for column, known in zip(columns, found, strict=True):
        width = _width(known)
        place = fill("p * :width + (x - :low)", _names(column, known, place, width))
        bits *= width
    if bits > min(_MAX_BITS, _BITS_A_ROW * rows):
        return None
    names = {"place": place, "last": exp.Literal.number(bits - 1)}
    different = fill("BIT_COUNT(BITSTRING_AGG(place, 0, :last))", names)
    aggregates = (different, fill("COUNT(place)", names))
    return Shortcut(Scope(), aggregates, _all_different, lambda values: failures)


def _all_different(found: tuple[Any, ...]) -> Counted | None:
    different, rows = int(found[0] or 0), int(found[1])
    return Counted(rows, 0) if different == rows else None


def _is_laid_out(column: BareColumn, known: FooterColumn) -> bool:
    if column.family == "date":
        return known.low is not None
    return column.family == "integer" and known.low is not None and known.high < 2**63


def _width(known: FooterColumn) -> int:
    span = known.high - known.low
    return (span.days if isinstance(span, datetime.timedelta) else int(span)) + 1


def _names(
    column: BareColumn, known: FooterColumn, place: exp.Expr, width: int
) -> dict[str, exp.Expr]:
    is_date = column.family == "date"
    low = (
        exp.cast(exp.Literal.string(known.low.isoformat()), "date")
        if is_date
        else _number(known.low)
    )
    value = column.sql if is_date else exp.cast(column.sql, "bigint")
    return {"x": value, "low": low, "p": exp.paren(place), "width": _number(width)}


def _number(value: int) -> exp.Expr:
    return exp.cast(exp.Literal.number(value), "bigint")
