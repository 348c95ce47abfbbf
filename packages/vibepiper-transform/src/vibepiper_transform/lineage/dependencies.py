"""What a column depends on: columns of sources, each by a kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from vibepiper.analysis import VALUE_KINDS, SourceKind

__all__ = [
    "NOTHING",
    "Dependencies",
    "Output",
    "SourceColumn",
    "UNKNOWN",
    "as_rows",
    "merged",
    "through",
]

SourceColumn: TypeAlias = tuple[str, str, SourceKind]
"""The name of a source, a column of it, and how it comes in."""

Dependencies: TypeAlias = frozenset[SourceColumn]

NOTHING: Dependencies = frozenset()

UNKNOWN: Dependencies = frozenset({("", "", "declared")})
"""What a column depends on that could not be found in the query."""

_RANK: dict[SourceKind, int] = {"identity": 0, "expression": 1, "window": 2, "aggregate": 3}


@dataclass(slots=True)
class Output:
    """The columns of a query by their names, in order, and ``rows``: what decides which rows there
    are. ``open`` is what any other name depends on, where not all names are known."""

    columns: dict[str, Dependencies] = field(default_factory=dict)
    rows: Dependencies = NOTHING
    open: Dependencies | None = None

    def find(self, name: str) -> Dependencies | None:
        """By a name of any case, as DuckDB has it."""
        if name in self.columns:
            return self.columns[name]
        folded = name.lower()
        for other, found in self.columns.items():
            if other.lower() == folded:
                return found
        return None

    def all(self) -> Dependencies:
        return merged(self.columns.values())


def merged(all_of: Iterable[Dependencies]) -> Dependencies:
    return NOTHING.union(*all_of)


def through(found: Dependencies, kind: SourceKind) -> Dependencies:
    """What a value of the kind depends on that is made of ``found``. Of two kinds of value the one
    that tells more stays; what only chooses rows goes on to do no more."""
    if kind == "identity" or not found:
        return found
    if kind not in VALUE_KINDS:
        return as_rows(found, kind)
    rank = _RANK[kind]
    if all(_RANK.get(old, 9) >= rank for _, _, old in found):
        return found
    return frozenset(
        [
            (source, column, kind if _RANK.get(old, 9) < rank else old)
            for source, column, old in found
        ]
    )


def as_rows(found: Dependencies, kind: SourceKind) -> Dependencies:
    """What chooses rows by ``found``."""
    return frozenset(
        (source, column, kind if old in VALUE_KINDS else old) for source, column, old in found
    )
