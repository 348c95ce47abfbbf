"""From partitions to the slices that stores are told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.errors import PlanError
from vibepiper.io_manager import Slice
from vibepiper.partitions.dimensions import TimeDimension
from vibepiper.partitions.span import Span
from vibepiper.partitions.zone import as_datetime

if TYPE_CHECKING:
    from vibepiper.partitions.partition_set import PartitionSet

__all__ = ["one_range", "slices_of"]


def slices_of(partitions: PartitionSet) -> tuple[Slice, ...]:
    span, declared = one_range(partitions), partitions.partitions
    labels = dict(zip(declared.labelled, span.label.split("/"), strict=False))
    return tuple(
        _of_time(name, each, span)
        if isinstance(each, TimeDimension)
        else Slice(name, (labels[name],), each.column)
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


def _of_time(name: str, time: TimeDimension, span: Span) -> Slice:
    keys = tuple(map(time.grid.text, time.grid.boundaries(span.begin, span.end)))
    return Slice(name, keys, time.column, as_datetime(span.begin), as_datetime(span.end))
