"""Arguments of checks, read as they were meant."""

from __future__ import annotations

from collections.abc import Iterable, Set
from enum import Enum
from typing import TYPE_CHECKING, get_args

from vibepiper_expectations.families import Value, families_of, is_finite, value_type

if TYPE_CHECKING:
    from vibepiper_expectations.kinds import Expectation

__all__ = ["members_of", "names_of"]


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


def members_of(check: Expectation, values: object) -> tuple[Value, ...]:
    """The members of a set: sorted, where it has no order of its own; an Enum's are its values.
    Raises `DefinitionError`."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise check.wrong(f"the values are {values!r}, expected a list or set of them")
    members = tuple(item.value if isinstance(item, Enum) else item for item in values)
    for member in members:
        if not isinstance(member, get_args(Value)) or not is_finite(member):
            raise check.wrong(f"{member!r} cannot be an allowed value")
    if not members:
        raise check.wrong("the set of allowed values is empty")
    if not families_of(members):
        kinds = " and ".join(sorted({value_type(value) for value in members}))
        raise check.wrong(f"no column can hold {kinds} together")
    return tuple(sorted(members, key=repr)) if isinstance(values, Set) else members
