"""How two tables differ, found where they lie."""

from __future__ import annotations

from vibepiper_transform.diff.diffing import diff_tables
from vibepiper_transform.diff.table_diff import ChangedRow, TableDiff

__all__ = ["ChangedRow", "TableDiff", "diff_tables"]
