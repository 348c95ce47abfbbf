"""Dates and timestamps, which are ISO texts here: ``2024-02-29``, and with six digits of a second
``2024-02-29 12:00:00.000000``."""

from __future__ import annotations

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

__all__ = [
    "boundaries",
    "days_between",
    "from_local",
    "make_date",
    "part",
    "shifted",
    "to_local",
    "truncated",
]

_EPOCH = dt.datetime(1970, 1, 1)
_CLOCK = {"hour": 3600, "minute": 60, "second": 1}


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _text(moment: dt.datetime) -> str:
    return moment.isoformat(sep=" ", timespec="microseconds")


def make_date(year: int, month: int, day: int) -> str:
    """Raises `ValueError` for what is no date."""
    return dt.date(year, month, day).isoformat()


def days_between(later: str, earlier: str) -> int:
    return (dt.date.fromisoformat(later) - dt.date.fromisoformat(earlier)).days


def shifted(value: str, months: int, days: int, micros: int) -> str:
    """A timestamp; where a month is shorter, its last day."""
    found = _moment(value)
    if months:
        year, month = divmod(found.year * 12 + found.month - 1 + months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        found = found.replace(year=year, month=month + 1, day=min(found.day, last))
    return _text(found + dt.timedelta(days=days, microseconds=micros))


def part(name: str, value: str) -> float:
    found = _moment(value)
    iso = found.isocalendar()
    parts = {
        "year": found.year,
        "quarter": (found.month + 2) // 3,
        "month": found.month,
        "week": iso.week,
        "day": found.day,
        "hour": found.hour,
        "minute": found.minute,
        "second": found.second,
        "dow": iso.weekday % 7,
        "isodow": iso.weekday,
        "isoyear": iso.year,
        "doy": found.timetuple().tm_yday,
        "epoch": (found - _EPOCH) / dt.timedelta(seconds=1),
    }
    names = {"dayofweek": "dow", "dayofyear": "doy", "weekofyear": "week"}
    return parts[names.get(name, name)]


def truncated(name: str, value: str) -> str:
    """The first instant of the part, as a timestamp."""
    found = _moment(value)
    midnight = found.replace(hour=0, minute=0, second=0, microsecond=0)
    firsts = {
        "year": midnight.replace(month=1, day=1),
        "quarter": midnight.replace(month=(found.month - 1) // 3 * 3 + 1, day=1),
        "month": midnight.replace(day=1),
        "day": midnight,
        "hour": found.replace(minute=0, second=0, microsecond=0),
        "minute": found.replace(second=0, microsecond=0),
        "second": found.replace(microsecond=0),
    }
    if name == "week":
        return _text(midnight - dt.timedelta(days=midnight.weekday()))
    return _text(firsts[name])


def to_local(value: str, zone: str) -> str:
    """What a clock in the zone shows at an instant."""
    instant = _moment(value).replace(tzinfo=dt.UTC)
    return _text(instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None))


def from_local(value: str, zone: str) -> str:
    """The instant at which a clock in the zone shows it."""
    shown = _moment(value).replace(tzinfo=ZoneInfo(zone))
    return _text(shown.astimezone(dt.UTC).replace(tzinfo=None))


def boundaries(unit: str, later: str, earlier: str) -> int:
    """How many boundaries of the unit lie between; of weeks how many whole ones, as in DuckDB."""
    one, two = _moment(later), _moment(earlier)
    if unit in ("year", "quarter", "month"):
        size = {"year": 12, "quarter": 3, "month": 1}[unit]
        return _months(one) // size - _months(two) // size
    if unit in _CLOCK:
        size = _CLOCK[unit]
        return _seconds(one) // size - _seconds(two) // size
    days = (one.toordinal() - 1, two.toordinal() - 1)
    apart = days[0] - days[1]
    return int(apart / 7) if unit == "week" else apart


def _months(moment: dt.datetime) -> int:
    return moment.year * 12 + moment.month - 1


def _seconds(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(seconds=1)
