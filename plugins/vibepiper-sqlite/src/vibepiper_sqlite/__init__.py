"""SQLite for VibePiper: an IO manager that keeps assets as tables of a database file, and a
connector.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_sqlite.backend import SQLiteBackend as SQLiteBackend
    from vibepiper_sqlite.connector import SQLiteConnector as SQLiteConnector
    from vibepiper_sqlite.io_manager import SQLiteIOManager as SQLiteIOManager
    from vibepiper_sqlite.settings import SQLiteSettings as SQLiteSettings

_HOME = {
    "SQLiteBackend": "backend",
    "SQLiteConnector": "connector",
    "SQLiteIOManager": "io_manager",
    "SQLiteSettings": "settings",
}

__all__ = [
    "SQLiteBackend",
    "SQLiteConnector",
    "SQLiteIOManager",
    "SQLiteSettings",
]


__getattr__ = lazy_attributes(__name__, _HOME)
