"""A context for functions that are called by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue
from vibepiper import AssetContext

__all__ = ["RecordingContext"]


@dataclass(frozen=True, slots=True)
class RecordingContext(AssetContext):
    """What an asset's parameter ``context`` is. ``lines`` are those that were logged."""

    lines: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, asset: str, params: Mapping[str, JsonValue] | None = None) -> RecordingContext:
        lines: list[str] = []
        return cls(asset, "test-run", "0", "test", dict(params or {}), lines.append, lines=lines)
