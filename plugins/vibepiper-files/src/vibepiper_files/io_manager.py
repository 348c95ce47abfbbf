"""The IO manager: an asset is a file, one that changes a folder of files."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from vibepiper.component import Component, ComponentContext
from vibepiper.errors import DataError, StoreError
from vibepiper.io_manager import AssetRef, Change, Committed, Stored, StoredVersion

from vibepiper_files.contents import suffix_for, write_file
from vibepiper_files.digests import checksum_of
from vibepiper_files.file_sets import FileSet
from vibepiper_files.locks import asset_lock, try_asset_lock
from vibepiper_files.manifests import file_of
from vibepiper_files.newest_partition import NewestPartition
from vibepiper_files.parquet import parquet_rows, parquet_schema
from vibepiper_files.partitions import found_places
from vibepiper_files.places import Place, find_place, find_template, suffix_of
from vibepiper_files.published import (
    Published,
    find_published,
    is_published,
    missing,
    newest_schema,
    places_of,
    version_of,
)
from vibepiper_files.publishing import Publishing, Write
from vibepiper_files.settings import FileSettings
from vibepiper_files.staging import Stage, claim, collect_litter, disk_errors, sync
from vibepiper_files.version_log import VersionLog

if TYPE_CHECKING:
    from vibepiper_transform import Relation

__all__ = ["FileIOManager"]


class FileIOManager(Component[FileSettings]):
    """Keeps assets as files under one folder.

    Asset ``raw/orders`` is ``raw/orders.parquet``; ``uri`` names another place, and its suffix
    the format. A text, bytes, and what JSON can hold are stored too. A load is written beside
    the published file, which it replaces by a rename. An asset that was changed otherwise than
    replaced is files in the folder ``raw/orders``, and ``raw/.versions`` says which of them.
    """

    settings_model = FileSettings

    def __init__(self, settings: FileSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._root = Path(os.path.abspath(context.root / settings.root))
        self._locks: dict[Stage, int] = {}
        self._guard = threading.Lock()

    def place(self, ref: AssetRef) -> str:
        return find_template(ref, self._root).title(ref.key)

    def load(self, ref: AssetRef) -> object:
        return self._present(ref).read()

    def relation(self, ref: AssetRef) -> Relation:
        return _relation(self._present(ref))

    def exists(self, ref: AssetRef) -> bool:
        if ref.load_id is not None:
            return self._find(ref) is not None
        return is_published(ref, self._root)

    def save(self, ref: AssetRef, data: object) -> Stored:
        load = replace(ref, load_id=ref.load_id or uuid.uuid4().hex)
        staged = self.stage(load, data)
        try:
            return self.publish(load, staged)
        except BaseException:
            self.discard(load)
            raise

    def stage(self, ref: AssetRef, data: object) -> Stored:
        place = self._place(ref)
        suffix = suffix_for(data, place.suffix, self.settings.format)
        stage = Stage(place, _load_id(ref))
        self._release(stage)
        with disk_errors(stage.folder):
            collect_litter(place)
            with try_asset_lock(place.lock) as locked:
                if locked:
                    VersionLog(place).sweep()
            held = claim(stage)
        with self._guard:
            self._locks[stage] = held
        try:
            rows = write_file(data, stage.file(suffix))
            return _stored(stage.file(suffix), rows)
        except BaseException:
            self._release(stage)
            raise

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        return self.apply(ref, staged, Change())

    def apply(self, ref: AssetRef, staged: Stored, change: Change) -> Stored:
        place = self._place(ref)
        stage = Stage(place, _load_id(ref))
        with self._publishing(ref, place) as publishing:
            if publishing.has_applied(stage.load_id):
                publishing.tidy()
                self._release(stage)
                known = _remembered(publishing, stage.load_id, staged, change)
                return replace(known, uri=self._uri(place), total_rows=_total(publishing))
            write = _write(ref, change)
            publishing.check(write)
            source = stage.staged()
            if source is None:
                raise StoreError(f"asset '{ref.key}': load {ref.load_id} is not staged")
            self._check_layout(ref)
            stored = self._applied(publishing, write, source, staged, ref, change)
            self._release(stage)
        return stored

    def committed(self, ref: AssetRef) -> Committed | None:
        found = [VersionLog(place).current() for place in places_of(ref.published, self._root)]
        there = [manifest for manifest in found if manifest is not None]
        return max(there, key=lambda m: m.created_at).committed if there else None

    def is_committed(self, ref: AssetRef) -> bool:
        load_id = _load_id(ref)
        places = places_of(ref.published, self._root)
        found = [VersionLog(place).current() for place in places]
        return any(load_id in manifest.applied for manifest in found if manifest is not None)

    def greatest(self, ref: AssetRef, column: str) -> pa.Scalar | None:
        import pyarrow.compute as pc

        published = self._find(ref)
        if published is None:
            return None
        greatest: pa.Scalar | None = None
        for batch in published.column(column):
            if pa.types.is_nested(kind := batch.column(0).type):
                raise DataError(f"a column of type {kind} has no greatest value")
            found = pc.max(batch.column(0))
            if found.is_valid and (greatest is None or pc.greater(found, greatest).as_py()):
                greatest = found
        return greatest

    def versions(self, ref: AssetRef) -> Sequence[StoredVersion]:
        log = VersionLog(self._place(ref.published))
        current = log.current()
        number = current.number if current is not None else None
        return [
            StoredVersion(m.load_id, m.created_at, m.rows, m.bytes, m.number == number)
            for m in log.kept()
        ]

    def read_version(self, ref: AssetRef, version: str) -> object:
        log = VersionLog(self._place(ref.published))
        kept = list(log.kept())
        found = next((m for m in kept if m.load_id == version), None)
        if found is None:
            raise StoreError(
                f"asset '{ref.key}': the version {version} is not kept",
                hint=f"There are: {', '.join(m.load_id for m in kept) or 'none'}.",
            )
        published = version_of(log, found)
        return _relation(published) if published.is_table else published.read()

    def restore(self, ref: AssetRef, version: str, *, token: int | None = None) -> Stored:
        place = self._place(ref)
        with self._publishing(ref, place) as publishing:
            if not publishing.has_applied(_load_id(ref)):
                write = _write(ref, Change(token=token))
                publishing.check(write)
                publishing.restore(write, version)
            now = VersionLog(place).current()
        return Stored(
            self._uri(place),
            None if now is None else now.rows,
            None if now is None else now.bytes,
            schema=None if now is None else now.schema,
            total_rows=None if now is None else now.rows,
        )

    def discard(self, ref: AssetRef) -> None:
        self._release(Stage(self._place(ref), _load_id(ref)))

    def close(self) -> None:
        for stage in list(self._locks):
            self._release(stage)

    @contextmanager
    def _publishing(self, ref: AssetRef, place: Place) -> Iterator[Publishing]:
        """Under the asset's lock. What an attempt that fails has written is removed."""
        with ExitStack() as stack:
            with disk_errors(place.lock):
                stack.enter_context(asset_lock(place.lock, self.settings.lock_timeout))
            newest = NewestPartition(find_template(ref, self._root)) if ref.partition else None
            publishing = Publishing(place, self.settings, newest)
            try:
                yield publishing
            except BaseException:
                publishing.log.sweep()
                raise

    def _applied(
        self,
        publishing: Publishing,
        write: Write,
        source: Path,
        staged: Stored,
        ref: AssetRef,
        change: Change,
    ) -> Stored:
        from vibepiper_files.applying import Applying

        place, current = publishing.place, publishing.current
        like = newest_schema(ref, self._root) if ref.partition else None
        load = Applying(ref.key, write.load_id, place, current, change, ref.partition, like)
        rows = load.prepared(source)
        if rows.path != source:
            staged = _stored(rows.path, parquet_rows(rows.path))
        staged = replace(staged, notes=(*staged.notes, *rows.notes))
        stays_table = current is not None and current.form == "table"
        is_parquet = suffix_of(source.name) == ".parquet"
        if load.is_whole and not (stays_table and is_parquet):
            return self._replace(publishing, write, rows.path, staged)
        manifest = publishing.publish_table(write, load.files(rows), rows.table)
        return replace(staged, uri=str(place.table), total_rows=manifest.rows)

    def _replace(
        self, publishing: Publishing, write: Write, source: Path, staged: Stored
    ) -> Stored:
        place = publishing.place
        target = place.file(place.suffix or suffix_of(source.name))
        file = replace(file_of(source, staged.rows, staged.checksum), name=target.name)
        publishing.publish_file(write, source, target, file)
        return replace(staged, uri=str(target))

    def _check_layout(self, ref: AssetRef) -> None:
        """Refuses partitions beside data of the whole asset, and the other way about."""
        template = find_template(ref, self._root)
        if template.fields:
            return
        if not ref.partition:
            if found_places(template):
                raise StoreError(
                    f"asset '{ref.key}': is kept in partitions, and this load has none",
                    hint=f"Remove the folders below {template.path} to keep it as one.",
                )
            return
        whole = template.place(ref.key, {})
        if whole.files() or whole.log.is_dir():
            raise StoreError(
                f"asset '{ref.key}': is kept as a whole at {whole.table}, and this load is of "
                "a partition",
                hint="Remove it, or name another place by the asset's uri.",
            )

    def _uri(self, place: Place) -> str:
        if VersionLog(place).table() is not None:
            return str(place.table)
        return str(next(iter(place.files()), place.file(place.suffix or "")))

    def _release(self, stage: Stage) -> None:
        with self._guard:
            held = self._locks.pop(stage, None)
        try:
            with disk_errors(stage.folder):
                stage.remove()
        finally:
            if held is not None:
                os.close(held)

    def _present(self, ref: AssetRef) -> Published:
        if (found := self._find(ref)) is None:
            raise missing(ref, self._root)
        return found

    def _find(self, ref: AssetRef) -> Published | None:
        if ref.load_id is None:
            return find_published(ref, self._root)
        staged = Stage(self._place(ref), ref.load_id).staged()
        return None if staged is None else Published(staged)

    def _place(self, ref: AssetRef) -> Place:
        return find_place(ref, self._root)


