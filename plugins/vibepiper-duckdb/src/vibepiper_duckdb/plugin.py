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
            name="duckdb",
            target="vibepiper_duckdb.connector:DuckDBConnector",
            summary="A DuckDB database file: query to record batches and bulk load.",
        ),
        ComponentSpec(
            kind="io_manager",
            name="duckdb",
            target="vibepiper_duckdb.io_manager:DuckDBIOManager",
            summary="Assets as tables of a DuckDB database file, queried where they lie.",
            capabilities={
                "places": "full",
                "staging": "full",
                "query": "full",
                "durable": "full",
                "apply": "full",
                "append": "full",
                "upsert": "full",
                "delete_insert": "full",
                "scd2": "full",
                "partitions": "partial",
                "ranges": "full",
                "held": "full",
            },
        ),
    )
