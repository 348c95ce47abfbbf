"""The second scan: the rows of which single values are told."""

from __future__ import annotations

import pyarrow as pa
from vibepiper_transform import Relation, UnsupportedSql

__all__ = ["SAMPLE_ROWS", "sample_rows"]

SAMPLE_ROWS = 100_000
"""A share of this many rows is right to 0.3 points, 19 times of 20."""


def sample_rows(relation: Relation, rows: int, limit: int = SAMPLE_ROWS) -> pa.Table:
    """All of ``rows`` up to ``limit``; of more, about ``limit`` of them, each chosen by itself,
    by the engine that holds them. One that cannot choose at random is read, and few rows kept."""
    if rows <= limit:
        return relation.to_table()
    share = limit / rows
    try:
        return relation.sample(share).to_table()
    except UnsupportedSql:
        return relation.hint("no_pushdown").sample(share).to_table()
