"""Rules that say what a dialect's words are in DuckDB's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from vibepiper_transform.sql.meets import Meets
from vibepiper_transform.sql.operands import Operands

__all__ = ["Differs", "Meaning", "Rule", "differing"]

DUCKDB = 'Say it otherwise, or write the asset in DuckDB\'s SQL: dialect="duckdb".'

Rule: TypeAlias = "Callable[[exp.Expr, Operands], exp.Expr]"


class Differs(Exception):
    """A node has no words in DuckDB that are known to mean the same."""

    def __init__(
        self, feature: str, why: str, hint: str = DUCKDB, at: exp.Expr | None = None
    ) -> None:
        """``at`` is the part of the node that has none, if it is not all of it."""
        super().__init__(feature)
        self.feature = feature
        self.why = why
        self.hint = hint
        self.at = at


class Mixed(Differs):
    """Values of several types meet: what becomes of them only their own engine can tell."""


@dataclass(frozen=True)
class Meaning:
    """Of a dialect: what has the ``same`` meaning in DuckDB, as the tests of
    ``tests/properties/test_foreign_sql.py`` prove, and ``rules`` for what is said otherwise. All
    else stays in the dialect. ``meets`` says what it does where types meet."""

    rules: Mapping[type[exp.Expr], Rule]
    same: frozenset[type[exp.Expr]]
    meets: Meets


def differing(feature: str, why: str, hint: str = DUCKDB) -> Rule:
    """A rule for what has no other words."""

    def rule(node: exp.Expr, of: Operands) -> exp.Expr:
        raise Differs(feature, why, hint)

    return rule
