"""Whether everything that the steps of a plan read is there, or made before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vibepiper.errors import MissingUpstreamData
from vibepiper.freshness import Freshness, not_stored
from vibepiper.planned import PlannedAsset, PlannedGroup, PlannedInput
from vibepiper.reads import read_by

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionSet

__all__ = ["check_inputs"]

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
            if planned.upstream.partitions is not None:
                _check_partitions(group, planned, groups, fresh)


def _check_published(of: PlannedAsset, planned: PlannedInput) -> None:
    if not planned.store.manager.exists(planned.ref):
        raise MissingUpstreamData(
            f"asset '{of.key}' needs '{planned.upstream.key}', which is not part of this run "
            f"and has no published data in the store '{planned.store.name}'",
            at=of.asset.location,
            hint=f"Run it too: --select '+{of.key}'.",
        )


def _check_partitions(
    group: PlannedGroup, planned: PlannedInput, groups: Sequence[PlannedGroup], fresh: Freshness
) -> None:
    of, part, upstream = group.of, group.partitions, planned.upstream.key
    assert planned.upstream.partitions is not None
    made = fresh.made(upstream, planned.upstream.partitions)
    if (taken := of.upstream.get(upstream)) is None or part is None:
        needed = made
    elif part.count() > _LOOKED_UP:
        return
    else:
        needed = taken.of(part)
    lying = needed - _made_here(upstream, needed, groups)
    if not (absent := lying - made).is_empty:
        raise MissingUpstreamData(
            f"{_told(group)} needs partitions of '{upstream}' that were never made: "
            f"{absent.describe(3)}",
            at=of.asset.location,
            hint=f"Make them too: vibepiper backfill '+{of.key}' with the same partitions.",
        )
    if not (gone := lying - fresh.stored(planned.store, planned.ref, lying)).is_empty:
        raise MissingUpstreamData(
            f"{_told(group)} needs partitions of '{upstream}' that were made and are "
            f"{not_stored(planned.store)}: {gone.describe(3)}",
            at=of.asset.location,
            hint=f"Make them again: vibepiper backfill {upstream} --missing.",
        )


def _told(group: PlannedGroup) -> str:
    part = "" if group.partitions is None else f", partitions {group.partitions.describe(3)},"
    return f"asset '{group.of.key}'{part}"


def _made_here(upstream: str, needed: PartitionSet, groups: Sequence[PlannedGroup]) -> PartitionSet:
    """Those of the needed partitions that the plan makes, or knows to be there."""
    found = needed - needed
    for group in groups:
        if group.of.key == upstream and group.partitions is not None:
            found = found | group.partitions
    return needed & found
