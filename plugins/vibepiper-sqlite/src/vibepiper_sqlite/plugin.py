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
            name="sqlite",
            target="vibepiper_sqlite.connector:SQLiteConnector",
            summary="A SQLite database file: query to record batches and bulk load.",
        ),
        ComponentSpec(
            kind="io_manager",
            name="sqlite",
            target="vibepiper_sqlite.io_manager:SQLiteIOManager",
            summary="Assets as tables of a SQLite database file, queried where they lie.",
            capabilities=dict.fromkeys(("places", "staging", "query", "durable"), "full"),
        ),
    )
