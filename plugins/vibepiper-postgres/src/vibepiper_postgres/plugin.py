"""What this plugin offers. Imports no driver: it is read whenever the command line starts."""

from __future__ import annotations

from collections.abc import Iterable

from vibepiper import ComponentSpec, hookimpl

__all__ = ["vibepiper_components"]

_CAPABILITIES = (
    *("places", "staging", "query", "durable"),
    *("apply", "append", "upsert", "delete_insert", "scd2", "ranges", "held"),
)


@hookimpl
def vibepiper_components() -> Iterable[ComponentSpec]:
    return (
        ComponentSpec(
            kind="database",
            name="postgres",
            target="vibepiper_postgres.connector:PostgresConnector",
            summary="PostgreSQL: query to record batches and bulk load, over ADBC.",
        ),
        ComponentSpec(
            kind="io_manager",
            name="postgres",
            target="vibepiper_postgres.io_manager:PostgresIOManager",
            summary="Assets as PostgreSQL tables, queried where they lie.",
            capabilities={**dict.fromkeys(_CAPABILITIES, "full"), "partitions": "partial"},
        ),
    )
