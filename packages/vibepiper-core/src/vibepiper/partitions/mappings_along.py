"""Mappings along the dimensions that two assets share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

from vibepiper.errors import DefinitionError, PlanError
from vibepiper.partitions.definition import Partitions
from vibepiper.partitions.grid import floor, shifted
from vibepiper.partitions.key_text import DynamicKeys, no_dynamic_keys
from vibepiper.partitions.pairing import grids_agree, labels_along, shared
from vibepiper.partitions.partition_key import PartitionKey
from vibepiper.partitions.partition_set import PartitionSet

__all__ = ["Overlapping", "SamePartition", "Window", "along"]

Times = tuple[int, int]


class _Along(ABC):
    """Of the dimensions that both have the keys are the same, of every other one all; of time
    what `_times` says, as far as there is any at ``now``."""

    __slots__ = ()

    def upstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        times = self._times(key, downstream, upstream, forward=True)
        found = along(key, downstream, upstream, times, now, dynamic)
        if found.is_empty and not self._may_need_none():
            raise _not_there(key)
        return found

    def downstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        times = self._times(key, upstream, downstream, forward=False)
        return along(key, upstream, downstream, times, now, dynamic)

    @abstractmethod
    def _times(
        self, key: PartitionKey, source: Partitions, target: Partitions, *, forward: bool
    ) -> Times:
        """Where the target's partitions begin and end that belong to one of the source;
        ``forward`` from downstream to upstream."""

    def _may_need_none(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Overlapping(_Along):
    """Along the dimensions that both have, and of every other dimension all: of time, the
    partitions that have an instant in common, where both have one. Of these the ones that the
    upstream has at ``now``; if that is none, `PlanError`."""

    def _times(
        self, key: PartitionKey, source: Partitions, target: Partitions, *, forward: bool
    ) -> Times:
        row = target.row
        if source.time is None or target.time is None:
            return row.start, row.end
        return floor(row.grid, key.span.begin), row.grid.ceil(key.span.end)


@dataclass(frozen=True, slots=True)
class SamePartition(_Along):
    """The one of the same key, in each of the upstream's dimensions: the downstream must have
    them too, divided alike, though their ranges may differ. A key that the upstream does not have
    at ``now`` is a `PlanError`."""

    def _times(
        self, key: PartitionKey, source: Partitions, target: Partitions, *, forward: bool
    ) -> Times:
        down, up = (source, target) if forward else (target, source)
        if len(shared(down, up)) != len(up.named) or not grids_agree(down, up):
            raise DefinitionError(
                "SamePartition() is of assets that are divided alike, and these are not",
                hint="Without a mapping, a partition needs those that overlap it.",
            )
        if source.time is None:
            return target.row.start, target.row.end
        return key.span.begin, key.span.end


@dataclass(frozen=True, slots=True)
class Window(_Along):
    """The partition of the same time, ``before`` ones before it and ``after`` ones after it.

    Both assets need the same grid of time. What the upstream does not have at ``now``, before
    its start or after its end, is left out; that may leave none. Along other dimensions that
    both have the keys are the same. ``Window(before=1, after=-1)`` is the one before alone.
    """

    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        for name, number in (("before", self.before), ("after", self.after)):
            if not isinstance(number, int) or isinstance(number, bool):
                raise DefinitionError(f"Window({name}={number!r}): no whole number of partitions")
        if self.before + self.after < 0:
            raise DefinitionError(f"{self!r} holds no partition: it ends before it begins")

    def _times(
        self, key: PartitionKey, source: Partitions, target: Partitions, *, forward: bool
    ) -> Times:
        if target.time is None or not grids_agree(source, target):
            raise DefinitionError(
                "Window() counts partitions, and the assets do not divide time alike",
                hint="Without a mapping, a partition needs those that overlap it in time.",
            )
        row, key_begin = target.time, key.span.begin
        before, after = (self.before, self.after) if forward else (self.after, self.before)
        begin = shifted(row.grid, key_begin, -before, row.start, row.end)
        return begin, shifted(row.grid, key_begin, after + 1, row.start, row.end)

    def _may_need_none(self) -> bool:
        return True


def along(
    key: PartitionKey,
    source: Partitions,
    target: Partitions,
    times: Times,
    now: datetime,
    dynamic: DynamicKeys,
) -> PartitionSet:
    """The partitions that the target has at ``now``, between two times, that share a source
    partition's keys."""
    row = target.row
    if target.time is None:
        interval = row.start, row.end
    else:
        interval = row.clip(times[0], min(times[1], row.end_at(now)))
    labels = labels_along(key, source, target, dynamic)
    return PartitionSet.made(target, dict.fromkeys(labels, (interval,)))


def _not_there(key: PartitionKey) -> PlanError:
    return PlanError(
        f"'{key}' needs upstream partitions, and the upstream does not have them",
        hint="Window() in mappings= allows for none; the upstream's start=, end= or end_offset= "
        "says which there are.",
    )
