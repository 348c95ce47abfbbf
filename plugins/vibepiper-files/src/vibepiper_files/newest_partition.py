"""Which partition of an asset was published last, so that no publish need look at all of them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from vibepiper_files.folders import make_folder
from vibepiper_files.places import Place, Template
from vibepiper_files.staging import disk_errors

__all__ = ["NewestPartition"]

_BYTES = 4096
"""No path is longer, and so many are written as one."""


@dataclass(frozen=True, slots=True)
class NewestPartition:
    """A note beside the partitions of a template. Where it is lost, or what it names is gone, the
    partitions themselves tell."""

    template: Template

    def note(self, place: Place) -> None:
        with disk_errors(self._file):
            make_folder(self._file.parent)
            opened = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                name = os.fsencode(os.path.relpath(place.table, self.template.base))
                os.pwrite(opened, name.ljust(_BYTES), 0)
            finally:
                os.close(opened)

    def noted(self) -> Place | None:
        with disk_errors(self._file):
            try:
                found = self._file.read_bytes()
            except FileNotFoundError:
                return None
        path = self.template.base / os.fsdecode(found.rstrip())
        return Place(path.parent, path.name, self.template.suffix)

    @property
    def _file(self) -> Path:
        label = f"{self.template.path}{self.template.suffix or ''}"
        name = hashlib.sha256(os.fsencode(os.path.relpath(label, self.template.base))).hexdigest()
        return self.template.base / ".versions" / f".newest~{name[:16]}"
