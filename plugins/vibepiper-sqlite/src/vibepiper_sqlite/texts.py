"""Upper and lower case of all letters; SQLite's own are of ASCII only."""

from __future__ import annotations

__all__ = ["lower", "upper"]


def lower(value: object) -> str:
    return "".join(map(_lower, str(value)))


def upper(value: object) -> str:
    return "".join(map(_upper, str(value)))


def _lower(letter: str) -> str:
    """Letter for letter, as DuckDB does."""
    return letter.lower()[0]


def _upper(letter: str) -> str:
    """Of letters that would become two, the title case where that is one."""
    found = letter.upper()
    if len(found) == 1:
        return found
    title = letter.title()
    return title if len(title) == 1 else {"ß": "ẞ"}.get(letter, letter)
