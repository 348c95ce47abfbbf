"""Hours of the wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from vibepiper.partitions.grid import step_by_estimate
from vibepiper.partitions.key_text import offset_text
from vibepiper.partitions.zone import DAY, HOUR, Zone, wall_midnight

__all__ = ["HourGrid"]

_HOUR = re.compile(r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3])([+-]\d{4}(\d\d)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class HourGrid:
    """A partition for each hour that the wall clock shows, at each offset.

    A change of offset always begins one: where an hour comes twice there are two, and where a
    change falls within an hour (Lord Howe Island's half hour) the partitions beside it are
    shorter.
    """

    zone: Zone

    @property
    def example(self) -> str:
        return "2026-03-01T07"

    def ceil(self, instant: int) -> int:
        mark = instant + -self.zone.wall(instant) % HOUR
        changes = self.zone.changes(instant, mark)
        return changes[0].at if changes else mark

    def count(self, begin: int, end: int) -> int:
        return sum(len(piece) for piece in self._pieces(begin, end))

    def step(self, boundary: int, number: int) -> int:
        estimate = self.ceil(boundary + number * HOUR)
        return step_by_estimate(self, boundary, number, estimate)

    def boundaries(self, begin: int, end: int) -> Iterator[int]:
        for piece in self._pieces(begin, end):
            yield from piece

    def text(self, boundary: int) -> str:
        shown = self.zone.datetime(boundary)
        again = shown.fold or self._follows_itself(boundary)
        return f"{shown:%Y-%m-%dT%H}{offset_text(shown) if again else ''}"

    def parse(self, text: str) -> int | None:
        if (match := _HOUR.fullmatch(text)) is None:
            return None
        try:
            wall = wall_midnight(date.fromisoformat(match[1])) + int(match[2]) * HOUR
        except ValueError:
            return None
        first = self.zone.instant(wall)
        # An hour comes again at most a day later: when a zone repeats a whole day.
        end = first + 1 if match[3] is None else first + DAY + 2 * HOUR
        return next((at for at in self.boundaries(first, end) if self.text(at) == text), None)

    def to_json(self) -> Mapping[str, str | int]:
        return {"every": "hour", "timezone": self.zone.name}

    def _pieces(self, begin: int, end: int) -> Iterator[range]:
        """The boundaries between two instants, as ranges within which they are an hour apart."""
        if begin >= end:
            return
        changes = [change.at for change in self.zone.changes(begin, end)]
        starts = changes if begin in changes[:1] else [begin, *changes]
        for start, stop in zip(starts, [*starts[1:], end], strict=True):
            mark = start + -self.zone.wall(start) % HOUR
            if mark != start and start in changes:
                yield range(start, start + 1)
            yield range(mark, stop, HOUR)

    def _follows_itself(self, boundary: int) -> bool:
        """Whether the partition before shows the same hour: a change leapt within it."""
        wall = self.zone.wall(boundary)
        return wall % HOUR != 0 and self.zone.wall(boundary - 1) // HOUR == wall // HOUR
