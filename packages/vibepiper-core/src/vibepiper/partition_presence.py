"""Which partitions a store holds: asked in as few questions as there are gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from vibepiper.io_manager import AssetRef
from vibepiper.session import Store

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionSet

__all__ = ["held_by"]


def held_by(store: Store, ref: AssetRef, partitions: PartitionSet) -> PartitionSet:
    """Those of the partitions whose data the store would find. Where all are there that is one
    question for each range of them; each gap costs a few more."""
    found = [span for part in _held(store, ref, partitions) for span in part.spans()]
    return partitions.from_spans(partitions.partitions, found)


def _held(store: Store, ref: AssetRef, partitions: PartitionSet) -> Iterator[PartitionSet]:
    from vibepiper.partitions.blocks import blocks
    from vibepiper.partitions.slicing import slices_of_block

    for block in blocks(partitions):
        asked, number = replace(ref, partition=slices_of_block(block)), block.count()
        if store.manager.exists(asked):
            yield block
        elif number > 1 and _has_any(store, asked, number):
            half = block.first(number // 2)
            yield from _held(store, ref, half)
            yield from _held(store, ref, block - half)


def _has_any(store: Store, ref: AssetRef, number: int) -> bool:
    """Whether it can be that some of the partitions are there. Files may be of others, of whom no
    load tells."""
    from vibepiper.partitions.blocks import MOST

    if number > MOST or store.changing is None or store.supports("files"):
        return store.manager.exists(ref.whole)
    return store.changing.committed(ref) is not None
