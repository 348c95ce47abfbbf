"""Which partitions a run makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vibepiper.errors import PlanError
from vibepiper.reads import read_whole

if TYPE_CHECKING:
    from vibepiper.freshness import Freshness
    from vibepiper.partitions import Partitions, PartitionSet
    from vibepiper.planned import PlannedAsset

__all__ = ["PartitionChoice", "choose"]

_LOOKED_UP = 5_000
"""Partitions of an asset whose upstream partitions are looked for; of more, nothing is added."""


@dataclass(frozen=True, slots=True)
class PartitionChoice:
    """What was asked for: ``keys`` by name, or those from ``first`` to ``last`` (both included;
    None is the end of what there is), of these only the ``missing`` or the ``failed`` ones.
    Nothing asked for: the latest whole partition of time, and all of every other dimension."""

    keys: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    missing: bool = False
    failed: bool = False

    @property
    def is_made(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.keys or self.first or self.last or self.missing or self.failed)


def choose(
    assets: Sequence[PlannedAsset], choice: PartitionChoice, fresh: Freshness, at: datetime
) -> Mapping[str, PartitionSet]:
    """By asset the partitions that a run is asked to make, and of its upstreams among ``assets``
    (which come in the order of execution) those that these need and that are not there: nobody
    has made them, or their data is gone. What reads all partitions needs those that were made.
    Raises `PlanError` for a key that no asset has, or not yet."""
    choosing = _Choosing(choice, fresh, at)
    for of in reversed(assets):
        if of.asset.partitions is None:
            choosing.require_made(of)
        else:
            choosing.choose(of, of.asset.partitions)
    choosing.check()
    return choosing.chosen


class _Choosing:
    def __init__(self, choice: PartitionChoice, fresh: Freshness, at: datetime) -> None:
        self._choice = choice
        self._fresh = fresh
        self._at = at
        self._refused: list[PlanError] = []
        self._required: dict[str, PartitionSet] = {}
        self.chosen: dict[str, PartitionSet] = {}

    def choose(self, of: PlannedAsset, declared: Partitions) -> None:
        try:
            chosen = self._asked_for(of, declared)
        except PlanError as error:
            # The key may be meant for others, of which this is an upstream.
            self._refused.append(error)
            chosen = declared.set_of(())
        if (required := self._required.get(of.key)) is not None:
            chosen = chosen | self._fresh.missing(of, required)
        self.chosen[of.key] = chosen
        if not chosen.is_empty:
            self.require_made(of)
        if chosen.count() <= _LOOKED_UP:
            for upstream in of.upstream:
                self._require(upstream, of.needed(upstream, chosen))

    def require_made(self, of: PlannedAsset) -> None:
        """Of an upstream whose partitions are all read, whatever was made."""
        for planned in read_whole(of):
            key, declared = planned.upstream.key, planned.upstream.partitions
            assert declared is not None
            self._require(key, self._fresh.made(key, declared))

    def check(self) -> None:
        """Raises `PlanError` when there is nothing to do for an asset to which the choice is
        foreign."""
        if self._refused and all(chosen.is_empty for chosen in self.chosen.values()):
            raise self._refused[-1]

    def _require(self, upstream: str, needed: PartitionSet | None) -> None:
        if needed is not None:
            before = self._required.get(upstream)
            self._required[upstream] = needed if before is None else before | needed

    def _asked_for(self, of: PlannedAsset, declared: Partitions) -> PartitionSet:
        there = declared.universe(self._at, self._fresh.dynamic)
        within = self._within(declared, there)
        missing, failed = self._choice.missing, self._choice.failed
        if missing and failed:
            return self._fresh.missing(of, within) | self._fresh.failed(of, within)
        if missing:
            return self._fresh.missing(of, within)
        return self._fresh.failed(of, within) if failed else within

    def _within(self, declared: Partitions, there: PartitionSet) -> PartitionSet:
        choice = self._choice
        if choice.keys:
            return self._named(declared, there)
        if declared.time is None:
            return there
        if choice.first is not None or choice.last is not None:
            return there & declared.between(choice.first, choice.last)
        if choice.missing or choice.failed:
            return there
        latest = declared.latest(self._at)
        return there - there if latest is None else there & declared.at(latest)

    def _named(self, declared: Partitions, there: PartitionSet) -> PartitionSet:
        found = declared.set_of(())
        for text in self._choice.keys:
            named = declared.parse_set(text)
            if (named & there).is_empty:
                raise PlanError(
                    f"there is no partition {text}: of time there are those that are over at "
                    f"{self._at:%Y-%m-%d %H:%M} UTC, of dynamic dimensions those that were added",
                    hint=f"There are {there.describe()}.",
                )
            found = found | (named & there)
        return found
