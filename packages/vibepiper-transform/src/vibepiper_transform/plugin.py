"""What this distribution offers to VibePiper."""

from __future__ import annotations

from vibepiper import ComponentSpec, hookimpl

__all__ = ["vibepiper_components"]


@hookimpl
def vibepiper_components() -> list[ComponentSpec]:
    return [
        ComponentSpec(
            kind="input",
            name="vibepiper_transform:Relation",
            target="vibepiper_transform.inputs:RelationInput",
            summary="Upstreams as lazy relations.",
        )
    ]
