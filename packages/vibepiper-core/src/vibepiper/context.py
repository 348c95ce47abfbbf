"""What a running asset knows of its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

__all__ = ["AssetContext"]


@dataclass(frozen=True, slots=True)
class AssetContext:
    """Passed to an asset's parameter called ``context``."""

    asset: str
    run_id: str
    load_id: str
    environment: str
    params: Mapping[str, JsonValue]
    write: Callable[[str], None]

    def log(self, message: str) -> None:
        """Adds a line to the run's log, kept with the run and shown while it runs."""
        self.write(message)
