"""The state as a file of JSON lines, or a table of it as Parquet."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import JSON, BigInteger, Column, Integer

from vibepiper.errors import StateError, UsageError, suggest
from vibepiper.state.channel import Values
from vibepiper.state.columns import UTCDateTime, dump_json
from vibepiper.state.store import StateStore
from vibepiper.state.tables import metadata

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["export_state"]

_BATCH = 10_000


def export_state(store: StateStore, file: Path, table: str | None) -> Mapping[str, int]:
    """Writes all tables, or one, and returns how many rows of each. What is at ``file`` is
    replaced at the end, so that there is never half of it."""
    names = sorted(metadata.tables) if table is None else [_known(table)]
    is_parquet = file.suffix == ".parquet"
    if is_parquet and table is None:
        raise UsageError(
            "a Parquet file holds one table, and none was named",
            hint=f"Name one with --table: {', '.join(names)}. JSON lines hold them all.",
        )
    counts = dict.fromkeys(names, 0)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        rows = _counted(store.rows(names), counts)
        if is_parquet:
            _write_parquet(part, names[0], (row for _, row in rows))
        else:
            _write_lines(part, rows)
        part.replace(file)
    except OSError as error:
        raise StateError(f"{file} cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return counts


def _known(table: str) -> str:
    if table not in metadata.tables:
        raise UsageError(
            f"the state has no table '{table}'", hint=suggest(table, list(metadata.tables))
        )
    return table


def _counted(
    rows: Iterable[tuple[str, Values]], counts: dict[str, int]
) -> Iterator[tuple[str, Values]]:
    for name, row in rows:
        counts[name] += 1
        yield name, row


def _write_lines(file: Path, rows: Iterable[tuple[str, Values]]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for name, row in rows:
            line = {"table": name, **{key: _plain(value) for key, value in row.items()}}
            stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _write_parquet(file: Path, name: str, rows: Iterator[Values]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(metadata.tables[name].columns)
    schema = pa.schema([(column.name, _arrow_type(column)) for column in columns])
    with pq.ParquetWriter(file, schema) as writer:
        while batch := [_cells(row, columns) for row in itertools.islice(rows, _BATCH)]:
            writer.write_table(pa.Table.from_pylist(batch, schema))


def _cells(row: Values, columns: list[Column[object]]) -> dict[str, object]:
    """The values of a row; JSON as its text, for its type is not the same in every row."""
    return {
        column.name: dump_json(row[column.name])
        if isinstance(column.type, JSON) and row[column.name] is not None
        else row[column.name]
        for column in columns
    }


def _arrow_type(column: Column[object]) -> pa.DataType:
    import pyarrow as pa

    if isinstance(column.type, UTCDateTime):
        return pa.timestamp("us", "UTC")
    if isinstance(column.type, (BigInteger, Integer)):
        return pa.int64()
    return pa.string()
