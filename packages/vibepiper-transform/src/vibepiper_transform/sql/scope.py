"""The tables and columns that an expression of a query can name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp

__all__ = ["Both", "Origin", "Output", "Scope", "ScopeTable"]


@dataclass(frozen=True, slots=True)
class Both:
    """What a column of a set operation is in each of its two queries."""

    one: Origin
    two: Origin


Origin: TypeAlias = "str | exp.Expr | Both | None"
"""What a column is: a type in DuckDB's words, the expression that it is; None where nothing is
known."""


@dataclass(slots=True)
class Output:
    """A column of a table, by its exact name."""

    name: str
    origin: Origin = None


@dataclass(slots=True)
class ScopeTable:
    """A table of a FROM, by the name that qualifies its columns. ``asset`` is the reference that
    it stands for, ``hidden`` are columns that a join's USING gave to another table."""

    name: str
    columns: list[Output]
    asset: str | None = None
    hidden: set[str] = field(default_factory=set)
    _named: dict[str, list[Output]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for column in self.columns:
            self._named.setdefault(column.name.lower(), []).append(column)

    def find(self, name: str, *, exact: bool) -> list[Output]:
        found = self._named.get(name.lower(), [])
        return [column for column in found if column.name == name] if exact else found


@dataclass(slots=True)
class Scope:
    """What a SELECT can name: its tables in their order, columns that joins have merged, the
    aliases of its own columns, and the scope around it."""

    outer: Scope | None
    ctes: Mapping[str, tuple[str, list[Output]]]
    tables: list[ScopeTable] = field(default_factory=list)
    merged: dict[str, tuple[Output, exp.Expr]] = field(default_factory=dict)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)

    def around(self) -> Iterator[Scope]:
        """It, and those around it."""
        here: Scope | None = self
        while here is not None:
            yield here
            here = here.outer

    def names(self) -> list[str]:
        """All columns, for a hint."""
        return [c.name for scope in self.around() for table in scope.tables for c in table.columns]
