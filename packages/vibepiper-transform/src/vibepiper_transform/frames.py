"""Which rows around a row a window function sees."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TypeAlias

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.operand import check_whole

__all__ = ["Range", "Rows", "frame"]

Rows: TypeAlias = "tuple[int | None, int | None]"
Distance: TypeAlias = "int | float | timedelta"
Range: TypeAlias = "tuple[Distance | None, Distance | None]"


def frame(rows: Rows | None, around: Range | None, terms: int) -> exp.WindowSpec | None:
    """The frame of a window with so many ORDER BY terms; None is the engine's own: with an order
    all rows up to this one and its equals, without one all."""
    if rows is not None and around is not None:
        raise DefinitionError("a frame is of rows or of a range, not of both", at=callsite())
    if rows is not None:
        for end in _ends("rows", rows):
            if end is not None:
                check_whole("a frame's distance in rows", end)
        return _spec("ROWS", rows)
    if around is None:
        return None
    _check_range(_ends("range", around), terms)
    return _spec("RANGE", around)


def _check_range(ends: Range, terms: int) -> None:
    if terms != 1:
        raise DefinitionError(
            f"a frame's range needs one column to order by, found {terms}", at=callsite()
        )
    for end in ends:
        if isinstance(end, bool) or not isinstance(end, (int, float, timedelta, type(None))):
            raise DefinitionError(
                f"a frame's distance is a number or a timedelta, found {end!r}", at=callsite()
            )


def _ends(what: str, ends: object) -> Range:
    if not isinstance(ends, tuple) or len(ends) != 2:
        raise DefinitionError(
            f"{what} is a pair, found {ends!r}",
            at=callsite(),
            hint=f"{what}=(-2, 0) is the two before and this one; None is without end.",
        )
    return ends


def _spec(kind: str, ends: Range) -> exp.WindowSpec:
    low, high = (_signed(end) for end in ends)
    if (-math.inf if low is None else low) > (math.inf if high is None else high):
        raise DefinitionError(f"a frame ends before it begins: {ends!r}", at=callsite())
    start, start_side = _end(ends[0], "PRECEDING")
    end, end_side = _end(ends[1], "FOLLOWING")
    return exp.WindowSpec(kind=kind, start=start, start_side=start_side, end=end, end_side=end_side)


def _signed(end: Distance | None) -> float | None:
    return end.total_seconds() if isinstance(end, timedelta) else end


def _end(end: Distance | None, unbounded: str) -> tuple[str | exp.Expr, str | None]:
    if end is None:
        return "UNBOUNDED", unbounded
    signed = _signed(end) or 0
    if signed == 0:
        return "CURRENT ROW", None
    return literal(abs(end)), "PRECEDING" if signed < 0 else "FOLLOWING"
