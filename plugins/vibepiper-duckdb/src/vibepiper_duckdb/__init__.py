"""DuckDB for VibePiper: an IO manager that keeps assets as tables of a database file, and a
connector.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_duckdb.backend import DuckDBFileBackend as DuckDBFileBackend
    from vibepiper_duckdb.connector import DuckDBConnector as DuckDBConnector
    from vibepiper_duckdb.io_manager import DuckDBIOManager as DuckDBIOManager
    from vibepiper_duckdb.settings import DuckDBSettings as DuckDBSettings

_HOME = {
    "DuckDBConnector": "connector",
    "DuckDBFileBackend": "backend",
    "DuckDBIOManager": "io_manager",
    "DuckDBSettings": "settings",
}

__all__ = [
    "DuckDBConnector",
    "DuckDBFileBackend",
    "DuckDBIOManager",
    "DuckDBSettings",
]


__getattr__ = lazy_attributes(__name__, _HOME)