def _relation(published: Published) -> Relation:
    from vibepiper_files.relations import as_relation, relation_of

    data = published.data
    return relation_of(data) if isinstance(data, FileSet) else as_relation(data)


def _write(ref: AssetRef, change: Change) -> Write:
    partition = dict(ref.partition_keys()[0]) if ref.partition else None
    return Write(
        asset=ref.key,
        load_id=_load_id(ref),
        cursor=change.cursor,
        token=change.token,
        base=change.base,
        partition=partition,
    )


def _load_id(ref: AssetRef) -> str:
    if ref.load_id is None or not ref.load_id.isalnum():
        raise StoreError(f"asset '{ref.key}': {ref.load_id!r} is not a load id")
    return ref.load_id


def _remembered(publishing: Publishing, load_id: str, staged: Stored, change: Change) -> Stored:
    """``staged``; where its rows are unknown, as after a crash, what the version says of itself."""
    last = publishing.current
    if staged.rows is not None or last is None or last.load_id != load_id:
        return staged
    schema = staged.schema or last.schema
    if change.mode != "replace" and last.loads:
        return replace(staged, schema=schema)
    return replace(staged, rows=last.rows, bytes=last.bytes, schema=schema)


def _total(publishing: Publishing) -> int | None:
    current = publishing.current
    return current.rows if current is not None and current.form == "table" else None


def _stored(path: Path, rows: int | None) -> Stored:
    """Describes a file just written. It is hashed while the disk takes it."""
    with disk_errors(path), ThreadPoolExecutor(1) as pool:
        synced = pool.submit(sync, path)
        checksum = checksum_of(path)
        synced.result()
        return Stored(str(path), rows, path.stat().st_size, checksum, _schema(path))


def _schema(path: Path) -> pa.Schema | None:
    return parquet_schema(path) if path.suffix.lower() == ".parquet" else None
