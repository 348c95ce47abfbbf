"""Whether everything that the steps of a plan read is there, or made before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from vibepiper.errors import MissingUpstreamData
from vibepiper.freshness import Freshness
from vibepiper.planned import PlannedAsset, PlannedGroup, PlannedInput

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionSet

__all__ = ["check_inputs", "read_by"]

_LOOKED_UP = 5_000
"""Partitions of a group whose upstream partitions are looked for; of more, the steps find out."""


def check_inputs(groups: Sequence[PlannedGroup], chosen: Iterable[str], fresh: Freshness) -> None:
    """Raises `MissingUpstreamData` for a step that needs what no step makes and nobody has
    published: an asset outside of ``chosen``, or partitions."""
    chosen = frozenset(chosen)
    looked: set[str] = set()
    for group in groups:
        for planned in read_by(group.of) if group.is_made else ():
            key = planned.upstream.key
            if key not in chosen and key not in looked:
                _check_published(group.of, planned)
                looked.add(key)
            _check_partitions(group, key, groups, fresh)


def read_by(of: PlannedAsset) -> Iterator[PlannedInput]:
    """The inputs that an asset or its checks read from stores, also through views."""
    for planned in (*of.inputs, *of.referred.values()):
        if planned.view is None:
            yield planned
        else:
            yield from read_by(planned.view)


def _check_published(of: PlannedAsset, planned: PlannedInput) -> None:
    if not planned.store.manager.exists(planned.ref):
        raise MissingUpstreamData(
            f"asset '{of.key}' needs '{planned.upstream.key}', which is not part of this run "
            f"and has no published data in the store '{planned.store.name}'",
            at=of.asset.location,
            hint=f"Run it too: --select '+{of.key}'.",
        )


def _check_partitions(
    group: PlannedGroup, upstream: str, groups: Sequence[PlannedGroup], fresh: Freshness
) -> None:
    of, part = group.of, group.partitions
    if part is None or part.count() > _LOOKED_UP or upstream not in of.upstream:
        return
    needed = of.needed(upstream, part)
    if needed is None:
        return
    absent = needed - _made(upstream, needed, groups, fresh)
    if not absent.is_empty:
        raise MissingUpstreamData(
            f"asset '{of.key}', partitions {part.describe(3)}, needs partitions of '{upstream}' "
            f"that were never made: {absent.describe(3)}",
            at=of.asset.location,
            hint=f"Make them too: vibepiper backfill '+{of.key}' with the same partitions.",
        )


def _made(
    upstream: str, needed: PartitionSet, groups: Sequence[PlannedGroup], fresh: Freshness
) -> PartitionSet:
    """Those of the needed partitions that are there, or will be by then."""
    found = fresh.made(upstream, needed.partitions)
    for group in groups:
        if group.of.key == upstream and group.partitions is not None:
            found = found | group.partitions
    return found
