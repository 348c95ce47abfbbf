"""Which dimensions of one asset's partitions are those of another's."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from vibepiper.errors import DefinitionError
from vibepiper.partitions.definition import Partitions
from vibepiper.partitions.dimensions import DynamicDimension, StaticDimension
from vibepiper.partitions.key_text import DynamicKeys
from vibepiper.partitions.partition_key import PartitionKey

__all__ = ["check_pairs", "grids_agree", "labels_along", "shared"]


def shared(source: Partitions, target: Partitions) -> Mapping[str, str]:
    """By dimension of the target the one of the source: dimensions of time with each other,
    others by name, and two that are the only ones if their keys are the same."""
    found = {name: name for name in target.labelled if name in source.labelled}
    if target.time_name is not None and source.time_name is not None:
        found[target.time_name] = source.time_name
    if len(source.named) == len(target.named) == 1 and not found:
        (of, mine), (to, theirs) = source.named[0], target.named[0]
        if type(mine) is type(theirs) and _same_keys(mine, theirs):
            found[to] = of
    return found


def check_pairs(downstream: Partitions, upstream: Partitions) -> Mapping[str, str]:
    """The pairs, if every key of the downstream dimensions is one of the upstream's. Raises
    `DefinitionError` for those that are not, and where there is no pair."""
    pairs = shared(downstream, upstream)
    if not pairs:
        raise _no_mapping(
            f"{_names(downstream)} and {_names(upstream)} have no dimension in common"
        )
    for name, other in pairs.items():
        mine, theirs = downstream.dimensions[other], upstream.dimensions[name]
        if name in upstream.labelled and not _within(mine, theirs):
            raise _no_mapping(f"the keys of '{other}' are not those of the upstream's '{name}'")
    return pairs


def grids_agree(source: Partitions, target: Partitions) -> bool:
    """Whether partitions of time of the target are those of the source; so where it has none."""
    if source.time is None or target.time is None:
        return target.time is None
    return source.time.grid == target.time.grid


def labels_along(
    key: PartitionKey, source: Partitions, target: Partitions, dynamic: DynamicKeys
) -> Iterator[str]:
    """The labels of the target that share the keys of a source's partition. None where the
    target does not have such a key."""
    pairs = shared(source, target)
    keys = (
        (key.keys[pairs[name]],) if name in pairs else tuple(each.there_are(dynamic))
        for name, each in target.labelled.items()
    )
    return filter(target.knows, map("/".join, itertools.product(*keys)))


def _within(mine: object, theirs: object) -> bool:
    if isinstance(mine, StaticDimension) and isinstance(theirs, StaticDimension):
        return mine.known <= theirs.known
    return _same_keys(mine, theirs)


def _same_keys(mine: object, theirs: object) -> bool:
    if isinstance(mine, StaticDimension) and isinstance(theirs, StaticDimension):
        return mine.known == theirs.known
    if isinstance(mine, DynamicDimension) and isinstance(theirs, DynamicDimension):
        return mine.source == theirs.source
    return False


def _names(declared: Partitions) -> str:
    return " and ".join(f"'{name}'" for name in declared.dimensions)


def _no_mapping(fault: str) -> DefinitionError:
    return DefinitionError(
        f"which upstream partitions a partition needs is not clear: {fault}",
        hint='Declare it: mappings={"upstream": AllPartitions()}, LastPartition(), or a function '
        "of the key.",
    )
