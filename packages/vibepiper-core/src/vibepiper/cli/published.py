"""What state knows of the data that ``vibepiper show`` shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from vibepiper.assets import Asset
from vibepiper.errors import UsageError
from vibepiper.freshness import Freshness
from vibepiper.io_manager import AssetRef
from vibepiper.partitions import Partitions, PartitionSet
from vibepiper.session import Session
from vibepiper.state import Materialization, StateStore

__all__ = ["Published", "chosen_partition", "published"]

_LOOKED_UP = 5_000
"""Partitions that are looked up one by one; of more, how many rows they have is not known."""


@dataclass(frozen=True, slots=True)
class Published:
    """``partitions`` are those that are shown, None of an asset without; ``last`` is the newest
    load of them. ``rows``, ``bytes`` and ``uri`` are of all that is shown, None where that is not
    known, and where partitions lie in places of their own."""

    partitions: PartitionSet | None
    last: Materialization | None
    rows: int | None
    bytes: int | None
    uri: str | None


def chosen_partition(asset: Asset, key: str | None) -> PartitionSet | None:
    """The partition that is named. Raises `UsageError` where there are none, `PlanError` for what
    is no key."""
    if key is None:
        return None
    if asset.partitions is None:
        raise UsageError(f"asset '{asset.key}' has no partitions", hint="Leave out --partition.")
    return asset.partitions.set_of([asset.partitions.parse(key)])


def published(
    session: Session, state: StateStore | None, asset: Asset, chosen: PartitionSet | None
) -> Published:
    """Of the ``chosen`` partition, else of all of the asset."""
    fresh = Freshness(session, state)
    last = fresh.latest.get(asset.key)
    if asset.partitions is not None:
        shown = _there(session, fresh, asset, asset.partitions) if chosen is None else chosen
        return _partitioned(fresh, asset, shown, last, is_chosen=chosen is not None)
    if last is None:
        return Published(None, None, None, None, None)
    # Of the asset as it is, not of the load that changed it last.
    rows = last.rows if last.total_rows is None else last.total_rows
    return Published(None, last, rows, last.bytes, last.uri)


def _there(session: Session, fresh: Freshness, asset: Asset, declared: Partitions) -> PartitionSet:
    """All partitions whose data is there."""
    made, ref = fresh.made(asset.key, declared), AssetRef(asset.key, asset.uri)
    return fresh.stored(session.store(asset), ref, made)


def _partitioned(
    fresh: Freshness,
    asset: Asset,
    shown: PartitionSet,
    last: Materialization | None,
    *,
    is_chosen: bool,
) -> Published:
    if shown.count() > _LOOKED_UP:
        return Published(shown, last, None, None, None)
    loads = fresh.latest_partitions(asset.key, shown)
    if is_chosen:
        last = next(iter(loads.values()), None)
    uris = {load.uri for load in loads.values()}
    # A load of several partitions does not say how many rows each has, and one that adds to its
    # partition not how many there are.
    told = loads.values() if asset.mode in ("replace", "delete_insert") else ()
    if len(told) < shown.count() or any(load.span is not None for load in told):
        told = ()
    rows, size = _sum([load.rows for load in told]), _sum([load.bytes for load in told])
    return Published(shown, last, rows, size, uris.pop() if len(uris) == 1 else None)


def _sum(numbers: Collection[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None
