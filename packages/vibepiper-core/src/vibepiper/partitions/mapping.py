"""What a mapping is: which partitions of an upstream asset a partition needs, and which need it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from vibepiper.partitions.definition import Partitions
from vibepiper.partitions.key_text import DynamicKeys, no_dynamic_keys
from vibepiper.partitions.partition_key import PartitionKey
from vibepiper.partitions.partition_set import PartitionSet

__all__ = ["PartitionMapping"]


@runtime_checkable
class PartitionMapping(Protocol):
    """How the partitions of two assets belong together. ``now`` is the moment for which is
    planned; ``dynamic`` gives the keys of dynamic dimensions, where all of them are meant."""

    def upstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        """The upstream partitions that a downstream partition needs."""
        ...

    def downstream(
        self,
        key: PartitionKey,
        downstream: Partitions,
        upstream: Partitions,
        now: datetime,
        dynamic: DynamicKeys = no_dynamic_keys,
    ) -> PartitionSet:
        """The downstream partitions, of those that there are at ``now``, that need an upstream
        partition."""
        ...
