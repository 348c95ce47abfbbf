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

DAYS = {"day": (1, "DAY"), "week": (7, "DAY"), "month": (1, "MONTH"), "quarter": (3, "MONTH")}
DAYS["year"] = (12, "MONTH")
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
    table = alias("u")
    table.set("columns", [exp.to_identifier(at, quoted=True)])
    steps = exp.Unnest(
        expressions=[exp.GenerateSeries(start=low, end=high, step=step)], alias=table
    )
    body = clock.body()
    body.set("alias", alias("l"))
    outputs = [(name, column(name, "l")) for name in keys] + [(at, column(at, "u"))]
    query = exp.select(*(exp.alias_(tree, name, quoted=True) for name, tree in outputs))
    kinds = {**{name: ends.kinds[name] for name in keys}, at: "TIMESTAMP"}
    series = clock.replace(query.from_(body).join(steps, join_type="cross"), kinds)
    return series.mutate(**{at: _as_before(col(at), kind, zone)})


def _as_before(time: Expression, kind: str, zone: str | None) -> Expression:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return time.from_local(zone or "UTC")
    return Expression(exp.cast(time.tree, "DATE")) if kind == "DATE" else time


def _step(every: Every, zone: str | None, kind: str) -> exp.Expr:
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
