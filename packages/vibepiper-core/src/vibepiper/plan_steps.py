"""From the groups of a plan to its steps: which waits for which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vibepiper.errors import PlanError
from vibepiper.planned import PlannedGroup, PlannedStep
from vibepiper.state.records import StepKey

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionSet

__all__ = ["MOST_STEPS", "expand"]

MOST_STEPS = 200_000
"""Steps in one run; a plan, which does not list them, may hold more."""
_LOOKED_UP = 1_000
"""Partitions of an upstream that a step waits for one by one; for more it waits for all."""


def expand(groups: Sequence[PlannedGroup]) -> Iterator[PlannedStep]:
    """The steps that run, and those of assets without partitions that do not, in the order of
    the groups. Raises `PlanError` for more than a run can hold."""
    if (count := sum(len(group) for group in groups if group.is_made)) > MOST_STEPS:
        raise PlanError(
            f"this run would take {count:,} steps; a run takes at most {MOST_STEPS:,}",
            hint="Run fewer partitions at a time (--from, --to), or let the asset take ranges: "
            "@asset(ranges=True).",
        )
    made: dict[str, _Made] = defaultdict(_Made)
    for group in groups:
        if group.partitions is None or group.is_made:
            for part in group.parts():
                needs = {
                    key: needed
                    for key in group.of.upstream
                    if (needed := group.of.needed(key, part)) is not None
                }
                after = _upstream(group, needs, made)
                step = PlannedStep(group.of, group.reason, part, after, needs)
                made[group.of.key].add(step)
                yield step


class _Made:
    """The steps of one asset, by what they make."""

    def __init__(self) -> None:
        self._by_partition: dict[str, StepKey] = {}
        self._ranges: list[tuple[PartitionSet, StepKey]] = []

    def add(self, step: PlannedStep) -> None:
        self._by_partition[step.key.partition] = step.key
        if step.partitions is not None and step.asset.ranges:
            self._ranges.append((step.partitions, step.key))

    def all(self) -> Iterable[StepKey]:
        return self._by_partition.values()

    def that_make(self, needed: PartitionSet) -> Iterator[StepKey]:
        if self._ranges:
            yield from (key for part, key in self._ranges if not (part & needed).is_empty)
            return
        for partition in needed:
            if (key := self._by_partition.get(partition.text)) is not None:
                yield key


def _upstream(
    group: PlannedGroup, needs: Mapping[str, PartitionSet], made: dict[str, _Made]
) -> tuple[StepKey, ...]:
    found: list[StepKey] = []
    for upstream in group.of.upstream:
        if (steps := made.get(upstream)) is None:
            continue
        needed = needs.get(upstream)
        if needed is None or needed.count() > _LOOKED_UP:
            found += steps.all()
        else:
            found += steps.that_make(needed)
    return tuple(found)
