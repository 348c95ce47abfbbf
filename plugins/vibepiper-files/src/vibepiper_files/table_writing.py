"""The data files of an asset that changes: which stay, and which are written anew."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from vibepiper_files.digests import checksum_of
from vibepiper_files.file_sets import FileSet
from vibepiper_files.folders import make_folder
from vibepiper_files.manifests import DataFile, file_of
from vibepiper_files.parquet import parquet_rows, write_parquet
from vibepiper_files.staging import disk_errors, sync

if TYPE_CHECKING:
    from vibepiper_files.edits import RowNumbers

__all__ = ["TableWriter", "linked"]

_TIER = 8
"""So many files of about one size are made one; files of a tier are up to so many times larger
than those of the tier below."""
_SMALLEST, _LARGEST = 64 << 10, 128 << 20


@dataclass(slots=True)
class TableWriter:
    """Writes the files of one load into a table's folder. None of them is there for readers
    before a manifest names it."""

    folder: Path
    load_id: str
    schema: pa.Schema
    _written: int = field(default=0, init=False)

    def adopt(self, path: Path, checksum: str | None = None) -> DataFile:
        """A file that is all written, as one of the table's."""
        target = self._next()
        with disk_errors(target):
            linked(path, target)
            return file_of(target, parquet_rows(target), checksum or checksum_of(target))

    def write(self, batches: Iterable[pa.RecordBatch]) -> list[DataFile]:
        """A file of these rows; none when there are none."""
        batches = iter(batches)
        if (first := next(batches, None)) is None:
            return []
        path = self._next()
        reader = pa.RecordBatchReader.from_batches(self.schema, _chained(first, batches))
        rows = write_parquet(reader, path)
        with disk_errors(path):
            sync(path)
            return [file_of(path, rows, checksum_of(path))]

    def add(self, path: Path, numbers: RowNumbers, given: Mapping[str, str]) -> list[DataFile]:
        """The staged rows that are chosen: the first of the numbers."""
        from vibepiper_files.edits import added

        return self.write(added(path, numbers, self.schema, given))

    def edit(
        self, files: list[DataFile], numbers: RowNumbers, valid_to: str | None
    ) -> list[DataFile]:
        """The files, those written anew in which rows go or change."""
        from vibepiper_files.edits import edited

        kept: list[DataFile] = []
        for position, file in enumerate(files):
            if numbers.next_file() == position:
                path = self.folder / file.name
                kept += self.write(edited(path, position, numbers, self.schema, valid_to))
            else:
                kept.append(file)
        return kept

    def compact(self, files: list[DataFile]) -> list[DataFile]:
        """Where there are many files of about one size, one in their place."""
        tiers: defaultdict[int, list[DataFile]] = defaultdict(list)
        for file in files:
            if file.bytes < _LARGEST:
                tiers[_tier(file.bytes)].append(file)
        for tier in sorted(tiers):
            small = tiers[tier]
            if len(small) >= _TIER:
                paths = tuple(self.folder / file.name for file in small)
                one = self.write(FileSet(paths, self.schema).open())
                place = files.index(small[0])
                rest = [file for file in files if file not in small]
                return self.compact([*rest[:place], *one, *rest[place:]])
        return files

    def _next(self) -> Path:
        with disk_errors(self.folder):
            make_folder(self.folder)
        path = self.folder / f"part~{self.load_id}-{self._written}.parquet"
        self._written += 1
        with disk_errors(path):
            path.unlink(missing_ok=True)
        return path


def _tier(size: int) -> int:
    tier = 0
    while size > _SMALLEST:
        size //= _TIER
        tier += 1
    return tier


def _chained(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def linked(source: Path, target: Path) -> None:
    """``target`` is the same file under another name, or a copy where there are no such names."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        shutil.copyfile(source, target)
        sync(target)
