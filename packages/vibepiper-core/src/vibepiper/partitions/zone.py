"""A time zone in whole seconds: which wall time an instant has, and where its offset changes.

Instants are Unix seconds. Wall times are counted as if they were UTC, so that a wall time less
the offset is the instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from vibepiper.errors import DefinitionError, suggest

__all__ = ["DAY", "HOUR", "Change", "Zone", "as_datetime", "seconds_of", "wall_midnight"]

HOUR = 3_600
DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# Changes of offset are looked for between samples. The shortest time that any zone has kept an
# offset is just under four days (Freetown, 1939), so that two samples never enclose two changes.
_SAMPLE = 2 * DAY
_CHUNK = 366 * DAY


@dataclass(frozen=True, slots=True)
class Change:
    """The instant ``at`` from which the offset is ``after``, and no longer ``before``."""

    at: int
    before: int
    after: int

    @property
    def gap(self) -> int:
        """Seconds of wall time that are left out; negative when they come twice."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its name in the IANA database (``Europe/Berlin``)."""

    name: str

    @property
    def tz(self) -> tzinfo:
        return _tzinfo(self.name)

    def datetime(self, instant: int) -> datetime:
        return as_datetime(instant).astimezone(self.tz)

    def offset(self, instant: int) -> int:
        """Seconds that the wall clock is ahead of UTC."""
        return _offset(self.tz, instant)

    def wall(self, instant: int) -> int:
        return instant + self.offset(instant)

    def instant(self, wall: int) -> int:
        """The first instant that shows a wall time; where a change leaves that out, the first
        instant after the change."""
        naive = _NAIVE_EPOCH + timedelta(seconds=wall)
        shift = naive.replace(tzinfo=self.tz).utcoffset()
        found = wall - int(shift.total_seconds()) if shift is not None else wall
        if self.wall(found) == wall:
            return found
        return next(change.at for change in reversed(self.changes(found - 2 * DAY, found + 1)))

    def changes(self, begin: int, end: int) -> list[Change]:
        """The changes of offset from ``begin`` up to but not including ``end``, in order."""
        if self.name == "UTC":
            return []
        chunks = range(begin // _CHUNK, (end - 1) // _CHUNK + 1)
        found = (change for chunk in chunks for change in _changes(self.name, chunk))
        return [change for change in found if begin <= change.at < end]


def as_datetime(instant: int) -> datetime:
    """An instant as an aware UTC datetime."""
    return _EPOCH + timedelta(seconds=instant)


def seconds_of(moment: datetime) -> int:
    """An aware datetime as Unix seconds, a naive one as a wall time; fractions are cut off."""
    epoch = _NAIVE_EPOCH if moment.tzinfo is None else _EPOCH
    return (moment - epoch) // timedelta(seconds=1)


def wall_midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY


def _offset(tz: tzinfo, instant: int) -> int:
    shift = as_datetime(instant).astimezone(tz).utcoffset()
    return 0 if shift is None else shift // timedelta(seconds=1)


@lru_cache(maxsize=4096)
def _changes(name: str, chunk: int) -> tuple[Change, ...]:
    tz = _tzinfo(name)
    samples = range(chunk * _CHUNK, (chunk + 1) * _CHUNK + 1, _SAMPLE)
    offsets = [_offset(tz, at) for at in samples]
    return tuple(
        Change(_change_between(tz, at, at + _SAMPLE), before, after)
        for at, before, after in zip(samples, offsets, offsets[1:], strict=False)
        if before != after
    )


def _change_between(tz: tzinfo, low: int, high: int) -> int:
    """The first instant of the offset that ``high`` has, where ``low`` has another."""
    after = _offset(tz, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(tz, middle) == after else (middle, high)
    return high


@lru_cache(maxsize=256)
def _tzinfo(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (LookupError, OSError, TypeError, ValueError) as error:
        known = available_timezones() if isinstance(name, str) else set()
        hint = suggest(name, known) if known else "Install the time zones: pip install tzdata"
        raise DefinitionError(
            f"there is no time zone {name!r}: it is a name of the IANA database, "
            "like 'Europe/Berlin'",
            hint=hint,
        ) from error
