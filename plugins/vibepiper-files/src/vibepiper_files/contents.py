"""What a file may hold: tables, texts, bytes and JSON, by its suffix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from vibepiper.data import is_table, report_rows
from vibepiper.errors import DataError

from vibepiper_files.csv_reading import read_csv
from vibepiper_files.csv_writing import write_csv
from vibepiper_files.parquet import read_parquet, write_parquet
from vibepiper_files.places import TABLE_SUFFIXES, suffix_of
from vibepiper_files.staging import disk_errors

__all__ = ["read_file", "suffix_for", "write_file"]

_TEXTS = (".txt", ".html", ".htm", ".md", ".svg", ".xml", ".sql")


def suffix_for(data: object, wanted: str | None, table_format: str) -> str:
    """The suffix to store ``data`` under. Raises `DataError` when it is not what ``wanted``
    can hold, or nothing that a file can."""
    kind: str
    fits: tuple[str, ...]
    if is_table(data):
        kind, fits = f".{table_format}", TABLE_SUFFIXES
    elif isinstance(data, str):
        kind, fits = ".txt", (*_TEXTS, ".json")
    elif isinstance(data, bytes):
        kind, fits = ".bin", ()
    elif isinstance(data, (dict, list, int, float)):
        kind, fits = ".json", (".json",)
    else:
        raise _unstorable(data)
    if wanted is None:
        return kind
    named = wanted.lower()
    if named not in fits if fits else named in (*TABLE_SUFFIXES, *_TEXTS, ".json"):
        raise DataError(
            f"a file of suffix '{wanted}' cannot hold {_described(data)}",
            hint=f"It could be stored as {kind}{_also(fits, kind)}.",
        )
    return wanted


def _unstorable(data: object) -> DataError:
    return DataError(
        f"{_described(data)} cannot be stored in a file",
        hint="Return a table, a text, bytes, or a dict or list that JSON can hold.",
    )


def _described(data: object) -> str:
    return "a table" if is_table(data) else f"an object of type {type(data).__qualname__}"


def _also(fits: tuple[str, ...], kind: str) -> str:
    others = [suffix for suffix in fits if suffix != kind]
    return f" ({', '.join(others)})" if others else ""


def write_file(data: object, path: Path) -> int | None:
    """Returns the rows, None for an object."""
    suffix = suffix_of(path.name)
    if suffix == ".parquet":
        return _write_parquet(data, path)
    if suffix in TABLE_SUFFIXES:
        return write_csv(data, path)
    content = _content(data, suffix)
    with disk_errors(path):
        path.write_bytes(content)
    return None


def _write_parquet(data: object, path: Path) -> int:
    if isinstance(data, (pa.Table, pa.RecordBatch, pa.RecordBatchReader)):
        return write_parquet(data, path)
    from vibepiper_files import relations

    rows = relations.write_parquet(data, path)
    if rows is None:
        return write_parquet(data, path)
    report_rows(rows)
    return rows


def _content(data: object, suffix: str) -> bytes:
    if suffix == ".json":
        return _json(data).encode()
    return data if isinstance(data, bytes) else str(data).encode()


def _json(data: object) -> str:
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"{_described(data)} cannot be stored as JSON: {error}") from error
    if json.loads(text) != data:
        raise DataError(
            f"{_described(data)} would not come back from JSON as it is",
            hint="Use text for keys, and lists for tuples.",
        )
    return text


def read_file(path: Path) -> object:
    """The table as a stream, or the object."""
    suffix = suffix_of(path.name)
    if suffix == ".parquet":
        return read_parquet(path)
    if suffix in TABLE_SUFFIXES:
        return read_csv(path)
    with disk_errors(path):
        content = path.read_bytes()
    readers: dict[str, Callable[[bytes], object]] = {".json": json.loads}
    readers |= dict.fromkeys(_TEXTS, bytes.decode)
    return readers.get(suffix, bytes)(content)
