"""Reads the moments that a declaration gives."""

from __future__ import annotations

from datetime import date, datetime

from vibepiper.errors import DefinitionError
from vibepiper.partitions.zone import Zone, seconds_of, wall_midnight

__all__ = ["FIRST", "LAST", "Moment", "instant_of"]

Moment = str | date | datetime
_YEARS = range(1000, 9000)
FIRST = wall_midnight(date(_YEARS.start, 1, 1))
"""Before every partition."""
LAST = wall_midnight(date(_YEARS.stop, 1, 1))
"""Where partitions without an ``end`` end."""


def instant_of(name: str, moment: Moment, zone: Zone) -> int:
    """A moment in Unix seconds. Without a time zone of its own it is what the wall clock shows:
    of a time that comes twice the first, and for one that is left out the first instant after
    it."""
    found = _parsed(name, moment) if isinstance(moment, str) else moment
    if not isinstance(found, date):
        raise _wrong(name, moment)
    if found.year not in _YEARS:
        years = f"{_YEARS.start} to {_YEARS.stop - 1}"
        raise DefinitionError(f"{name}={moment!r} is not in the years {years}")
    if not isinstance(found, datetime):
        return zone.instant(wall_midnight(found))
    return zone.instant(seconds_of(found)) if found.tzinfo is None else seconds_of(found)


def _parsed(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(name, text) from None


def _wrong(name: str, moment: object) -> DefinitionError:
    return DefinitionError(
        f"{name}={moment!r} is no moment",
        hint="Give a date, a datetime, or one as text: '2026-01-01', '2026-01-01T06:00'.",
    )
