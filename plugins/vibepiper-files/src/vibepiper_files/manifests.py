"""What is written down of every publish: one manifest each."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from vibepiper.errors import StoreError
from vibepiper.io_manager import Committed

__all__ = ["LOADS_KEPT", "DataFile", "Manifest", "file_of"]

FORMAT = 1
LOADS_KEPT = 5_000
"""How many loads an asset remembers, so that none of them is applied twice."""

Form = Literal["file", "table"]


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file as it was written. ``moment`` (when it was last changed, in nanoseconds) and
    ``node`` stay its own through a rename, and tell without reading it that it is this one."""

    name: str
    rows: int | None
    bytes: int
    checksum: str | None = None
    moment: int = 0
    node: int = 0

    def is_at(self, path: Path) -> bool:
        """Whether the file there is, by what the folder says of it, this one."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
        return (found.st_size, found.st_mtime_ns, found.st_ino) == (
            self.bytes,
            self.moment,
            self.node,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was published once the load ``load_id`` was, and what was known then.

    The form ``file``: one file, at the asset's own place. ``table``: ``files`` in its folder.
    ``loads`` are those applied before, the newest last. ``fence`` is the greatest token seen.
    """

    number: int
    load_id: str
    form: Form
    files: tuple[DataFile, ...]
    created_at: datetime
    rows: int | None = None
    bytes: int | None = None
    cursor: str | None = None
    token: int | None = None
    fence: int | None = None
    loads: tuple[str, ...] = ()
    partition: Mapping[str, str] | None = None
    schema: pa.Schema | None = None

    @property
    def applied(self) -> tuple[str, ...]:
        """The loads applied, this one's too."""
        return (*self.loads, self.load_id)[-LOADS_KEPT:]

    @property
    def committed(self) -> Committed:
        return Committed(self.load_id, self.cursor, self.token)

    def to_json(self) -> str:
        content: dict[str, Any] = {"format": FORMAT}
        content |= {field.name: getattr(self, field.name) for field in fields(self)}
        content["created_at"] = self.created_at.isoformat()
        content["files"] = [
            {field.name: getattr(file, field.name) for field in fields(DataFile)}
            for file in self.files
        ]
        if self.schema is not None:
            content["schema"] = base64.b64encode(self.schema.serialize().to_pybytes()).decode()
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, path: Path) -> Manifest:
        """Raises `StoreError` for what is no manifest, or that of a newer store."""
        try:
            content = json.loads(text)
            if content.pop("format") != FORMAT:
                raise StoreError(
                    f"{path}: was written by a newer version of the store 'files'",
                    hint="pip install --upgrade vibepiper-files",
                )
            content["created_at"] = datetime.fromisoformat(content["created_at"])
            content["files"] = tuple(DataFile(**file) for file in content["files"])
            content["loads"] = tuple(content["loads"])
            if content["schema"] is not None:
                encoded = base64.b64decode(content["schema"])
                content["schema"] = pa.ipc.read_schema(pa.py_buffer(encoded))
            return cls(**content)
        except (ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
            raise StoreError(f"{path}: is no manifest of the store 'files': {error!r}") from error


def file_of(path: Path, rows: int | None, checksum: str | None) -> DataFile:
    """Describes a file that is all written."""
    found = path.stat()
    return DataFile(path.name, rows, found.st_size, checksum, found.st_mtime_ns, found.st_ino)
