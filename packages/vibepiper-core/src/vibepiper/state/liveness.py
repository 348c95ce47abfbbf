"""Whether the process of a run still lives: it holds a lock that the kernel lets go of."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

__all__ = ["RunLock"]


class RunLock:
    """Held from construction to `release`, and let go of when the process dies."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self._path = _path(folder, run_id)
        self._path.parent.mkdir(exist_ok=True)
        self._handle = os.open(self._path, os.O_CREAT | os.O_RDWR)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._handle)

    @staticmethod
    def is_held(folder: Path, run_id: str) -> bool:
        """Whether the run's process lives. What a dead one left behind is removed."""
        path = _path(folder, run_id)
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(handle)


def _path(folder: Path, run_id: str) -> Path:
    return folder / "running" / run_id
