"""Grids: where the partitions of a dimension of time begin.

A grid is an ascending, endless row of boundaries in Unix seconds. A partition lasts from its
boundary up to the next one, so that every instant is in exactly one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from vibepiper.partitions.zone import Zone

__all__ = ["Grid", "end_of_first", "first_after", "floor", "shifted", "step_by_estimate"]


class Grid(Protocol):
    """What a dimension of time divides time by. Counting does not visit the partitions."""

    @property
    def zone(self) -> Zone: ...

    @property
    def example(self) -> str:
        """A key as people write it, for messages."""
        ...

    def ceil(self, instant: int) -> int:
        """The first boundary that is not before ``instant``."""
        ...

    def count(self, begin: int, end: int) -> int:
        """How many boundaries lie from ``begin`` up to but not including ``end``."""
        ...

    def step(self, boundary: int, number: int) -> int:
        """The boundary that is ``number`` after a boundary, or before it when negative."""
        ...

    def boundaries(self, begin: int, end: int) -> Iterator[int]:
        """Those from ``begin`` up to but not including ``end``, in order, as they are asked
        for."""
        ...

    def text(self, boundary: int) -> str:
        """The key of the partition that begins at a boundary."""
        ...

    def parse(self, text: str) -> int | None:
        """The boundary of a key; None for a text that is no key of this grid."""
        ...

    def to_json(self) -> Mapping[str, str | int]:
        """What decides where the boundaries are."""
        ...


def floor(grid: Grid, instant: int) -> int:
    """The boundary of the partition that holds ``instant``."""
    found = grid.ceil(instant)
    return found if found == instant else grid.step(found, -1)


def first_after(grid: Grid, boundary: int) -> int:
    """Where the partition ends that begins at ``boundary``."""
    return grid.ceil(boundary + 1)


def end_of_first(grid: Grid, begin: int, end: int, number: int) -> int:
    """Where the first so many partitions between two boundaries end. What lies behind them is
    not looked at: without an end, that is thousands of years."""
    reach = 60 * number
    while begin + reach < end and grid.count(begin, begin + reach) < number:
        reach *= 4
    if begin + reach >= end and grid.count(begin, end) <= number:
        return end
    return grid.step(begin, number)


def begin_of_last(grid: Grid, begin: int, end: int, number: int) -> int:
    """Where the last so many partitions between two boundaries begin, as `end_of_first`."""
    reach = 60 * number
    while begin < end - reach and grid.count(end - reach, end) < number:
        reach *= 4
    if begin >= end - reach and grid.count(begin, end) <= number:
        return begin
    return grid.step(end, -number)


def shifted(grid: Grid, boundary: int, number: int, low: int, high: int) -> int:
    """The boundary so many after one, or before it, but at most ``high`` and at least ``low``. One
    that lies beyond these is not taken further away."""
    if number >= 0:
        return end_of_first(grid, boundary, high, number) if boundary < high else boundary
    return begin_of_last(grid, low, boundary, -number) if boundary > low else boundary


def step_by_estimate(grid: Grid, boundary: int, number: int, estimate: int) -> int:
    """Walks from a boundary near the one sought to it. For grids that count cheaply and whose
    boundaries are even but for a few."""
    if estimate >= boundary:
        missing = number - grid.count(boundary, estimate)
    else:
        missing = number + grid.count(estimate, boundary)
    while missing > 0:
        estimate, missing = grid.ceil(estimate + 1), missing - 1
    while missing < 0:
        estimate, missing = _before(grid, estimate), missing + 1
    return estimate


def _before(grid: Grid, boundary: int) -> int:
    reach = 1
    while (found := grid.ceil(boundary - reach)) >= boundary:
        reach *= 2
    while (later := grid.ceil(found + 1)) < boundary:
        found = later
    return found
