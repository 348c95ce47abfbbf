"""Where an asset's file lies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef

__all__ = ["TABLE_SUFFIXES", "Place", "find_place", "suffix_of"]

TABLE_SUFFIXES = (".parquet", ".csv", ".csv.gz", ".csv.zip")
OBJECT_SUFFIXES = (".json", ".txt", ".bin")
NAME_BYTES = 150


@dataclass(frozen=True, slots=True)
class Place:
    """A file's folder and name. Without a ``suffix`` the data decides on it."""

    folder: Path
    name: str
    suffix: str | None

    def file(self, suffix: str) -> Path:
        return self.folder / f"{self.name}{suffix}"

    @property
    def label(self) -> str:
        """What tells this place's staging from others' in the same folder."""
        return f"{self.name}{self.suffix or ''}"

    def files(self) -> list[Path]:
        """The files there are, the newest first: an asset that was a table may now be a text."""
        suffixes = [self.suffix] if self.suffix else [*TABLE_SUFFIXES, *OBJECT_SUFFIXES]
        found = [path for path in map(self.file, suffixes) if path.is_file()]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def suffix_of(name: str) -> str:
    """``.csv.gz`` of ``a.b.csv.gz``; else what follows the last dot."""
    lower = name.lower()
    table = [suffix for suffix in TABLE_SUFFIXES if lower.endswith(suffix)]
    return max(table, key=len) if table else os.path.splitext(lower)[1]


def find_place(ref: AssetRef, root: Path) -> Place:
    """By ``ref.uri`` where it has one, else by its key under ``root``."""
    if ref.uri is None:
        _check_parts(ref, ref.key.split("/"))
        path = root.joinpath(*ref.key.split("/"))
        return Place(path.parent, path.name, None)
    path = _uri_path(ref, root)
    suffix = suffix_of(path.name)
    if not suffix:
        raise StoreError(
            f"asset '{ref.key}': the uri '{ref.uri}' has no suffix that says its format",
            hint=f"End it with one of {', '.join(TABLE_SUFFIXES)}, .json, .html, .txt or .bin.",
        )
    _check_parts(ref, [path.name])
    return Place(path.parent, path.name[: -len(suffix)], path.name[-len(suffix) :])


def _uri_path(ref: AssetRef, root: Path) -> Path:
    uri = ref.uri or ""
    parts = urlsplit(uri)
    if "://" in uri and parts.scheme != "file":
        raise StoreError(
            f"asset '{ref.key}': the uri '{uri}' is not a local file",
            hint="The store 'files' takes a path under its root, an absolute path, or file://.",
        )
    if parts.scheme == "file":
        return Path(os.path.normpath(unquote(parts.path)))
    if "\0" in uri:
        raise StoreError(f"asset '{ref.key}': the uri {uri!r} holds a zero byte")
    path = Path(os.path.normpath(root / uri))
    if not os.path.isabs(uri) and not path.is_relative_to(os.path.normpath(root)):
        raise StoreError(
            f"asset '{ref.key}': the uri '{uri}' leads out of the store's root {root}",
            hint="Give an absolute path if the file is meant to lie elsewhere.",
        )
    return path


def _check_parts(ref: AssetRef, parts: list[str]) -> None:
    for part in parts:
        if not part or part.startswith(".") or "\0" in part or "\\" in part:
            raise StoreError(
                f"asset '{ref.key}': {part!r} cannot be part of a file's path",
                hint="Parts may not be empty, begin with a dot, or hold a backslash or zero byte.",
            )
        if len(part.encode()) > NAME_BYTES:
            raise StoreError(
                f"asset '{ref.key}': {part[:40]!r}... is longer than {NAME_BYTES} bytes"
            )
