"""What this distribution offers. Imports no driver: read at CLI start."""

from __future__ import annotations

from vibepiper import hookimpl
from vibepiper.declarations import CommandSpec

__all__ = ["vibepiper_commands"]


@hookimpl
def vibepiper_commands() -> list[CommandSpec]:
    return [
        CommandSpec(
            name="quality",
            target="vibepiper_quality.commands:quality",
            summary="Profile and score an asset, propose a contract, find anomalies and drift.",
        )
    ]
