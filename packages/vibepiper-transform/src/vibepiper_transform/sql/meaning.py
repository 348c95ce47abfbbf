"""What a dialect means by what it has in common with the others."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from vibepiper_transform.aggregate_types import typed_aggregates
from vibepiper_transform.sql.kinds import is_integer
from vibepiper_transform.sql.scope import Output

__all__ = ["with_meaning"]


def with_meaning(tree: exp.Query, dialect: str, known: Mapping[int, Output]) -> exp.Query:
    """The query in DuckDB's meaning, which is that of all relations."""

    def kind_of(node: exp.Expr) -> str:
        return "BIGINT" if is_integer(node, known) else "unknown"

    typed_aggregates(tree, kind_of)
    return tree
