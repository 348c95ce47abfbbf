"""Who offers which component, so that a plugin that is not installed can be named.

Written by `nox -s generate` from what the workspace's plugins declare; a test compares
the two.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["KNOWN"]

KNOWN: Mapping[tuple[str, str], str] = {
    ("analyzer", "python"): "vibepiper-transform",
    ("analyzer", "sql"): "vibepiper-transform",
    ("analyzer", "transform"): "vibepiper-transform",
    ("database", "duckdb"): "vibepiper-duckdb",
    ("database", "mysql"): "vibepiper-mysql",
    ("database", "postgres"): "vibepiper-postgres",
    ("database", "sqlite"): "vibepiper-sqlite",
    ("file_format", "csv"): "vibepiper-files",
    ("file_format", "parquet"): "vibepiper-files",
    ("input", "vibepiper_transform:Relation"): "vibepiper-transform",
    ("io_manager", "duckdb"): "vibepiper-duckdb",
    ("io_manager", "files"): "vibepiper-files",
    ("io_manager", "mysql"): "vibepiper-mysql",
    ("io_manager", "postgres"): "vibepiper-postgres",
    ("io_manager", "sqlite"): "vibepiper-sqlite",
    ("validator", "expectations"): "vibepiper-expectations",
}
"""From a component's kind and name to the distribution that provides it."""
