"""Ticks of a cron expression."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from vibepiper.errors import DefinitionError
from vibepiper.partitions.key_text import offset_text
from vibepiper.partitions.zone import DAY, HOUR, Zone, as_datetime, wall_midnight

if TYPE_CHECKING:
    from cronsim import CronSim

__all__ = ["CronGrid", "check_expression"]

_ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = re.compile(r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3])([0-5]\d)([+-]\d{4}(\d\d)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CronGrid:
    """A partition from each tick to the next.

    At changes of offset it ticks as cron does: an expression of fixed hours ticks once in an
    hour that comes twice, and at the end of one that is left out; one of ``*`` in its minutes or
    hours ticks by real time.
    """

    zone: Zone
    expression: str

    @property
    def example(self) -> str:
        return "2026-03-01T0730"

    def ceil(self, instant: int) -> int:
        day = self._day(instant) - 1
        for ticks in self._days(day, 1):
            if ticks and ticks[-1] >= instant:
                return ticks[bisect_left(ticks, instant)]
        raise AssertionError("the ticks of a cron expression do not end")

    def count(self, begin: int, end: int) -> int:
        if begin >= end:
            return 0
        first, last = self._day(begin) - 1, self._day(end) + 1
        edges = [*range(first, first + 3), *range(max(first + 3, last - 2), last + 1)]
        each = [self._ticks(day) for day in edges]
        within = sum(bisect_left(ticks, end) - bisect_left(ticks, begin) for ticks in each)
        odd = self._odd_days(begin, end)
        middle = range(first + 3, last - 2)
        return within + sum(self._count_day(day, day in odd) for day in middle)

    def step(self, boundary: int, number: int) -> int:
        if number == 0:
            return boundary
        direction, left, first = (1 if number > 0 else -1), abs(number), self._day(boundary)
        for day in itertools.count(first - direction, direction):
            if abs(day - first) > 1 and (found := self._count_day(day, self._is_odd(day))) < left:
                left -= found
                continue
            ticks = [tick for tick in self._ticks(day) if (tick - boundary) * direction > 0]
            if len(ticks) >= left:
                return ticks[::direction][left - 1]
            left -= len(ticks)
        raise AssertionError("the ticks of a cron expression do not end")

    def boundaries(self, begin: int, end: int) -> Iterator[int]:
        for day in range(self._day(begin) - 1, self._day(end) + 2):
            ticks = self._ticks(day)
            yield from ticks[bisect_left(ticks, begin) : bisect_left(ticks, end)]

    def text(self, boundary: int) -> str:
        shown = self.zone.datetime(boundary)
        return f"{shown:%Y-%m-%dT%H%M}{offset_text(shown) if shown.fold else ''}"

    def parse(self, text: str) -> int | None:
        if (match := _MINUTE.fullmatch(text)) is None:
            return None
        try:
            day = wall_midnight(date.fromisoformat(match[1]))
        except ValueError:
            return None
        first = self.zone.instant(day + int(match[2]) * HOUR + int(match[3]) * 60)
        ticks = self.boundaries(first, first + 2 * DAY)
        near = (at for at in ticks if match[4] is not None or at == first)
        return next((at for at in near if self.text(at) == text), None)

    def to_json(self) -> Mapping[str, str | int]:
        return {"every": " ".join(_fields(self.expression)), "timezone": self.zone.name}

    def _day(self, instant: int) -> int:
        return self.zone.wall(instant) // DAY

    def _days(self, day: int, step: int) -> Iterator[tuple[int, ...]]:
        while True:
            yield self._ticks(day)
            day += step

    def _count_day(self, day: int, odd: bool) -> int:
        if odd:
            return len(self._ticks(day))
        return len(_times(self.expression)) if _matches(self.expression, day) else 0

    def _ticks(self, day: int) -> tuple[int, ...]:
        """The ticks from a day's midnight up to the next one's, in their order."""
        return _day_ticks(self, day)

    def _found_ticks(self, day: int) -> tuple[int, ...]:
        midnight = self.zone.instant(day * DAY)
        if self._is_odd(day):
            return self._odd_ticks(midnight, self.zone.instant((day + 1) * DAY))
        shift = midnight - day * DAY
        return tuple(wall + shift for wall in _walls(self.expression, day))

    def _odd_ticks(self, begin: int, end: int) -> tuple[int, ...]:
        walls = [w for day in self._near(begin, end) for w in _walls(self.expression, day)]
        if _is_fixed(self.expression):
            found = {self.zone.instant(wall) for wall in walls}
        else:
            cuts = [begin, *(c.at for c in self.zone.changes(begin + 1, end)), end]
            found = {
                wall - offset
                for start, stop in pairwise(cuts)
                for offset in [self.zone.offset(start)]
                for wall in walls
                if start <= wall - offset < stop
            }
        return tuple(sorted(tick for tick in found if begin <= tick < end))

    def _near(self, begin: int, end: int) -> range:
        return range(self._day(begin) - 2, self._day(end) + 2)

    def _is_odd(self, day: int) -> bool:
        midnight = self.zone.instant(day * DAY)
        return bool(self._odd_days(midnight, midnight + 1))

    def _odd_days(self, begin: int, end: int) -> set[int]:
        """Days near changes of offset: their ticks are not found by adding."""
        changes = self.zone.changes(begin - 3 * DAY, end + 3 * DAY)
        walls = {wall // DAY for c in changes for wall in (c.at + c.before, c.at + c.after)}
        return {day + near for day in walls for near in (-1, 0, 1)}


@lru_cache(maxsize=64)
def _day_ticks(grid: CronGrid, day: int) -> tuple[int, ...]:
    """Those of the days that were asked for last, for each is asked for many times."""
    return grid._found_ticks(day)


def check_expression(expression: str) -> None:
    """Refuses what is no cron expression of five fields, and one that never ticks."""
    from cronsim import CronSimError

    hint = "Five fields: minute, hour, day of the month, month, day of the week; like '0 6 * * *'."
    if not isinstance(expression, str):
        raise DefinitionError(f"cron expression {expression!r} is no text", hint=hint)
    if len(_fields(expression)) != 5:
        raise DefinitionError(f"cron expression {expression!r} has not five fields", hint=hint)
    try:
        next(_simulation(expression))
    except (CronSimError, StopIteration) as error:
        found = str(error) or "it never ticks"
        raise DefinitionError(f"cron expression {expression!r}: {found}", hint=hint) from error


def _fields(expression: str) -> list[str]:
    return _ALIASES.get(expression.strip().lower(), expression).upper().split()


def _is_fixed(expression: str) -> bool:
    minutes, hours = _fields(expression)[:2]
    return not minutes.startswith("*") and not hours.startswith("*")


def _simulation(expression: str) -> CronSim:
    from cronsim import CronSim

    return CronSim(" ".join(_fields(expression)), as_datetime(0))


_parsed = lru_cache(maxsize=256)(_simulation)


def _matches(expression: str, day: int) -> bool:
    sim, shown = _parsed(expression), date.fromordinal(day + _EPOCH_ORDINAL)
    return shown.month in sim.months and sim.match_day(shown)


def _walls(expression: str, day: int) -> list[int]:
    """The wall times of a day at which an expression ticks."""
    if not _matches(expression, day):
        return []
    return [day * DAY + time for time in _times(expression)]


@lru_cache(maxsize=256)
def _times(expression: str) -> tuple[int, ...]:
    """The seconds after midnight at which an expression ticks, on its days."""
    sim = _parsed(expression)
    return tuple(h * HOUR + m * 60 for h in sorted(sim.hours) for m in sorted(sim.minutes))
