"""The pages of a database file that DuckDB reads before it has locked the file."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from pathlib import Path

__all__ = ["Header"]

_BYTES = 3 * 4096
"""The main header and the two that checkpoints write in turn."""
_FLOCK = "hhqqi0q"
"""C's ``struct flock`` of Linux: type, whence, start, length, process."""


class Header:
    """Of one file. Not for use from two threads at once.

    To close any descriptor of a file gives up all POSIX locks that the process has on it,
    DuckDB's too. So the one that is read from stays open for as long as the file is locked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def read(self) -> bytes | None:
        """The pages as they are now; None where there is no file."""
        try:
            return os.pread(self._opened(), _BYTES, 0)
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """To be called when DuckDB has closed the file. Does nothing while another connection
        of this process has it open."""
        if self._descriptor is not None and not _is_locked(self._descriptor):
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        found = os.stat(self._path)
        if self._descriptor is not None and not os.path.samestat(found, os.fstat(self._descriptor)):
            self.close()
            self._descriptor = None  # of a file that was moved while it was open: it stays so
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDONLY)
        return self._descriptor


def _is_locked(descriptor: int) -> bool:
    """By whomever: locks of open file descriptions meet those of the same process too. True
    where nobody is asked: on other systems than Linux."""
    if sys.platform != "linux":
        return True
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    return bool(
        struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, asked))[0] != fcntl.F_UNLCK
    )
