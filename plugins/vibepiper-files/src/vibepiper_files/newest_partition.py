"""Which partition of an asset was published last, so that no publish need look at all of them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from vibepiper_files.places import Place, Template
from vibepiper_files.staging import disk_errors, write_within

__all__ = ["NewestPartition"]


@dataclass(frozen=True, slots=True)
class NewestPartition:
    """A note beside the partitions of a template. Where it is lost, or what it names is gone, the
    partitions themselves tell."""

    template: Template

    def note(self, place: Place) -> None:
        """Comes before what is published, so that a note that cannot be written fails no load
        that is there; called under the place's lock."""
        name = os.fsencode(os.path.relpath(place.table, self.template.base))
        # A rename: the note may be another user's.
        beside = self._file.with_name(f"{self._file.name}~{_digest(name)}")
        with disk_errors(self._file):
            try:
                write_within(beside, name)
                os.replace(beside, self._file)
            finally:
                beside.unlink(missing_ok=True)

    def noted(self) -> Place | None:
        """None also where a power cut has left the note empty or full of zeros: nobody waits for
        it to be on the disk."""
        with disk_errors(self._file):
            try:
                found = self._file.read_bytes()
            except FileNotFoundError:
                return None
        if not found or b"\0" in found:
            return None
        path = self.template.base / os.fsdecode(found)
        return Place(path.parent, path.name, self.template.suffix)

    @property
    def _file(self) -> Path:
        label = f"{self.template.path}{self.template.suffix or ''}"
        name = _digest(os.fsencode(os.path.relpath(label, self.template.base)))
        return self.template.base / ".versions" / f".newest~{name}"


def _digest(name: bytes) -> str:
    return hashlib.sha256(name).hexdigest()[:16]
