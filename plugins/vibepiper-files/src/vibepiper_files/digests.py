"""Checksums of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["checksum_of"]


def checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
