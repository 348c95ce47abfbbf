"""The CSV parser's errors as `DataError`, with the line, the column and what stands there."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
from vibepiper.errors import DataError, Location

from vibepiper_files.csv_dialect import CsvDialect
from vibepiper_files.csv_header import Header, wrong_encoding
from vibepiper_files.csv_source import CsvSource

__all__ = ["CsvFaults"]

_ROW = re.compile(r"Row #(\d+)")
_COLUMN = re.compile(r"In CSV column #(\d+)")
_COUNTS = re.compile(r"Expected (\d+) columns, got (\d+)")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    fields: list[bytes]


@dataclass(frozen=True, slots=True)
class CsvFaults:
    """Explains what the parser refused in one file. ``sampled`` is the number of rows that the
    types were inferred from, None where they were declared."""

    source: CsvSource
    dialect: CsvDialect
    header: Header
    schema: pa.Schema
    sampled: int | None = None

    def explain(self, error: pa.ArrowInvalid | UnicodeDecodeError) -> DataError:
        text = str(error)
        row = _ROW.search(text)
        record = self._record(int(row[1])) if row else None
        if counts := _COUNTS.search(text):
            return self._wrong_width(record, int(counts[1]), int(counts[2]))
        if record is not None and (column := _COLUMN.search(text)):
            return self._wrong_value(record, int(column[1]), text)
        if "straddl" in text:
            return self._endless(text)
        if isinstance(error, UnicodeDecodeError):
            return self.wrong_encoding()
        return DataError(f"{self.source.path}: cannot be read as CSV: {text}")

    def wrong_encoding(self) -> DataError:
        """The first field that is not text in the file's encoding."""
        name = str(self.source.path)
        for record in self._records():
            for column, field in zip(self.header.columns, record.fields, strict=False):
                if (byte := self._bad_byte(field)) is not None:
                    return wrong_encoding(name, record.line, column, self.dialect.encoding, byte)
        return DataError(f"{name}: expected {self.dialect.encoding} text")

    def _wrong_width(self, record: _Record | None, expected: int, found: int) -> DataError:
        line = b",".join(record.fields) if record else b""
        return DataError(
            f"expected {expected} values ({', '.join(self.header.columns)}), "
            f"found {found}: {_shown(line)}",
            at=Location(str(self.source.path), record.line if record else None),
            hint="A value that holds the delimiter or a line break must be quoted.",
        )

    def _wrong_value(self, record: _Record, column: int, text: str) -> DataError:
        # the parser counts the columns of the file, not those of the schema
        name = self.header.columns[column]
        field = record.fields[column] if column < len(record.fields) else b""
        byte = self._bad_byte(field)
        if byte is not None:
            path = str(self.source.path)
            return wrong_encoding(path, record.line, name, self.dialect.encoding, byte)
        kind = self.schema.field(name).type
        return DataError(
            f"column '{name}': expected {kind}{_form(kind)}, found {_shown(field)}",
            at=Location(str(self.source.path), record.line),
            hint=self._way_out(name, field),
        )

    def _way_out(self, name: str, field: bytes) -> str:
        text = field.decode(self.dialect.encoding, "replace")
        if self.sampled is not None:
            return (
                f"The type was inferred from the first {self.sampled:,} rows. Declare it with "
                f"read_csv(..., schema=...), or list {text[:_SHOWN]!r} in nulls=[...]."
            )
        return (
            f"Mend the value, declare '{name}' as text, or list {text[:_SHOWN]!r} in nulls=[...]."
        )

    def _endless(self, text: str) -> DataError:
        return DataError(
            f"{self.source.path}: a row is longer than a block: {text}",
            hint="Look for a quote that is never closed, or read it with a larger block_bytes.",
        )

    def _bad_byte(self, field: bytes) -> int | None:
        try:
            field.decode(self.dialect.encoding)
        except UnicodeDecodeError as error:
            return field[error.start]
        return None

    def _record(self, number: int) -> _Record | None:
        return next((r for i, r in enumerate(self._records(), start=1) if i == number), None)

    def _records(self) -> Iterator[_Record]:
        """The rows as the parser counts them, from the header, which is 1."""
        wide = len(self.header.columns) > 1
        with self.source.open() as stream:
            # latin-1 keeps every byte, so that the place of a bad one is found
            lines = (line.decode("latin-1") for line in iter(stream.readline, b""))
            reader = csv.reader(
                lines, delimiter=self.dialect.delimiter, quotechar=self.dialect.quote
            )
            line = 1
            try:
                for fields in reader:
                    if fields or not wide:
                        yield _Record(line, [field.encode("latin-1") for field in fields])
                    line = reader.line_num + 1
            except csv.Error:  # a field too long for the csv module
                return


def _shown(field: bytes) -> str:
    text = field.decode("utf-8", "replace")
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


_FORMS: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (lambda t: bool(pa.types.is_timestamp(t) and t.tz), " (ISO 8601 with an offset or Z)"),
    (lambda t: bool(pa.types.is_timestamp(t)), " (ISO 8601 without an offset)"),
    (lambda t: bool(pa.types.is_date(t)), " (YYYY-MM-DD)"),
    (lambda t: bool(pa.types.is_boolean(t)), " (true, false, 1 or 0)"),
)


def _form(kind: pa.DataType) -> str:
    return next((form for matches, form in _FORMS if matches(kind)), "")
