"""What an asset's function is given, beside its upstreams, when an analyzer looks into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.context import AssetContext
from vibepiper.inputs import annotation_of
from vibepiper.known_tables import tables_of
from vibepiper.partitions.key_text import DynamicKeys
from vibepiper.planned import PlannedAsset

if TYPE_CHECKING:
    from vibepiper.cursor import Cursor
    from vibepiper.partitions import PartitionSet

__all__ = ["SampleArguments", "Sampler"]


@dataclass(frozen=True, slots=True)
class SampleArguments:
    """Values of the parameters that take no asset. ``lacking`` says why there are none; ``text``
    stands for the values."""

    values: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    lacking: str | None = None


@dataclass(frozen=True, slots=True)
class Sampler:
    """Gives the run's parameters, the first partition there is, and a cursor that has read
    nothing. A resource is not given: of one of which only tables are taken their columns are known,
    and whatever else is done with one happens outside."""

    environment: str
    params: Mapping[str, JsonValue]
    at: datetime
    dynamic: DynamicKeys

    def arguments(self, of: PlannedAsset) -> SampleArguments:
        if tables_of(of) is None:
            return SampleArguments(lacking=f"it takes the resource '{of.resources[0].name}'")
        values = dict(of.arguments)
        if of.dimensions:
            if (first := self._first_partition(of)).is_empty:
                return SampleArguments(lacking="it has no partition yet")
            values |= {
                binding.parameter.name: first.partitions.convert(
                    first, binding.name, annotation_of(of.asset, binding.parameter)
                )
                for binding in of.dimensions
            }
        if of.wants_cursor:
            values["cursor"] = _first_cursor(of)
        values |= dict.fromkeys(planned.parameter for planned in of.published)
        text = repr(sorted(values.items()))
        if of.wants_context:
            context = values["context"] = self._context(of)
            text += repr((sorted(self.params.items()), self.environment, context.partitions))
        return SampleArguments(values, text)

    def _first_partition(self, of: PlannedAsset) -> PartitionSet:
        assert of.asset.partitions is not None
        return of.asset.partitions.universe(self.at, self.dynamic).first(1)

    def _context(self, of: PlannedAsset) -> AssetContext:
        return AssetContext(
            asset=of.key,
            run_id="",
            load_id="",
            environment=self.environment,
            params=self.params,
            write=lambda message: None,
            partitions=tuple(self._first_partition(of)) if of.asset.partitions else (),
            cursor=_first_cursor(of),
        )


def _first_cursor(of: PlannedAsset) -> Cursor | None:
    from vibepiper.cursor import cursor_of

    declared = of.asset.incremental
    if declared is None or declared.cursor is None:
        return None
    return cursor_of(declared, None)
