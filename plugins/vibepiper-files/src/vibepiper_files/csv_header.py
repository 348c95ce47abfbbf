"""The header of a CSV file, against what was declared."""

from __future__ import annotations

import codecs
import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
from vibepiper.errors import DataError, Location, suggest

from vibepiper_files.csv_dialect import CsvDialect

__all__ = ["Header", "check_columns", "read_header"]


@dataclass(frozen=True, slots=True)
class Header:
    columns: tuple[str, ...]
    has_rows: bool


def read_header(stream: IO[bytes], path: str, dialect: CsvDialect) -> Header:
    """The names in the first line, and whether anything follows it."""
    lines = _decoded(stream, path, dialect.encoding)
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)
    columns = next((row for row in reader if row), None)
    if columns is None:
        raise DataError(
            f"{path}: the file is empty; expected a header line with the names of the columns",
            hint="A file with a header line and no rows is read as an empty table.",
        )
    _refuse_unusable(columns, path)
    blank_is_a_row = len(columns) == 1
    return Header(tuple(columns), has_rows=any(blank_is_a_row or line.strip() for line in lines))


def _decoded(stream: IO[bytes], path: str, encoding: str) -> Iterator[str]:
    decode = codecs.getincrementaldecoder(encoding)().decode
    for number in itertools.count(1):
        line = stream.readline()
        if not line:
            return
        try:
            text = decode(line)
        except UnicodeDecodeError as error:
            if number > 1:  # a bad byte in the rows is reported with its row and column
                yield "?"
                return
            raise wrong_encoding(path, number, None, encoding, line[error.start]) from error
        yield text.removeprefix("\ufeff") if number == 1 else text


def wrong_encoding(
    path: str, line: int | None, column: str | None, encoding: str, byte: int
) -> DataError:
    place = f"column '{column}': " if column is not None else ""
    return DataError(
        f"{place}expected {encoding} text, found the byte 0x{byte:02x}",
        at=Location(path, line),
        hint='Name the file\'s encoding, as in read_csv(..., encoding="latin-1").',
    )


def _refuse_unusable(columns: list[str], path: str) -> None:
    twice = [name for name, count in Counter(columns).items() if count > 1]
    at = Location(path, 1)
    if twice:
        raise DataError(
            f"the header names the column '{twice[0]}' more than once",
            at=at,
            hint="Give each column a name of its own.",
        )
    if "" in columns:
        number = columns.index("") + 1
        raise DataError(f"column {number} of the header has no name", at=at, hint="Name it.")


def check_columns(header: Header, schema: pa.Schema, path: str) -> None:
    """Raises `DataError` unless the header holds the schema's columns and no others."""
    missing = [name for name in schema.names if name not in header.columns]
    extra = [name for name in header.columns if name not in schema.names]
    at = Location(path, 1)
    if missing:
        raise DataError(
            f"the column '{missing[0]}' is missing: expected {_listed(schema.names)}, "
            f"found {_listed(header.columns)}",
            at=at,
            hint=suggest(missing[0], extra) if extra else "Add it, or take it off the schema.",
        )
    if extra:
        raise DataError(
            f"the column '{extra[0]}' is not in the schema: expected {_listed(schema.names)}",
            at=at,
            hint=f"Declare '{extra[0]}' in the schema, or take the column out of the file.",
        )


def _listed(names: list[str] | tuple[str, ...]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"
