"""PostgreSQL for VibePiper: a connector, and an IO manager that keeps assets as tables.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

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

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if (module := _HOME.get(name)) is None:
        raise AttributeError(f"module 'vibepiper_postgres' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"vibepiper_postgres.{module}"), name)
    globals()[name] = value
    return value
