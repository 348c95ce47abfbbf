"""Locks (``flock``) that a process loses when it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

__all__ = ["try_lock"]


def try_lock(lock: Path) -> int | None:
    """The file, made if it is missing, open and locked; None when somebody living has it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.stat(lock).st_ino == os.fstat(opened).st_ino:
            return opened
    except (BlockingIOError, FileNotFoundError):  # held, or removed by the one who held it
        pass
    except BaseException:
        os.close(opened)
        raise
    os.close(opened)
    return None
