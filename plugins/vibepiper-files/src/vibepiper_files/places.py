"""Where an asset's file lies, or that of one of its partitions."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef, fill_uri, uri_fields

__all__ = [
    "HIVE_NAME",
    "TABLE_SUFFIXES",
    "Place",
    "Template",
    "encode_key",
    "find_place",
    "find_template",
    "is_data_file",
    "suffix_of",
]

TABLE_SUFFIXES = (".parquet", ".csv", ".csv.gz", ".csv.zip")
OBJECT_SUFFIXES = (".json", ".txt", ".bin")
NAME_BYTES = 150
HIVE_NAME = "data"
"""The file of a partition in a folder of its own."""
_UNSAFE = re.compile(r"^\.|[\x00-\x1f\x7f%/\\={}]")
_NO_PART = re.compile(r"[\x00\\\ud800-\udfff]")
_DATA_FILE = re.compile(r"part~[0-9A-Za-z]+-\d+(\.parquet)?")


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

    @property
    def title(self) -> str:
        """As `label`, but the same whether or not the uri spells out that it is Parquet."""
        return self.name if (self.suffix or "").lower() == ".parquet" else self.label

    @property
    def table(self) -> Path:
        """The folder of the data files of an asset that changes."""
        return self.folder / self.name

    @property
    def log(self) -> Path:
        """The folder of its manifests."""
        return self.folder / ".versions" / self.title

    @property
    def lock(self) -> Path:
        """No load is staged under an empty load id."""
        return self.folder / ".staging" / f"{self.title}~.lock"

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


@dataclass(frozen=True, slots=True)
class Template:
    """A path in which braces stand for the keys of partitions: all that an asset may have."""

    path: str
    suffix: str | None
    fields: tuple[str, ...]

    @property
    def base(self) -> Path:
        """The folder in which all of them lie."""
        parts = Path(self.path).parts
        plain = next((i for i, part in enumerate(parts) if "{" in part), len(parts))
        return Path(*parts[:plain])

    def title(self, asset: str) -> str:
        """The path of all of it. Raises `StoreError` for one that can be no file's."""
        path = Path(self.path)
        place = Place(path.parent, path.name, self.suffix) if self.fields else self.place(asset, {})
        return str(place.folder / place.title)

    def place(self, asset: str, values: Mapping[str, str]) -> Place:
        """Where the partition of these keys lies, or the asset that has none."""
        encoded = {name: encode_key(key) for name, key in values.items()}
        path = Path(fill_uri(self.path, encoded) if self.fields else self.path)
        below = [
            f"{encode_key(name)}={encoded[name]}" for name in values if name not in self.fields
        ]
        _check_parts(asset, [*encoded.values(), *below, path.name])
        path = path.joinpath(*below, *([HIVE_NAME] if below else []))
        return Place(path.parent, path.name, self.suffix)


def encode_key(key: str) -> str:
    """A partition's key as part of a path: what could lead elsewhere is written ``%2F``."""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", key)


def is_data_file(name: str) -> bool:
    """Whether it is a name of the files of assets that change, which no asset may have."""
    return _DATA_FILE.fullmatch(name) is not None


def find_place(ref: AssetRef, root: Path) -> Place:
    """Of an asset without partitions, or of one partition."""
    template = find_template(ref, root)
    keys = ref.partition_keys()
    values = keys[0] if len(keys) == 1 else {}
    missing = [name for name in template.fields if name not in values]
    if len(keys) > 1 or missing:
        raise StoreError(
            f"asset '{ref.key}': one partition is written at a time, found "
            + (f"{len(keys)}" if len(keys) > 1 else f"none for '{missing[0]}' in '{ref.uri}'")
        )
    return template.place(ref.key, values)


def find_template(ref: AssetRef, root: Path) -> Template:
    """By ``ref.uri`` where it has one, else by its key under ``root``."""
    if ref.uri is None:
        _check_parts(ref.key, ref.key.split("/"))
        return Template(str(root.joinpath(*ref.key.split("/"))), None, ())
    path = _uri_path(ref, root)
    suffix = suffix_of(path.name)
    if not suffix:
        raise StoreError(
            f"asset '{ref.key}': the uri '{ref.uri}' has no suffix that says its format",
            hint=f"End it with one of {', '.join(TABLE_SUFFIXES)}, .json, .html, .txt or .bin.",
        )
    whole = str(path)
    return Template(whole[: -len(suffix)], whole[-len(suffix) :], _fields(ref))


def _fields(ref: AssetRef) -> tuple[str, ...]:
    uri = ref.uri or ""
    try:
        fields = uri_fields(uri)
    except ValueError as error:
        raise StoreError(f"asset '{ref.key}': the uri '{uri}': {error}") from error
    if "}{" in uri:
        raise StoreError(
            f"asset '{ref.key}': in the uri '{uri}' nothing stands between two keys, so that "
            "two partitions could share a file",
            hint="Put a slash between them.",
        )
    return tuple(dict.fromkeys(fields))


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


def _check_parts(asset: str, parts: list[str]) -> None:
    for part in parts:
        if is_data_file(part):
            raise StoreError(
                f"asset '{asset}': '{part}' is a name that only data files of the store have"
            )
        if not part or part.startswith(".") or _NO_PART.search(part):
            raise StoreError(
                f"asset '{asset}': {part!r} cannot be part of a file's path",
                hint="Parts may not be empty, begin with a dot, or hold a backslash, a zero byte "
                "or half of a letter (a lone surrogate).",
            )
        if len(part.encode()) > NAME_BYTES:
            raise StoreError(f"asset '{asset}': {part[:40]!r}... is longer than {NAME_BYTES} bytes")
