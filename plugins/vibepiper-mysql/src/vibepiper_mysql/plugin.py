"""What this plugin offers. Imports no driver: it is read whenever the command line starts."""

from __future__ import annotations

from collections.abc import Iterable

from vibepiper import ComponentSpec, hookimpl

__all__ = ["vibepiper_components"]


@hookimpl
def vibepiper_components() -> Iterable[ComponentSpec]:
    return (
        ComponentSpec(
            kind="database",
            name="mysql",
            target="vibepiper_mysql.connector:MySQLConnector",
            summary="MySQL and MariaDB: query to record batches and bulk load.",
        ),
        ComponentSpec(
            kind="io_manager",
            name="mysql",
            target="vibepiper_mysql.io_manager:MySQLIOManager",
            summary="Assets as MySQL or MariaDB tables, queried where they lie.",
            capabilities=dict.fromkeys(("places", "staging", "query", "durable"), "full"),
        ),
    )
