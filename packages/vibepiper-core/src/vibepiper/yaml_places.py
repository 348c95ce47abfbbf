"""Where the keys of a project file in YAML stand."""

from __future__ import annotations

import yaml

from vibepiper.errors import ConfigError, Location
from vibepiper.places import Places

__all__ = ["yaml_places"]


def yaml_places(file: str, text: str) -> Places:
    """Raises `ConfigError` for a key that stands twice, of which YAML would keep the last."""
    lines: dict[tuple[str, ...], int] = {}

    def walk(node: yaml.Node | None, keys: tuple[str, ...]) -> None:
        if not isinstance(node, yaml.MappingNode):
            return
        for key, value in node.value:
            path = (*keys, str(key.value))
            line = key.start_mark.line + 1
            if lines.setdefault(path, line) != line:
                raise ConfigError(
                    f"the key '{'.'.join(path)}' stands twice, first in line {lines[path]}",
                    at=Location(file, line),
                )
            walk(value, path)

    walk(yaml.compose(text, Loader=yaml.SafeLoader), ())
    return Places(file, lines)
