"""Which partitions a store holds: what its record says, or asked in as few questions as there are
gaps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from vibepiper.io_manager import AssetRef, HeldRange
from vibepiper.session import Store

if TYPE_CHECKING:
    from vibepiper.partitions import Partitions, PartitionSet
    from vibepiper.partitions.span import Span

__all__ = ["held_by"]

_LOOKED_AT = 5_000
"""Partitions that are looked at one by one in a store that has no record of them but their files.
To look for a million files takes half a minute."""
_SAMPLED = 60
"""How many of those before them are looked at, at least."""


def held_by(store: Store, ref: AssetRef, partitions: PartitionSet) -> PartitionSet:
    """Those of the partitions whose data the store would find. A store that keeps no record of
    them is asked for each range of them, and a few times more for each gap.

    Of very many that are files the last are looked at, and a sample of the others: while none of
    it is lacking they are taken to be there, else each is looked at.
    """
    if (holding := store.holding) is not None:
        recorded = _whole_spans(holding.held(_naming(ref, partitions)), partitions.partitions)
        return partitions & partitions.from_spans(partitions.partitions, recorded)
    if not store.supports("files"):
        return partitions.from_spans(partitions.partitions, _spans_held(store, ref, partitions))
    looked_at = partitions.last(_LOOKED_AT)
    found, rest = _spans_held(store, ref, looked_at), partitions - looked_at
    sample = _sample(rest)
    all_there = rest.from_spans(rest.partitions, _spans_held(store, ref, sample)) == sample
    found += rest.spans() if all_there else _spans_held(store, ref, rest)
    return partitions.from_spans(partitions.partitions, found)


def _naming(ref: AssetRef, partitions: PartitionSet) -> AssetRef:
    """The partitions where one reference can name them, else all of the asset."""
    from vibepiper.partitions.blocks import blocks
    from vibepiper.partitions.slicing import slices_of_block

    first, *others = itertools.islice(blocks(partitions), 2)
    return ref.whole if others else replace(ref, partition=slices_of_block(first))


def _whole_spans(held: Iterable[HeldRange], declared: Partitions) -> Iterator[Span]:
    """What is held of whole partitions: it may have been stored by others, by hours for days."""
    from vibepiper.partitions.grid import floor
    from vibepiper.partitions.span import Span
    from vibepiper.partitions.zone import seconds_of

    grid = declared.row.grid
    for each in held:
        label = "/".join(each.keys)
        if each.begin is None or each.end is None:
            if declared.time is None:
                yield Span(label, 0, 1)
            continue
        begin = grid.ceil(seconds_of(each.begin) + bool(each.begin.microsecond))
        end = floor(grid, seconds_of(each.end))
        if begin < end:
            yield Span(label, begin, end)


def _sample(partitions: PartitionSet) -> PartitionSet:
    """Some of them, evenly spread: of each range the first, the last and some in between; of very
    many ranges some."""
    from vibepiper.partitions.span import Span

    grid, spans = partitions.partitions.row.grid, partitions.spans()
    found = []
    for span in spans[:: max(1, len(spans) // _SAMPLED)]:
        number = grid.count(span.begin, span.end)
        chosen = max(2, _SAMPLED // len(spans))
        for place in {place * (number - 1) // (chosen - 1) for place in range(chosen)}:
            begin = grid.step(span.begin, place)
            found.append(Span(span.label, begin, grid.step(begin, 1)))
    return partitions.from_spans(partitions.partitions, found)


def _spans_held(store: Store, ref: AssetRef, partitions: PartitionSet) -> list[Span]:
    # Asked once: a store of files looks at all that there are.
    has_any = cache(lambda: store.manager.exists(ref.whole))
    return [span for part in _held(store, ref, partitions, has_any) for span in part.spans()]


def _held(
    store: Store, ref: AssetRef, partitions: PartitionSet, has_any: Callable[[], bool]
) -> Iterator[PartitionSet]:
    from vibepiper.partitions.blocks import blocks
    from vibepiper.partitions.slicing import slices_of_block

    for block in blocks(partitions):
        if store.manager.exists(replace(ref, partition=slices_of_block(block))):
            yield block
        elif block.count() > 1 and has_any():
            half = block.first(block.count() // 2)
            yield from _held(store, ref, half, has_any)
            yield from _held(store, ref, block - half, has_any)
