"""Functions of dates and timestamps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.operand import Operand, check_whole, nested, tree_of

if TYPE_CHECKING:
    from vibepiper_transform.expressions import Expression

__all__ = ["TimeFunctions", "check_zone"]

CLOCK_PARTS = ("hour", "minute", "second")
DAY_PARTS = ("year", "quarter", "month", "week", "day")
DATE_PARTS = (*DAY_PARTS, *CLOCK_PARTS)
FIELDS = ("day_of_week", "day_of_year", "epoch")
SHIFTS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")


class TimeFunctions(Operand):
    """What is asked of a date or a timestamp. One with a zone is an instant, whose parts are
    those of UTC unless a zone is named (by its name in the IANA database)."""

    def date_part(self, part: str) -> Expression:
        """A part as an integer: ``"year"``, ``"hour"``, ISO's ``"week"``, ``"day_of_week"``
        (Sunday is 0), ``"day_of_year"``, ``"epoch"`` (whole seconds since 1970) ..."""
        _check_part(part, (*DATE_PARTS, *FIELDS))
        unit = {"day_of_week": "DOW", "day_of_year": "DOY"}.get(part, part.upper())
        found = exp.Extract(this=exp.var(unit), expression=self._this())
        whole = exp.Floor(this=found) if part == "epoch" else found
        return self._of(exp.cast(whole, "BIGINT"))

    def date_trunc(self, part: str, *, zone: str | None = None) -> Expression:
        """The first day of the year, month, week (Monday) ... as a date; of ``"hour"``,
        ``"minute"`` and ``"second"`` the first instant, as a timestamp. Days are those of
        ``zone``; parts of a day are UTC's, for in a zone one hour may come twice."""
        _check_part(part, DATE_PARTS)
        if part in DAY_PARTS:
            local = self._this() if zone is None else self.to_local(zone).tree
            return self._of(exp.cast(_truncated(local, part), "DATE"))
        if zone is not None:
            problem = f"a time is not truncated to the {part} in a zone"
            raise DefinitionError(problem, at=callsite(), hint="Leave the zone out.")
        return self._of(_truncated(self._this(), part))

    def to_local(self, zone: str) -> Expression:
        """What a clock in ``zone`` shows at this instant, as a timestamp without zone."""
        instant = exp.cast(self._this(), "TIMESTAMPTZ")
        return self._of(exp.AtTimeZone(this=instant, zone=literal(check_zone(zone))))

    def from_local(self, zone: str) -> Expression:
        """The instant at which a clock in ``zone`` shows this; a time that is skipped in spring
        is moved on by what is skipped, of one that comes twice in autumn the engine takes one."""
        clock = exp.cast(self._this(), "TIMESTAMP")
        return self._of(exp.AtTimeZone(this=clock, zone=literal(check_zone(zone))))

    def shift(self, **by: int) -> Expression:
        """Moved by whole ``years``, ``months``, ``weeks``, ``days``, ``hours``, ``minutes`` or
        ``seconds``, as a timestamp; where a month is shorter, to its last day."""
        if not by:
            raise DefinitionError("a shift needs a unit", at=callsite(), hint="Such as days=1.")
        tree = self._this()
        for unit, count in by.items():
            _check_part(unit, SHIFTS)
            amount = exp.Literal.string(str(check_whole(f"a shift by {unit}", count)))
            step = exp.Interval(this=amount, unit=exp.var(unit.upper().removesuffix("S")))
            tree = exp.Add(this=nested(tree), expression=step)
        return self._of(tree)

    def diff(self, unit: str, since: object) -> Expression:
        """How many boundaries of days, months, hours ... lie between ``since`` and it, as an
        integer: from 31 January to 1 February it is one month."""
        _check_part(unit, DATE_PARTS)
        ends = (self._this(), tree_of(since))
        if unit == "week":  # sqlglot's begin on a Sunday
            one, two = (exp.cast(_truncated(end, "week"), "DATE") for end in ends)
            days = exp.paren(exp.DateDiff(this=one, expression=two, unit=exp.var("DAY")))
            return self._of(exp.cast(exp.IntDiv(this=days, expression=literal(7)), "BIGINT"))
        last, first = ends
        crossed = exp.DateDiff(this=last, expression=first, unit=exp.var(unit.upper()))
        return self._of(exp.cast(crossed, "BIGINT"))

    def format_time(self, form: str) -> Expression:
        """As a text, in a form of ``strftime``, such as ``"%Y-%m"``."""
        return self._of(exp.TimeToStr(this=self._this(), format=literal(form)))


def check_zone(zone: str) -> str:
    """``zone``, which must be one of the IANA database."""
    if zone not in available_timezones():
        hint = suggest(zone, sorted(available_timezones()))
        raise DefinitionError(f"there is no time zone '{zone}'", at=callsite(), hint=hint)
    return zone


def _truncated(tree: exp.Expr, part: str) -> exp.Expr:
    return exp.TimestampTrunc(this=tree, unit=exp.var(part.upper()))


def _check_part(part: str, parts: Sequence[str]) -> None:
    if part not in parts:
        raise DefinitionError(
            f"'{part}' is no part of a date", at=callsite(), hint=suggest(part, parts)
        )
