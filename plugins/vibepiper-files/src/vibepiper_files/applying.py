"""Changes of an asset that is a table: from a staged file to the next version's files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from vibepiper.errors import DataError
from vibepiper.io_manager import Change, Slice

from vibepiper_files.manifests import DataFile, Manifest
from vibepiper_files.parquet import parquet_schema
from vibepiper_files.places import TABLE_SUFFIXES, Place, suffix_of
from vibepiper_files.staged_rows import StagedRows, check_names, check_partition, prepare
from vibepiper_files.table_writing import TableWriter

__all__ = ["Applying"]


@dataclass(frozen=True, slots=True)
class Applying:
    """One load, and what is published before it. ``like``: the columns of other partitions."""

    asset: str
    load_id: str
    place: Place
    current: Manifest | None
    change: Change
    partition: tuple[Slice, ...] = ()
    like: pa.Schema | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the staged rows take the place of all that there are."""
        mode = self.change.mode
        return mode == "replace" or (mode == "delete_insert" and bool(self.partition))

    def prepared(self, path: Path) -> StagedRows:
        """The staged rows, which are checked, as they go into what is published."""
        change = self.change
        self._check_partition(path)
        if suffix_of(path.name) != ".parquet":
            self._check_format(path)
            return StagedRows(path, pa.schema([]), pa.schema([]))
        names = parquet_schema(path).names
        if change.mode != "replace":
            from vibepiper_sql import check_columns

            check_columns(self.asset, names, change, partitioned=bool(self.partition))
        if change.mode == "replace" and change.evolution == "evolve" and not self.partition:
            return prepare(self.asset, path, None, change)
        published = self.like if self.is_whole and self.partition else self._before()[1]
        if change.anew and change.evolution == "evolve" and not self.partition:
            published = None
        return prepare(self.asset, path, published, change, whole=self.is_whole)

    def files(self, staged: StagedRows) -> list[DataFile]:
        """The files of the next version."""
        writer = TableWriter(self.place.table, self.load_id, staged.table)
        if self.is_whole:
            return self._appended(writer, [], staged)
        held = [] if self.change.anew else self._held(writer, self._before()[0])
        if self.change.mode == "append":
            return writer.compact(self._appended(writer, held, staged))
        check_names(self.asset, staged.schema)
        from vibepiper_files.row_changes import changed

        return writer.compact(changed(self.asset, writer, held, staged, self.change))

    def _check_partition(self, path: Path) -> None:
        named = any(part.column is not None for part in self.partition)
        if named and suffix_of(path.name) in TABLE_SUFFIXES:
            check_partition(self.asset, path, self.partition)

    def _check_format(self, path: Path) -> None:
        change = self.change
        asked: list[str] = [change.mode] if not self.is_whole or change.deleted is not None else []
        asked += [f"the evolution {change.evolution}"] if change.evolution != "evolve" else []
        if asked:
            raise DataError(
                f"asset '{self.asset}': {asked[0]} needs Parquet, and {self.place.label} is "
                f"stored as {suffix_of(path.name)}, which keeps no types",
                hint="End the asset's uri with .parquet, or replace the asset whole.",
            )

    def _before(self) -> tuple[list[DataFile] | Path, pa.Schema | None]:
        """What is published: the table's files, or the asset's file, and its columns."""
        if self.current is not None and self.current.form == "table":
            return list(self.current.files), self.current.schema
        file = next(iter(self.place.files()), None)
        if file is None:
            return [], None
        if suffix_of(file.name) != ".parquet":
            if self.is_whole:
                return [], None
            raise DataError(
                f"asset '{self.asset}': {self.change.mode} changes Parquet, and {file} is none",
                hint="Load the asset once with replace.",
            )
        return file, parquet_schema(file).remove_metadata()

    def _held(self, writer: TableWriter, before: list[DataFile] | Path) -> list[DataFile]:
        if not isinstance(before, Path):
            return before
        known = self.current.files[0].checksum if self.current is not None else None
        return [writer.adopt(before, known)]

    def _appended(
        self, writer: TableWriter, held: list[DataFile], staged: StagedRows
    ) -> list[DataFile]:
        new = writer.adopt(staged.path)
        return [*held, *([new] if new.rows else [])]
