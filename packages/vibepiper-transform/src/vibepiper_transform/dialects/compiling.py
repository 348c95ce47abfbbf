"""Queries as the SQL of one dialect, with DuckDB's meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sqlglot import exp

from vibepiper_transform.dialects.columns import Columns
from vibepiper_transform.dialects.dates import make_date, whole_seconds
from vibepiper_transform.dialects.names import dialect_name, sqlglot_name
from vibepiper_transform.dialects.native import guarded, with_native
from vibepiper_transform.dialects.rounding import round_halves_away

__all__ = ["compile_query", "lower_query"]

Lowering = Callable[[exp.Query], exp.Query]


def _nodes(*rewrites: Callable[[exp.Expr], exp.Expr]) -> list[Lowering]:
    """Each node for itself."""

    def applied(rewrite: Callable[[exp.Expr], exp.Expr]) -> Lowering:
        return lambda query: cast("exp.Query", query.transform(guarded(rewrite)))

    return [applied(rewrite) for rewrite in rewrites]


_LOWERINGS: dict[str, list[Lowering]] = {
    "postgresql": _nodes(round_halves_away, whole_seconds, make_date),
}


def lower_query(query: exp.Query, dialect: str, columns: Columns | None = None) -> exp.Query:
    """``query`` in words that the dialect has, and that mean there what they mean in DuckDB. What
    was written in the dialect itself stays as it was."""
    lowered = with_native(query.copy(), dialect_name(dialect))
    for lowering in _LOWERINGS.get(dialect_name(dialect), ()):
        lowered = lowering(lowered)
    return lowered


def compile_query(
    query: exp.Query, dialect: str, columns: Columns | None = None, *, pretty: bool = False
) -> str:
    """The text of `lower_query`. Names are quoted."""
    lowered = lower_query(query, dialect, columns)
    # The copy is made above.
    return lowered.sql(sqlglot_name(dialect), copy=False, identify=True, pretty=pretty)
