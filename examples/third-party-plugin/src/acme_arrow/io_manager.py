"""The IO manager: each asset is an Arrow file."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pyarrow as pa
from pydantic import BaseModel, ConfigDict
from vibepiper import AssetRef, Component, ComponentContext, Stored
from vibepiper.data import as_reader
from vibepiper.errors import DataError, NotMaterialized, StoreError

from acme_arrow.locks import locked, remove_dead


class AcmeArrowSettings(BaseModel):
    """``root``: the folder of the files, below the project's own. ``compression``: of what is
    written; what is read may have any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: Path = Path("data")
    compression: Literal["lz4", "zstd"] | None = None


class AcmeArrowIOManager(Component[AcmeArrowSettings]):
    """Asset ``raw/orders`` is ``<root>/raw%2Forders.arrow``."""

    settings_model = AcmeArrowSettings

    def __init__(self, settings: AcmeArrowSettings, context: ComponentContext) -> None:
        super().__init__(settings, context)
        self._root = context.root / settings.root
        self._locks: dict[Path, int] = {}
        self._guard = threading.Lock()

    def load(self, ref: AssetRef) -> pa.RecordBatchReader:
        if not self.exists(ref):
            raise NotMaterialized(
                f"asset '{ref.key}' has no data at {self._path(ref)}", hint="Run the asset first."
            )
        with told(ref):
            return pa.ipc.open_stream(pa.OSFile(str(self._path(ref))))

    def exists(self, ref: AssetRef) -> bool:
        with told(ref):
            return self._path(ref).is_file()

    def save(self, ref: AssetRef, data: object) -> Stored:
        load = replace(ref, load_id=uuid.uuid4().hex)
        return self.publish(load, self.stage(load, data))

    def stage(self, ref: AssetRef, data: object) -> Stored:
        path = self._path(ref)
        reader = as_reader(data)
        with told(ref):
            self._root.mkdir(parents=True, exist_ok=True)
            remove_dead(self._root, f"{_label(ref)}~*.part")
            lock = locked(path)
        with self._guard:
            self._locks[path] = lock
        try:
            with told(ref):
                rows = _write(reader, path, self.settings.compression)
            return Stored(str(path), rows, path.stat().st_size, _checksum(path), reader.schema)
        except BaseException:
            self.discard(ref)
            raise

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        source, target = self._path(ref), self._path(ref.published)
        if not source.exists():
            return self._already_published(ref, staged)
        with told(ref):
            os.replace(source, target)
            _sync(target.parent)
        self._release(source)
        return replace(staged, uri=str(target))

    def discard(self, ref: AssetRef) -> None:
        with told(ref):
            self._path(ref).unlink(missing_ok=True)
        self._release(self._path(ref))

    def close(self) -> None:
        for path in list(self._locks):
            path.unlink(missing_ok=True)
            self._release(path)

    def _already_published(self, ref: AssetRef, staged: Stored) -> Stored:
        target = self._path(ref.published)
        if not target.exists() or _checksum(target) != staged.checksum:
            raise StoreError(f"asset '{ref.key}': load {ref.load_id} is not staged")
        return replace(staged, uri=str(target))

    def _release(self, path: Path) -> None:
        with self._guard:
            lock = self._locks.pop(path, None)
        if lock is not None:
            os.close(lock)

    def _path(self, ref: AssetRef) -> Path:
        """A key is one file name, in which nothing is special: ``/`` is ``%2F``."""
        if ref.load_id is not None:
            return self._root / f"{_label(ref)}~{ref.load_id}.part"
        return self._root / f"{_label(ref)}.arrow"


def _label(ref: AssetRef) -> str:
    if not ref.key:
        raise StoreError("an asset's key is empty")
    return quote(ref.key, safe="").replace("~", "%7E")


def _write(reader: pa.RecordBatchReader, path: Path, compression: str | None) -> int:
    rows = 0
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_stream(sink, reader.schema, options=options) as writer,
    ):
        for batch in reader:
            rows += batch.num_rows
            writer.write_batch(batch)
    _sync(path)
    return rows


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def told(ref: AssetRef) -> Iterator[None]:
    """Errors of the disk and of Arrow, as VibePiper tells them."""
    try:
        yield
    except pa.ArrowException as error:
        raise DataError(f"asset '{ref.key}': {error}") from error
    except OSError as error:
        raise StoreError(f"asset '{ref.key}': {error.strerror or error}") from error
