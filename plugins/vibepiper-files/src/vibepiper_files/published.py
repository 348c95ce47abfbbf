"""What is published of a reference: one file, the files of a table, or those of partitions."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from vibepiper.errors import NotMaterialized, StoreError
from vibepiper.io_manager import AssetRef

from vibepiper_files.contents import read_file
from vibepiper_files.file_sets import FileSet, schema_of, united
from vibepiper_files.manifests import Manifest
from vibepiper_files.newest_partition import NewestPartition
from vibepiper_files.partitions import named_places, partition_places
from vibepiper_files.places import TABLE_SUFFIXES, Place, find_place, find_template, suffix_of
from vibepiper_files.version_log import VersionLog

__all__ = [
    "Published",
    "find_published",
    "is_published",
    "missing",
    "newest_schema",
    "places_of",
    "version_of",
]


@dataclass(frozen=True, slots=True)
class Published:
    """A file, which may be an object, or files that are one table."""

    data: Path | FileSet

    @property
    def is_table(self) -> bool:
        return isinstance(self.data, FileSet) or suffix_of(self.data.name) in TABLE_SUFFIXES

    def read(self) -> object:
        return self.data.open() if isinstance(self.data, FileSet) else read_file(self.data)

    def column(self, name: str) -> pa.RecordBatchReader:
        files = self.data
        if isinstance(files, Path):
            files = FileSet((files,), schema_of(files))
        return files.open([name])


def find_published(ref: AssetRef, root: Path) -> Published | None:
    """None when there is nothing, and when not all partitions are there that are named."""
    places = places_of(ref, root)
    if len(places) == 1:
        return _of_place(places[0])
    found = [data for place in places if (data := _of_place(place)) is not None]
    if not found or (ref.partition and len(found) < len(places)):
        return None
    return Published(_together(ref, found))


def is_published(ref: AssetRef, root: Path) -> bool:
    """Whether `find_published` would find something, and its files are there."""
    if not ref.partition:
        return any(map(_is_there, places_of(ref, root)))
    return all(map(_is_there, named_places(ref, root)))


def _is_there(place: Place) -> bool:
    """Looks first for what most places hold."""
    if os.path.isfile(f"{place.table}{place.suffix or '.parquet'}"):
        return True
    data = _of_place(place)
    if data is None or isinstance(data.data, Path):
        return data is not None
    return all(path.is_file() for path in data.data.paths)


def places_of(ref: AssetRef, root: Path) -> list[Place]:
    """The asset's own place, or those of the partitions that are meant."""
    if len(ref.partition_keys()) == 1 and ref.partition:
        return [find_place(ref, root)]
    if not ref.partition and not find_template(ref, root).fields:
        own = find_place(ref, root)
        if own.files() or own.log.is_dir():
            return [own]
    return partition_places(ref, root)


def newest_schema(ref: AssetRef, root: Path) -> pa.Schema | None:
    """The columns of the partition that was published last; None where none is Parquet."""
    data = _newest(ref, root)
    if data is None:
        return None
    if isinstance(data.data, FileSet):
        return data.data.schema
    is_parquet = suffix_of(data.data.name) == ".parquet"
    return schema_of(data.data).remove_metadata() if is_parquet else None


def _newest(ref: AssetRef, root: Path) -> Published | None:
    noted = NewestPartition(find_template(ref, root)).noted()
    if noted is not None and (data := _of_place(noted)) is not None:
        return data
    places = sorted(partition_places(ref.whole, root), key=_written, reverse=True)
    return next((data for place in places if (data := _of_place(place)) is not None), None)


def _written(place: Place) -> int:
    """When something was last published there."""
    with suppress(FileNotFoundError):
        return place.log.stat().st_mtime_ns
    return max((path.stat().st_mtime_ns for path in place.files()), default=0)


def version_of(log: VersionLog, manifest: Manifest) -> Published:
    """What a kept manifest tells of."""
    paths = tuple(log.paths(manifest))
    if manifest.form == "table":
        return Published(FileSet(paths, manifest.schema or pa.schema([])))
    return Published(paths[0])


def _of_place(place: Place) -> Published | None:
    log = VersionLog(place)
    if (manifest := log.table()) is not None:
        return version_of(log, manifest)
    file = next(iter(place.files()), None)
    return None if file is None else Published(file)


def _together(ref: AssetRef, found: list[Published]) -> FileSet:
    paths: list[Path] = []
    empty: list[pa.Schema] = []
    for part in found:
        if isinstance(part.data, FileSet):
            paths += part.data.paths
            empty += [part.data.schema]
        elif suffix_of(part.data.name) in TABLE_SUFFIXES:
            paths.append(part.data)
        else:
            raise StoreError(
                f"asset '{ref.key}': {part.data} holds an object; only tables can be read together",
                hint="Read one partition at a time.",
            )
    return united(paths, ref.key, empty)


def missing(ref: AssetRef, root: Path) -> NotMaterialized:
    """The error of a reference to nothing."""
    template = find_template(ref, root)
    place = f"{template.path}{template.suffix or '.*'}"
    if not ref.partition:
        return NotMaterialized(f"asset '{ref.key}' has no data at {place}")
    places = zip(ref.partition_keys(), named_places(ref, root), strict=True)
    keys = next(keys for keys, place in places if not _is_there(place))
    said = ", ".join(f"{name}={key}" for name, key in keys.items())
    return NotMaterialized(f"asset '{ref.key}' has no data of {said} at {place}")
