"""What a run was asked to do: enough to plan it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import cast

from pydantic import JsonValue, TypeAdapter, ValidationError

from vibepiper.errors import PlanError
from vibepiper.partition_choice import PartitionChoice

__all__ = ["RunRequest"]


@dataclass(frozen=True)
class RunRequest:
    """``params`` are those that were given, not those of the project; ``at`` is the moment that
    it was planned for. The rest is as `vibepiper.plan.make_plan` takes it."""

    at: datetime
    selectors: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    partitions: PartitionChoice = field(default_factory=PartitionChoice)
    force: bool = False
    full_refresh: bool = False

    def to_json(self) -> dict[str, JsonValue]:
        return cast("dict[str, JsonValue]", _adapter().dump_python(self, mode="json"))

    @classmethod
    def from_json(cls, kept: JsonValue) -> RunRequest:
        """What `to_json` gave. Raises `PlanError` for anything else."""
        try:
            return _adapter().validate_python(kept)
        except ValidationError as error:
            raise PlanError(
                "what is kept of a run's request is not of this release", hint="Begin a new run."
            ) from error


@cache
def _adapter() -> TypeAdapter[RunRequest]:
    return TypeAdapter(RunRequest)
