"""What a file defines, by its syntax: whatever the lines, comments and docstrings around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from types import CodeType
from typing import TypeAlias

__all__ = ["Chain", "Decorator", "Definition", "Extent", "Import", "SourceFile", "digest"]

Chain: TypeAlias = tuple[str, ...]
"""A name and the attributes that follow it: ``helpers.text.clean`` is three parts."""

Extent: TypeAlias = tuple[int, int, int, int]
"""First line and column, last line and column."""


def digest(text: str) -> str:
    """32 hexadecimal digits."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Import:
    """An import statement: ``names`` is empty for ``import module``."""

    module: str
    names: tuple[str, ...] = ()
    level: int = 0


@dataclass(frozen=True, slots=True)
class Decorator:
    """``target`` is the decorator's own name, empty for an expression that begins with none."""

    digest: str
    target: Chain
    reads: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, lambda, class or whole module. ``reads``: the names of enclosing scopes that
    it uses; ``imports``: what it imports within. ``digest`` leaves out its name and decorators."""

    digest: str
    reads: tuple[Chain, ...]
    imports: tuple[Import, ...] = ()
    decorators: tuple[Decorator, ...] = ()
    extent: Extent = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What a file defines. ``functions`` by first line and name, ``classes`` by qualified name;
    ``aliases``: what each name that the module imports stands for."""

    functions: Mapping[tuple[int, str], tuple[Definition, ...]]
    classes: Mapping[str, Definition]
    aliases: Mapping[str, Import]
    whole: Definition

    def function(self, code: CodeType) -> Definition | None:
        """The definition that ``code`` was compiled from; None when the file has none there, as
        when it has changed since, and when it is not known which of several it is: Python 3.12
        does not say where on a line a lambda is that gives a constant."""
        found = self.functions.get((code.co_firstlineno, code.co_name), ())
        if len(found) < 2:
            return found[0] if found else None
        places = list(_places(code))
        if not places:
            return None
        around = [definition for definition in found if _holds(definition.extent, places)]
        return max(around, key=lambda definition: definition.extent[:2], default=None)


def _places(code: CodeType) -> Iterator[Extent]:
    """Where its instructions are, as far as Python says."""
    for line, end_line, column, end_column in code.co_positions():
        if line and end_line and column is not None and end_column:
            yield line, column, end_line, end_column


def _holds(extent: Extent, places: Iterable[Extent]) -> bool:
    """Whether all lie within: tells lambdas of one line from each other."""
    return all(extent[:2] <= place[:2] and place[2:] <= extent[2:] for place in places)
