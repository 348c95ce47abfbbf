"""Tables as CSV files."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv
from vibepiper.data import as_reader
from vibepiper.errors import DataError

from vibepiper_files.encoding import Target, encode

__all__ = ["write_csv"]


def write_csv(table: object, path: str | os.PathLike[str], *, delimiter: str = ",") -> int:
    """Writes anything with ``__arrow_c_stream__`` in constant memory; returns the rows.

    The suffix decides: ``.gz`` is gzip, ``.zip`` a zip of one file, all else plain. A null is
    an empty field, an empty text is ``""``. Raises `DataError` for types that CSV cannot hold.
    """
    reader = as_reader(table)
    target = Target(Path(path), reader.schema, _trial)
    target.refuse_twins()
    if "" in reader.schema.names:
        place = reader.schema.names.index("") + 1
        raise DataError(f"{target.path}: column '' (number {place}) has no name, which CSV needs")
    options = arrow_csv.WriteOptions(delimiter=delimiter)
    with ExitStack() as stack:
        with target.refused():
            sink = stack.enter_context(_sink(target.path))
            writer = arrow_csv.CSVWriter(sink, reader.schema, write_options=options)
        try:
            rows = encode(reader, writer.write_table, target)
        except BaseException:
            with suppress(pa.ArrowException, OSError):  # the first error is the one to be told
                stack.close()
            raise
        with target.refused():
            writer.close()
            stack.close()
    return rows


def _trial(table: pa.Table) -> None:
    arrow_csv.write_csv(table, pa.BufferOutputStream())


@contextmanager
def _sink(path: Path) -> Iterator[pa.NativeFile]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
            archive.open(path.stem, "w", force_zip64=True) as member,
            pa.PythonFile(member, mode="w") as sink,
        ):
            yield sink
    elif suffix == ".gz":
        with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "gzip") as sink:
            yield sink
    else:
        with pa.OSFile(str(path), "wb") as sink:
            yield sink
