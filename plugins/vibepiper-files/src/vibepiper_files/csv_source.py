"""A CSV file as a stream of bytes, unpacked on the way."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from vibepiper.errors import DataError, StoreError

__all__ = ["CsvSource"]

_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_EMPTY_ZIP = b"PK\x05\x06"


class CsvSource:
    """A file that can be read again and again. Its first bytes tell gzip and zip from plain;
    a zip must hold one file, or ``member`` must name it."""

    def __init__(self, path: Path, member: str | None = None) -> None:
        self.path = path
        self.member = member

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The unpacked bytes. What breaks while they are read, within the block too, is a
        `DataError` (a damaged archive) or a `StoreError` (the file cannot be read)."""
        try:
            with self.path.open("rb") as raw, self._unpacked(raw) as stream:
                yield stream
        except EOFError as error:
            raise self._damaged("it is truncated, it ends too early") from error
        except (gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
            raise self._damaged(f"it is damaged ({error})") from error
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from error

    def _unpacked(self, raw: IO[bytes]) -> IO[bytes]:
        magic = raw.read(4)
        raw.seek(0)
        suffix = self.path.suffix.lower()
        if magic.startswith(_GZIP):
            return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
        if magic in (_ZIP, _EMPTY_ZIP):
            return self._member(zipfile.ZipFile(raw))
        if magic == _PARQUET:
            raise DataError(
                f"{self.path}: expected CSV, found Parquet", hint="Read it with read_parquet."
            )
        if suffix in (".gz", ".zip") and magic:
            kind = "gzip" if suffix == ".gz" else "zip"
            raise self._damaged(f"expected {kind}, found bytes that begin {magic!r}")
        return raw

    def _member(self, archive: zipfile.ZipFile) -> IO[bytes]:
        files = [i.filename for i in archive.infolist() if not i.is_dir()]
        named = [name for name in files if not name.startswith("__MACOSX/")]
        wanted = [self.member] if self.member is not None else named
        if len(wanted) != 1 or wanted[0] not in files:
            raise DataError(
                f"{self.path}: expected one file in the zip, found {len(named)}"
                if self.member is None
                else f"{self.path}: there is no '{self.member}' in the zip",
                hint=f"Name one with member=...: {', '.join(named[:8]) or 'there are none'}.",
            )
        try:
            return archive.open(wanted[0])
        except (RuntimeError, NotImplementedError) as error:  # encrypted; unknown compression
            raise DataError(f"{self.path}: cannot be unpacked: {error}") from error

    def _damaged(self, found: str) -> DataError:
        return DataError(
            f"{self.path}: cannot be unpacked: {found}",
            hint="Fetch or copy the file again, and compare its size with the original's.",
        )
