"""What PostgreSQL must be told so that a relation's results equal DuckDB's."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["lowered"]


def lowered(query: exp.Query) -> exp.Query:
    return query
