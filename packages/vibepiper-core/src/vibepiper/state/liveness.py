"""Whether the process of a run still lives: it holds a lock that the kernel lets go of."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

__all__ = ["RunLock"]


class RunLock:
    """Held from construction to `release`, and let go of when the process dies. Its file is
    named for the run and the token, so that nobody else ever opens it to hold it."""

    def __init__(self, folder: Path, run_id: str, token: int) -> None:
        self._path = _path(folder, run_id, token)
        self._path.parent.mkdir(exist_ok=True)
        self._handle: int | None = os.open(self._path, os.O_CREAT | os.O_RDWR)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def release(self) -> None:
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        self._path.unlink(missing_ok=True)
        # A forked child may have the file open too: the lock itself is let go of.
        fcntl.flock(handle, fcntl.LOCK_UN)
        os.close(handle)

    @staticmethod
    def is_held(folder: Path, run_id: str, token: int) -> bool:
        """Whether the run's process lives. What a dead one left behind is removed."""
        path = _path(folder, run_id, token)
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            # Shared: two who look at the same time do not take each other for the run.
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            with contextlib.suppress(PermissionError):  # in a folder that is only read
                path.unlink(missing_ok=True)
            return False
        finally:
            os.close(handle)


def _path(folder: Path, run_id: str, token: int) -> Path:
    """A run of the first version of the state has token 0, and a file with its id alone."""
    return folder / "running" / (f"{run_id}-{token}" if token else run_id)
