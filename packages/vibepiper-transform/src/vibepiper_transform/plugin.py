"""What this distribution offers to VibePiper."""

from __future__ import annotations

from vibepiper import ComponentSpec, hookimpl
from vibepiper.component import Support
from vibepiper.declarations import CommandSpec

__all__ = ["vibepiper_commands", "vibepiper_components"]


@hookimpl
def vibepiper_components() -> list[ComponentSpec]:
    return [
        ComponentSpec(
            kind="input",
            name="vibepiper_transform:Relation",
            target="vibepiper_transform.inputs:RelationInput",
            summary="Upstreams as lazy relations.",
        ),
        *_analyzers(),
    ]


def _analyzers() -> list[ComponentSpec]:
    """An asset of Python's is looked into when an upstream arrives as a relation."""
    capabilities: dict[str, dict[str, Support]] = {
        "transform": {},
        "sql": {},
        "python": {"vibepiper_transform:Relation": "full"},
    }
    return [
        ComponentSpec(
            kind="analyzer",
            name=kind,
            target="vibepiper_transform.analyzer:RelationAnalyzer",
            summary=f"Columns of '{kind}' assets that are functions of relations.",
            capabilities=needs,
        )
        for kind, needs in capabilities.items()
    ]


@hookimpl
def vibepiper_commands() -> list[CommandSpec]:
    return [
        CommandSpec(
            name="diff",
            target="vibepiper_transform.diff.command:diff",
            summary="Say how an asset's table differs between two environments.",
        )
    ]
