"""MySQL and MariaDB for VibePiper: a connector, and an IO manager that keeps assets as tables.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_mysql.backend import MySQLBackend as MySQLBackend
    from vibepiper_mysql.connector import MySQLConnector as MySQLConnector
    from vibepiper_mysql.io_manager import MySQLIOManager as MySQLIOManager
    from vibepiper_mysql.settings import MySQLSettings as MySQLSettings

_HOME = {
    "MySQLBackend": "backend",
    "MySQLConnector": "connector",
    "MySQLIOManager": "io_manager",
    "MySQLSettings": "settings",
}

__all__ = [
    "MySQLBackend",
    "MySQLConnector",
    "MySQLIOManager",
    "MySQLSettings",
]


__getattr__ = lazy_attributes(__name__, _HOME)
