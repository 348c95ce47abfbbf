"""What a dialect cannot say."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.errors import DefinitionError, Location

__all__ = ["UnsupportedSql"]


class UnsupportedSql(DefinitionError):
    """A query asks for what its dialect cannot do with DuckDB's results. ``feature`` names it,
    ``dialect`` is the dialect as VibePiper calls it, ``node`` the part of the query that asks."""

    def __init__(
        self,
        feature: str,
        dialect: str,
        why: str,
        hint: str,
        *,
        at: Location | None = None,
        node: exp.Expr | None = None,
    ) -> None:
        super().__init__(f"{dialect} cannot do {feature}: {why}", at=at, hint=hint)
        self.feature = feature
        self.dialect = dialect
        self.node = node
