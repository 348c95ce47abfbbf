"""How a load is published, under the asset's lock: as its file, or as the next version of a
table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from vibepiper.errors import Fenced, StoreError

from vibepiper_files.manifests import DataFile, Manifest, file_of
from vibepiper_files.newest_partition import NewestPartition
from vibepiper_files.places import Place
from vibepiper_files.settings import FileSettings
from vibepiper_files.staging import disk_errors, publish, sync
from vibepiper_files.table_writing import linked
from vibepiper_files.version_log import VersionLog

__all__ = ["Publishing", "Write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Who writes what: what a manifest says beside the data."""

    asset: str
    load_id: str
    cursor: str | None = None
    token: int | None = None
    base: str | None = None
    partition: Mapping[str, str] | None = None


class Publishing:
    """What is published of one place. Made, and used, under the place's lock. ``newest`` is told
    of each publish of a partition."""

    def __init__(
        self, place: Place, settings: FileSettings, newest: NewestPartition | None = None
    ) -> None:
        self.place = place
        self.log = VersionLog(place)
        self._settings = settings
        self._newest = newest
        self._manifests = list(self.log.manifests())
        self.current = self.log.current()

    def has_applied(self, load_id: str) -> bool:
        return load_id in self._loads()

    def check(self, write: Write) -> None:
        """Raises `Fenced` for a token smaller than one seen before and for a base that is not the
        last load, and `StoreError` where the place is another partition's."""
        fence = self._fence()
        if write.token is not None and fence is not None and write.token < fence:
            raise Fenced(
                f"asset '{write.asset}': a write with the token {write.token} comes after one "
                f"with {fence}",
                hint="Another run has taken this asset over; nothing was changed.",
            )
        self._check_base(write)
        known = next((m.partition for m in self._manifests), write.partition)
        if known != write.partition:
            raise StoreError(
                f"asset '{write.asset}': {self.place.table} is the place of {_said(known)} and of "
                f"{_said(write.partition)}",
                hint="Let the uri tell all partitions apart.",
            )

    def _check_base(self, write: Write) -> None:
        last = "" if self.current is None else self.current.committed.load_id
        if write.base not in (None, last):
            raise Fenced(
                f"asset '{write.asset}': this data was made to follow {_load(write.base)}, and "
                f"the last one in {self.place.table} is {_load(last)}",
                hint="Another writer was faster. Run the asset again.",
            )

    def publish_file(self, write: Write, staged: Path, target: Path, staged_as: DataFile) -> None:
        """The staged file takes the place of the published one."""
        manifest = self._manifest(write, "file", (staged_as,), None, staged_as.rows)
        self._begin()
        self.log.add(manifest)
        publish(staged, target)
        self.current = manifest
        self.tidy()

    def publish_table(self, write: Write, files: list[DataFile], schema: pa.Schema) -> Manifest:
        """These files are the table from now on."""
        rows = sum(file.rows or 0 for file in files)
        manifest = self._manifest(write, "table", tuple(files), schema, rows)
        self._begin()
        with disk_errors(self.place.table):
            if files:
                sync(self.place.table)
                sync(self.place.folder)
        self.log.add(manifest)
        self.current = manifest
        self.tidy()
        return manifest

    def tidy(self) -> None:
        """Removes what the current version took the place of, and what it does not need. A
        publish ends with that; where its process died before, the next one does it."""
        if self.current is None:
            return
        for other in self.place.files():
            if self.current.form == "table" or other.name != self.current.files[0].name:
                with disk_errors(other):
                    other.unlink(missing_ok=True)
        self._prune(self.current)

    def restore(self, write: Write, version: str) -> Manifest:
        """Publishes a kept version again, with its cursor."""
        found = next((m for m in self._manifests if m.load_id == version), None)
        if found is None or not (self._is(found) or self.log.is_kept(found)):
            kept = [m.load_id for m in self._manifests if self._is(m) or self.log.is_kept(m)]
            raise StoreError(
                f"asset '{write.asset}': the version {version} is not kept",
                hint=f"There are: {', '.join(kept) or 'none'}.",
            )
        write = replace(write, cursor=found.cursor)
        if found.form == "table":
            schema = found.schema or pa.schema([])
            return self.publish_table(write, list(found.files), schema)
        return self._restore_file(write, found)

    def _restore_file(self, write: Write, found: Manifest) -> Manifest:
        source = self.log.paths(found)[0]
        beside = self.place.log / f".{write.load_id}"
        target = self.place.folder / found.files[0].name
        with disk_errors(target):
            beside.unlink(missing_ok=True)
            linked(source, beside)
            old = found.files[0]
            again = file_of(beside, old.rows, old.checksum)
        named = DataFile(old.name, old.rows, again.bytes, old.checksum, again.moment, again.node)
        try:
            self.publish_file(write, beside, target, named)
        finally:
            beside.unlink(missing_ok=True)
        return found

    def _manifest(
        self,
        write: Write,
        form: str,
        files: tuple[DataFile, ...],
        schema: pa.Schema | None,
        rows: int | None,
    ) -> Manifest:
        tokens = [token for token in (self._fence(), write.token) if token is not None]
        return Manifest(
            number=max(self.log.numbers(), default=0) + 1,
            load_id=write.load_id,
            form="table" if form == "table" else "file",
            files=files,
            created_at=datetime.now(UTC),
            rows=rows,
            bytes=sum(file.bytes for file in files),
            cursor=write.cursor,
            token=write.token,
            fence=max(tokens, default=None),
            loads=self._loads(),
            partition=write.partition,
            schema=schema,
        )

    def _loads(self) -> tuple[str, ...]:
        """All that were ever applied; a file that others put there does not undo them. Those of a
        table whose files are gone went with them."""
        if self.current is not None:
            return self.current.applied
        newest = next(iter(self._manifests), None)
        return () if newest is None or newest.form == "table" else newest.loads

    def _fence(self) -> int | None:
        current = self.current
        known = [m for m in self._manifests if current is None or m.number <= current.number]
        return max((m.fence for m in known if m.fence is not None), default=None)

    def _begin(self) -> None:
        if self._newest is not None:
            self._newest.note(self.place)
        self._keep_present()

    def _keep_present(self) -> None:
        """The published file stays as a version, under another name."""
        current = self.current
        if current is None or current.form == "table" or not self._settings.keep_replaced:
            return
        kept = self.log.kept_file(current)
        with disk_errors(kept):
            kept.unlink(missing_ok=True)
            linked(self.place.folder / current.files[0].name, kept)

    def _is(self, manifest: Manifest) -> bool:
        return self.current is not None and manifest.number == self.current.number

    def _prune(self, newest: Manifest) -> None:
        """Removes the versions that are not kept, and what only they named."""
        until, versions, files = newest.created_at, 1, 0
        held = datetime.now(UTC) - timedelta(seconds=self._settings.reader_seconds)
        for manifest in (m for m in self._manifests if m.number < newest.number):
            if manifest.form == "table":
                kept = versions < self._settings.keep_versions or until > held
                versions += 1
            else:
                kept = files < self._settings.keep_replaced and self.log.is_kept(manifest)
                files += 1
            if not kept:
                self.log.remove(manifest)
            until = manifest.created_at
        self.log.sweep()


def _load(load_id: str | None) -> str:
    return f"the load {load_id}" if load_id else "no load"


def _said(partition: Mapping[str, str] | None) -> str:
    if not partition:
        return "the asset as a whole"
    return "the partition " + ", ".join(f"{name}={key}" for name, key in partition.items())
