"""From partitions to the slices that stores are told of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from vibepiper.errors import PlanError
from vibepiper.io_manager import Slice
from vibepiper.partitions.dimensions import TimeDimension
from vibepiper.partitions.grid import Grid
from vibepiper.partitions.span import Span
from vibepiper.partitions.zone import as_datetime

if TYPE_CHECKING:
    from vibepiper.partitions.partition_set import PartitionSet

__all__ = ["one_range", "slices_of", "slices_of_block"]

_WRITTEN = 1_000
"""Keys of time that are written at once; more are when they are asked for."""


def slices_of(partitions: PartitionSet) -> tuple[Slice, ...]:
    return slices_of_block(partitions, one_range(partitions))


def slices_of_block(partitions: PartitionSet, span: Span | None = None) -> tuple[Slice, ...]:
    """Of a block (`vibepiper.partitions.blocks`), which may have several labels; ``span`` is one
    of its spans."""
    span, declared = span or partitions.spans()[0], partitions.partitions
    labels = [label.split("/") for label in partitions.by_label]
    keys = dict(zip(declared.labelled, zip(*labels, strict=True), strict=False))
    return tuple(
        _of_time(name, each, span)
        if isinstance(each, TimeDimension)
        else Slice(name, _once(keys[name]), each.column)
        for name, each in declared.named
    )


def one_range(partitions: PartitionSet) -> Span:
    """The span of partitions that follow each other, of one label."""
    if len(spans := partitions.spans()) != 1:
        raise PlanError(
            f"these partitions do not follow each other: {partitions.describe(3)}",
            hint="PartitionSet.split() parts them into ranges.",
        )
    return spans[0]


@dataclass(frozen=True, slots=True)
class _TimeKeys(Sequence[str]):
    """The keys of the partitions between two boundaries."""

    grid: Grid
    begin: int
    end: int

    def __len__(self) -> int:
        return self.grid.count(self.begin, self.end)

    def __iter__(self) -> Iterator[str]:
        return map(self.grid.text, self.grid.boundaries(self.begin, self.end))

    @overload
    def __getitem__(self, place: int, /) -> str: ...
    @overload
    def __getitem__(self, place: slice, /) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice, /) -> str | Sequence[str]:
        places = range(len(self))[place]
        if isinstance(places, range):
            return tuple(map(self._at, places))
        return self._at(places)

    def _at(self, place: int) -> str:
        return self.grid.text(self.grid.step(self.begin, place))


def _of_time(name: str, time: TimeDimension, span: Span) -> Slice:
    keys: Sequence[str] = _TimeKeys(time.grid, span.begin, span.end)
    if len(keys) <= _WRITTEN:
        keys = tuple(keys)
    return Slice(name, keys, time.column, as_datetime(span.begin), as_datetime(span.end))


def _once(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))
