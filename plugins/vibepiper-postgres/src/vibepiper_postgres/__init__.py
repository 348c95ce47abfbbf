"""PostgreSQL for VibePiper: a connector, and an IO manager that keeps assets as tables.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_postgres.backend import PostgresBackend as PostgresBackend
    from vibepiper_postgres.connector import PostgresConnector as PostgresConnector
    from vibepiper_postgres.io_manager import PostgresIOManager as PostgresIOManager
    from vibepiper_postgres.settings import PostgresSettings as PostgresSettings

_HOME = {
    "PostgresBackend": "backend",
    "PostgresConnector": "connector",
    "PostgresIOManager": "io_manager",
    "PostgresSettings": "settings",
}

__all__ = [
    "PostgresBackend",
    "PostgresConnector",
    "PostgresIOManager",
    "PostgresSettings",
]


__getattr__ = lazy_attributes(__name__, _HOME)
