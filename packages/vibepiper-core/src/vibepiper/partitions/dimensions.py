"""Dimensions: what an asset is divided by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vibepiper.errors import PlanError, suggest
from vibepiper.partitions.grid import Grid, floor, shifted
from vibepiper.partitions.key_text import DynamicKeys, fault_of
from vibepiper.partitions.moments import FIRST, LAST
from vibepiper.partitions.zone import seconds_of

__all__ = ["Dimension", "DynamicDimension", "Shape", "StaticDimension", "TimeDimension"]

Shape = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class TimeDimension:
    """A row of partitions of time: those that begin from ``start`` up to but not including
    ``end`` (Unix seconds, both boundaries of the grid).

    ``end_offset`` shifts how many there are at a moment: 0 for those that are over by then, 1
    for the running one too, -1 for all but the last that is over.
    """

    grid: Grid
    start: int
    end: int
    end_offset: int = 0
    column: str | None = None

    def end_at(self, now: datetime) -> int:
        """Where the partitions end that there are at a moment."""
        end = shifted(self.grid, self._over(now), self.end_offset, self.start, self.end)
        return min(max(end, self.start), self.end)

    def latest_at(self, now: datetime) -> int | None:
        """Where the last partition begins that there is at a moment and that is over."""
        end = min(self._over(now), self.end_at(now))
        return self.grid.step(end, -1) if end > self.start else None

    def clip(self, begin: int, end: int) -> tuple[int, int]:
        """The boundaries between two instants, of those that the dimension has."""
        low, high = max(begin, self.start), min(end, self.end)
        return (self.grid.ceil(low), self.grid.ceil(high)) if low < high else (low, low)

    def find(self, text: str) -> int:
        """Where the partition of a key begins. Raises `PlanError` for a text that is no key, and
        for one that lies outside of the dimension."""
        if (found := self.grid.parse(text)) is None:
            raise PlanError(
                f"{text!r} is no key of these partitions of time",
                hint=f"A key looks like '{self.grid.example}', in the time zone "
                f"{self.grid.zone.name}.",
            )
        if found < self.start:
            raise PlanError(
                f"'{text}' is before the first partition, '{self.grid.text(self.start)}'",
                hint="An earlier start= in the declaration would add it.",
            )
        if found >= self.end:
            last = self.grid.text(self.grid.step(self.end, -1))
            raise PlanError(
                f"'{text}' is after the last partition, '{last}'",
                hint="A later end= in the declaration would add it.",
            )
        return found

    def shape(self) -> Shape:
        return self.grid.to_json()

    def _over(self, now: datetime) -> int:
        """Where the partitions end that are over."""
        return floor(self.grid, min(max(seconds_of(now), FIRST), LAST))


@dataclass(frozen=True, slots=True)
class StaticDimension:
    """Keys that the declaration names."""

    keys: tuple[str, ...]
    column: str | None = None
    known: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", frozenset(self.keys))

    def check(self, key: str) -> None:
        """Raises `PlanError` for a key that there is not."""
        if key not in self.known:
            raise PlanError(f"{key!r} is no key of these partitions", hint=suggest(key, self.keys))

    def there_are(self, dynamic: DynamicKeys) -> Iterable[str]:
        return self.keys

    def shape(self) -> Shape:
        return {"every": "key"}


@dataclass(frozen=True, slots=True)
class DynamicDimension:
    """Keys that are known only at run time, kept under a name."""

    source: str
    column: str | None = None

    def check(self, key: str) -> None:
        """Raises `PlanError` for what can be no key."""
        if (fault := fault_of(key)) is not None:
            raise PlanError(f"{key!r} can be no key of '{self.source}': {fault}")

    def there_are(self, dynamic: DynamicKeys) -> Iterable[str]:
        """In the order given, each once. Raises `PlanError` for what can be no key."""
        found = list(dynamic(self.source))
        for key in found:
            self.check(key)
        return dict.fromkeys(found)

    def shape(self) -> Shape:
        return {"every": "dynamic key", "of": self.source}


Dimension = TimeDimension | StaticDimension | DynamicDimension
