"""What a running asset knows of its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

if TYPE_CHECKING:
    from vibepiper.cursor import Cursor
    from vibepiper.partitions import PartitionKey

__all__ = ["AssetContext"]


@dataclass(frozen=True, slots=True)
class AssetContext:
    """Passed to an asset's parameter called ``context``.

    ``attempt`` counts from 1. ``partitions`` are those that this call makes: none of an asset
    without, several where it takes ranges.
    """

    asset: str
    run_id: str
    load_id: str
    environment: str
    params: Mapping[str, JsonValue]
    write: Callable[[str], None]
    attempt: int = 1
    partitions: tuple[PartitionKey, ...] = ()
    cursor: Cursor | None = None

    @property
    def partition(self) -> PartitionKey | None:
        """The partition, or the first of a range."""
        return self.partitions[0] if self.partitions else None

    def log(self, message: str) -> None:
        """Adds a line to the run's log, kept with the run and shown while it runs."""
        self.write(message)
