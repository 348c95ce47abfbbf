"""Writes core's table of who offers which component: python -m tools.known_components."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from vibepiper import ComponentSpec

from tools.workspace import DISTRIBUTIONS, ROOT, pyproject

TABLE = ROOT / "packages/vibepiper-core/src/vibepiper/known_components.py"
OWNER = "vibepiper-core"


def offers() -> Iterator[tuple[str, ComponentSpec]]:
    """Each distribution of the workspace with each component that it declares."""
    for name, path in DISTRIBUTIONS.items():
        entries = pyproject(path)["project"].get("entry-points", {}).get("vibepiper", {})
        for entry in entries.values():
            declare = getattr(importlib.import_module(entry), "vibepiper_components", tuple)
            for spec in declare():
                yield name, spec


def table() -> str:
    """The module's text."""
    known = sorted((s.kind, s.name, owner) for owner, s in offers() if owner != OWNER)
    lines = [f'    ("{kind}", "{name}"): "{owner}",\n' for kind, name, owner in known]
    return (
        '"""Who offers which component, so that a plugin that is not installed can be named.\n\n'
        "Written by `nox -s generate` from what the workspace's plugins declare; a test compares\n"
        'the two.\n"""\n\n'
        "from __future__ import annotations\n\n"
        "from collections.abc import Mapping\n\n"
        '__all__ = ["KNOWN"]\n\n'
        "KNOWN: Mapping[tuple[str, str], str] = {\n" + "".join(lines) + "}\n"
        '"""From a component\'s kind and name to the distribution that provides it."""\n'
    )


if __name__ == "__main__":
    TABLE.write_text(table())
