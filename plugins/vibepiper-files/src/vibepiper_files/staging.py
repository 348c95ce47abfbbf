"""Staged files: beside the published one, locked by the process that writes them.

::

    raw/orders.parquet                        published
    raw/.staging/orders~<load id>.lock        locked (flock) while the load's process lives
    raw/.staging/orders~<load id>/data.parquet
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vibepiper.errors import StoreError

from vibepiper_files.folders import listed, make_folder, remove_if_empty
from vibepiper_files.locks import opened_lock, try_lock
from vibepiper_files.places import Place, suffix_of

__all__ = [
    "Stage",
    "claim",
    "collect_litter",
    "disk_errors",
    "make_durable",
    "publish",
    "replacing",
    "sync",
    "write_within",
]

_ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """Where one load of one place is staged."""

    place: Place
    load_id: str

    @property
    def _area(self) -> Path:
        return self.place.folder / ".staging"

    @property
    def lock(self) -> Path:
        return self._area / f"{self.place.label}~{self.load_id}.lock"

    @property
    def folder(self) -> Path:
        return self._area / f"{self.place.label}~{self.load_id}"

    def file(self, suffix: str) -> Path:
        return self.folder / f"data{suffix}"

    def staged(self) -> Path | None:
        """The staged file, where there is one."""
        return next(iter(self.folder.glob("data.*")), None)

    def remove(self) -> None:
        """Takes away the data, then the lock, so that data without a lock never remains."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)
        self.lock.unlink(missing_ok=True)
        remove_if_empty(self._area)


def claim(stage: Stage) -> int:
    """Makes the stage's folder and locks it; returns the lock's open file."""
    for _ in range(_ATTEMPTS):
        if (held := opened_lock(stage.lock)) is not None:
            stage.folder.mkdir(exist_ok=True)
            return held
    raise StoreError(f"{stage.lock}: is locked by another process that stages the same load")


def collect_litter(place: Place) -> None:
    """Removes what killed processes left staged for this place, and nobody else's."""
    area = place.folder / ".staging"
    pattern = re.compile(re.escape(place.label) + r"~([0-9A-Za-z]+)\.lock")
    for name in listed(area):
        if match := pattern.fullmatch(name):
            _remove_if_dead(Stage(place, match[1]))


def _remove_if_dead(stage: Stage) -> None:
    try:
        held = try_lock(stage.lock, os.O_RDWR)
    except FileNotFoundError:
        return
    if held is not None:
        try:
            stage.remove()
        finally:
            os.close(held)


def publish(staged: Path, target: Path) -> None:
    """Readers of ``target`` see the old file or the new one, whole."""
    with disk_errors(target):
        os.replace(staged, target)
        sync(target.parent)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside ``path``, of its suffix, that takes its place when the block ends; when it
    raises, ``path`` is what it was."""
    beside = path.with_name(f".{uuid.uuid4().hex}{suffix_of(path.name)}")
    try:
        yield beside
        with disk_errors(path):
            sync(beside)
        publish(beside, path)
    finally:
        with disk_errors(beside):
            beside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def make_durable(folder: Path) -> None:
    """Makes a folder, and sees to it that those above know of it."""
    missing = [path for path in (folder, folder.parent, folder.parent.parent) if not path.exists()]
    make_folder(folder)
    for path in missing:
        sync(path.parent)


def write_within(path: Path, content: bytes) -> None:
    """Writes a file in a folder that is made, and that others may remove while it is empty."""
    make_durable(path.parent)
    for attempt in range(_ATTEMPTS):
        with suppress(FileNotFoundError):
            path.write_bytes(content)
            if attempt:
                sync(path.parent.parent)
            return
        make_folder(path.parent)
    raise FileNotFoundError(errno.ENOENT, "is removed again and again", str(path.parent))


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
