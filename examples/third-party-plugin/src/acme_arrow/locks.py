"""Files that are locked for as long as the process that writes them lives."""

from __future__ import annotations

import fcntl
import os
from glob import escape
from pathlib import Path


def locked(path: Path) -> int:
    """Makes the file and locks it; returns it open. Closing it ends the lock."""
    while True:
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _take(opened, path):
            return opened
        os.close(opened)  # another process took it for dead before it was locked


def remove_dead(folder: Path, pattern: str) -> None:
    """Removes the files that match and that no living process has locked."""
    for path in folder.glob(escape(pattern).replace("[*]", "*")):
        try:
            opened = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            if _take(opened, path):
                path.unlink()
        finally:
            os.close(opened)


def _take(opened: int, path: Path) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(opened).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
