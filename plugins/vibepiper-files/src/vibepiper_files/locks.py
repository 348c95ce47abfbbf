"""Locks (``flock``) that a process loses when it dies: of a staged load, and of an asset."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vibepiper.errors import StoreError

from vibepiper_files.folders import make_folder, remove_if_empty

__all__ = ["asset_lock", "opened_lock", "try_asset_lock", "try_lock"]

_PAUSE_SECONDS = 0.02


def try_lock(lock: Path, flags: int) -> int | None:
    """The file, open and locked; None when a living process has it or it was just removed."""
    opened = os.open(lock, flags, 0o644)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.stat(lock).st_ino == os.fstat(opened).st_ino:
            return opened
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(opened)
        raise
    os.close(opened)
    return None


def opened_lock(lock: Path) -> int | None:
    """As `try_lock`, of a file that is made with its folder where they are missing."""
    try:
        make_folder(lock.parent)
        return try_lock(lock, os.O_RDWR | os.O_CREAT)
    except FileNotFoundError:  # another process has just removed the folder with its last file
        return None


@contextmanager
def asset_lock(lock: Path, seconds: float) -> Iterator[None]:
    """Held within the block. Raises `StoreError`, which names the holder, when another process
    or thread still has it after ``seconds``."""
    with _held(lock, _waited_for(lock, seconds)):
        yield


@contextmanager
def try_asset_lock(lock: Path) -> Iterator[bool]:
    """Held within the block, if nobody else has it."""
    opened = opened_lock(lock)
    if opened is None:
        yield False
        return
    with _held(lock, opened):
        yield True


@contextmanager
def _held(lock: Path, opened: int) -> Iterator[None]:
    try:
        os.ftruncate(opened, 0)
        os.write(opened, str(os.getpid()).encode())
        yield
    finally:
        lock.unlink(missing_ok=True)
        remove_if_empty(lock.parent)
        os.close(opened)


def _waited_for(lock: Path, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while (held := opened_lock(lock)) is None:
        if time.monotonic() >= deadline:
            raise StoreError(
                f"{lock}: process {_holder(lock)} is changing this asset, and was for more than "
                f"the {seconds:g} seconds that this one waits",
                hint="Wait for it, end it if it hangs, or raise the store's 'lock_timeout'.",
            )
        time.sleep(_PAUSE_SECONDS)
    return held


def _holder(lock: Path) -> str:
    with suppress(OSError):
        return lock.read_text() or "(unknown)"
    return "(unknown)"
