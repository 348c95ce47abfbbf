"""CSV files as streams of record batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Protocol, cast

import pyarrow as pa
from pyarrow import csv as arrow_csv
from vibepiper.errors import DataError, DefinitionError, suggest

from vibepiper_files.csv_dialect import CsvDialect
from vibepiper_files.csv_faults import CsvFaults
from vibepiper_files.csv_header import Header, check_columns, read_header
from vibepiper_files.csv_source import CsvSource

__all__ = ["ArrowSchema", "read_csv"]

BLOCK_BYTES = 8 << 20


class ArrowSchema(Protocol):
    """Whatever can say itself as an Arrow schema."""

    def to_arrow(self) -> pa.Schema: ...


def read_csv(
    source: str | os.PathLike[str],
    *,
    schema: pa.Schema | ArrowSchema | type | None = None,
    columns: Sequence[str] | None = None,
    nulls: Sequence[str] = ("",),
    delimiter: str = ",",
    quote: str = '"',
    encoding: str = "utf-8",
    member: str | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> pa.RecordBatchReader:
    """The rows of a CSV file with a header line (of ``columns`` only, where given), plain, gzip or
    zip, in constant memory. Of other columns the values are not looked at.

    ``schema`` (an Arrow schema, or what has a ``to_arrow()``) names the columns, in the order
    wanted, and their types; the header must hold them all and no others. Without it the types
    are inferred from the first ``block_bytes`` of the file. ``nulls`` are the unquoted texts
    that stand for a missing value, and no others do: with ``["NA"]`` an empty field is an
    empty text, and an error in a column of numbers. ``member`` names the file in a zip.

    What does not fit raises `DataError` with file, line, column, what was expected and found:
    at once for the header, else when the reader gets there.
    """
    if isinstance(nulls, str):
        raise DefinitionError(f"nulls must be a list of texts, found the text {nulls!r}")
    dialect = CsvDialect(delimiter, quote, tuple(nulls), encoding)
    origin = CsvSource(Path(source), member)
    with origin.open() as stream:
        header = read_header(stream, str(origin.path), dialect)
    faults = _columns(origin, dialect, header, schema, block_bytes)
    if columns is not None:
        faults = _only(faults, columns)
    return pa.RecordBatchReader.from_batches(faults.schema, _batches(faults, block_bytes))


def _columns(
    origin: CsvSource,
    dialect: CsvDialect,
    header: Header,
    schema: pa.Schema | ArrowSchema | type | None,
    block_bytes: int,
) -> CsvFaults:
    if schema is None:
        return _inferred(origin, dialect, header, block_bytes)
    declared = _as_arrow(schema)
    check_columns(header, declared, str(origin.path))
    return CsvFaults(origin, dialect, header, declared)


def _only(faults: CsvFaults, columns: Sequence[str]) -> CsvFaults:
    for name in columns:
        if name not in faults.schema.names:
            raise DataError(
                f"{faults.source.path}: there is no column '{name}'",
                hint=suggest(name, faults.schema.names),
            )
    return replace(faults, schema=pa.schema([faults.schema.field(name) for name in columns]))


def _as_arrow(schema: pa.Schema | ArrowSchema | type) -> pa.Schema:
    """The columns and types. Whether nulls are allowed is a check's to say, not the reader's."""
    to_arrow = getattr(schema, "to_arrow", None)
    declared: Any = schema if to_arrow is None else to_arrow()
    if not isinstance(declared, pa.Schema):
        raise DefinitionError(
            f"schema must be a pyarrow schema or have a to_arrow(), found {schema!r}"
        )
    return pa.schema([pa.field(field.name, field.type) for field in declared])


def _inferred(
    origin: CsvSource, dialect: CsvDialect, header: Header, block_bytes: int
) -> CsvFaults:
    unknown = pa.schema([pa.field(name, pa.string()) for name in header.columns])
    faults = CsvFaults(origin, dialect, header, unknown, sampled=0)
    if not header.has_rows:
        return faults
    with origin.open() as stream:
        try:
            reader = _open(stream, faults, block_bytes, infer=True)
            first = reader.read_next_batch()
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise faults.explain(error) from error
    if any(pa.types.is_binary(field.type) for field in reader.schema):
        raise faults.wrong_encoding()
    schema = pa.schema([pa.field(f.name, _settled(f.type)) for f in reader.schema])
    return CsvFaults(origin, dialect, header, schema, sampled=first.num_rows)


def _settled(kind: pa.DataType) -> pa.DataType:
    """A type that later rows may fit too: fractions of seconds, a column null so far."""
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_timestamp(kind) and kind.unit == "s":
        return pa.timestamp("us", kind.tz)
    return kind


def _batches(faults: CsvFaults, block_bytes: int) -> Iterator[pa.RecordBatch]:
    if not faults.header.has_rows:
        return
    with faults.source.open() as stream:
        try:
            yield from _open(stream, faults, block_bytes)
        except pa.ArrowNotImplementedError as error:
            raise DataError(
                f"{faults.source.path}: {error}", hint="Declare the column as text."
            ) from error
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            raise faults.explain(error) from error


def _open(
    stream: IO[bytes], faults: CsvFaults, block_bytes: int, *, infer: bool = False
) -> arrow_csv.CSVStreamingReader:
    dialect, columns = faults.dialect, list(faults.header.columns)
    return arrow_csv.open_csv(
        pa.PythonFile(cast("object", stream), mode="r"),
        read_options=arrow_csv.ReadOptions(
            column_names=columns,
            skip_rows_after_names=1,
            block_size=block_bytes,
            encoding="utf8" if dialect.is_utf8 else dialect.encoding,
            use_threads=False,  # errors name the row, and the consumer has a thread of its own
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote,
            newlines_in_values=True,
            ignore_empty_lines=len(columns) > 1,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=None if infer else faults.schema,
            include_columns=faults.schema.names,
            null_values=list(dialect.nulls),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
