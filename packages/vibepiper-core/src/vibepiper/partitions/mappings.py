"""Mappings of whole assets, of functions, and the ones that assets have if they declare none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from vibepiper.errors import DefinitionError, PlanError
from vibepiper.partitions.definition import Partitions
from vibepiper.partitions.key_text import DynamicKeys, no_dynamic_keys
from vibepiper.partitions.mapping import PartitionMapping
from vibepiper.partitions.mappings_along import Overlapping, SamePartition, along
from vibepiper.partitions.pairing import check_pairs, grids_agree
from vibepiper.partitions.partition_key import PartitionKey
from vibepiper.partitions.partition_set import PartitionSet

__all__ = ["AllPartitions", "LastPartition", "MappingFunction", "as_mapping", "default_mapping"]


@dataclass(frozen=True, slots=True)
class AllPartitions:
    """All that the upstream has at ``now``."""

    def upstream(
        self,
        key: PartitionKey | None,
        downstream: Partitions | None,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        return upstream.universe(now, dynamic)

    def downstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        return downstream.universe(now, dynamic)


@dataclass(frozen=True, slots=True)
class LastPartition:
    """The last partition of time that the upstream has at ``now`` and that is over; along other
    dimensions that both have the keys are the same."""

    def upstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        if (last := _last(upstream, now)) is None:
            raise PlanError(f"'{key}' needs the last upstream partition, and there is none yet")
        return along(key, downstream, upstream, last, now, dynamic)

    def downstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        if _last(upstream, now) != (key.span.begin, key.span.end):
            return PartitionSet.from_spans(downstream, ())
        row = downstream.row
        return along(key, upstream, downstream, (row.start, row.end), now, dynamic)


MappingFunction = Callable[
    [PartitionKey, Partitions, Partitions, datetime],
    "PartitionSet | Iterable[PartitionKey | str]",
]


@dataclass(frozen=True, slots=True)
class _OfFunction:
    """What a function says. Which partitions need an upstream one is found by asking it for
    each, so that this takes as long as there are partitions."""

    function: MappingFunction

    def upstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        found = self.function(key, downstream, upstream, now)
        if isinstance(found, PartitionSet):
            return found & found if found.partitions == upstream else _foreign(self, key)
        if isinstance(found, str) or not isinstance(found, Iterable):
            _foreign(self, key)
        keys = [upstream.parse(each) if isinstance(each, str) else each for each in found]
        return upstream.set_of(keys)

    def downstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        there = downstream.universe(now, dynamic)
        found = (each for each in there if key in self.upstream(each, downstream, upstream, now))
        return downstream.set_of(found)


def as_mapping(mapping: PartitionMapping | MappingFunction) -> PartitionMapping:
    """A mapping as it is, and one of a function that takes the downstream key, the partitions of
    both assets and the moment, and returns upstream keys (or their texts, or a set). Raises
    `DefinitionError` for anything else."""
    if isinstance(mapping, type):
        raise DefinitionError(f"{mapping.__name__} is a class", hint=f"{mapping.__name__}()")
    if isinstance(mapping, PartitionMapping):
        return mapping
    if not callable(mapping):
        raise DefinitionError(
            f"{mapping!r} is no mapping of partitions",
            hint="Give SamePartition(), Window(...), AllPartitions(), LastPartition() or a "
            "function of the key.",
        )
    return _OfFunction(mapping)


def default_mapping(downstream: Partitions | None, upstream: Partitions | None) -> PartitionMapping:
    """How partitions belong together where an asset declares nothing: the same one where both
    are divided alike; where one asset has no partitions, all; else along the dimensions that
    both have, by name, and in time the partitions that overlap. Raises `DefinitionError` where
    they have none in common, and where the downstream has keys that the upstream has not."""
    if downstream is None or upstream is None:
        return AllPartitions()
    pairs = check_pairs(downstream, upstream)
    alike = len(pairs) == len(upstream.named) and grids_agree(downstream, upstream)
    return SamePartition() if alike else Overlapping()


def _last(upstream: Partitions, now: datetime) -> tuple[int, int] | None:
    if upstream.time is None:
        raise DefinitionError(
            "LastPartition() is of time, and the upstream has no dimension of time",
            hint="AllPartitions() takes all of it.",
        )
    last = upstream.latest(now)
    return None if last is None else (last.span.begin, last.span.end)


def _foreign(mapping: _OfFunction, key: PartitionKey) -> PartitionSet:
    name = getattr(mapping.function, "__name__", repr(mapping.function))
    raise DefinitionError(
        f"the mapping {name} gave for '{key}' neither keys nor a set of upstream partitions"
    )
