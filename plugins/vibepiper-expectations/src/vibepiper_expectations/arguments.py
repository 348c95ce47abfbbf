"""Arguments of checks, read as they were meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibepiper_expectations.expectation import Expectation

__all__ = ["names_of"]


def names_of(
    check: Expectation, argument: str, given: object, *, least: int = 0
) -> tuple[str, ...]:
    """One column name or several, each once. Raises `DefinitionError`."""
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable):
        raise check.wrong(f"{argument} is {given!r}, expected names of columns")
    found: list[str] = []
    for name in names:
        if not isinstance(name, str) or not name:
            raise check.wrong(f"{name!r} is no column name")
        if name in found:
            raise check.wrong(f"{argument} names '{name}' twice")
        found.append(name)
    if len(found) < least:
        raise check.wrong(f"{argument} names {len(found)} columns, expected {least} or more")
    return tuple(found)
