"""Days, weeks and months of the wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from vibepiper.partitions.grid import step_by_estimate
from vibepiper.partitions.zone import DAY, Zone, wall_midnight

__all__ = ["CalendarGrid", "CalendarUnit"]

CalendarUnit = Literal["day", "week", "month"]
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class CalendarGrid:
    """A partition for each day, week or month, from the first instant of its first day.

    ``first`` is the day that a week begins with (0 for Monday) or a month (1 to 28). A day that
    a zone left out altogether (Apia, 2011-12-30) is no partition.
    """

    zone: Zone
    unit: CalendarUnit
    first: int = 0

    @property
    def example(self) -> str:
        return self._date(self._ordinal(date(2026, 3, 2))).isoformat()

    def ceil(self, instant: int) -> int:
        number = self._number(instant)
        while (found := self._begin(number)) < instant:
            number += 1
        while (earlier := self._begin(number - 1)) >= instant:
            number, found = number - 1, earlier
        return found

    def count(self, begin: int, end: int) -> int:
        if begin >= end:
            return 0
        first, last = self.ceil(begin), self.ceil(end)
        return self._number(last) - self._number(first) - self._left_out(first, last)

    def step(self, boundary: int, number: int) -> int:
        estimate = self.ceil(self._begin(self._number(boundary) + number))
        return step_by_estimate(self, boundary, number, estimate)

    def boundaries(self, begin: int, end: int) -> Iterator[int]:
        found = self.ceil(begin)
        number = self._number(found)
        while found < end:
            yield found
            number += 1
            while (later := self._begin(number)) == found:
                number += 1
            found = later

    def text(self, boundary: int) -> str:
        return self._date(self._number(boundary)).isoformat()

    def parse(self, text: str) -> int | None:
        if not _DATE.fullmatch(text):
            return None
        try:
            found = self._begin(self._ordinal(date.fromisoformat(text)))
        except ValueError:
            return None
        return found if self.text(found) == text else None

    def to_json(self) -> Mapping[str, str | int]:
        return {"every": self.unit, "first": self.first, "timezone": self.zone.name}

    def _number(self, instant: int) -> int:
        """The unit's number by the date that the wall clock shows."""
        return self._ordinal(self.zone.datetime(instant).date())

    def _begin(self, number: int) -> int:
        return self.zone.instant(wall_midnight(self._date(number)))

    def _ordinal(self, day: date) -> int:
        if self.unit == "day":
            return day.toordinal()
        if self.unit == "week":
            return (day.toordinal() - 1 - self.first) // 7
        return day.year * 12 + day.month - 1 - (day.day < self.first)

    def _date(self, number: int) -> date:
        if self.unit == "day":
            return date.fromordinal(number)
        if self.unit == "week":
            return date.fromordinal(number * 7 + 1 + self.first)
        return date(number // 12, number % 12 + 1, self.first)

    def _left_out(self, first: int, last: int) -> int:
        """Days between two boundaries that no instant has."""
        if self.unit != "day":
            return 0
        changes = self.zone.changes(first + 1, last + 1)
        return sum(_whole_days(c.at + c.before, c.at + c.after) for c in changes if c.gap >= DAY)


def _whole_days(begin: int, end: int) -> int:
    """Days of the wall clock that lie within two wall times."""
    return max(0, end // DAY - -(-begin // DAY))
