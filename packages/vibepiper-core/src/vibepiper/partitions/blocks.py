"""Blocks: sets of partitions of which a store can be asked in one question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vibepiper.partitions.intervals import Intervals

if TYPE_CHECKING:
    from vibepiper.partitions.partition_set import PartitionSet

__all__ = ["blocks"]

_MOST = 5_000
"""Partitions in a block of several labels; those of one label may be any number."""


def blocks(partitions: PartitionSet) -> Iterator[PartitionSet]:
    """Parts of a set that are each all combinations of one range of time and some keys of every
    other dimension."""
    kept = partitions.partitions
    for interval, labels in _alike(partitions):
        size = max(1, _MOST // kept.row.grid.count(*interval[0]))
        for start in range(0, len(labels), size):
            yield partitions.made(kept, dict.fromkeys(labels[start : start + size], interval))


def _alike(partitions: PartitionSet) -> Iterator[tuple[Intervals, list[str]]]:
    """The labels that have an interval in common and differ in their last key alone."""
    found: dict[tuple[str, int, int], list[str]] = {}
    for span in partitions.spans():
        first, _, _ = span.label.rpartition("/")
        found.setdefault((first, span.begin, span.end), []).append(span.label)
    for (_, begin, end), labels in found.items():
        yield ((begin, end),), labels
