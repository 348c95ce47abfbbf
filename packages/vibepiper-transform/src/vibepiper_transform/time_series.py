"""Times in equal steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.expressions import Expression, col
from vibepiper_transform.literals import literal
from vibepiper_transform.names import alias, column

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["Every", "time_series"]

Every: TypeAlias = "str | timedelta"

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": (1, "DAY"), "week": (7, "DAY")} | {n: (m, "MONTH") for n, m in MONTHS.items()}
CLOCK = {"hour": (1, "HOUR"), "minute": (1, "MINUTE"), "second": (1, "SECOND")}


def time_series(
    ends: Relation,
    keys: Sequence[str],
    low_high: tuple[str, str],
    at: str,
    every: Every,
    zone: str | None,
) -> Relation:
    """For each row of ``ends`` its keys and, as ``at``, every time from ``low`` to ``high``."""
    kind = ends.kinds[low_high[0]]
    step = _step(every, zone, kind)
    instants = kind == "TIMESTAMP WITH TIME ZONE"
    clock = (
        ends
        if not instants
        else ends.mutate(**{end: col(end).to_local(zone or "UTC") for end in low_high})
    )
    low, high = (exp.cast(column(end, "l"), "TIMESTAMP") for end in low_high)
    months = MONTHS.get(every) if isinstance(every, str) else None
    if months is None:
        series, time = exp.GenerateSeries(start=low, end=high, step=step), column(at, "u")
    else:
        series, time = _months(low, high, months), _after(low, column(at, "u"))
    table = alias("u")
    table.set("columns", [exp.to_identifier(at, quoted=True)])
    steps = exp.Unnest(expressions=[series], alias=table)
    body = clock.body()
    body.set("alias", alias("l"))
    outputs = [(name, column(name, "l")) for name in keys] + [(at, time)]
    query = exp.select(*(exp.alias_(tree, name, quoted=True) for name, tree in outputs))
    kinds = {**{name: ends.kinds[name] for name in keys}, at: "TIMESTAMP"}
    query = query.from_(body).join(steps, join_type="cross")
    if months is not None:
        query = query.where(exp.LTE(this=time, expression=high))
    return clock.replace(query, kinds).mutate(**{at: _as_before(col(at), kind, zone)})


def _months(low: exp.Expr, high: exp.Expr, step: int) -> exp.GenerateSeries:
    """How many months after ``low`` each time is: one more than there are, where the last day of
    ``high`` comes before that of ``low``."""
    years, months = (
        exp.Sub(this=_part(part, high), expression=_part(part, low)) for part in ("YEAR", "MONTH")
    )
    twelve = exp.Mul(this=exp.paren(years), expression=exp.Literal.number(12))
    last = exp.Add(this=twelve, expression=exp.paren(months))
    return exp.GenerateSeries(start=exp.Literal.number(0), end=last, step=exp.Literal.number(step))


def _part(part: str, time: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Extract(this=exp.var(part), expression=time.copy()), "INT")


def _after(low: exp.Expr, months: exp.Expr) -> exp.Expr:
    """A month after 31 January is 29 February, and two are 31 March."""
    month = exp.Interval(this=exp.Literal.string("1"), unit=exp.var("MONTH"))
    return exp.Add(this=low.copy(), expression=exp.Mul(this=months, expression=month))


def _as_before(time: Expression, kind: str, zone: str | None) -> Expression:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return time.from_local(zone or "UTC")
    return Expression(exp.cast(time.tree, "DATE")) if kind == "DATE" else time


def _step(every: Every, zone: str | None, kind: str) -> exp.Expr:
    if not isinstance(every, (str, timedelta)):
        problem = f"a step is a part of time or a timedelta, found {every!r}"
        raise DefinitionError(problem, at=callsite())
    days = every in DAYS if isinstance(every, str) else every % timedelta(days=1) == timedelta()
    if zone is not None and kind != "TIMESTAMP WITH TIME ZONE":
        raise DefinitionError("only instants have a zone", at=callsite(), hint="Leave it out.")
    if not days and (zone is not None or kind == "DATE"):
        what = "dates" if kind == "DATE" else "a zone"
        raise DefinitionError(f"steps of {what} are whole days, found {every!r}", at=callsite())
    if isinstance(every, timedelta):
        if every <= timedelta():
            raise DefinitionError(f"a step is above zero, found {every!r}", at=callsite())
        return literal(every)
    if every not in {**DAYS, **CLOCK}:
        hint = suggest(every, [*DAYS, *CLOCK])
        raise DefinitionError(f"'{every}' is no step of time", at=callsite(), hint=hint)
    count, unit = {**DAYS, **CLOCK}[every]
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
