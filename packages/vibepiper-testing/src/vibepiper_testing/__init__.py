"""What tests of VibePiper plugins and pipelines share.

The pytest plugin (`vibepiper_testing.pytest_plugin`) is loaded by pytest on its own wherever
this distribution is installed; it brings the fixtures ``postgres_server`` and
``postgres_database``.
"""

from __future__ import annotations

from vibepiper_testing.servers import (
    PostgresServer,
    ServerUnavailable,
    find_postgres,
    start_postgres,
)

__all__ = ["PostgresServer", "ServerUnavailable", "find_postgres", "start_postgres"]
