"""The IO manager: each asset is a file."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from vibepiper.component import Component, ComponentContext
from vibepiper.errors import NotMaterialized, StoreError
from vibepiper.io_manager import AssetRef, Stored
from vibepiper_transform import Relation

from vibepiper_files.contents import as_relation, read_file, suffix_for, write_file
from vibepiper_files.places import Place, find_place, suffix_of
from vibepiper_files.settings import FileSettings
from vibepiper_files.staging import Stage, claim, collect_litter, disk_errors, publish, sync

__all__ = ["FileIOManager"]


class FileIOManager(Component[FileSettings]):
    """Keeps assets as files under one folder.

    Asset ``raw/orders`` is ``raw/orders.parquet``; ``uri`` names another place, and its suffix
    the format. A text, bytes, and what JSON can hold are stored too. A load is written beside
    the published file, which it replaces by a rename.
    """

    settings_model = FileSettings

    def __init__(self, settings: FileSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._root = Path(os.path.abspath(context.root / settings.root))
        self._locks: dict[Stage, int] = {}
        self._guard = threading.Lock()

    def load(self, ref: AssetRef) -> object:
        return read_file(self._present(ref))

    def relation(self, ref: AssetRef) -> Relation:
        return as_relation(self._present(ref))

    def exists(self, ref: AssetRef) -> bool:
        return self._find(ref) is not None

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
        place = self._place(ref)
        stage = Stage(place, _load_id(ref))
        source = stage.staged()
        if source is None:
            return self._already_published(ref, staged)
        target = place.file(place.suffix or suffix_of(source.name))
        publish(source, target)
        self._release(stage)
        for other in place.files():
            if other != target:
                other.unlink(missing_ok=True)
        return replace(staged, uri=str(target))

    def discard(self, ref: AssetRef) -> None:
        self._release(Stage(self._place(ref), _load_id(ref)))

    def close(self) -> None:
        for stage in list(self._locks):
            self._release(stage)

    def _already_published(self, ref: AssetRef, staged: Stored) -> Stored:
        target = self._find(ref.published)
        if target is None or _checksum(target) != staged.checksum:
            raise StoreError(f"asset '{ref.key}': load {ref.load_id} is not staged")
        return replace(staged, uri=str(target))

    def _release(self, stage: Stage) -> None:
        with self._guard:
            held = self._locks.pop(stage, None)
        try:
            with disk_errors(stage.folder):
                stage.remove()
        finally:
            if held is not None:
                os.close(held)

    def _present(self, ref: AssetRef) -> Path:
        if (path := self._find(ref)) is None:
            place = self._place(ref)
            raise NotMaterialized(
                f"asset '{ref.key}' has no data at {place.file(place.suffix or '.*')}"
            )
        return path

    def _find(self, ref: AssetRef) -> Path | None:
        place = self._place(ref)
        if ref.load_id is not None:
            return Stage(place, ref.load_id).staged()
        return next(iter(place.files()), None)

    def _place(self, ref: AssetRef) -> Place:
        return find_place(ref, self._root)


def _load_id(ref: AssetRef) -> str:
    if ref.load_id is None or not ref.load_id.isalnum():
        raise StoreError(f"asset '{ref.key}': {ref.load_id!r} is not a load id")
    return ref.load_id


def _stored(path: Path, rows: int | None) -> Stored:
    """Describes a file just written. It is hashed while the disk takes it."""
    with disk_errors(path), ThreadPoolExecutor(1) as pool:
        synced = pool.submit(sync, path)
        checksum = _checksum(path)
        synced.result()
        return Stored(str(path), rows, path.stat().st_size, checksum, _schema(path))


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _schema(path: Path) -> pa.Schema | None:
    return pq.read_schema(path) if path.suffix.lower() == ".parquet" else None
