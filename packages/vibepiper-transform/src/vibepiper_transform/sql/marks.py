"""What stands for values and assets while SQL is text."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

__all__ = ["SEAL", "SHORTEST_MARK", "Marks", "Reference", "is_mark"]

_PREFIX = f"vp_{secrets.token_hex(4)}_"

SEAL = f"{_PREFIX}sql_"
"""What SQL begins with where it is handed about as a text."""

SHORTEST_MARK = len(_PREFIX) + 1
"""How long a text is at least that holds a mark."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An asset, or a table of a database, that a template names. ``name`` is what its columns can
    be qualified by."""

    key: str
    name: str


class Marks:
    """The values and references of one rendering, each by a name that no SQL has by chance. Only
    the names come into the text, so that no value can change how it is read."""

    def __init__(self) -> None:
        self._held: dict[str, object] = {}

    def add(self, held: object) -> str:
        """The name that stands for it in the text."""
        name = f"{_PREFIX}{len(self._held)}"
        self._held[name] = held
        return name

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __getitem__(self, name: str) -> object:
        return self._held[name]


def is_mark(text: str) -> bool:
    """Whether the text holds the name of a value or a reference, or was made of SQL."""
    return _PREFIX in text.lower()
