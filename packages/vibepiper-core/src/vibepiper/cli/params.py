"""``--param name=value``."""

from __future__ import annotations

from collections.abc import Iterable

from vibepiper.errors import ParameterError

__all__ = ["parse_params"]


def parse_params(given: Iterable[str]) -> dict[str, str]:
    """The values stay text: an asset whose parameter is annotated gets them converted."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise ParameterError(f"--param takes name=value, found '{text}'")
        found[name] = value
    return found
