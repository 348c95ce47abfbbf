"""The manifests of one asset or partition, in a folder beside it.

::

    raw/orders.parquet                        published, of the form "file"
    raw/.versions/orders/000000000007.json    what is known of it
    raw/.versions/orders/000000000006.parquet the file that it replaced
    raw/orders/part~<load id>-0.parquet       a data file, of the form "table"
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vibepiper.errors import StoreError

from vibepiper_files.digests import checksum_of
from vibepiper_files.folders import listed, remove_if_empty
from vibepiper_files.manifests import Manifest
from vibepiper_files.places import Place, is_data_file, suffix_of
from vibepiper_files.staging import disk_errors, make_durable, sync

__all__ = ["VersionLog"]

_MANIFEST = re.compile(r"(\d{12})\.json")


@dataclass(frozen=True, slots=True)
class VersionLog:
    """Reading needs no lock; what writes is called under the asset's."""

    place: Place

    def manifests(self) -> Iterator[Manifest]:
        """The newest first, each read when it is asked for. One that is pruned meanwhile is
        left out."""
        for number in self.numbers():
            with suppress(FileNotFoundError):
                yield self._read(number)

    def numbers(self) -> list[int]:
        found = map(_MANIFEST.fullmatch, listed(self.place.log))
        return sorted((int(match[1]) for match in found if match), reverse=True)

    def current(self) -> Manifest | None:
        """The manifest of what is published; None when nothing is, when something else wrote it,
        and when its files are gone."""
        for manifest in self.manifests():
            if manifest.form == "table":
                return None if self.is_gone(manifest) else manifest
            if self._holds(manifest):
                return manifest
        return None

    def kept(self) -> Iterator[Manifest]:
        """Those of what is published and of what was before and is kept, newest first."""
        current = self.current()
        number = current.number if current is not None else None
        for manifest in self.manifests():
            is_older = number is None or manifest.number < number
            if manifest.number == number or (is_older and self.is_kept(manifest)):
                yield manifest

    def table(self) -> Manifest | None:
        """The manifest of what is published if that has the form ``table``. Of a file, which is
        read where it lies, only as much is asked as tells the two forms apart."""
        manifests = list(self.manifests())
        for position, manifest in enumerate(manifests):
            if manifest.form == "table":
                return None if self.is_gone(manifest) else manifest
            rest = manifests[position:]
            if all(m.form == "file" for m in rest) or self._holds(manifest):
                return None
        return None

    def add(self, manifest: Manifest) -> None:
        """Writes it for good. Of two writers of one number the second is refused."""
        target = self._file(manifest.number)
        with disk_errors(target):
            make_durable(self.place.log)
        beside = target.with_name(f".{uuid.uuid4().hex}")
        with disk_errors(target):
            try:
                beside.write_text(manifest.to_json(), encoding="utf-8")
                sync(beside)
                _claim(beside, target)
                sync(target.parent)
            finally:
                beside.unlink(missing_ok=True)

    def kept_file(self, manifest: Manifest) -> Path:
        """Where the file of a manifest of the form ``file`` is kept once it is replaced."""
        suffix = suffix_of(manifest.files[0].name)
        return self.place.log / f"{manifest.number:012}.kept{suffix}"

    def paths(self, manifest: Manifest) -> list[Path]:
        """Where the data of a version lies that is current or kept."""
        if manifest.form == "table":
            return [self.place.table / file.name for file in manifest.files]
        kept = self.kept_file(manifest)
        return [kept if kept.exists() else self.place.folder / manifest.files[0].name]

    def is_kept(self, manifest: Manifest) -> bool:
        if manifest.form == "table":
            return not self.is_gone(manifest)
        return self.kept_file(manifest).exists()

    def is_gone(self, manifest: Manifest) -> bool:
        """Of the form ``table``: whether somebody has removed all of its files."""
        paths = self.paths(manifest)
        return bool(paths) and not any(path.is_file() for path in paths)

    def remove(self, manifest: Manifest) -> None:
        with disk_errors(self.place.log):
            self._file(manifest.number).unlink(missing_ok=True)
            if manifest.form == "file":
                self.kept_file(manifest).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Removes what no manifest names, and manifests of publishes that never came to be."""
        current = self.current()
        manifests = list(self.manifests())
        for manifest in manifests:
            if current is not None and manifest.number > current.number:
                self.remove(manifest)
        living = [m for m in manifests if current is None or m.number <= current.number]
        with disk_errors(self.place.table):
            self._sweep_log(living, current)
            self._sweep_table(living)

    def _sweep_log(self, living: list[Manifest], current: Manifest | None) -> None:
        kept = [m for m in living if m.form == "file" and m is not current]
        names = {self.kept_file(m).name for m in kept}
        if current is not None and current.form == "file":
            names.discard(self.kept_file(current).name)
        for name in listed(self.place.log):
            path = self.place.log / name
            if not _MANIFEST.fullmatch(name) and name not in names and path.is_file():
                path.unlink(missing_ok=True)
        if not living:
            remove_if_empty(self.place.log)
            remove_if_empty(self.place.log.parent)

    def _sweep_table(self, living: list[Manifest]) -> None:
        named = {file.name for m in living if m.form == "table" for file in m.files}
        for name in listed(self.place.table):
            if is_data_file(name) and name not in named:
                (self.place.table / name).unlink(missing_ok=True)
        if not named:
            remove_if_empty(self.place.table)

    def _file(self, number: int) -> Path:
        return self.place.log / f"{number:012}.json"

    def _read(self, number: int) -> Manifest:
        path = self._file(number)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{path}: cannot be read: {error}") from error
        return Manifest.from_json(text, path)

    def _holds(self, manifest: Manifest) -> bool:
        """Whether one of the form ``file`` tells of what is published. A copied file is known by
        its checksum."""
        file = manifest.files[0]
        path = self.place.folder / file.name
        if file.is_at(path):
            return True
        try:
            same_size = path.stat().st_size == file.bytes
        except FileNotFoundError:
            return False
        return same_size and checksum_of(path) == file.checksum


def _claim(beside: Path, target: Path) -> None:
    try:
        os.link(beside, target)
    except FileExistsError:
        raise StoreError(
            f"{target}: another process has just published this asset",
            hint="Run the load again.",
        ) from None
