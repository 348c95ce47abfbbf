"""Where the keys of a project file stand, for messages that point at a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vibepiper.errors import Location

__all__ = ["Places", "toml_places"]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?")
_ASSIGNMENT = re.compile(rf"\s*({_DOTTED})\s*=")


@dataclass(frozen=True, slots=True)
class Places:
    """Lines by the path of a key, such as ``("io_managers", "default", "root")``."""

    file: str
    lines: dict[tuple[str, ...], int]

    def at(self, keys: tuple[str, ...]) -> Location:
        """The key's line, else the line of the nearest table around it, else the file."""
        for end in range(len(keys), 0, -1):
            if (line := self.lines.get(keys[:end])) is not None:
                return Location(self.file, line)
        return Location(self.file)


def toml_places(file: str, text: str) -> Places:
    """Reads headers and assignments line by line; keys of inline tables get their line's."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _split(header[1])
            _mark(lines, table, 0, number)
        elif assignment := _ASSIGNMENT.match(line):
            _mark(lines, (*table, *_split(assignment[1])), len(table), number)
    return Places(file, lines)


def _mark(lines: dict[tuple[str, ...], int], keys: tuple[str, ...], known: int, at: int) -> None:
    for end in range(known + 1, len(keys) + 1):
        lines.setdefault(keys[:end], at)


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(_PART, dotted))
