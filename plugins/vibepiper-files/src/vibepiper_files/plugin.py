"""What this plugin offers. Imports no driver: it is read whenever the command line starts."""

from __future__ import annotations

from collections.abc import Iterable

from vibepiper import ComponentSpec, hookimpl

__all__ = ["vibepiper_components"]


@hookimpl
def vibepiper_components() -> Iterable[ComponentSpec]:
    return (
        ComponentSpec(
            kind="io_manager",
            name="files",
            target="vibepiper_files.io_manager:FileIOManager",
            summary="Assets as Parquet or CSV files, published at once, with their versions.",
            capabilities={
                "places": "full",
                "staging": "full",
                "files": "full",
                "query": "full",
                "objects": "partial",
                "durable": "full",
                "apply": "full",
                "append": "full",
                "upsert": "full",
                "delete_insert": "full",
                "scd2": "full",
                "partitions": "full",
                "versions": "full",
            },
        ),
        ComponentSpec(
            kind="file_format",
            name="csv",
            target="vibepiper_files.formats:CsvFormat",
            summary="CSV, plain, gzip or zip.",
            capabilities={"read": "full", "write": "full"},
        ),
        ComponentSpec(
            kind="file_format",
            name="parquet",
            target="vibepiper_files.formats:ParquetFormat",
            summary="Parquet.",
            capabilities={"read": "full", "write": "full"},
        ),
    )
