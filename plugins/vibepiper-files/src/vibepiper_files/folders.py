"""Folders that several processes make, and remove once they are empty."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["listed", "make_folder", "remove_if_empty"]

_ATTEMPTS = 100


def make_folder(folder: Path) -> None:
    """Makes a folder and those above, which others may remove meanwhile."""
    for _ in range(_ATTEMPTS):
        try:
            return folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:  # also raised when the folder there was removed just then
            if folder.is_file():
                raise
        except FileNotFoundError:
            continue
    raise FileNotFoundError(errno.ENOENT, "is removed again and again", str(folder))


def remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds other things
        folder.rmdir()


def listed(folder: Path) -> list[str]:
    """The names in a folder, sorted; none where there is no folder."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
