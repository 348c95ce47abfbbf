"""Queries that a FROM reads."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.rules import refuse

__all__ = ["refuse_outer_names"]


def refuse_outer_names(query: exp.Query) -> None:
    """Raises `UnsupportedSql` for a query in a FROM that names a table around it, as MariaDB's may
    not. Columns know their tables."""
    for derived in query.find_all(exp.Subquery):
        if not isinstance(derived.parent, exp.From | exp.Join) or is_native(derived):
            continue
        known = {each.alias_or_name for each in derived.find_all(exp.Table, exp.Subquery)}
        for column in derived.find_all(exp.Column):
            if column.table and column.table not in known:
                raise refuse(
                    f"a query in a FROM that names '{column.table}' around it",
                    "mysql",
                    "it computes it before",
                    "Join the two, and group by the key.",
                    node=column,
                )
